-- Tests of engine.monitor_details.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.monitor_details'::regproc),
    'monitor_number bigint, field text, comparison text, value bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.monitor_details'::regproc), 'jsonb',
    'what it returns'
);
SELECT volatility_is('engine', 'monitor_details', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'monitor_details', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.monitor_details'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.monitor_details(7, 'held', 'gt', -5),
    '{"monitor_id": "monitor7", "field": "held", "comparison": "gt", "value": -5}',
    'which monitor, and its condition'
);

SELECT * FROM finish();
ROLLBACK;
