-- Tests of engine.fix_timestamp.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.fix_timestamp'::regproc),
    'given bigint, last_timestamp bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.fix_timestamp'::regproc), 'bigint',
    'what it returns'
);
SELECT volatility_is('engine', 'fix_timestamp', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'fix_timestamp', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.fix_timestamp'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.fix_timestamp(1000, 999), 1000::bigint, 'a later time is taken');
SELECT is(engine.fix_timestamp(1000, 1000), 1000::bigint, 'an equal time is taken');
SELECT is(engine.fix_timestamp(0, 0), 0::bigint, 'the epoch is taken');
SELECT is(
    engine.fix_timestamp(9007199254740991, 5), 9007199254740991::bigint, 'the end of time is taken'
);
SELECT ok(
    engine.fix_timestamp(NULL, 0) BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'without one it is the server clock'
);
SELECT is(
    engine.fix_timestamp(NULL, 9007199254740000), 9007199254740000::bigint,
    'or the newest leg''s time, where the clock is behind it'
);

-- Refuses
SELECT throws_ok(
    'SELECT engine.fix_timestamp(-1, 0)', 'TL003', 'invalid_timestamp', 'refuses a negative time'
);
SELECT throws_ok(
    'SELECT engine.fix_timestamp(9007199254740992, 0)', 'TL003', 'invalid_timestamp', 'refuses 2^53'
);
CREATE FUNCTION pg_temp.as_owner() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'BEGIN RETURN engine.fix_timestamp(1000, 0); END';
SELECT throws_ok(
    'SET ROLE bank_teller; SELECT pg_temp.as_owner()', 'TL201', 'operator_required',
    'refuses any time from a teller, in whose name a function of the bank runs as owner'
);
SELECT throws_ok(
    'SELECT engine.fix_timestamp(999, 1000)', 'TL306', 'timestamp_in_past',
    'refuses a time before the newest leg'
);

SELECT * FROM finish();
ROLLBACK;
