-- Tests of bank.end_worker.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.end_worker'::regproc),
    'worker_number bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.end_worker'::regproc), 'bank.worker', 'what it returns');
SELECT volatility_is('bank', 'end_worker', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'end_worker', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.end_worker'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.end_worker'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.end_worker'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
SELECT w.worker_number AS number FROM bank.begin_worker('host/1', '1.0') AS w \gset

-- Works
SELECT is(w.name, 'host/1', 'returns the worker') FROM bank.end_worker(:number) AS w;
SELECT is_empty(
    format('SELECT FROM ledger.worker_heartbeats AS h WHERE h.worker_number = %s', :number), 'it is gone'
);
SELECT is((bank.end_worker(:number)).name, NULL, 'one that is not there is passed over');

SELECT * FROM finish();
ROLLBACK;
