-- Tests of engine.refuse_payment.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_payment'::regproc),
    'account_id text, merchant_account_id text, amount bigint, fee bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.refuse_payment'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'refuse_payment', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_payment', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_payment'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.refuse_payment(%L, %L, 1, %L)', 'alice', r.merchant, r.fee),
    r.code, r.name, format('refuses a fee of %s for %s', coalesce(r.fee, 'NULL'), r.merchant)
) FROM (
    VALUES ('shop', '-1', 'TL007', 'invalid_argument'), ('shop', NULL, 'TL007', 'invalid_argument'),
    ('alice', '-1', 'TL007', 'invalid_argument'), ('alice', '0', 'TL008', 'same_account'),
    ('alice', '9007199254740991', 'TL007', 'invalid_argument')
) AS r (merchant, fee, code, name);

SELECT * FROM finish();
ROLLBACK;
