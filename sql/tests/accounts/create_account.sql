-- Tests of bank.create_account.
BEGIN;
SELECT plan(68);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.create_account'::regproc),
    'account_id text, currency text DEFAULT ''EUR''::text, metadata jsonb DEFAULT NULL::jsonb, '
    || 'idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.create_account'::regproc), 'bank.account_opened',
    'what it returns'
);
SELECT volatility_is('bank', 'create_account', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'create_account', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.create_account'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.create_account'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.create_account'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_OPEN', 4);
END;
$given$;
CREATE FUNCTION pg_temp.legs_of(who text) RETURNS bigint LANGUAGE sql AS $function$
    SELECT count(*) FROM ledger.ledger_transactions AS t WHERE t.account_id = who
$function$;

-- Works
SELECT results_eq(
    $$
        SELECT o.account_id, o.created, o.currency, o.status, o.balance, o.available,
            o.overdraft_limit, o."timestamp", o.metadata
        FROM bank.create_account_at('open.alice', "timestamp" => 1000) AS o
    $$,
    $$
        VALUES (
            'open.alice', true, 'EUR', 'active', 0::bigint, 0::bigint, 0::bigint, 1000::bigint,
            '{}'::jsonb
        )
    $$,
    'an account in euro, empty, active, without overdraft or metadata'
);
SELECT is(
    (SELECT to_jsonb(a) - 'head' FROM ledger.accounts AS a WHERE a.account_id = 'open.alice'),
    $${
        "account_id": "open.alice", "currency": "EUR", "status": "active", "collecting": false,
        "monitored": false, "rewound": false, "balance": 0, "held": 0, "pending_cashback": 0,
        "overdraft_limit": 0, "version": 1,
        "last_timestamp": 1000, "next_due_at": null, "created_at": 1000, "metadata": {}
    }$$::jsonb,
    'is stored'
);
CREATE TEMP TABLE bob AS
SELECT o.* FROM bank.create_account_at(
    'open.bob', currency => 'TAP_OPEN', overdraft_limit => 250, "timestamp" => 0,
    metadata => '{"name": "Bob"}'
) AS o;
SELECT is(
    (SELECT to_jsonb(b) - 'transaction_id' FROM bob AS b),
    $${
        "account_id": "open.bob", "created": true, "currency": "TAP_OPEN", "status": "active",
        "balance": 0, "available": 250, "overdraft_limit": 250, "timestamp": 0,
        "metadata": {"name": "Bob"}
    }$$::jsonb,
    'with all arguments, in a currency of one''s own, at the epoch; the overdraft is available'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY['hash', 'key_hash', 'recorded_at']
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'open.bob'
    ),
    (
        SELECT jsonb_build_object(
            'transaction_id', b.transaction_id, 'actor', session_user
        ) || $${
            "account_id": "open.bob", "version": 1, "leg": 1, "timestamp": 0, "value_at": null,
            "operation": "open", "amount": 0, "balance_after": 0, "held_after": 0,
            "pending_cashback_after": 0, "overdraft_limit_after": 250, "contra_account_id": null,
            "payment_ref": null, "refers_to": null, "folded_in": null, "on_behalf_of": null,
            "metadata": {"name": "Bob"}, "posting_metadata": null, "hash_version": 1,
            "details": {"currency": "TAP_OPEN", "overdraft_limit": 250}
        }$$ FROM bob AS b
    ),
    'the first leg tells of it'
);
SELECT is(a.head, t.hash, 'its hash is the head')
FROM ledger.accounts AS a
INNER JOIN ledger.ledger_transactions AS t ON t.account_id = a.account_id
WHERE a.account_id = 'open.bob';
SELECT is(
    t.hash, engine.seal('', engine.leg_content(
        t.account_id, t.version, t.transaction_id, t.leg, t."timestamp", t.value_at, t.recorded_at,
        t.operation, t.amount, t.balance_after, t.held_after, t.pending_cashback_after,
        t.overdraft_limit_after, t.contra_account_id, t.payment_ref, t.refers_to, t.folded_in,
        t.actor, t.on_behalf_of, t.metadata, t.posting_metadata, t.details, t.key_hash
    )), 'and the chain starts from nothing'
) FROM ledger.ledger_transactions AS t WHERE t.account_id = 'open.bob';
SELECT ok(
    o."timestamp" BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'without a timestamp it is the server clock'
) FROM bank.create_account('open.now') AS o;
SELECT lives_ok(
    format('SELECT bank.create_account_at(%L, "timestamp" => 1000)', n.id), 'takes the id: ' || n.why
) FROM (
    VALUES ('~', '1 character'), (repeat('x', 64), '64 characters'),
    (repeat(chr(128512), 64), '64 emoji'), ('open. a', 'a blank inside'),
    ('TAP.alice', 'capitals make another id'), ('open.' || chr(233), 'a letter with a mark'),
    ('open.''; DROP TABLE ledger.accounts; --', 'SQL'), ('null', 'the word null')
) AS n (id, why);
SELECT lives_ok(
    $$SELECT bank.create_account_at('open.rich', overdraft_limit => 9007199254740991)$$,
    'the largest overdraft'
);
SELECT is(
    (bank.create_account_at('open.none', overdraft_limit => NULL)).overdraft_limit, 0::bigint,
    'NULL is no overdraft'
);
UPDATE ledger.settings SET max_ahead_ms = 9007199254740991;
SELECT lives_ok(
    $$SELECT bank.create_account_at('open.last', "timestamp" => 9007199254740991)$$,
    'the last millisecond, where the owner has no objection to the future'
);
UPDATE ledger.settings SET max_ahead_ms = 60000;
SELECT lives_ok(
    format(
        'SELECT bank.create_account_at(%L, "timestamp" => %s)', 'open.ahead', engine.now() + 60000
    ), 'as far ahead as clocks may differ'
);
SELECT lives_ok(
    $$SELECT bank.create_account('open.empty', metadata => '{}')$$, 'empty metadata'
);
SELECT lives_ok(
    $$
        SET ROLE bank_teller;
        SELECT bank.create_account('open.by teller');
        RESET ROLE
    $$, 'a teller opens an account on the server clock, without overdraft'
);
SELECT lives_ok(
    $$
        SET ROLE bank_operator;
        SELECT bank.create_account_at('open.by operator', overdraft_limit => 5, "timestamp" => 1000);
        RESET ROLE
    $$, 'an operator gives both'
);

