-- Tests of engine.show_account.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.show_account'::regproc),
    'account ledger.accounts',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.show_account'::regproc), 'bank.account',
    'what it returns'
);
SELECT volatility_is('engine', 'show_account', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'show_account', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.show_account'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at(
        'sh.alice', 'JPY', 70, "timestamp" => 1000, metadata => '{"name": "Alice"}'
    );
    PERFORM bank.deposit_at('sh.alice', 500, "timestamp" => 2000);
    PERFORM bank.pay_at('sh.alice', 100, "timestamp" => 3000);
    UPDATE ledger.settings SET max_ahead_ms = 9007199254740991;
    PERFORM bank.create_account_at('sh.future', "timestamp" => 9007199100000000);
    PERFORM bank.deposit_at('sh.future', 500, "timestamp" => 9007199100000000);
    PERFORM bank.pay_at('sh.future', 100, "timestamp" => 9007199100000000);
    UPDATE ledger.accounts AS a SET held = 30 WHERE a.account_id = 'sh.alice';
END;
$given$;

-- Works
SELECT is(
    (SELECT to_jsonb(s) - 'head' FROM engine.show_account(engine.read_account('sh.alice')) AS s),
    $${
        "account_id": "sh.alice", "currency": "JPY", "status": "active",
        "collecting": false, "balance": 402,
        "available": 442, "held": 30, "pending_cashback": 0, "overdraft_limit": 70, "version": 3,
        "last_timestamp": 3000, "next_cashback_due": 86403000, "created_at": 1000,
        "metadata": {"name": "Alice"}
    }$$::jsonb,
    'all of it, with the cashback that is due by now though nobody has posted it'
);
SELECT is(
    (SELECT s.head FROM engine.show_account(engine.read_account('sh.alice')) AS s),
    (
        SELECT encode(t.hash, 'hex')
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'sh.alice' AND t.version = 3
    ),
    'head is the hash of the newest leg, in hexadecimal'
);
SELECT results_eq(
    $$
        SELECT s.balance, s.pending_cashback
        FROM engine.show_account(engine.read_account('sh.future')) AS s
    $$,
    'VALUES (400::bigint, 2::bigint)',
    'an account ahead of the clock is shown as of its newest leg'
);

SELECT * FROM finish();
ROLLBACK;
