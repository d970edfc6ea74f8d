-- Tests of engine.is_met.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.is_met'::regproc),
    'actual bigint, comparison text, value bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.is_met'::regproc), 'boolean',
    'what it returns'
);
SELECT volatility_is('engine', 'is_met', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'is_met', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.is_met'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    ARRAY[engine.is_met(4, c.comparison, 5), engine.is_met(5, c.comparison, 5),
        engine.is_met(6, c.comparison, 5)],
    c.met, format('less, equal and more, by %s', coalesce(c.comparison, 'NULL'))
) FROM (
    VALUES ('lt', '{t,f,f}'::boolean[]), ('lte', '{t,t,f}'), ('gt', '{f,f,t}'), ('gte', '{f,t,t}'),
    ('eq', '{f,t,f}'), ('ne', '{NULL,NULL,NULL}'), (NULL, '{NULL,NULL,NULL}')
) AS c (comparison, met);

SELECT * FROM finish();
ROLLBACK;
