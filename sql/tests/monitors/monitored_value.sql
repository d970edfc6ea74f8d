-- Tests of engine.monitored_value.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.monitored_value'::regproc),
    'field text, balance bigint, held bigint, overdraft_limit bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.monitored_value'::regproc), 'bigint',
    'what it returns'
);
SELECT volatility_is('engine', 'monitored_value', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'monitored_value', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.monitored_value'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.monitored_value(m.field, 100, 30, 5), m.value, coalesce(m.field, 'NULL')
) FROM (
    VALUES ('balance', 100::bigint), ('held', 30), ('available', 75), ('other', NULL), (NULL, NULL)
) AS m (field, value);

SELECT * FROM finish();
ROLLBACK;
