-- Tests of engine.exchange_rate.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.exchange_rate'::regproc),
    'amount bigint, currency text, target_amount bigint, target_currency text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.exchange_rate'::regproc), 'text', 'what it returns');
SELECT volatility_is('engine', 'exchange_rate', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'exchange_rate', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.exchange_rate'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given units of 0, 2, 3 and 18 decimals
INSERT INTO ledger.currencies VALUES ('TAP_WEI', 18);

-- Works
SELECT is(
    engine.exchange_rate(r.amount, r.currency, r.target_amount, r.target_currency), r.rate,
    format('%s %s for %s %s', r.amount, r.currency, r.target_amount, r.target_currency)
) FROM (
    VALUES (1000::bigint, 'EUR', 1085::bigint, 'USD', '1.085'),
    (100, 'EUR', 100, 'USD', '1'),
    (100, 'EUR', 168, 'JPY', '168'),
    (168, 'JPY', 100, 'EUR', '0.00595238095238095238'),
    (1000, 'BHD', 265, 'USD', '2.65'),
    (1, 'EUR', 1, 'TAP_WEI', '0.0000000000000001'),
    (9007199254740991, 'TAP_WEI', 1, 'EUR', NULL),
    (1, 'JPY', 9007199254740991, 'EUR', '90071992547409.91')
) AS r (amount, currency, target_amount, target_currency, rate)
WHERE r.rate IS NOT NULL;
SELECT matches(
    engine.exchange_rate(3, 'EUR', 9007199254740991, 'USD'), '^3002399751580330\.33',
    'never in floating point'
);
SELECT matches(
    engine.exchange_rate(9007199254740991, 'EUR', 1, 'JPY'), '^0\.0*1[0-9]{14,}$',
    'small ones to many digits, not in powers of ten'
);

SELECT * FROM finish();
ROLLBACK;
