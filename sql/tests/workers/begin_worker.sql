-- Tests of bank.begin_worker.
BEGIN;
SELECT plan(17);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.begin_worker'::regproc),
    'name text, version text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.begin_worker'::regproc), 'bank.worker', 'what it returns');
SELECT volatility_is('bank', 'begin_worker', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'begin_worker', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.begin_worker'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.begin_worker'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.begin_worker'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DELETE FROM ledger.worker_heartbeats;
INSERT INTO ledger.worker_heartbeats (worker_number, name, version, started_at, beat_at, believed_until)
SELECT n, 'killed', '1.0', 1, 1, engine.now() - 86400000 * n + 43200000 FROM generate_series(1, 2) AS n;

-- Works
CREATE TEMP TABLE begun AS
SELECT w.* FROM generate_series(1, 50) AS n CROSS JOIN bank.begin_worker('host/' || n, '1.0') AS w;
SELECT is(
    (SELECT count(DISTINCT b.worker_number) FROM begun AS b), 50::bigint,
    'each has a number of its own, however many begin at once'
);
SELECT ok(
    (SELECT bool_and(b.alive AND b.beat_at = b.started_at AND b.worker_number >= b.started_at) FROM begun AS b),
    'which is the moment of its beginning or follows that'
);
SELECT bag_eq(
    'SELECT h.worker_number, h.name, h.version FROM ledger.worker_heartbeats AS h WHERE h.worker_number > 2',
    'SELECT b.worker_number, b.name, b.version FROM begun AS b', 'it is kept'
);
SELECT is(
    (SELECT array_agg(h.worker_number) FROM ledger.worker_heartbeats AS h WHERE h.name = 'killed'),
    ARRAY[1::bigint], 'what has been dead for a day is forgotten'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.begin_worker(%L, %L)', w.name, w.version), 'TL007', 'invalid_argument',
    'refuses ' || w.what
) FROM (
    VALUES ('', '1', 'no name'), (repeat('x', 256), '1', 'a long name'), (NULL, '1', 'NULL for one'),
    ('x', '', 'no version'), ('x', repeat('1', 65), 'a long version'), ('x', NULL, 'NULL for that')
) AS w (name, version, what);

SELECT * FROM finish();
ROLLBACK;
