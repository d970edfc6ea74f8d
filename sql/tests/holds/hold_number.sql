-- Tests of engine.hold_number.
BEGIN;
SELECT plan(20);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.hold_number'::regproc),
    'hold_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.hold_number'::regproc), 'bigint', 'what it returns'
);
SELECT volatility_is('engine', 'hold_number', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'hold_number', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.hold_number'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.hold_number('hold7'), 7::bigint, 'the number');
SELECT is(engine.hold_number('hold9999999999999999'), 9999999999999999, 'the longest one');

-- Refuses
SELECT throws_ok(
    format('SELECT engine.hold_number(%L)', h.id), 'TL111', 'hold_not_found',
    'refuses ' || coalesce(quote_literal(h.id), 'NULL')
) FROM unnest(ARRAY[
    'hold0', 'hold07', 'hold', 'hold-1', 'hold1x', 'Hold1', 'payment1', '1', '', 'hold 1',
    'hold12345678901234567', E'hold1\n', NULL
]) AS h (id);

SELECT * FROM finish();
ROLLBACK;
