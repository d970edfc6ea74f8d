-- Tests of engine.seal.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.seal'::regproc),
    'head bytea, content text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.seal'::regproc), 'bytea', 'what it returns'
);
SELECT volatility_is('engine', 'seal', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'seal', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.seal'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.seal('', 'abc'), '\xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'::bytea,
    'SHA-256 of the content'
);
SELECT is(engine.seal('\x6162', 'c'), engine.seal('', 'abc'), 'the head comes first');
SELECT is(
    engine.seal('', chr(233)), sha256('\xc3a9'), 'the content in UTF-8'
);

SELECT * FROM finish();
ROLLBACK;
