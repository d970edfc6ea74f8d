-- Tests of bank.close_account.
BEGIN;
SELECT plan(38);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.close_account'::regproc),
    'account_id text, reason text, "timestamp" bigint DEFAULT NULL::bigint, '
    || 'metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.close_account'::regproc), 'bank.account', 'what it returns');
SELECT volatility_is('bank', 'close_account', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'close_account', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.close_account'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.close_account'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.close_account'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

CREATE FUNCTION pg_temp.newest_leg(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(t) - ARRAY['transaction_id', 'recorded_at', 'hash']
    FROM ledger.ledger_transactions AS t
    INNER JOIN ledger.accounts AS a ON a.account_id = t.account_id AND a.version = t.version
    WHERE a.account_id = who
$function$;

-- Given one account that can be closed and others that cannot
DO $given$
BEGIN
    PERFORM bank.create_account_at('cl.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('cl.bob', overdraft_limit => 10, "timestamp" => 1000);
    PERFORM bank.create_account_at('cl.cash', overdraft_limit => 100, "timestamp" => 1000);
    PERFORM bank.create_account_at('cl.shop', "timestamp" => 1000);
    PERFORM bank.create_account_at('cl.frozen', "timestamp" => 1000);
    PERFORM bank.deposit_at('cl.bob', 1, "timestamp" => 1000);
    PERFORM bank.deposit_at('cl.cash', 100, "timestamp" => 1000);
    PERFORM bank.pay_at('cl.cash', 100, "timestamp" => 1000);
    PERFORM bank.set_collecting('cl.shop', true, "timestamp" => 1000);
    PERFORM bank.block_account('cl.frozen', 'x', "timestamp" => 1000);
END;
$given$;

-- Refuses, before anything is closed
SELECT throws_ok(
    format('SELECT bank.close_account(%L, %L, "timestamp" => %s)', c.who, 'x', c.t), c.code, c.name,
    format('refuses %s at %s', c.who, c.t)
) FROM (
    VALUES ('cl.bob', 1000, 'TL333', 'balance_not_zero'),
    ('cl.cash', 86400999, 'TL335', 'cashback_pending'),
    ('cl.cash', 86401000, 'TL333', 'balance_not_zero'),
    ('cl.shop', 1000, 'TL332', 'account_collecting')
) AS c (who, t, code, name);
DO $given$
BEGIN
    PERFORM bank.withdraw_at('cl.bob', 1, "timestamp" => 1000);
    PERFORM bank.hold_at('cl.bob', 10, "timestamp" => 1000, expires_at => 5000);
END;
$given$;
SELECT throws_ok(
    $$SELECT bank.close_account('cl.bob', 'x', "timestamp" => 4999)$$, 'TL334', 'hold_open',
    'refuses an account with an open hold'
);
SELECT throws_ok(
    format('SELECT bank.close_account(%L, %L)', 'cl.alice', r.reason), 'TL007', 'invalid_argument',
    'refuses the reason ' || coalesce(quote_literal(r.reason), 'NULL')
) FROM unnest(ARRAY['', NULL]) AS r (reason);
SELECT throws_ok(
    format($$SELECT bank.close_account(%L, 'why', metadata => %L)$$, 'cl.alice', m.metadata),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]', '1']) AS m (metadata);
SELECT throws_ok(
    format($$SELECT bank.close_account(%L, 'why', idempotency_key => %L)$$, 'cl.alice', k.key),
    'TL006', 'invalid_idempotency_key', format('refuses a key of %s characters', length(k.key))
) FROM unnest(ARRAY['', repeat('k', 256)]) AS k (key);
SELECT throws_ok(
    format($$SELECT bank.close_account(%L, 'why')$$, a.id), 'TL101', 'account_not_found',
    'refuses the account ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['nobody', '@external', NULL]) AS a (id);
SELECT throws_ok(
    format($$SELECT bank.close_account(%L, 'why', "timestamp" => %s)$$, 'cl.alice', t.t), 'TL003', 'invalid_timestamp',
    'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    format($$SELECT bank.close_account(%L, 'why', "timestamp" => 1)$$, 'cl.alice'), 'TL306', 'timestamp_in_past',
    'refuses a time before the newest leg'
);
SELECT throws_ok(
    format(
        $$SELECT bank.close_account('cl.alice', 'why', "timestamp" => %s)$$, engine.now() + 3600000
    ), 'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    format($$SET ROLE bank_teller; SELECT bank.close_account(%L, 'why')$$, 'cl.alice'), '42501', NULL,
    'a teller may not'
);

-- Works
SELECT is(
    (bank.close_account('cl.bob', 'x', "timestamp" => 5000)).status, 'closed',
    'a hold that has expired is none'
);
CREATE TEMP TABLE first AS
SELECT r.* FROM bank.close_account(
    'cl.alice', 'moved away', "timestamp" => 2000, idempotency_key => 'k'
) AS r;
SELECT is((SELECT f.status FROM first AS f), 'closed', 'the account as it is then');
SELECT is(
    pg_temp.newest_leg('cl.alice') -> 'details',
    '{"reason": "moved away", "status": "closed", "previous_status": "active"}'::jsonb,
    'the leg that tells of it'
);
SELECT results_eq(
    $$
        SELECT r.* FROM bank.close_account(
            'cl.alice', 'moved away', "timestamp" => 2000, idempotency_key => 'k'
        ) AS r
    $$, 'SELECT f.* FROM first AS f', 'a repeat under the key gets the first answer again'
);
SELECT is(
    (bank.close_account('cl.frozen', 'x', "timestamp" => 1000)).status, 'closed',
    'a blocked account can be closed'
);

-- Refuses, for ever
SELECT throws_ok(
    format('SELECT bank.%I(%L, %L)', f.name, 'cl.alice', 'x'), 'TL305', 'account_closed',
    f.name || ' refuses a closed account'
) FROM unnest(ARRAY[
    'close_account', 'freeze_account', 'block_account', 'unfreeze_account'
]) AS f (name);
SELECT throws_ok(
    $$SELECT bank.deposit('cl.alice', 1)$$, 'TL305', 'account_closed', 'deposit does'
);
SELECT throws_ok(
    $$SELECT bank.create_account('cl.alice')$$, 'TL301', 'account_exists', 'its id is not free'
);

SELECT * FROM finish();
ROLLBACK;
