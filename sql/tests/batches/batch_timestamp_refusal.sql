-- Tests of engine.batch_timestamp_refusal.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_timestamp_refusal'::regproc),
    'given bigint, last_timestamp bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_timestamp_refusal'::regproc), 'engine.refusal',
    'what it returns'
);
SELECT volatility_is('engine', 'batch_timestamp_refusal', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_timestamp_refusal', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege(
        'bank_operator', 'engine.batch_timestamp_refusal'::regproc, 'EXECUTE'
    ),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    (engine.batch_timestamp_refusal(t.given, 1000)).name, NULL, 'takes ' || t.given
) FROM unnest(ARRAY[1000, 1001, 9007199254740991]) AS t (given);

-- Refuses, as engine.fix_timestamp does
SELECT is(
    to_jsonb(engine.batch_timestamp_refusal(t.given, 1000)),
    jsonb_build_object('name', t.name, 'detail', t.detail), 'refuses ' || t.given
) FROM (
    VALUES (-1, 'invalid_timestamp', '{"timestamp": -1}'::jsonb),
    (9007199254740992, 'invalid_timestamp', '{"timestamp": 9007199254740992}'),
    (999, 'timestamp_in_past', '{"timestamp": 999, "last_timestamp": 1000}')
) AS t (given, name, detail);
CREATE FUNCTION pg_temp.as_owner(given bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'BEGIN RETURN to_jsonb(engine.batch_timestamp_refusal(given, 1000)); END';
ALTER FUNCTION pg_temp.as_owner(bigint) OWNER TO bank_owner;
GRANT EXECUTE ON FUNCTION pg_temp.as_owner(bigint) TO bank_teller;
SET ROLE bank_teller;
CREATE TEMP TABLE told AS SELECT pg_temp.as_owner(2000) AS refusal, pg_temp.as_owner(-1) AS first;
RESET ROLE;
SELECT is(
    t.refusal, '{"name": "operator_required", "detail": {"argument": "timestamp"}}'::jsonb,
    'refuses any timestamp of a teller'
) FROM told AS t;
SELECT is(t.first ->> 'name', 'invalid_timestamp', 'after one that nobody may give')
FROM told AS t;

SELECT * FROM finish();
ROLLBACK;
