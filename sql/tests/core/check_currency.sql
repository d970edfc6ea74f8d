-- Tests of engine.check_currency.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_currency'::regproc),
    'currency text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_currency'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'check_currency', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_currency', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_currency'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok($$SELECT engine.check_currency('EUR')$$, 'takes one that there is');
SELECT count(bank.create_currency('TAP_CHECKED', 3)) FROM generate_series(1, 1);
SELECT lives_ok(
    $$SELECT engine.check_currency('TAP_CHECKED')$$,
    'one of the bank''s own, too'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_currency(%L)', c.currency), 'TL004', 'unknown_currency',
    'refuses ' || coalesce(quote_literal(c.currency), 'NULL')
) FROM unnest(ARRAY['eur', 'XXX', NULL]) AS c (currency);

SELECT * FROM finish();
ROLLBACK;
