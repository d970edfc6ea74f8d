-- Tests of engine.new_secret.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.new_secret'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.new_secret'::regproc), 'text', 'what it returns');
SELECT volatility_is('engine', 'new_secret', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'new_secret', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.new_secret'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT matches(engine.new_secret(), '^whsec_[0-9a-f]{64}$', 'of 64 digits');
SELECT isnt(engine.new_secret(), engine.new_secret(), 'another one each time');

SELECT * FROM finish();
ROLLBACK;
