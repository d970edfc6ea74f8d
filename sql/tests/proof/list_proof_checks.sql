-- Tests of bank.list_proof_checks.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_proof_checks'::regproc), 'proof_number bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_proof_checks'::regproc), 'SETOF bank.verification',
    'what it returns'
);
SELECT volatility_is('bank', 'list_proof_checks', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_proof_checks', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.list_proof_checks'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_proof_checks'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_proof_checks'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
SELECT p.proof_number AS one FROM bank.begin_proof('verification') AS p \gset
SELECT p.proof_number AS two FROM bank.begin_proof('verification') AS p \gset
SELECT p.proof_number AS three FROM bank.begin_proof('digest') AS p \gset
SELECT count(*) FROM bank.finish_proof(:three, 0, 'ab');
SELECT count(*) FROM bank.finish_proof(:one, 0, checks => (
    SELECT json_agg(row_to_json(v)) FROM bank.verify_ledger() AS v
));

-- Works
SELECT results_eq(
    format(
        'SELECT c."check", c.ok, c.violations, c.sample::text FROM bank.list_proof_checks(%s) AS c',
        :one
    ), 'SELECT v."check", v.ok, v.violations, v.sample::text FROM bank.verify_ledger() AS v',
    'what the verification answered, in its order'
);
SELECT is_empty(
    format('SELECT c.ok FROM bank.list_proof_checks(%s) AS c', :two), 'none while it goes on'
);
SELECT is_empty(
    format('SELECT c.ok FROM bank.list_proof_checks(%s) AS c', :three), 'none of a digest'
);

-- Refuses
SELECT throws_ok(
    $$SELECT bank.list_proof_checks(9007199254740991)$$, 'TL151', 'proof_not_found', 'no such proof'
);

SELECT * FROM finish();
ROLLBACK;
