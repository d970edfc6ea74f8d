-- Tests of bank.list_workers.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_workers'::regproc),
    '"limit" bigint DEFAULT 100, '
    || 'after bigint DEFAULT NULL::bigint, "order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.list_workers'::regproc), 'SETOF bank.worker', 'what it returns');
SELECT volatility_is('bank', 'list_workers', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_workers', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.list_workers'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_workers'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_workers'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
DELETE FROM ledger.worker_heartbeats;
CREATE TEMP TABLE begun AS
SELECT w.* FROM generate_series(1, 3) AS n CROSS JOIN bank.begin_worker('host/' || n, '1.0') AS w;
SELECT min(b.worker_number) AS first FROM begun AS b \gset

-- Works
SELECT results_eq(
    'SELECT w.* FROM bank.list_workers() AS w', 'SELECT b.* FROM begun AS b ORDER BY b.worker_number',
    'all, in the order of their beginning'
);
SELECT results_eq(
    format('SELECT w.name FROM bank.list_workers(1, %s) AS w', :first), 'VALUES (''host/2'')',
    'at most limit, after the given one'
);
SELECT results_eq(
    'SELECT w.name FROM bank.list_workers("order" => ''desc'') AS w',
    'VALUES (''host/3''), (''host/2''), (''host/1'')', 'the newest first'
);

-- Refuses
SELECT throws_ok('SELECT bank.list_workers(0)', 'TL007', 'invalid_argument', 'refuses a limit of zero');
SELECT throws_ok(
    'SELECT bank.list_workers("order" => ''x'')', 'TL007', 'invalid_argument', 'refuses an unknown order'
);

SELECT * FROM finish();
ROLLBACK;
