-- Tests of engine.newest_step.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.newest_step'::regproc),
    'state text, value text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.newest_step'::regproc), 'text', 'what it returns'
);
SELECT volatility_is('engine', 'newest_step', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'newest_step', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.newest_step'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.newest_step('a', 'b'), 'b', 'what is newer');
SELECT is(engine.newest_step('a', NULL), 'a', 'unless it is nothing');
SELECT is(
    (SELECT engine.newest(v.t ORDER BY v.n) FROM (VALUES (2, NULL), (1, 'a'), (0, 'b')) AS v (n, t)),
    'a', 'as an aggregate'
);
SELECT is(
    (SELECT engine.newest(v.t) FROM (VALUES (NULL::text)) AS v (t)), NULL, 'of nothing, nothing'
);

SELECT * FROM finish();
ROLLBACK;
