-- Tests of bank.beat_worker.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.beat_worker'::regproc),
    'worker_number bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.beat_worker'::regproc), 'bank.worker', 'what it returns');
SELECT volatility_is('bank', 'beat_worker', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'beat_worker', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.beat_worker'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.beat_worker'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.beat_worker'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given one that was silent for too long
SELECT w.worker_number AS number FROM bank.begin_worker('host/1', '1.0') AS w \gset
UPDATE ledger.worker_heartbeats AS h SET beat_at = 5, believed_until = 6;

-- Works
SELECT ok(w.alive AND w.beat_at > w.started_at - 1, 'it lives again') FROM bank.beat_worker(:number) AS w;
SELECT is(
    (SELECT h.believed_until - h.beat_at FROM ledger.worker_heartbeats AS h WHERE h.worker_number = :number),
    5000::bigint, 'for a while'
);
SELECT is((bank.beat_worker(7)).worker_number, NULL, 'one that is not there has to begin anew');

SELECT * FROM finish();
ROLLBACK;
