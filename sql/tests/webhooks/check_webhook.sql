-- Tests of engine.check_webhook.
BEGIN;
SELECT plan(22);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_webhook'::regproc),
    'url text, secret text, types text[], after bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_webhook'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'check_webhook', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_webhook', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_webhook'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(
    $$SELECT engine.check_webhook('https://x', '0123456789abcdef', '{pay,set_collecting}', 0)$$, 'all of it'
);
SELECT lives_ok('SELECT engine.check_webhook(''https://x'', NULL, NULL, NULL)', 'what may be left out');

-- Refuses
SELECT throws_ok(
    'SELECT engine.check_webhook(''x'', NULL, NULL, NULL)', 'TL030', 'invalid_url', 'refuses what is no URL'
);
SELECT throws_ok(
    'SELECT engine.check_webhook(''http://x'', NULL, NULL, NULL)', 'TL031', 'address_not_allowed', 'refuses http'
);
SELECT throws_ok(
    format('SELECT engine.check_webhook(''https://x'', %L, NULL, NULL)', w.secret), 'TL007',
    'invalid_argument', 'refuses ' || w.what
) FROM (
    VALUES ('0123456789abcde', 'a short secret'), (repeat('x', 256), 'a long one'),
    ('0123456789 abcdef', 'a blank in it'), (E'0123456789abcdef\n', 'a line end')
) AS w (secret, what);
SELECT throws_ok(
    format('SELECT engine.check_webhook(''https://x'', NULL, %L, NULL)', w.types), 'TL007',
    'invalid_argument', 'refuses types ' || left(w.types, 20)
) FROM unnest(ARRAY[
    '{}', '{NULL}', '{pay,NULL}', '{""}', '{PAY}', '{{pay},{fee}}',
    '{' || repeat('pay,', 100) || 'pay}'
]) AS w (types);
SELECT throws_ok(
    format('SELECT engine.check_webhook(''https://x'', NULL, NULL, %L)', w.after), 'TL007',
    'invalid_argument', 'refuses after ' || w.after
) FROM (VALUES (-1), (9007199254740992)) AS w (after);

SELECT * FROM finish();
ROLLBACK;
