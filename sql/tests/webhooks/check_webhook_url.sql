-- Tests of engine.check_webhook_url.
BEGIN;
SELECT plan(61);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_webhook_url'::regproc),
    'url text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.check_webhook_url'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'check_webhook_url', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_webhook_url', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_webhook_url'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(format('SELECT engine.check_webhook_url(%L)', w.url), w.url)
FROM unnest(ARRAY[
    'https://example.com', 'https://example.com:8443/hooks?x=%20&y=1', 'https://a-b.example?q', 'https://x/@y',
    'https://8.8.8.8/', 'https://[2606:4700::1111]:65535/', 'https://localhost.example', 'https://0x7f.example/'
]) AS w (url);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_webhook_url(%L)', w.url), 'TL030', 'invalid_url',
    'refuses ' || coalesce(w.url, 'NULL')
) FROM unnest(ARRAY[
    NULL, '', 'example.com', 'ftp://example.com', 'file:///etc/passwd', 'HTTPS://example.com', 'https://',
    'https:///x', 'https://user@example.com', 'https://user:secret@example.com/', 'https://example.com:x',
    'https://example.com:0', 'https://example.com:65536', 'https://example.com/a b', 'https://example.com/#x',
    'https://bücher.example', E'https://example.com\n', 'https://example.com\@evil.example',
    -- What some take for 127.0.0.1
    'https://2130706433/', 'https://127.1/', 'https://0177.0.0.1/', 'https://0x7f.0.0.1/', 'https://0x7f000001/',
    'https://127.0.0.1./', 'https://127.0.0.01/', 'https://127.0.0.256/', 'https://1.2.3.4.5/',
    'https://[127.0.0.1', 'https://[::1%25eth0]/', 'https://[:::1]/'
]) AS w (url);
SELECT throws_ok(
    format('SELECT engine.check_webhook_url(%L)', w.url), 'TL031', 'address_not_allowed', 'refuses ' || w.url
) FROM unnest(ARRAY[
    'http://example.com/', 'https://127.0.0.1:8080/', 'https://10.0.0.1/', 'https://169.254.169.254/latest',
    'https://0.0.0.0/', 'https://[::1]/', 'https://[::]/', 'https://[::ffff:127.0.0.1]/', 'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::7f00:1]/', 'https://[fe80::1]/', 'https://[fd00:ec2::254]/', 'https://localhost/',
    'https://x.LOCALHOST.:1/'
]) AS w (url);
SELECT throws_ok(
    format('SELECT engine.check_webhook_url(%L)', 'https://x/' || repeat('y', 2040)), 'TL030', 'invalid_url',
    'refuses more than 2048 characters'
);

-- Unless the owner allows it
UPDATE ledger.settings AS s SET webhook_http = true, webhook_networks = '{127.0.0.0/8}';
SELECT lives_ok(format('SELECT engine.check_webhook_url(%L)', w.url), w.url || ' where it is allowed')
FROM unnest(ARRAY['http://example.com', 'http://localhost:8000/']) AS w (url);
SELECT throws_ok(
    'SELECT engine.check_webhook_url(''http://10.0.0.1/'')', 'TL031', 'address_not_allowed', 'and no more than that'
);

SELECT * FROM finish();
ROLLBACK;
