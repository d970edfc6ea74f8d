-- Tests of engine.batch_at_once.
BEGIN;
SELECT plan(24);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_at_once'::regproc),
    'items engine.batch_item[], accounts ledger.accounts[], now bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_at_once'::regproc), 'bank.batch_result[]', 'what it returns'
);
SELECT volatility_is('engine', 'batch_at_once', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_at_once', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_at_once'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_ONCE', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_ONCE', 1000, 5000);
    PERFORM bank.create_account('once.' || n.name, 'TAP_ONCE', 0, 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop', 'due', 'seen']) AS n (name);
    PERFORM bank.create_monitor('once.seen', 'balance', 'gte', 1, 1000);
    PERFORM bank.deposit('once.alice', 100, 1000), bank.deposit('once.due', 100, 1000);
    PERFORM bank.pay('once.due', 100, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'once.shop';
END;
$given$;
CREATE FUNCTION pg_temp.run(operations jsonb) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_items engine.batch_item[] := ARRAY(SELECT i FROM engine.batch_items(operations, false) AS i);
BEGIN
    RETURN (
        SELECT array_agg(
            concat_ws(' ', r.status, r.account_id, r.balance, r.code, nullif(r.detail::text, '{}'))
            ORDER BY r.ordinality
        )
        FROM unnest(engine.batch_at_once(
            v_items, engine.batch_lock(v_items, false), engine.now()
        )) WITH ORDINALITY AS r
    );
END;
$function$;
CREATE FUNCTION pg_temp.legs_of(who text) RETURNS bigint LANGUAGE sql AS $function$
    SELECT count(*) FROM ledger.ledger_transactions AS t WHERE t.account_id = who
$function$;

-- Works
SELECT is(
    pg_temp.run('[
        {"operation": "withdraw", "account_id": "once.bob", "amount": 1},
        {"operation": "transfer", "source_account_id": "once.alice",
            "target_account_id": "once.bob", "amount": 40, "metadata": {"m": 1}},
        {"operation": "pay", "account_id": "once.bob", "amount": 1, "fee": 1},
        {"operation": "withdraw", "account_id": "once.alice", "amount": 61},
        {"operation": "deposit", "account_id": "once.no", "amount": 1}
    ]'), ARRAY[
        'refused insufficient_funds '
        '{"account_id" : "once.bob", "available" : 0, "required" : 1}',
        'posted once.alice 60', 'posted once.bob 38',
        'refused insufficient_funds '
        '{"account_id" : "once.alice", "available" : 60, "required" : 61}',
        'refused account_not_found {"account_id" : "once.no"}'
    ], 'later items see earlier ones, and each is refused on its own'
);
SELECT is(
    (
        SELECT array_agg(
            format(
                '%s %s %s=%s %s %s', t.version, t.operation, t.amount, t.balance_after,
                t.contra_account_id, t.metadata
            ) ORDER BY t.version
        )
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'once.bob'
    ), ARRAY[
        '1 open 0=0  ', '2 transfer 40=40 once.alice {"m": 1}', '3 pay -1=39 @payments ',
        '4 fee -1=38 @fees '
    ], 'what is accepted is in the log'
);
SELECT results_eq(
    $$
        SELECT a.version, +a.balance, a.head, a.last_timestamp
        FROM ledger.accounts AS a WHERE a.account_id = 'once.bob'
    $$,
    $$
        SELECT t.version, +t.balance_after, t.hash, t."timestamp"
        FROM ledger.ledger_transactions AS t WHERE t.account_id = 'once.bob' AND t.version = 4
    $$, 'and the account is as its newest leg says'
);
SELECT is(
    pg_temp.run('[
        {"operation": "withdraw", "account_id": "once.bob", "amount": 8},
        {"operation": "pay", "account_id": "once.bob", "amount": 10, "linked": true,
            "idempotency_key": "lost"},
        {"operation": "withdraw", "account_id": "once.bob", "amount": 100, "linked": true},
        {"operation": "withdraw", "account_id": "once.bob", "amount": 10},
        {"operation": "withdraw", "account_id": "once.bob", "amount": 1, "linked": true},
        {"operation": "withdraw", "account_id": "once.bob", "amount": 1}
    ]'), ARRAY[
        'posted once.bob 30', 'refused linked_failed',
        'refused insufficient_funds '
        '{"account_id" : "once.bob", "available" : 20, "required" : 100}',
        'refused linked_failed', 'posted once.bob 29', 'posted once.bob 28'
    ], 'a chain that fails is undone, and says which item failed'
);
SELECT is_empty(
    $$
        SELECT p.account_id FROM ledger.payments AS p
        WHERE p.account_id = 'once.bob' AND p.amount = 10
        UNION ALL
        SELECT c.account_id FROM ledger.cashbacks AS c WHERE c.account_id = 'once.bob'
        UNION ALL
        SELECT k.account_id FROM ledger.idempotency_keys AS k WHERE k.account_id = 'once.bob'
    $$, 'and nothing of it is stored'
);
SELECT is(
    pg_temp.run('[
        {"operation": "pay", "account_id": "once.bob", "amount": 10, "idempotency_key": "k"}
    ]'), ARRAY['posted once.bob 18'], 'an item with a key'
);
SELECT is(
    pg_temp.run(jsonb_build_array(
        '{"operation": "pay", "account_id": "once.bob", "idempotency_key": "k"}'::jsonb
        || jsonb_build_object('amount', a.amount)
    )), ARRAY[a.answer], 'again, with an amount of ' || a.amount
) FROM (
    VALUES (10, 'replayed once.bob 18'),
    (0, 'refused invalid_amount {"amount" : 0}')
) AS a (amount, answer);
SELECT results_eq(
    $$
        SELECT
            p.amount, +p.fee, c.amount, a.pending_cashback::bigint, a.next_cashback_due - c.due_at
        FROM ledger.payments AS p
        INNER JOIN ledger.cashbacks AS c
            ON c.account_id = p.account_id AND c.payment_number = p.payment_number
        INNER JOIN ledger.accounts AS a ON a.account_id = p.account_id
        WHERE p.account_id = 'once.bob' AND p.amount = 10
    $$,
    'VALUES (10::bigint, 0::bigint, 1::bigint, 1::bigint, 0::bigint)', 'its payment and cashback'
);
SELECT is(
    pg_temp.run('[
        {"operation": "transfer", "source_account_id": "once.bob",
            "target_account_id": "once.shop", "amount": 2},
        {"operation": "pay", "account_id": "once.bob", "merchant_account_id": "once.shop",
            "amount": 3}
    ]'), ARRAY['posted once.bob 16', 'posted once.bob 13'], 'what a collecting account gets'
);
SELECT is(
    (
        SELECT array_agg(
            format('%s %s %s', c.operation, c.amount, c.contra_account_id) ORDER BY c.transaction_id
        )
        FROM ledger.collected_credits AS c
        WHERE c.account_id = 'once.shop'
    ), ARRAY['transfer 2 once.bob', 'pay 3 once.bob'], 'is collected'
);
SELECT is(pg_temp.legs_of('once.shop'), 1::bigint, 'and not in its log yet');

