-- Tests of engine.short_detail.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.short_detail'::regproc),
    'detail json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.short_detail'::regproc), 'json', 'what it returns'
);
SELECT volatility_is('engine', 'short_detail', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'short_detail', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.short_detail'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.short_detail(d.detail::json)::text, d.detail,
    'leaves alone what is short: ' || left(d.detail, 40)
) FROM unnest(ARRAY[
    '{}', '{"account_id" : "alice", "available" : 1, "none" : null}',
    '{"a": "' || repeat('x', 4087) || '"}'
]) AS d (detail);
SELECT is(
    engine.short_detail(json_build_object(
        'a', repeat('ä', 2100), 'n', 9007199254740991, 'none', NULL, 'b', 'short'
    ))::jsonb,
    jsonb_build_object(
        'a', repeat('ä', 64), 'n', 9007199254740991, 'none', NULL, 'b', 'short'
    ), 'cuts texts, and nothing else, where it is longer than 4096 bytes'
);
SELECT is(engine.short_detail(NULL)::text, NULL, 'NULL stays NULL');

SELECT * FROM finish();
ROLLBACK;
