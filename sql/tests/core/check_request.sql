-- Tests of engine.check_request.
BEGIN;
SELECT plan(30);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_request'::regproc),
    'amount bigint, metadata jsonb, idempotency_key text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_request'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'check_request', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_request', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_request'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given metadata of an exact size: {"k": "xxx"} has 9 bytes around its text
CREATE FUNCTION pg_temp.metadata(bytes integer) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT jsonb_build_object('k', repeat('x', bytes - 9))
$function$;

-- Works
SELECT lives_ok('SELECT engine.check_request(1, NULL, NULL)', 'takes the smallest amount');
SELECT lives_ok(
    'SELECT engine.check_request(9007199254740991, NULL, NULL)', 'takes the largest amount'
);
SELECT lives_ok($$SELECT engine.check_request(1, '{}', NULL)$$, 'takes empty metadata');
SELECT is(octet_length(pg_temp.metadata(16384)::text), 16384, 'metadata of 16384 bytes');
SELECT lives_ok(
    'SELECT engine.check_request(1, pg_temp.metadata(16384), NULL)', 'takes 16384 bytes of metadata'
);
SELECT lives_ok($$SELECT engine.check_request(1, NULL, 'k')$$, 'takes a key of 1 character');
SELECT lives_ok(
    $$SELECT engine.check_request(1, NULL, repeat('k', 255))$$, 'takes a key of 255 characters'
);
SELECT lives_ok(
    $$SELECT engine.check_request(1, NULL, repeat(chr(128512), 255))$$, 'takes a key of 255 emoji'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_request(%L, NULL, NULL)', a.amount),
    'TL002', 'invalid_amount', 'refuses an amount of ' || coalesce(a.amount::text, 'NULL')
) FROM unnest(ARRAY[0, -1, NULL, 9007199254740992, -9223372036854775808]) AS a (amount);
SELECT throws_ok(
    format('SELECT engine.check_request(1, %L, NULL)', m.metadata),
    'TL005', 'invalid_metadata', 'refuses as metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]', '[{}]', '"{}"', '1', 'true']) AS m (metadata);
SELECT throws_ok(
    'SELECT engine.check_request(1, pg_temp.metadata(16385), NULL)',
    'TL005', 'invalid_metadata', 'refuses 16385 bytes of metadata'
);
SELECT throws_ok(
    $$SELECT engine.check_request(1, jsonb_build_object('k', repeat(chr(128512), 4094)), NULL)$$,
    'TL005', 'invalid_metadata', 'counts bytes, not characters'
);
SELECT throws_ok(
    $$SELECT engine.check_request(1, NULL, '')$$, 'TL006', 'invalid_idempotency_key',
    'refuses an empty key'
);
SELECT throws_ok(
    $$SELECT engine.check_request(1, NULL, repeat('k', 256))$$, 'TL006', 'invalid_idempotency_key',
    'refuses a key of 256 characters'
);
SELECT throws_ok(
    $$SELECT engine.check_request(0, '[]', '')$$, 'TL002', 'invalid_amount',
    'of several faults it names the amount first'
);
SELECT throws_ok(
    $$SELECT engine.check_request(1, '[]', '')$$, 'TL005', 'invalid_metadata',
    'then the metadata'
);

SELECT * FROM finish();
ROLLBACK;
