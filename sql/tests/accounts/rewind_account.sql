-- Tests of bank.rewind_account.
BEGIN;
SELECT plan(64);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.rewind_account'::regproc),
    'account_id text, reason text, metadata jsonb DEFAULT NULL::jsonb, '
    || 'idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.rewind_account'::regproc), 'bank.account', 'what it returns');
SELECT volatility_is('bank', 'rewind_account', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'rewind_account', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.rewind_account'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.rewind_account'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.rewind_account'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given an account with a past, which a time 30 days ahead has led there, and whom it has paid
CREATE TEMP TABLE moment AS SELECT engine.now() AS now, engine.now() + 2592000000 AS ahead;
DO $given$
DECLARE
    v_ahead bigint := (SELECT m.ahead FROM moment AS m);
BEGIN
    PERFORM bank.create_account_at(n, "timestamp" => 1000)
    FROM unnest(ARRAY['rew.alice', 'rew.bob', 'rew.carol']) AS n;
    PERFORM bank.deposit_at('rew.alice', 500, "timestamp" => 2000, value_at => 1500);
    UPDATE ledger.settings AS s SET max_ahead_ms = 2592000000 + 60000;
    PERFORM bank.deposit_at('rew.alice', 7, "timestamp" => v_ahead);
    UPDATE ledger.settings AS s SET max_ahead_ms = 60000;
    PERFORM bank.transfer('rew.alice', 'rew.bob', 100);
    PERFORM bank.withdraw('rew.bob', 1);
END;
$given$;
CREATE FUNCTION pg_temp.time_of(who text) RETURNS bigint LANGUAGE sql AS $function$
    SELECT a.last_timestamp FROM ledger.accounts AS a WHERE a.account_id = who
$function$;
CREATE FUNCTION pg_temp.at(who text, t bigint, by text DEFAULT 'timestamp') RETURNS bigint
LANGUAGE sql AS $function$
    SELECT b.balance FROM bank.get_balance(who, t, by) AS b
$function$;
-- What both accounts are at a moment, and what the house is: it must come to nothing.
CREATE FUNCTION pg_temp.unbalanced(t bigint, by text) RETURNS numeric LANGUAGE sql AS $function$
    SELECT sum(b.balance) FROM bank.trial_balance('EUR', t, by) AS b
$function$;
SELECT is(pg_temp.time_of('rew.bob'), m.ahead, 'whom it has paid is ahead too') FROM moment AS m;

-- Refuses
SELECT throws_ok(
    format('SELECT bank.rewind_account(%L, %L)', 'rew.alice', r.reason), 'TL007', 'invalid_argument',
    'refuses the reason ' || coalesce(quote_literal(r.reason), 'NULL')
) FROM unnest(ARRAY['', NULL]) AS r (reason);
SELECT throws_ok(
    format($$SELECT bank.rewind_account(%L, 'why', metadata => %L)$$, 'rew.alice', m.metadata),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]', '1']) AS m (metadata);
SELECT throws_ok(
    format($$SELECT bank.rewind_account(%L, 'why', idempotency_key => %L)$$, 'rew.alice', k.key),
    'TL006', 'invalid_idempotency_key', format('refuses a key of %s characters', length(k.key))
) FROM unnest(ARRAY['', repeat('k', 256)]) AS k (key);
SELECT throws_ok(
    format($$SELECT bank.rewind_account(%L, 'why')$$, a.id), 'TL101', 'account_not_found',
    'refuses the account ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['nobody', '@external', NULL]) AS a (id);
SELECT throws_ok(
    $$SELECT bank.rewind_account('rew.carol', 'why')$$, 'TL337', 'account_not_ahead',
    'refuses one that is not ahead'
);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.rewind_account('rew.alice', 'why')$$, '42501', NULL,
    'a teller may not'
);

-- Works
CREATE TEMP TABLE first AS
SELECT * FROM bank.rewind_account('rew.alice', 'wrong clock', '{"t": 1}', 'k');
SELECT is(f.balance, 407::bigint, 'what was posted ahead stays posted') FROM first AS f;
SELECT ok(
    f.last_timestamp BETWEEN m.now AND engine.now(), 'the account is where the clock is'
) FROM first AS f CROSS JOIN moment AS m;
SELECT is(
    (
        SELECT jsonb_build_object(
            'operation', t.operation, 'amount', t.amount, 'details', t.details,
            'metadata', t.metadata
        )
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'rew.alice' ORDER BY t.version DESC LIMIT 1
    ),
    jsonb_build_object(
        'operation', 'rewind_account', 'amount', 0, 'metadata', '{"t": 1}'::jsonb,
        'details', jsonb_build_object('reason', 'wrong clock', 'previous_timestamp', m.ahead)
    ), 'a leg tells of it'
) FROM moment AS m;
SELECT is(
    to_jsonb(bank.rewind_account('rew.alice', 'wrong clock', '{"t": 1}', 'k')),
    (SELECT to_jsonb(f) FROM first AS f), 'a repeat under the same key gets the first answer'
);
SELECT throws_ok(
    $$SELECT bank.rewind_account('rew.alice', 'other', '{"t": 1}', 'k')$$, 'TL010',
    'idempotency_key_reused', 'another request may not use the key'
);
SELECT throws_ok(
    $$SELECT bank.rewind_account('rew.alice', 'again')$$, 'TL337', 'account_not_ahead',
    'it is not ahead any more'
);
SELECT lives_ok($$SELECT bank.transfer('rew.alice', 'rew.carol', 10)$$, 'it can pay');
SELECT ok(
    pg_temp.time_of('rew.carol') <= engine.now(), 'and leads nobody ahead'
);
SELECT lives_ok($$SELECT bank.rewind_account('rew.bob', 'paid by alice')$$, 'the other one too');

-- What was so at any moment
SELECT is(pg_temp.at('rew.alice', c.t), c.balance, 'the past is as it was, at ' || c.t)
FROM (VALUES (1999::bigint, 0::bigint), (2000, 500)) AS c (t, balance);
SELECT is(pg_temp.at('rew.alice', m.now - 1), 500::bigint, 'until it was brought back')
FROM moment AS m;
SELECT is(pg_temp.at('rew.alice', m.now + 3600000), 397::bigint, 'from then on all of it counts')
FROM moment AS m;
SELECT is(pg_temp.at('rew.alice', m.ahead), 397::bigint, 'and still when it was dated')
FROM moment AS m;
SELECT is(pg_temp.at('rew.alice', 1500, 'value_at'), 500::bigint, 'a value date counts as before');
SELECT is(
    pg_temp.at('rew.alice', m.now + 3600000, 'value_at'), 397::bigint,
    'by value date what was ahead counts from the rewinding as well'
) FROM moment AS m;
SELECT is(
    (
        SELECT array_agg(h.closing ORDER BY h.since)
        FROM bank.balance_history('rew.alice', 1000, m.now + 3600000, 1, b.by) AS h
    ), ARRAY[397]::bigint[], 'the history ends with it, by ' || b.by
) FROM moment AS m CROSS JOIN unnest(ARRAY['timestamp', 'value_at']) AS b (by);
SELECT is(pg_temp.unbalanced(t.t, b.by), 0::numeric, format('the books balance at %s, by %s', t.what, b.by))
FROM moment AS m
CROSS JOIN unnest(ARRAY['timestamp', 'value_at']) AS b (by)
CROSS JOIN LATERAL (
    VALUES (2000, 'a past moment'), (m.now + 3600000, 'an hour from now'), (m.ahead, 'that time')
) AS t (t, what);

-- Of two, one alone is brought back: what has left it is on its way until it counts with the other
DO $given$
DECLARE
    v_ahead bigint := engine.now() + 50000;
BEGIN
    PERFORM bank.create_account(n) FROM unnest(ARRAY['rew.dan', 'rew.eve']) AS n;
    PERFORM bank.create_account_at('rew.fay', "timestamp" => v_ahead);
    PERFORM bank.deposit('rew.dan', 1000);
    PERFORM bank.transfer_at('rew.dan', 'rew.eve', 100, "timestamp" => v_ahead);
    PERFORM bank.rewind_account('rew.dan', 'alone');
    PERFORM bank.deposit_at('rew.fay', 77, value_at => v_ahead, "timestamp" => v_ahead);
    PERFORM bank.rewind_account('rew.fay', 'opened ahead');
    PERFORM bank.deposit('rew.dan', 5);
END;
$given$;
SELECT is(
    pg_temp.unbalanced(engine.now() + 10, b.by), 0::numeric,
    'the books balance while one is ahead and the other not, by ' || b.by
) FROM unnest(ARRAY['timestamp', 'value_at']) AS b (by);
SELECT is(
    (
        SELECT t.balance FROM bank.trial_balance('EUR', engine.now() + 10) AS t
        WHERE t.account_id = '@transit'
    ), 100::numeric, 'and say what is on its way'
);
SELECT is(
    (
        SELECT array_agg((l ->> 'version')::integer) FROM bank.get_statement('rew.dan') AS s
        CROSS JOIN json_array_elements(s.transactions) AS l
    ), ARRAY[1, 2, 3, 4, 5], 'a statement keeps the order of posting'
);
SELECT is(
    (
        SELECT b.balance FROM bank.list_balances(engine.now() + 10, 1, 'rew.f') AS b
    ), 77::bigint, 'one that was opened ahead is listed from its rewinding on'
);
SELECT is(
    (
        SELECT array_agg(h.closing ORDER BY h.since)
        FROM bank.balance_history('rew.fay', l.value_at - 5, l.value_at + 5, 2, 'value_at') AS h
    ), ARRAY[0, 77]::bigint[], 'a value date is kept, also where it was the time ahead'
) FROM ledger.ledger_transactions AS l WHERE l.account_id = 'rew.fay' AND l.amount = 77;

-- One that collects is brought back with what it has collected ahead
DO $given$
DECLARE
    v_ahead bigint := engine.now() + 50000;
BEGIN
    PERFORM bank.create_account('rew.shop');
    PERFORM bank.set_collecting('rew.shop', true);
    PERFORM bank.transfer_at('rew.carol', 'rew.shop', 3, "timestamp" => v_ahead);
END;
$given$;
SELECT is(pg_temp.at('rew.shop', engine.now()), 0::bigint, 'what was paid to it ahead waits');
SELECT is(
    (bank.rewind_account('rew.shop', 'its payer was ahead')).balance, 3::bigint,
    'it is folded in first'
);
SELECT is(pg_temp.at('rew.shop', engine.now() + 10), 3::bigint, 'and counts from then on');
SELECT is(
    (bank.set_collecting('rew.shop', false)).collecting, false, 'so that it can stop collecting'
);
SELECT is(
    pg_temp.unbalanced(engine.now() + 10, b.by), 0::numeric, 'and the books balance, by ' || b.by
) FROM unnest(ARRAY['timestamp', 'value_at']) AS b (by);

SELECT is_empty(
    $$SELECT * FROM bank.verify_ledger() WHERE NOT ok$$, 'the ledger proves itself'
);

-- Nothing else of it is settled early, and what does not fit stays
DO $given$
DECLARE
    v_ahead bigint := engine.now() + 50000;
BEGIN
    PERFORM bank.create_account(n) FROM unnest(ARRAY['rew.mall', 'rew.full']) AS n;
    PERFORM bank.deposit('rew.mall', 1000);
    PERFORM bank.set_cashback_policy('EUR', 1000, 30000);
    PERFORM bank.pay('rew.mall', 100);
    PERFORM bank.hold('rew.mall', 500, expires_at => v_ahead - 10000);
    PERFORM bank.set_collecting(n, true) FROM unnest(ARRAY['rew.mall', 'rew.full']) AS n;
    PERFORM bank.transfer_at('rew.carol', n, 1, "timestamp" => v_ahead)
    FROM unnest(ARRAY['rew.mall', 'rew.full']) AS n;
    PERFORM bank.set_overdraft_limit('rew.full', 9007199254740991, 'no limit');
END;
$given$;
SELECT results_eq(
    $$SELECT r.balance, r.held, r.pending_cashback FROM bank.rewind_account('rew.mall', 'x') AS r$$,
    'VALUES (901::bigint, 500::bigint, 10::bigint)',
    'a cashback stays pending and a hold open, whatever was collected ahead'
);
SELECT throws_ok(
    $$SELECT bank.rewind_account('rew.full', 'x')$$, 'TL307', 'balance_limit_exceeded',
    'nothing to bring back where nothing of it fits'
);
SELECT is_empty($$SELECT * FROM bank.verify_ledger() WHERE NOT ok$$, 'the ledger proves itself still');

-- Verification knows where it may be so, and only there
CREATE FUNCTION pg_temp.broken_by(change text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_broken text[];
BEGIN
    BEGIN
        SET LOCAL session_replication_role = replica;  -- the guards are asleep
        EXECUTE change;
        v_broken := ARRAY(SELECT v."check" FROM bank.verify_ledger() AS v WHERE NOT v.ok);
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_broken;
    END;
END;
$function$;
SELECT ok('rewinds_logged' = ANY(pg_temp.broken_by(c.change)), 'it notices: ' || c.change)
FROM unnest(ARRAY[
    $$DELETE FROM ledger.rewinds WHERE account_id = 'rew.alice'$$,
    $$UPDATE ledger.rewinds SET "timestamp" = 1 WHERE account_id = 'rew.alice'$$,
    $$UPDATE ledger.accounts SET rewound = false WHERE account_id = 'rew.alice'$$,
    $$INSERT INTO ledger.rewinds VALUES ('rew.carol', 2, 1)$$
]) AS c (change);

SELECT * FROM finish();
ROLLBACK;
