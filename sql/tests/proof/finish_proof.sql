-- Tests of bank.finish_proof.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.finish_proof'::regproc),
    'proof_number bigint, violations bigint DEFAULT NULL::bigint, '
    || 'sha256 text DEFAULT NULL::text, finding text DEFAULT NULL::text, '
    || 'checks json DEFAULT NULL::json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.finish_proof'::regproc), 'bank.proof', 'what it returns'
);
SELECT volatility_is('bank', 'finish_proof', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'finish_proof', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.finish_proof'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.finish_proof'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.finish_proof'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
SELECT p.proof_number AS one FROM bank.begin_proof('verification') AS p \gset
SELECT p.proof_number AS two FROM bank.begin_proof('digest') AS p \gset
SELECT p.proof_number AS three FROM bank.begin_proof('verification') AS p \gset

-- Works
SELECT results_eq(
    format(
        $$SELECT p.violations, p.clean, p.ended_at >= p.begun_at, p.finding, p.sha256
        FROM bank.finish_proof(%s, 2, finding => 'books_balance') AS p$$, :one
    ), $$VALUES (2::bigint, false, true, 'books_balance', NULL)$$, 'what was wrong'
);
SELECT results_eq(
    format($$SELECT p.violations, p.clean, p.sha256 FROM bank.finish_proof(%s, 0, 'ab') AS p$$, :two),
    $$VALUES (0::bigint, true, 'ab')$$, 'nothing was'
);
SELECT results_eq(
    format($$SELECT p.violations, p.clean FROM bank.finish_proof(%s, 7) AS p$$, :two),
    $$VALUES (0::bigint, true)$$, 'it ends once'
);
SELECT results_eq(
    format($$SELECT p.ended_at > 0, p.clean FROM bank.finish_proof(%s) AS p$$, :three),
    $$VALUES (true, NULL::boolean)$$, 'it could not be done'
);

-- Refuses
SELECT throws_ok(
    format($$SELECT bank.finish_proof(%s, 0, checks => '{}')$$, :one), 'TL007', 'invalid_argument',
    'checks are an array'
);
SELECT throws_ok(
    format(
        $$SELECT bank.finish_proof(%s, 0, checks => to_json(ARRAY[repeat('x', 1000000)]))$$, :one
    ), 'TL007', 'invalid_argument', 'and not of any size'
);
SELECT throws_ok(
    $$SELECT bank.finish_proof(9007199254740991)$$, 'TL007', 'invalid_argument', 'no such proof'
);
SELECT throws_ok(
    format($$SELECT bank.finish_proof(%s, -1)$$, :one), 'TL007', 'invalid_argument',
    'less than nothing'
);
SELECT throws_ok(
    format($$SELECT bank.finish_proof(%s, 0, repeat('a', 65))$$, :one), 'TL007',
    'invalid_argument', 'a hash that is none'
);
SELECT throws_ok(
    format($$SELECT bank.finish_proof(%s, finding => repeat('a', 1001))$$, :one), 'TL007',
    'invalid_argument', 'a finding that is a book'
);
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    $$SELECT bank.finish_proof(1)$$, 'TL201', 'limited_to_accounts',
    'one who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
