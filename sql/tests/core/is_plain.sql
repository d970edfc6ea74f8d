-- Tests of engine.is_plain.
BEGIN;
SELECT plan(19);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.is_plain'::regproc),
    'amount bigint, metadata jsonb, idempotency_key text, value_at bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.is_plain'::regproc), 'boolean', 'what it returns');
SELECT volatility_is('engine', 'is_plain', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'is_plain', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.is_plain'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT ok(engine.is_plain(a.amount, NULL, NULL, NULL), 'an amount of ' || a.amount)
FROM unnest(ARRAY[1, 9007199254740991]) AS a (amount);
SELECT ok(engine.is_plain(1, NULL, k.key, NULL), 'a key of ' || char_length(k.key))
FROM unnest(ARRAY['k', repeat(chr(128512), 255)]) AS k (key);

-- Everything else is looked at: what may be, and what may not
SELECT ok(
    engine.is_plain(a.amount, NULL, NULL, NULL) IS NOT TRUE,
    'an amount of ' || coalesce(a.amount::text, 'NULL')
) FROM unnest(ARRAY[0, -1, NULL, 9007199254740992, -9223372036854775808]) AS a (amount);
SELECT ok(engine.is_plain(1, '{}', NULL, NULL) IS NOT TRUE, 'metadata');
SELECT ok(engine.is_plain(1, NULL, NULL, v.t) IS NOT TRUE, 'a value date of ' || v.t)
FROM unnest(ARRAY[0, -1]) AS v (t);
SELECT ok(engine.is_plain(1, NULL, k.key, NULL) IS NOT TRUE, 'a key of ' || char_length(k.key))
FROM unnest(ARRAY['', repeat('k', 256)]) AS k (key);

SELECT * FROM finish();
ROLLBACK;
