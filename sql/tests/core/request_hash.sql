-- Tests of engine.request_hash.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.request_hash'::regproc),
    'request json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.request_hash'::regproc), 'bytea', 'what it returns'
);
SELECT volatility_is('engine', 'request_hash', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'request_hash', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.request_hash'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.request_hash('{"amount" : 5, "value_at" : null, "metadata" : "{\"a\": null}"}'),
    sha256(convert_to('{"amount":5,"metadata":"{\"a\": null}"}', 'UTF8')),
    'the bytes are its JSON, without blanks and without what is not given'
);
SELECT is(
    engine.request_hash(json_build_object('amount', 5, 'value_at', NULL)),
    engine.request_hash(json_build_object('amount', 5)), 'an argument left out is as if not there'
);
SELECT is(
    (
        SELECT count(DISTINCT engine.request_hash(r.request))
        FROM unnest(ARRAY[
            '{"a": 1}', '{"a": 2}', '{"b": 1}', '{"a": "1"}', '{"a": 1, "b": 1}',
            '{"a": {"b": 1}}', '{"a": "{\"b\": 1}"}', '{}'
        ]::json[]) AS r (request)
    ), 8::bigint, 'whatever else differs tells'
);

SELECT * FROM finish();
ROLLBACK;
