-- Tests of engine.hold_details.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.hold_details'::regproc),
    'hold_number bigint, released bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.hold_details'::regproc), 'jsonb', 'what it returns'
);
SELECT volatility_is('engine', 'hold_details', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'hold_details', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.hold_details'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.hold_details(7, 25),
    '{"hold_id": "hold7", "released": 25}'::jsonb, 'which hold, and what it gave back'
);

SELECT * FROM finish();
ROLLBACK;
