-- Tests of bank.get_account.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.get_account'::regproc),
    'account_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.get_account'::regproc), 'bank.account',
    'what it returns'
);
SELECT volatility_is('bank', 'get_account', 'stable', 'it is stable');
SELECT is_definer('bank', 'get_account', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.get_account'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.get_account'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.get_account'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('acc.alice', 'JPY', 70, 1000, '{"name": "Alice"}');
    PERFORM bank.deposit_at('acc.alice', 500, "timestamp" => 2000);
    PERFORM bank.pay_at('acc.alice', 100, "timestamp" => 3000);
    PERFORM bank.create_account('acc.bob');
    PERFORM bank.deposit('acc.bob', 500);
    PERFORM bank.pay('acc.bob', 100);
END;
$given$;

-- Works
SELECT is(
    (SELECT to_jsonb(a) - 'head' FROM bank.get_account('acc.alice') AS a),
    $${
        "account_id": "acc.alice", "currency": "JPY", "status": "active", "collecting": false, "balance": 402,
        "available": 472, "held": 0, "pending_cashback": 0, "overdraft_limit": 70, "version": 3,
        "last_timestamp": 3000, "next_cashback_due": 86403000, "created_at": 1000,
        "metadata": {"name": "Alice"}
    }$$::jsonb,
    'the whole account, with cashback that is due'
);
SELECT matches(
    (bank.get_account('acc.alice')).head, '^[0-9a-f]{64}$', 'the head is 64 hexadecimal digits'
);
SELECT results_eq(
    $$SELECT a.balance, a.pending_cashback FROM bank.get_account('acc.bob') AS a$$,
    'VALUES (400::bigint, 2::bigint)', 'cashback that is not due yet is pending'
);
SELECT lives_ok(
    format('SET ROLE %I; SELECT bank.get_account(%L); RESET ROLE', r.role, 'acc.alice'),
    'readable by ' || r.role
) FROM unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (role);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.get_account(%L)', a.id), 'TL101', 'account_not_found',
    'refuses ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['acc.nobody', 'TAP.ALICE', '@external', '', NULL]) AS a (id);

SELECT * FROM finish();
ROLLBACK;
