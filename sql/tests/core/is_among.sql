-- Tests of engine.is_among.
BEGIN;
SELECT plan(19);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.is_among'::regproc),
    'account_id text, patterns text[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.is_among'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'is_among', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'is_among', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.is_among'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.is_among(a.id, a.patterns), a.is_one, format('%s of %s', a.id, a.patterns))
FROM (
    VALUES ('alice', '{alice}'::text[], true), ('alice', '{bob,alice}', true), ('alice', '{bob}', false),
    ('alice', '{al*}', true), ('alice', '{bob,al*}', true), ('al', '{al*}', true), ('a', '{al*}', false),
    ('alice', '{ali}', false), ('anything', '{*}', true), ('a*', '{a*}', true),
    ('a_b', '{a_*}', true), ('axb', '{a_*}', false), ('alice', '{}', false), (NULL, '{*}', false)
) AS a (id, patterns, is_one);

SELECT * FROM finish();
ROLLBACK;
