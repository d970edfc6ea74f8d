-- Tests of engine.request_detail.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.request_detail'::regproc),
    'refusal text, amount bigint, metadata jsonb, idempotency_key text, value_at bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.request_detail'::regproc), 'json', 'what it returns'
);
SELECT volatility_is('engine', 'request_detail', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'request_detail', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.request_detail'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.request_detail(r.name, 0, r.metadata, 'key', -1)::jsonb, r.detail, r.name
) FROM (
    VALUES ('invalid_amount', NULL::jsonb, '{"amount": 0}'::jsonb),
    ('invalid_metadata', '[1]', '{"given": "array"}'),
    ('invalid_metadata', 'null', '{"given": "null"}'),
    ('invalid_metadata', jsonb_build_object('a', repeat('x', 16376)), '{"bytes": 16385}'),
    ('invalid_metadata', '{"a": 1e131071}', '{"reason": "too large a number"}'),
    ('invalid_idempotency_key', NULL, '{"length": 3}'),
    ('invalid_timestamp', NULL, '{"value_at": -1}')
) AS r (name, metadata, detail);

SELECT * FROM finish();
ROLLBACK;
