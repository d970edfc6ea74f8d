-- Tests of bank._check_timestamp.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank._check_timestamp'::regproc),
    '"timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank._check_timestamp'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('bank', '_check_timestamp', 'immutable', 'it is immutable');
SELECT isnt_definer('bank', '_check_timestamp', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'bank._check_timestamp'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok('SELECT bank._check_timestamp(0)', 'takes the epoch');
SELECT lives_ok('SELECT bank._check_timestamp(9007199254740991)', 'takes 2^53-1');
SELECT lives_ok('SELECT bank._check_timestamp(NULL)', 'takes NULL');

-- Refuses
SELECT throws_ok(
    format('SELECT bank._check_timestamp(%s)', t.t), 'TL003', 'invalid_timestamp', 'refuses ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992, -9223372036854775807, 9223372036854775807]) AS t (t);

SELECT * FROM finish();
ROLLBACK;
