-- Tests of engine.check_monitor.
BEGIN;
SELECT plan(29);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_monitor'::regproc),
    'field text, comparison text, value bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_monitor'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'check_monitor', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_monitor', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_monitor'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(
    format('SELECT engine.check_monitor(%L, %L, 0)', f.field, c.comparison),
    f.field || ' ' || c.comparison
)
FROM unnest(ARRAY['balance', 'available', 'held']) AS f (field)
CROSS JOIN unnest(ARRAY['lt', 'lte', 'gt', 'gte', 'eq']) AS c (comparison);
SELECT lives_ok(
    format($$SELECT engine.check_monitor('balance', 'lt', %L)$$, v.value), 'value ' || v.value
) FROM (VALUES (-9007199254740991), (9007199254740991)) AS v (value);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_monitor(%L, %L, %L)', c.field, c.comparison, c.value),
    'TL007', 'invalid_argument', 'refuses ' || c.wrong
) FROM (
    VALUES ('pending', 'lt', 0, 'an unknown field'), (NULL, 'lt', 0, 'no field'),
    ('held', '<', 0, 'an unknown comparison'), ('held', NULL, 0, 'no comparison'),
    ('held', 'lt', 9007199254740992, 'too large a value'),
    ('held', 'lt', -9007199254740992, 'too small a value'), ('held', 'lt', NULL, 'no value')
) AS c (field, comparison, value, wrong);

SELECT * FROM finish();
ROLLBACK;
