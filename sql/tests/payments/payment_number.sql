-- Tests of engine.payment_number.
BEGIN;
SELECT plan(28);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.payment_number'::regproc),
    'payment_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.payment_number'::regproc), 'bigint',
    'what it returns'
);
SELECT volatility_is('engine', 'payment_number', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'payment_number', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.payment_number'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.payment_number('payment1'), 1::bigint, 'the first');
SELECT is(engine.payment_number('payment120'), 120::bigint, 'zeros inside');
SELECT is(
    engine.payment_number('payment9007199254740991'), 9007199254740991::bigint, 'the last there is'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.payment_number(%L)', p.id), 'TL102', 'payment_not_found',
    'refuses ' || coalesce(quote_literal(left(p.id, 40)), 'NULL')
) FROM unnest(ARRAY[
    NULL, '', '1', 'payment', 'payment0', 'payment01', 'payment-1', 'payment+1', 'payment1 ',
    ' payment1', 'Payment1', 'payment1.0', 'payment1e3', 'payment0x1', 'payment1_0',
    'payment1' || chr(10), 'payment' || chr(1633), 'payment99999999999999999',
    'payment' || repeat('9', 1000), 'x' || chr(10) || 'payment1'
]) AS p (id);

SELECT * FROM finish();
ROLLBACK;
