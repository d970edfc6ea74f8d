-- Tests of engine.prepare_all.
BEGIN;
SELECT plan(22);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.prepare_all'::regproc),
    'account_ids text[], owner text, "timestamp" bigint, idempotency_key text, operation '
    || 'text, request json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.prepare_all'::regproc), 'engine.parties', 'what it returns'
);
SELECT volatility_is('engine', 'prepare_all', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'prepare_all', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.prepare_all'::regproc, 'EXECUTE'),
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
    who text[], t bigint, key text DEFAULT NULL, request json DEFAULT NULL
) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(engine.prepare_all(who, '@tap', t, key, 'tap', request))
$function$;
-- A row that nobody has locked since it was written has no xmax.
CREATE FUNCTION pg_temp.locked() RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(substr(a.account_id, 6) ORDER BY a.account_id)
    FROM ledger.accounts AS a
    WHERE a.account_id IN ('prep.alice', 'prep.bob', 'prep.shop', 'prep.still')
        AND a.xmax <> 0::text::xid
$function$;

-- Works
SELECT is(
    p.v - 'recorded_at', $${
        "account": null, "other": null, "timestamp": 6500, "response": null,
        "request_hash": null, "key_hash": null
    }$$::jsonb, 'the time given'
) FROM (
    SELECT pg_temp.prepare(ARRAY['prep.shop', 'prep.alice', 'prep.bob'], 6500) AS v OFFSET 0
) AS p;
SELECT is(
    pg_temp.settled('prep.' || s.who), s.settled, 'settled on each of them what is due: ' || s.who
) FROM (
    VALUES ('alice', ARRAY['cashback 6000']), ('bob', ARRAY['cashback 6000']),
    ('shop', ARRAY['transfer 2000', 'cashback 6000']), ('mall', NULL)
) AS s (who, settled);
SELECT ok(
    p."timestamp" BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000 AND p.recorded_at = p."timestamp",
    'without one it is the server clock, which is the time of recording too'
) FROM engine.prepare_all(ARRAY['prep.alice'], '@tap', NULL, NULL, 'tap', NULL) AS p;
SELECT is(
    pg_temp.settled('prep.alice'), ARRAY['cashback 6000', 'expire_hold 7000'],
    'all that is due by then'
);
SELECT is(pg_temp.locked(), ARRAY['alice', 'bob', 'shop'], 'all of them are locked, and no other');
UPDATE ledger.accounts AS a SET last_timestamp = 9007199254740000 WHERE a.account_id = 'prep.still';
SELECT is(
    pg_temp.prepare(ARRAY['prep.alice', 'prep.still'], NULL) -> 'timestamp', '9007199254740000',
    'or the newest leg of any, where the clock is behind it'
);

-- Works: a key
SELECT is(
    pg_temp.prepare(ARRAY['prep.bob'], 9000, 'k', '{"a": 1}') -> 'request_hash',
    to_jsonb(engine.request_hash('{"a": 1}')), 'a key that is free: the hash of the request'
);
SELECT engine.remember('@tap', 'k', 'tap', engine.request_hash('{"a": 1}'), '{"answer": 42}');
SELECT is(
    pg_temp.prepare(ARRAY['prep.bob', 'prep.mall'], 1, 'k', '{"a": 1}') -> 'response',
    '{"answer": 42}', 'one that is not: the answer, whatever the time'
);
SELECT is(pg_temp.settled('prep.mall'), NULL, 'and nothing is settled');

-- Refuses, in this order
SELECT is(
    pg_temp.detail_of(
        $$SELECT pg_temp.prepare(ARRAY['prep.nobody', 'prep.bob', 'prep.Nobody'], -1, 'k')$$
    ), '{"account_id": "prep.Nobody"}'::jsonb, 'refuses accounts that are not there'
);
SELECT throws_ok(
    $$SELECT pg_temp.prepare(ARRAY['prep.bob'], -1, 'k', '{"a": 2}')$$,
    'TL010', 'idempotency_key_reused', 'refuses the key for another request'
);
SELECT throws_ok(
    format('SELECT pg_temp.prepare(ARRAY[%L, %L], %s)', 'prep.alice', 'prep.mall', t.t), t.code,
    t.name, 'refuses: ' || t.name
) FROM (
    VALUES (-1, 'TL003', 'invalid_timestamp'), (1999, 'TL306', 'timestamp_in_past'),
    (engine.now() + 3600000, 'TL308', 'timestamp_in_future')
) AS t (t, code, name);

SELECT * FROM finish();
ROLLBACK;
