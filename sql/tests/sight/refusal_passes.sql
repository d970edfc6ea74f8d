-- Tests of engine.refusal_passes.
BEGIN;
SELECT plan(23);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refusal_passes'::regproc),
    'refused_at bigint, request_id text, code text, actor text, caller text, '
    || 'account_ids text[], since bigint, until bigint, only_code text, only_actor text, '
    || 'only_request_id text, only_account_id text',
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
        5, 'r1', 'account_frozen', 'bank/web/token/ann', 'token/ann', '{a,b}', f.since, f.until,
        f.code, f.actor, f.request, f.account
    ) IS TRUE, f.passes, f.what
) FROM (
    VALUES (NULL::bigint, NULL::bigint, NULL, NULL, NULL, NULL, true, 'no filter'),
    (5, 6, 'account_frozen', 'token/ann', 'r1', 'b', true, 'all of them met'),
    (6, NULL, NULL, NULL, NULL, NULL, false, 'too early'),
    (NULL, 5, NULL, NULL, NULL, NULL, false, 'too late'),
    (NULL, NULL, 'frozen', NULL, NULL, NULL, false, 'another code'),
    (NULL, NULL, NULL, 'bank/web', NULL, NULL, true, 'the login'),
    (NULL, NULL, NULL, 'bank/web/token/ann', NULL, NULL, true, 'both'),
    (NULL, NULL, NULL, 'token', NULL, NULL, false, 'how all those with tokens begin'),
    (NULL, NULL, NULL, 'ann', NULL, NULL, false, 'a part of the caller'),
    (NULL, NULL, NULL, 'web', NULL, NULL, false, 'what stands between two slashes'),
    (NULL, NULL, NULL, 'web/token/ann', NULL, NULL, false, 'and more of it'),
    (NULL, NULL, NULL, 'bank', NULL, NULL, false, 'a part of the login'),
    (NULL, NULL, NULL, '', NULL, NULL, false, 'no name'),
    (NULL, NULL, NULL, NULL, 'r', NULL, false, 'another request'),
    (NULL, NULL, NULL, NULL, NULL, 'c', false, 'another account')
) AS f (since, until, code, actor, request, account, passes, what);
SELECT is(
    engine.refusal_passes(
        5, 'r1', 'x', 'bank_web', NULL, '{}', NULL, NULL, NULL, a.actor, NULL, NULL
    ) IS TRUE, a.actor = 'bank_web', 'of a login alone, ' || a.actor
) FROM unnest('{bank_web,bank}'::text[]) AS a (actor);
SELECT ok(
    engine.refusal_passes(
        5, 'r1', 'x', NULL, NULL, '{}', NULL, NULL, NULL, 'till', NULL, NULL
    ) IS NOT TRUE, 'of nobody'
);

SELECT * FROM finish();
ROLLBACK;
