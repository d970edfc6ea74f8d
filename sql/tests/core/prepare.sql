-- Tests of engine.prepare.
BEGIN;
SELECT plan(41);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.prepare'::regproc),
    'account_id text, other_account_id text, "timestamp" bigint, idempotency_key text, '
    || 'operation text, request json, other_pays boolean DEFAULT false',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.prepare'::regproc), 'engine.parties', 'what it returns'
);
SELECT volatility_is('engine', 'prepare', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'prepare', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.prepare'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given accounts on which something is due, and collecting ones
DO $given$
BEGIN
    INSERT INTO ledger.currencies (currency, exponent) VALUES ('TAP_PREP', 2);
    INSERT INTO ledger.cashback_policies (currency, rate_bps, delay_ms)
    VALUES ('TAP_PREP', 1000, 5000);
    PERFORM bank.create_account_at('prep.' || w.who, 'TAP_PREP', "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop', 'mall', 'still']) AS w (who);
    PERFORM bank.deposit_at('prep.' || w.who, 1000, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop', 'mall']) AS w (who);
    PERFORM bank.pay_at('prep.' || w.who, 100, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop', 'mall']) AS w (who);
    PERFORM bank.hold_at('prep.alice', 100, expires_at => 7000, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true
    WHERE a.account_id IN ('prep.shop', 'prep.mall');
    PERFORM bank.transfer_at('prep.alice', 'prep.' || w.who, 5, "timestamp" => 2000)
    FROM unnest(ARRAY['shop', 'mall']) AS w (who);
END;
$given$;
CREATE FUNCTION pg_temp.stored(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = who
$function$;
CREATE FUNCTION pg_temp.settled(who text) RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(t.operation || ' ' || t."timestamp" ORDER BY t.version)
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = who
        AND (t.operation IN ('cashback', 'expire_hold') OR t.folded_in IS NOT NULL)
$function$;
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
CREATE FUNCTION pg_temp.prepare(
    account text, other text, t bigint, key text DEFAULT NULL, request json DEFAULT NULL,
    other_pays boolean DEFAULT false
) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(engine.prepare(account, other, t, key, 'tap', request, other_pays))
        - 'recorded_at'
$function$;

-- Works: with the house
SELECT is(
    pg_temp.prepare('prep.alice', NULL, 2000),
    jsonb_build_object(
        'account', pg_temp.stored('prep.alice'), 'other', NULL, 'timestamp', 2000,
        'response', NULL, 'request_hash', NULL, 'key_hash', NULL
    ), 'the account as it is, and the time given'
);
SELECT is(pg_temp.settled('prep.alice'), NULL, 'nothing is due by then');
SELECT is(
    pg_temp.prepare('prep.alice', NULL, 6500),
    jsonb_build_object(
        'account', pg_temp.stored('prep.alice'), 'other', NULL, 'timestamp', 6500,
        'response', NULL, 'request_hash', NULL, 'key_hash', NULL
    ), 'the account as it is once all that is due is settled'
);
SELECT is(pg_temp.settled('prep.alice'), ARRAY['cashback 6000'], 'which is in the log then');
SELECT is(
    p.v -> 'account', pg_temp.stored('prep.alice'), 'without a time, likewise'
) FROM (SELECT pg_temp.prepare('prep.alice', NULL, NULL) AS v OFFSET 0) AS p;
SELECT is(
    pg_temp.settled('prep.alice'), ARRAY['cashback 6000', 'expire_hold 7000'],
    'all that is due by the clock'
);
SELECT ok(
    p."timestamp" BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000 AND p.recorded_at = p."timestamp",
    'it is the server clock, which is the time of recording too'
) FROM engine.prepare('prep.alice', NULL, NULL, NULL, 'tap', NULL) AS p;
SELECT ok(
    p.recorded_at BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000, 'whatever the time given'
) FROM engine.prepare('prep.alice', NULL, 7000, NULL, 'tap', NULL) AS p;

-- Works: with another account
SELECT is(
    p.v, jsonb_build_object(
        'account', pg_temp.stored('prep.alice'), 'other', pg_temp.stored('prep.bob'),
        'timestamp', 7000, 'response', NULL, 'request_hash', NULL, 'key_hash', NULL
    ), 'both accounts'
) FROM (SELECT pg_temp.prepare('prep.alice', 'prep.bob', 7000) AS v OFFSET 0) AS p;
SELECT is(pg_temp.settled('prep.bob'), ARRAY['cashback 6000'], 'what is due on the other, too');
SELECT is(
    p.v, jsonb_build_object(
        'account', pg_temp.stored('prep.bob'), 'other', pg_temp.stored('prep.alice'),
        'timestamp', 7000, 'response', NULL, 'request_hash', NULL, 'key_hash', NULL
    ), 'the other way round'
) FROM (SELECT pg_temp.prepare('prep.bob', 'prep.alice', 7000) AS v OFFSET 0) AS p;
SELECT is(
    (
        SELECT array_agg(m[1]) FROM pg_proc AS p
        CROSS JOIN LATERAL regexp_matches(p.prosrc, 'FOR NO KEY UPDATE[^;]*;', 'g') AS m
        WHERE p.oid = 'engine.prepare'::regproc
    ),
    ARRAY['FOR NO KEY UPDATE;', 'FOR NO KEY UPDATE OF a, o;', 'FOR NO KEY UPDATE OF o, a;'],
    'each order of the two has its lock; it lets foreign keys through and waits for the holder'
);
UPDATE ledger.accounts AS a SET last_timestamp = 9007199254740000 WHERE a.account_id = 'prep.still';
SELECT is(
    pg_temp.prepare(a.account, a.other, NULL) -> 'timestamp', '9007199254740000',
    'without a time it is the newest of both, where the clock is behind it: ' || a.account
) FROM (VALUES ('prep.alice', 'prep.still'), ('prep.still', 'prep.alice')) AS a (account, other);

-- Works: with one that collects
SELECT is(
    p.v, jsonb_build_object(
        'account', pg_temp.stored('prep.alice'), 'other', pg_temp.stored('prep.shop')
            || '{"last_timestamp": null, "next_due_at": null}',
        'timestamp', 8000, 'response', NULL, 'request_hash', NULL, 'key_hash', NULL
    ), 'of another one that is collecting nothing that moves'
) FROM (SELECT pg_temp.prepare('prep.alice', 'prep.shop', 8000) AS v OFFSET 0) AS p;
SELECT is(pg_temp.settled('prep.shop'), NULL, 'nothing is settled or folded on it');
SELECT is(
    p.v -> 'account', pg_temp.stored('prep.shop'), 'one that is collecting itself'
) FROM (SELECT pg_temp.prepare('prep.shop', 'prep.bob', 8000) AS v OFFSET 0) AS p;
SELECT is(
    pg_temp.settled('prep.shop'), ARRAY['transfer 2000', 'cashback 6000'],
    'has what it collected folded in, each at its time'
);
SELECT is(
    p.v -> 'other', pg_temp.stored('prep.mall') || '{"collecting": false}',
    'and another one where it pays, which is then like any other'
) FROM (
    SELECT pg_temp.prepare('prep.bob', 'prep.mall', 8000, other_pays => true) AS v OFFSET 0
) AS p;
SELECT is(
    pg_temp.settled('prep.mall'), ARRAY['transfer 2000', 'cashback 6000'], 'with all of it in its log'
);

-- Works: a key
SELECT is(
    pg_temp.prepare('prep.alice', NULL, 9000, 'k', '{"a": 1}') -> 'request_hash',
    to_jsonb(engine.request_hash('{"a": 1}')), 'a key that is free: the hash of the request'
);
SELECT engine.remember(
    'prep.alice', 'k', 'tap', engine.request_hash('{"a": 1}'), '{"answer": 42}'
);
SELECT is(
    pg_temp.prepare('prep.alice', 'prep.bob', 1, 'k', '{"a": 1}') -> 'response', '{"answer": 42}',
    'one that is not: the answer, whatever the time'
);
SELECT is(
    pg_temp.prepare('prep.bob', NULL, 9000, 'k', '{"a": 2}') -> 'response', 'null',
    'it belongs to the account'
);

-- Refuses, in this order
SELECT is(
    pg_temp.detail_of(format('SELECT pg_temp.prepare(%L, %L, -1)', a.account, a.other)),
    jsonb_build_object('account_id', a.missing), format('refuses %s and %s', a.account, a.other)
) FROM (
    VALUES ('prep.nobody', NULL, 'prep.nobody'), (NULL, NULL, NULL), ('@external', NULL, '@external'),
    ('prep.nobody', 'prep.bob', 'prep.nobody'), ('prep.bob', 'prep.nobody', 'prep.nobody'),
    ('prep.nobody', 'prep.Nobody', 'prep.Nobody'), ('prep.Nobody', 'prep.nobody', 'prep.Nobody'),
    ('prep.bob', '', '')
) AS a (account, other, missing);
SELECT throws_ok(
    $$SELECT pg_temp.prepare('prep.alice', NULL, -1, 'k', '{"a": 2}')$$,
    'TL010', 'idempotency_key_reused', 'refuses the key for another request'
);
SELECT throws_ok(
    format('SELECT pg_temp.prepare(%L, %L, %s)', 'prep.alice', 'prep.bob', t.t), t.code, t.name,
    'refuses: ' || t.name
) FROM (
    VALUES (-1, 'TL003', 'invalid_timestamp'), (1999, 'TL306', 'timestamp_in_past'),
    (engine.now() + 3600000, 'TL308', 'timestamp_in_future')
) AS t (t, code, name);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.prepare('prep.bob', 'prep.still', 9000)$$),
    '{"timestamp": 9000, "last_timestamp": 9007199254740000}'::jsonb, 'the newest leg of either'
);

SELECT * FROM finish();
ROLLBACK;