-- Leaves alone what only the single functions know
SELECT is(
    pg_temp.run(b.operations), NULL, b.why
) FROM (
    VALUES ('[
        {"operation": "deposit", "account_id": "once.bob", "amount": 1, "idempotency_key": "k2"},
        {"operation": "deposit", "account_id": "once.bob", "amount": 1, "idempotency_key": "k2"}
    ]'::jsonb, 'a key used twice'), ('[
        {"operation": "deposit", "account_id": "once.bob", "amount": 1},
        {"operation": "deposit", "account_id": "once.seen", "amount": 1}
    ]', 'an account with a monitor'), ('[
        {"operation": "deposit", "account_id": "once.bob", "amount": 1},
        {"operation": "deposit", "account_id": "once.due", "amount": 1, "timestamp": 6000}
    ]', 'a cashback that is due'), ('[
        {"operation": "deposit", "account_id": "once.bob", "amount": 1},
        {"operation": "withdraw", "account_id": "once.shop", "amount": 1}
    ]', 'a collecting account to fold before it is debited'), ('[
        {"operation": "deposit", "account_id": "once.bob", "amount": 1,
            "timestamp": 9007199254740000}
    ]', 'the end of time')
) AS b (operations, why);
SELECT is(pg_temp.legs_of('once.bob'), 10::bigint, 'and then writes nothing');
SELECT is(
    pg_temp.run('[
        {"operation": "deposit", "account_id": "once.due", "amount": 1, "timestamp": 5999},
        {"operation": "withdraw", "account_id": "once.due", "amount": 5, "timestamp": 6000}
    ]'), NULL, 'nor of what comes before'
);

SELECT * FROM finish();
ROLLBACK;
