-- Tests of bank.create_currency, and of the currencies that there are from the start.
BEGIN;
SELECT plan(42);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.create_currency'::regproc),
    'currency text, exponent bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.create_currency'::regproc), 'bank.currency_created',
    'what it returns'
);
SELECT volatility_is('bank', 'create_currency', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'create_currency', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.create_currency'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.create_currency'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.create_currency'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);
SELECT is(
    has_function_privilege(r.name, 'bank.create_currency'::regproc, 'EXECUTE'), r.may,
    r.name || CASE WHEN r.may THEN ' may' ELSE ' may not' END || ' call it'
) FROM (
    VALUES ('bank_operator', true), ('bank_auditor', false), ('bank_teller', false)
) AS r (name, may);

-- Works
SELECT is(
    to_jsonb(bank.create_currency(c.currency, c.exponent)),
    jsonb_build_object('currency', c.currency, 'exponent', c.exponent, 'created', true),
    'makes ' || c.currency
) FROM (
    VALUES ('TAP', 0), ('TAP_POINTS_2', 2), ('TAP_WEI', 18)
) AS c (currency, exponent);
SELECT is(
    to_jsonb(bank.create_currency('TAP_WEI', 18)),
    '{"currency": "TAP_WEI", "exponent": 18, "created": false}'::jsonb, 'a repeat makes no other'
);
SELECT is(
    to_jsonb(bank.create_currency('EUR', 2)),
    '{"currency": "EUR", "exponent": 2, "created": false}'::jsonb, 'nor one that was there'
);
SELECT lives_ok(
    $$SELECT bank.create_account('currency.alice', 'TAP_WEI')$$, 'accounts can be in it'
);
SELECT is(
    (
        SELECT r.cashback::text FROM bank.deposit('currency.alice', 1000) AS d
        CROSS JOIN LATERAL bank.pay(d.account_id, 1000) AS r
    ), NULL, 'payments in it earn nothing yet'
);
SELECT is(
    (
        SELECT count(*) FROM ledger.currencies AS c
        WHERE c.currency ~ '^TAP' AND c.exponent = ANY(ARRAY[0, 2, 18])
    ), 3::bigint, 'they are kept'
);

SELECT results_eq(
    $$
        SELECT t.details ->> 'currency', (t.details ->> 'exponent')::integer
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'create_currency'
            AND t.details ->> 'currency' ~ '^TAP'
        ORDER BY t.version
    $$, $$VALUES ('TAP', 0), ('TAP_POINTS_2', 2), ('TAP_WEI', 18)$$,
    'each has left its entry, repeats have not'
);

-- What there is from the start
SELECT results_eq(
    $$
        SELECT c.exponent::integer, count(*)::integer FROM ledger.currencies AS c
        WHERE c.currency !~ '^TAP' GROUP BY c.exponent ORDER BY c.exponent
    $$, 'VALUES (0, 29), (2, 141), (3, 7), (4, 2)', 'all of ISO 4217, by its decimals'
);
SELECT is(
    (SELECT c.exponent::integer FROM ledger.currencies AS c WHERE c.currency = i.currency),
    i.exponent, format('%s has %s decimals', i.currency, i.exponent)
) FROM (
    VALUES ('XCG', 2), ('VED', 2), ('ZWG', 2), ('CLF', 4), ('UYI', 0), ('XAU', 0), ('KWD', 3)
) AS i (currency, exponent);
SELECT is_empty(
    $$SELECT c.currency FROM ledger.currencies AS c WHERE c.currency = 'XXX'$$,
    'but XXX, which says that there is none'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.create_currency(%L, 2)', c.currency), 'TL007', 'invalid_argument',
    'refuses the code ' || coalesce(quote_literal(c.currency), 'NULL')
) FROM unnest(ARRAY['eur', 'EU', '', 'EUR ', '1EU', 'ABCDEFGHIJKLM', U&'\00C4BC', NULL]) AS c (currency);
SELECT throws_ok(
    format('SELECT bank.create_currency(%L, %s)', 'TAP_X', coalesce(e.exponent::text, 'NULL')),
    'TL007', 'invalid_argument', format('refuses %s decimals', coalesce(e.exponent::text, 'NULL'))
) FROM unnest(ARRAY[-1, 19, NULL]) AS e (exponent);
SELECT throws_ok(
    $$SELECT bank.create_currency('EUR', 3)$$, 'TL309', 'currency_exists',
    'refuses to change what amounts mean'
);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.create_currency('TAP_X', 2)$$, '42501', NULL,
    'a teller may not'
);

SELECT throws_ok(
    $$SELECT bank.create_currency('XXX', 2)$$, 'TL007', 'invalid_argument',
    'XXX stays what says that there is no currency'
);

SELECT * FROM finish();
ROLLBACK;
