-- Tests of engine.post_leg.
BEGIN;
SELECT plan(21);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.post_leg'::regproc),
    'account ledger.accounts, transaction_id bigint, "timestamp" bigint, operation text, '
    || 'amount bigint, contra_account_id text DEFAULT NULL::text, payment_ref text DEFAULT '
    || 'NULL::text, reverses bigint DEFAULT NULL::bigint, metadata jsonb DEFAULT '
    || 'NULL::jsonb, details jsonb DEFAULT NULL::jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.post_leg'::regproc), 'ledger.accounts',
    'what it returns'
);
SELECT volatility_is('engine', 'post_leg', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'post_leg', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.post_leg'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account(
        'leg.alice', "timestamp" => 1000, metadata => '{"name": "Alice"}'
    );
    PERFORM bank.deposit('leg.alice', 500, "timestamp" => 2000);
    PERFORM bank.create_account('leg.bob', overdraft_limit => 100, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE before AS SELECT a.* FROM ledger.accounts AS a WHERE a.account_id = 'leg.alice';

-- Works
CREATE TEMP TABLE posted AS
SELECT (p.account).* FROM (
    SELECT engine.post_leg(
        a, 123456789, 3000, 'deposit', 25, '@external', 'payment7', 99, '{"m": 1}', '{"d": 2}'
    ) AS account
    FROM ledger.accounts AS a
    WHERE a.account_id = 'leg.alice'
    OFFSET 0
) AS p;
SELECT is(
    (SELECT jsonb_agg(p) FROM posted AS p),
    (SELECT jsonb_agg(a) FROM ledger.accounts AS a WHERE a.account_id = 'leg.alice'),
    'returns the account as it is stored'
);
SELECT is(
    (SELECT to_jsonb(p) - 'head' FROM posted AS p),
    (
        SELECT to_jsonb(b) - 'head' || '{"balance": 525, "version": 3, "last_timestamp": 3000}'
        FROM before AS b
    ),
    'balance, version and last_timestamp moved, and nothing else but the head'
);
SELECT is(
    (
        SELECT to_jsonb(t) - 'hash' - 'recorded_at'
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'leg.alice' AND t.version = 3
    ),
    $${
        "account_id": "leg.alice", "version": 3, "transaction_id": 123456789, "timestamp": 3000,
        "operation": "deposit", "amount": 25, "balance_after": 525, "held_after": 0,
        "pending_cashback_after": 0, "contra_account_id": "@external", "payment_ref": "payment7",
        "reverses": 99, "metadata": {"m": 1}, "details": {"d": 2}
    }$$::jsonb,
    'the leg says all of it'
);
SELECT ok(
    t.recorded_at BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'recorded_at is the server clock'
) FROM ledger.ledger_transactions AS t WHERE t.account_id = 'leg.alice' AND t.version = 3;
SELECT is(
    t.hash, engine.leg_hash(b.head, t), 'the hash follows from the head before and from the leg'
) FROM ledger.ledger_transactions AS t
CROSS JOIN before AS b
WHERE t.account_id = 'leg.alice' AND t.version = 3;
SELECT is(p.head, t.hash, 'the hash is the new head')
FROM ledger.ledger_transactions AS t
CROSS JOIN posted AS p
WHERE t.account_id = 'leg.alice' AND t.version = 3;

SELECT lives_ok($$
    SELECT engine.post_leg(
        jsonb_populate_record(a, '{"held": 40, "status": "frozen", "pending_cashback": 3,
            "next_cashback_due": 5000, "overdraft_limit": 7, "next_hold_expiry": 6000,
            "collecting": true, "monitored": true, "metadata": {"name": "Al"}}'),
        123456790, 3000, 'test', 0
    ) FROM ledger.accounts AS a WHERE a.account_id = 'leg.alice'
$$, 'a leg may tell of a change that moves no money');
SELECT is(
    (SELECT to_jsonb(a) - 'head' FROM ledger.accounts AS a WHERE a.account_id = 'leg.alice'),
    (
        SELECT to_jsonb(p) - 'head' || '{"version": 4, "held": 40, "status": "frozen",
            "pending_cashback": 3, "next_cashback_due": 5000, "overdraft_limit": 7,
            "next_hold_expiry": 6000, "collecting": true, "monitored": true, "metadata": {"name": "Al"}}'
        FROM posted AS p
    ),
    'every change in the row it was given is stored'
);
SELECT results_eq(
    $$
        SELECT +t.amount, +t.balance_after, +t.held_after, +t.pending_cashback_after
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'leg.alice' AND t.version = 4
    $$,
    'VALUES (0::bigint, 525::bigint, 40::bigint, 3::bigint)',
    'and the leg keeps what was held and pending after it'
);
SELECT lives_ok($$
    SELECT engine.post_leg(a, 1, 3000, 'deposit', 9007199254740991 - 100, '@external')
    FROM ledger.accounts AS a WHERE a.account_id = 'leg.bob'
$$, 'balance and overdraft limit may reach 2^53-1 together');
SELECT lives_ok($$
    SELECT engine.post_leg(a, 1, 3000, 'withdraw', -9007199254740991, '@external')
    FROM ledger.accounts AS a WHERE a.account_id = 'leg.bob'
$$, 'and a leg may take as much');
SELECT is(
    (SELECT +a.balance FROM ledger.accounts AS a WHERE a.account_id = 'leg.bob'), -100::bigint,
    'which leaves the overdraft used up'
);

-- Refuses
SELECT throws_ok($$
    SELECT engine.post_leg(a, 1, 3000, 'deposit', 9007199254740991 + 1, '@external')
    FROM ledger.accounts AS a WHERE a.account_id = 'leg.bob'
$$, 'TL307', 'balance_limit_exceeded', 'refuses 1 more than fits above the overdraft limit');
SELECT throws_ok($$
    SELECT engine.post_leg(a, 1, 3000, 'deposit', 9007199254740991 - 525 - 3 - 7 + 1, '@external')
    FROM ledger.accounts AS a WHERE a.account_id = 'leg.alice'
$$, 'TL307', 'balance_limit_exceeded', 'refuses what leaves no room for the pending cashback');
SELECT throws_ok($$
    SELECT engine.post_leg(
        jsonb_populate_record(a, '{"balance": -9007199254740991}'), 1, 3000, 'withdraw', -1,
        '@external'
    ) FROM ledger.accounts AS a WHERE a.account_id = 'leg.bob'
$$, 'TL307', 'balance_limit_exceeded', 'refuses to go below -(2^53-1)');
SELECT is(
    (SELECT max(t.version) FROM ledger.ledger_transactions AS t WHERE t.account_id = 'leg.bob'),
    3::bigint, 'a refused leg is not there'
);

SELECT * FROM finish();
ROLLBACK;
