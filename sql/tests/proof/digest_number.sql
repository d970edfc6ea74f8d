-- Tests of engine.digest_number.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.digest_number'::regproc),
    'hash bytea',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.digest_number'::regproc), 'bigint', 'what it returns');
SELECT volatility_is('engine', 'digest_number', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'digest_number', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.digest_number'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.digest_number('\x00000001ff'), 1::bigint, 'the first four bytes, the highest first'
);
SELECT is(engine.digest_number('\x01020304ff'), 16909060::bigint, 'all of them');
SELECT is(engine.digest_number('\x7fffffff'), 0::bigint, 'modulo 2^31 - 1');
SELECT is(engine.digest_number('\xffffffff'), 1::bigint, 'and never negative');

SELECT * FROM finish();
ROLLBACK;