-- Works: a key
CREATE TEMP TABLE first AS
SELECT o.* FROM bank.create_account(
    'open.key', metadata => '{"a": 1, "b": 2}', idempotency_key => 'k'
) AS o;
SELECT results_eq(
    $$
        SELECT o.* FROM bank.create_account(
            'open.key', metadata => '{"b": 2, "a": 1}', idempotency_key => 'k'
        ) AS o
    $$,
    'SELECT f.* FROM first AS f', 'a repeat under the key gets the first answer again'
);
SELECT is(pg_temp.legs_of('open.key'), 1::bigint, 'and posts nothing');
SELECT lives_ok(
    $$SELECT bank.create_account('open.key2', idempotency_key => 'k')$$,
    'the same key for another account is free'
);
DO $given$
BEGIN
    PERFORM bank.deposit('open.key', 5);
END;
$given$;
SELECT results_eq(
    $$
        SELECT o.* FROM bank.create_account(
            'open.key', metadata => '{"b": 2, "a": 1}', idempotency_key => 'k'
        ) AS o
    $$,
    'SELECT f.* FROM first AS f', 'the first answer, whatever has become of the account'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.create_account(%L)', n.id), 'TL001', 'invalid_account_id',
    'refuses the id: ' || n.why
) FROM (
    VALUES (NULL, 'NULL'), ('', 'empty'), (repeat('x', 65), '65 characters'),
    (repeat(chr(128512), 65), '65 emoji'), ('@tap', 'a leading @'), (' tap', 'a leading blank'),
    ('tap' || chr(12288), 'a trailing U+3000'), (chr(160) || 'tap', 'a leading U+00A0'),
    ('t' || chr(7) || 'p', 'a control character'),
    ('open.e' || chr(769), 'the same letter in two parts'),
    ('open.' || chr(8203), 'a zero-width space')
) AS n (id, why);
SELECT throws_ok(
    format('SELECT bank.create_account(%L, metadata => %L)', 'open.x', m.metadata),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]', '"x"']) AS m (metadata);
SELECT throws_ok(
    $$
        SELECT bank.create_account(
            'open.x', metadata => jsonb_build_object('k', repeat('x', 16384))
        )
    $$, 'TL005', 'invalid_metadata', 'refuses metadata that is too large'
);
SELECT throws_ok(
    $$SELECT bank.create_account('open.x', idempotency_key => '')$$,
    'TL006', 'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    format('SELECT bank.create_account(%L, %L)', 'open.x', c.currency),
    'TL004', 'unknown_currency',
    'refuses the currency ' || coalesce(quote_literal(c.currency), 'NULL')
) FROM unnest(ARRAY['XXQ', 'eur', 'EUR ', '', NULL]) AS c (currency);
SELECT throws_ok(
    format('SELECT bank.create_account_at(%L, overdraft_limit => %s)', 'open.x', o.amount),
    'TL007', 'invalid_argument', 'refuses an overdraft of ' || o.amount
) FROM unnest(ARRAY['-1', '9007199254740992']) AS o (amount);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.create_account_at('open.x', overdraft_limit => 1)$$,
    '42501', 'permission denied for function create_account_at', 'refuses an overdraft from a teller'
);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.create_account_at('open.x', "timestamp" => 1000)$$,
    '42501', 'permission denied for function create_account_at', 'refuses a timestamp from a teller'
);
SELECT throws_ok(
    format('SELECT bank.create_account_at(%L, "timestamp" => %s)', 'open.x', t.t),
    'TL003', 'invalid_timestamp', 'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    format(
        'SELECT bank.create_account_at(%L, "timestamp" => %s)', 'open.x', engine.now() + 3600000
    ), 'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    $$SELECT bank.create_account('open.key', idempotency_key => 'k')$$,
    'TL010', 'idempotency_key_reused', 'refuses the key for another request'
);
SELECT throws_ok(
    $$SELECT bank.create_account('open.alice')$$, 'TL301', 'account_exists', 'refuses a taken id'
);
SELECT throws_ok(
    $$SELECT bank.create_account('open.alice', 'USD', idempotency_key => 'new')$$,
    'TL301', 'account_exists', 'even under a new key'
);
SELECT throws_ok(
    $$SET ROLE bank_auditor; SELECT bank.create_account('open.x')$$, '42501', NULL,
    'an auditor opens nothing'
);
SELECT is_empty(
    $$SELECT a.* FROM ledger.accounts AS a WHERE a.account_id IN ('open.x', '@tap', ' tap')$$,
    'what was refused is not there'
);
SELECT lives_ok(
    $$SELECT bank.create_account('open.x', 'USD', idempotency_key => 'new')$$,
    'and leaves id and key free'
);
SET LOCAL pgteller.accounts = '{open.alice}';
SELECT throws_ok(
    $$SELECT bank.create_account('open.other')$$, 'TL201', 'limited_to_accounts',
    'refuses who is for other accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
