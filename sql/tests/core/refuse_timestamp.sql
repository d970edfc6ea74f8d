-- Tests of engine.refuse_timestamp.
BEGIN;
SELECT plan(20);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_timestamp'::regproc),
    '"timestamp" bigint, newest bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_timestamp'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_timestamp', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_timestamp', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_timestamp'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;

-- Works
SELECT lives_ok(
    format('SELECT engine.refuse_timestamp(%L, %L)', t.given, t.newest), 'takes ' || t.what
) FROM (
    VALUES (1000, 999, 'a later time'), (1000, 1000, 'an equal time'), (0, 0, 'the epoch'),
    (1000, NULL, 'any time, where there is no leg yet')
) AS t (given, newest, what);
SELECT lives_ok(
    format('SELECT engine.refuse_timestamp(%s, 0)', engine.now() + 60000),
    'takes what is ahead of the clock by what clocks differ'
);
SELECT lives_ok(
    'SELECT engine.refuse_timestamp(9007199254740000, 9007199254740000)',
    'takes the time of an account that is ahead already'
);
UPDATE ledger.settings SET max_ahead_ms = 9007199254740991;
SELECT lives_ok(
    'SELECT engine.refuse_timestamp(9007199254740991, 5)',
    'takes the end of time, where the owner has no objection'
);
UPDATE ledger.settings SET max_ahead_ms = 60000;

-- Refuses
SELECT throws_ok(
    format('SELECT engine.refuse_timestamp(%s, 0)', t.t), 'TL003', 'invalid_timestamp',
    'refuses ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    'SELECT engine.refuse_timestamp(999, 1000)', 'TL306', 'timestamp_in_past',
    'refuses a time before the newest leg'
);
SELECT is(
    pg_temp.detail_of('SELECT engine.refuse_timestamp(999, 1000)'),
    '{"timestamp": 999, "last_timestamp": 1000}'::jsonb, 'and says which'
);
SELECT throws_ok(
    format('SELECT engine.refuse_timestamp(%s, 0)', engine.now() + 70000),
    'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    'SELECT engine.refuse_timestamp(9007199254740001, 9007199254740000)',
    'TL308', 'timestamp_in_future', 'refuses to go on, where an account is ahead already'
);
SELECT is(
    pg_temp.detail_of('SELECT engine.refuse_timestamp(9007199254740001, 9007199254740000)'),
    '{"timestamp": 9007199254740001, "latest": 9007199254740000}'::jsonb, 'and says up to when'
);
UPDATE ledger.settings SET max_ahead_ms = 0;
SELECT throws_ok(
    format('SELECT engine.refuse_timestamp(%s, 0)', engine.now() + 10000),
    'TL308', 'timestamp_in_future', 'refuses by what the owner decides'
);

SELECT * FROM finish();
ROLLBACK;
