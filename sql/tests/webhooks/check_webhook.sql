-- Tests of engine.check_webhook.
BEGIN;
SELECT plan(46);

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
    format('SELECT engine.check_webhook(%L, NULL, NULL, NULL)', w.url), w.url
) FROM unnest(ARRAY[
    'http://localhost', 'https://example.com/', 'https://example.com:8443/hooks?x=%20&y=1',
    'http://127.0.0.1:9', 'http://[::1]:8000/x', 'https://a-b.example?q', 'http://x/@y'
]) AS w (url);
SELECT lives_ok(
    $$SELECT engine.check_webhook('http://x', '0123456789abcdef', '{pay,set_collecting}', 0)$$, 'all of it'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_webhook(%L, NULL, NULL, NULL)', w.url), 'TL030', 'invalid_url',
    'refuses ' || coalesce(w.url, 'NULL')
) FROM unnest(ARRAY[
    NULL, '', 'example.com', 'ftp://example.com', 'file:///etc/passwd', 'HTTP://example.com',
    'http://', 'http:///x', 'http://a b', 'http://user@example.com', 'http://user:secret@example.com/',
    'http://example.com:x', 'http://example.com/a b', 'http://example.com/#x', 'http://bücher.example',
    E'http://example.com/\nHost: x', E'http://example.com\n', 'http://example.com\@evil.example',
    ' http://example.com'
]) AS w (url);
SELECT throws_ok(
    format('SELECT engine.check_webhook(%L, NULL, NULL, NULL)', 'http://x/' || repeat('y', 2040)),
    'TL030', 'invalid_url', 'refuses more than 2048 characters'
);
SELECT throws_ok(
    format('SELECT engine.check_webhook(''http://x'', %L, NULL, NULL)', w.secret), 'TL007',
    'invalid_argument', 'refuses ' || w.what
) FROM (
    VALUES ('0123456789abcde', 'a short secret'), (repeat('x', 256), 'a long one'),
    ('0123456789 abcdef', 'a blank in it'), (E'0123456789abcdef\n', 'a line end')
) AS w (secret, what);
SELECT throws_ok(
    format('SELECT engine.check_webhook(''http://x'', NULL, %L, NULL)', w.types), 'TL007',
    'invalid_argument', 'refuses types ' || left(w.types, 20)
) FROM unnest(ARRAY[
    '{}', '{NULL}', '{pay,NULL}', '{""}', '{PAY}', '{{pay},{fee}}',
    '{' || repeat('pay,', 100) || 'pay}'
]) AS w (types);
SELECT throws_ok(
    format('SELECT engine.check_webhook(''http://x'', NULL, NULL, %L)', w.after), 'TL007',
    'invalid_argument', 'refuses after ' || w.after
) FROM (VALUES (-1), (9007199254740992)) AS w (after);

SELECT * FROM finish();
ROLLBACK;
