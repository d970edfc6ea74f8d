-- Tests of engine.batch_post.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_post'::regproc),
    'accounts ledger.accounts[], legs ledger.ledger_transactions[], payments '
    || 'ledger.payments[], cashbacks ledger.cashbacks[], keys ledger.idempotency_keys[], '
    || 'collected ledger.collected_credits[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_post'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'batch_post', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_post', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_post'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two accounts, and what a batch has decided about one of them
DO $given$
BEGIN
    PERFORM bank.create_account('bpost.alice', "timestamp" => 1000);
    PERFORM bank.create_account('bpost.bob', "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE leg AS
SELECT l.* FROM engine.next_leg(
    engine.read_account('bpost.alice'), 2000000041, 3000, 'deposit', 25, '@external', 'payment7', 99,
    '{"m": 1}', '{"d": 2}'
) AS l;
CREATE TEMP TABLE payment AS
SELECT p.* FROM jsonb_populate_record(NULL::ledger.payments, '{
    "account_id": "bpost.alice", "payment_number": 2000000042, "transaction_id": 2000000041,
    "timestamp": 3000, "amount": 5, "fee": 1, "merchant_account_id": "bpost.bob", "refunded": 0
}') AS p;
CREATE TEMP TABLE cashback AS
SELECT c.* FROM jsonb_populate_record(NULL::ledger.cashbacks, '{
    "account_id": "bpost.alice", "payment_number": 2000000042, "created_at": 3000, "due_at": 4000,
    "promised": 2, "amount": 2, "clawed_back": 0, "rate_bps": 200, "max_amount": 9,
    "status": "pending"
}') AS c;
CREATE TEMP TABLE key AS
SELECT k.* FROM jsonb_populate_record(NULL::ledger.idempotency_keys, '{
    "account_id": "bpost.alice", "idempotency_key": "k", "operation": "pay",
    "request_hash": "\\x01", "response": {"a": 1}, "created_at": 3000
}') AS k;
CREATE TEMP TABLE credit AS
SELECT c.* FROM jsonb_populate_record(NULL::ledger.collected_credits, '{
    "account_id": "bpost.bob", "transaction_id": 2000000041, "timestamp": 3000, "operation": "pay",
    "amount": 5, "contra_account_id": "bpost.alice", "payment_ref": "payment7",
    "metadata": {"m": 1}
}') AS c;
CREATE TEMP TABLE before AS
SELECT a.* FROM ledger.accounts AS a WHERE a.account_id LIKE 'bpost.%';

-- Works
SELECT lives_ok($$
    SELECT engine.batch_post(
        ARRAY(
            SELECT CASE a.account_id
                WHEN 'bpost.alice' THEN jsonb_populate_record(engine.with_leg(
                    a, (SELECT l::text::ledger.ledger_transactions FROM leg AS l)
                ), '{"pending_cashback": 2, "next_cashback_due": 4000, "next_hold_expiry": 0}')
                ELSE jsonb_populate_record(a, '{"next_hold_expiry": 0, "balance": 7}')
            END
            FROM ledger.accounts AS a WHERE a.account_id LIKE 'bpost.%'
        ),
        ARRAY(SELECT l::text::ledger.ledger_transactions FROM leg AS l),
        ARRAY(SELECT p::text::ledger.payments FROM payment AS p),
        ARRAY(SELECT c::text::ledger.cashbacks FROM cashback AS c),
        ARRAY(SELECT k::text::ledger.idempotency_keys FROM key AS k),
        ARRAY(SELECT c::text::ledger.collected_credits FROM credit AS c)
    )
$$, 'takes what there is');
SELECT results_eq(
    $$SELECT to_jsonb(t) FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'bpost.alice' AND t.version = 2$$,
    'SELECT to_jsonb(l) FROM leg AS l', 'every column of the leg is where it belongs'
);
SELECT results_eq(
    $$SELECT to_jsonb(p) FROM ledger.payments AS p WHERE p.account_id = 'bpost.alice'$$,
    'SELECT to_jsonb(p) FROM payment AS p', 'of the payment'
);
SELECT results_eq(
    $$SELECT to_jsonb(c) FROM ledger.cashbacks AS c WHERE c.account_id = 'bpost.alice'$$,
    'SELECT to_jsonb(c) FROM cashback AS c', 'of the cashback'
);
SELECT results_eq(
    $$SELECT to_jsonb(k) FROM ledger.idempotency_keys AS k WHERE k.account_id = 'bpost.alice'$$,
    'SELECT to_jsonb(k) FROM key AS k', 'of the key'
);
SELECT results_eq(
    $$SELECT to_jsonb(c) FROM ledger.collected_credits AS c WHERE c.account_id = 'bpost.bob'$$,
    'SELECT to_jsonb(c) FROM credit AS c', 'of the collected credit'
);
SELECT is(
    (SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = 'bpost.alice'),
    (
        SELECT to_jsonb(b) || jsonb_build_object(
            'balance', 25, 'version', 2, 'last_timestamp', 3000, 'head', l.hash,
            'pending_cashback', 2, 'next_cashback_due', 4000
        ) FROM before AS b CROSS JOIN leg AS l WHERE b.account_id = 'bpost.alice'
    ), 'an account with new legs is as they leave it; marks of the batch are not stored'
);
SELECT is(
    (SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = 'bpost.bob'),
    (SELECT to_jsonb(b) FROM before AS b WHERE b.account_id = 'bpost.bob'),
    'one without is not touched'
);
SELECT lives_ok(
    $$SELECT engine.batch_post('{}', '{}', '{}', '{}', '{}', '{}')$$, 'takes nothing, too'
);

SELECT * FROM finish();
ROLLBACK;
