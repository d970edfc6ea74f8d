-- Tests of engine.is_plain_id.
BEGIN;
SELECT plan(29);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.is_plain_id'::regproc), 'account_id text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.is_plain_id'::regproc), 'boolean', 'what it returns');
SELECT volatility_is('engine', 'is_plain_id', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'is_plain_id', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.is_plain_id'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT ok(engine.is_plain_id(i.id), 'plain: ' || i.id)
FROM unnest(ARRAY['a', 'alice', 'a b', 'a@b', '~', '-', '0', 'a.b', 'a.', repeat('x', 64)]) AS i (id);
SELECT ok(engine.is_plain_id(i.id) IS NOT TRUE, 'looked at: ' || coalesce(i.id, 'NULL'))
FROM unnest(ARRAY[
    NULL, '', ' ', ' a', 'a ', '@a', 'a' || chr(9), 'a' || chr(127), 'é', 'a' || chr(8203),
    repeat('x', 65), '.', 'a/b', '/'
]) AS i (id);

SELECT * FROM finish();
ROLLBACK;
