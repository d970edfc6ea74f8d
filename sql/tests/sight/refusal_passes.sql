-- Tests of engine.refusal_passes.
BEGIN;
SELECT plan(17);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refusal_passes'::regproc),
    'refused_at bigint, code text, actor text, account_ids text[], since bigint, '
    || 'until bigint, only_code text, only_actor text, only_account_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refusal_passes'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'refusal_passes', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'refusal_passes', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refusal_passes'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.refusal_passes(
        5, 'account_frozen', 'bank_web/till', '{a,b}', f.since, f.until, f.code, f.actor, f.account
    ) IS TRUE, f.passes, f.what
) FROM (
    VALUES (NULL::bigint, NULL::bigint, NULL, NULL, NULL, true, 'no filter'),
    (5, 6, 'account_frozen', 'till', 'b', true, 'all of them met'),
    (6, NULL, NULL, NULL, NULL, false, 'too early'),
    (NULL, 5, NULL, NULL, NULL, false, 'too late'),
    (NULL, NULL, 'frozen', NULL, NULL, false, 'another code'),
    (NULL, NULL, NULL, 'bank_web', NULL, true, 'the login'),
    (NULL, NULL, NULL, 'bank_web/till', NULL, true, 'both'),
    (NULL, NULL, NULL, 'ill', NULL, false, 'a part of the key'),
    (NULL, NULL, NULL, 'bank', NULL, false, 'a part of the login'),
    (NULL, NULL, NULL, '', NULL, false, 'no name'),
    (NULL, NULL, NULL, NULL, 'c', false, 'another account')
) AS f (since, until, code, actor, account, passes, what);
SELECT ok(
    engine.refusal_passes(5, 'x', NULL, '{}', NULL, NULL, NULL, 'till', NULL) IS NOT TRUE,
    'of nobody'
);

SELECT * FROM finish();
ROLLBACK;
