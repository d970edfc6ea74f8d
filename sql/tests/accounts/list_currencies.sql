-- Tests of bank.list_currencies.
BEGIN;
SELECT plan(19);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_currencies'::regproc),
    '"limit" bigint DEFAULT 100, after text DEFAULT NULL::text, '
    || '"order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_currencies'::regproc), 'SETOF bank.currency', 'what it returns'
);
SELECT volatility_is('bank', 'list_currencies', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_currencies', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_currencies'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_currencies'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_currencies'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
SELECT count(bank.create_currency(c.currency, c.exponent))
FROM (VALUES ('TAP_0', 0), ('TAP_18', 18)) AS c (currency, exponent);

-- Works
SELECT is(
    (SELECT jsonb_agg(c) FROM bank.list_currencies(NULL) AS c),
    (SELECT jsonb_agg(c ORDER BY c.currency) FROM ledger.currencies AS c),
    'all of them, by their code'
);
SELECT results_eq(
    $$SELECT c.currency, c.exponent FROM bank.list_currencies(2, 'TAP') AS c$$,
    $$VALUES ('TAP_0', 0::bigint), ('TAP_18', 18)$$, 'the bank''s own among them'
);
SELECT is(
    (SELECT count(*) FROM bank.list_currencies()), 100::bigint, 'at most 100 unless told'
);
SELECT results_eq(
    $$SELECT c.currency FROM bank.list_currencies(1) AS c$$, $$VALUES ('AED')$$,
    'a page of 1'
);
SELECT results_eq(
    $$SELECT c.currency FROM bank.list_currencies(1, "order" => 'desc') AS c$$,
    $$VALUES ('ZWG')$$, 'backwards'
);
SELECT is_empty($$SELECT bank.list_currencies(1000, 'ZWG')$$, 'nothing follows the last');
SELECT is_empty(
    $$SELECT bank.list_currencies(1000, 'AED', 'desc')$$, 'nor comes before the first'
);
SELECT results_eq(
    $$SELECT c.exponent FROM bank.list_currencies(1, 'KWC') AS c$$, $$VALUES (3::bigint)$$,
    'the one that `after` names need not be there'
);
SET LOCAL pgteller.accounts = '{nobody}';
SELECT is(
    (SELECT count(*) FROM bank.list_currencies(1000)),
    (SELECT count(*) FROM ledger.currencies), 'who is for some accounts alone is answered too'
);
RESET pgteller.accounts;

-- Refuses
SELECT throws_ok(
    $$SELECT bank.list_currencies(0)$$, 'TL007', 'invalid_argument', 'a limit that is none'
);
SELECT throws_ok(
    $$SELECT bank.list_currencies("order" => 'x')$$, 'TL007', 'invalid_argument',
    'an order that is none'
);
SELECT lives_ok(
    'SET ROLE bank_teller; SELECT bank.list_currencies(1); RESET ROLE', 'a teller reads it'
);

SELECT * FROM finish();
ROLLBACK;
