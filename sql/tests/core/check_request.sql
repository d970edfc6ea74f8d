-- Tests of engine.check_request.
BEGIN;
SELECT plan(35);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_request'::regproc),
    'amount bigint, metadata jsonb, idempotency_key text, value_at bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_request'::regproc), 'text',
    'what it returns'
);
SELECT volatility_is('engine', 'check_request', 'immutable', 'it is immutable');
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
SELECT is(
    engine.check_request(a.amount, NULL, NULL, NULL), NULL, 'takes an amount of ' || a.amount
) FROM unnest(ARRAY[1, 9007199254740991]) AS a (amount);
SELECT is(engine.check_request(1, '{}', NULL, NULL), NULL, 'takes empty metadata');
SELECT is(octet_length(pg_temp.metadata(16384)::text), 16384, 'metadata of 16384 bytes');
SELECT is(
    engine.check_request(1, pg_temp.metadata(16384), NULL, NULL), NULL,
    'takes 16384 bytes of metadata'
);
SELECT is(
    engine.check_request(1, NULL, k.key, NULL), NULL, 'takes a key of ' || k.what
) FROM (
    VALUES ('k', '1 character'), (repeat('k', 255), '255 characters'),
    (repeat(chr(128512), 255), '255 emoji')
) AS k (key, what);
SELECT is(
    engine.check_request(1, NULL, NULL, v.t), NULL, 'takes the value date ' || v.t
) FROM unnest(ARRAY[0, 9007199254740991]) AS v (t);

-- Names what is wrong
SELECT is(
    engine.check_request(a.amount, NULL, NULL, NULL), 'invalid_amount',
    'an amount of ' || coalesce(a.amount::text, 'NULL')
) FROM unnest(ARRAY[0, -1, NULL, 9007199254740992, -9223372036854775808]) AS a (amount);
SELECT is(
    engine.check_request(1, m.metadata, NULL, NULL), 'invalid_metadata', 'metadata: ' || m.metadata::text
) FROM unnest(ARRAY['null', '[]', '[{}]', '"{}"', '1', 'true']::jsonb[]) AS m (metadata);
SELECT is(
    engine.check_request(1, pg_temp.metadata(16385), NULL, NULL), 'invalid_metadata',
    '16385 bytes of metadata'
);
SELECT is(
    engine.check_request(1, jsonb_build_object('k', repeat(chr(128512), 4094)), NULL, NULL),
    'invalid_metadata', 'counts bytes, not characters'
);
SELECT is(
    engine.check_request(1, NULL, k.key, NULL), 'invalid_idempotency_key',
    format('a key of %s characters', length(k.key))
) FROM unnest(ARRAY['', repeat('k', 256)]) AS k (key);
SELECT is(
    engine.check_request(1, NULL, NULL, v.t), 'invalid_timestamp', 'the value date ' || v.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS v (t);
SELECT is(
    engine.check_request(0, '[]', '', -1), 'invalid_amount', 'of several faults the amount first'
);
SELECT is(engine.check_request(1, '[]', '', -1), 'invalid_metadata', 'then the metadata');
SELECT is(engine.check_request(1, '{}', '', -1), 'invalid_idempotency_key', 'then the key');

SELECT * FROM finish();
ROLLBACK;
