-- Tests of engine.batch_run.
BEGIN;
SELECT plan(28);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_run'::regproc),
    'operations jsonb, atomic boolean',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_run'::regproc), 'bank.batch_result[]', 'what it returns'
);
SELECT volatility_is('engine', 'batch_run', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_run', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_run'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_currency('TAP_RUN', 2);
    PERFORM bank.set_cashback_policy('TAP_RUN', 1000, 5000);
    PERFORM bank.create_account_at('run.' || n.name, 'TAP_RUN', "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop', 'due', 'seen', 'held']) AS n (name);
    PERFORM bank.create_monitor_at('run.seen', 'balance', 'gte', 1, "timestamp" => 1000);
    PERFORM bank.deposit_at(n.id, 100, "timestamp" => 1000)
    FROM unnest(ARRAY['run.alice', 'run.due', 'run.held']) AS n (id);
    PERFORM bank.pay_at('run.due', 100, "timestamp" => 1000);
    PERFORM bank.set_collecting('run.shop', true, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.run(operations jsonb, atomic boolean DEFAULT false) RETURNS text[]
LANGUAGE sql AS $function$
    SELECT array_agg(
        concat_ws(' ', r.status, r.account_id, r.balance, r.code, nullif(r.detail::text, '{}'))
        ORDER BY r.item
    )
    FROM unnest(engine.batch_run(operations, atomic)) AS r
$function$;
CREATE FUNCTION pg_temp.legs_of(who text) RETURNS bigint LANGUAGE sql AS $function$
    SELECT count(*) FROM ledger.ledger_transactions AS t WHERE t.account_id = who
$function$;

-- Works
SELECT is(
    pg_temp.run('[
        {"operation": "withdraw", "account_id": "run.bob", "amount": 1},
        {"operation": "transfer", "source_account_id": "run.alice",
            "target_account_id": "run.bob", "amount": 40, "metadata": {"m": 1}},
        {"operation": "pay", "account_id": "run.bob", "amount": 1, "fee": 1},
        {"operation": "withdraw", "account_id": "run.alice", "amount": 61},
        {"operation": "deposit", "account_id": "run.no", "amount": 1}
    ]'), ARRAY[
        'refused insufficient_funds '
        '{"account_id" : "run.bob", "available" : 0, "required" : 1}',
        'posted run.alice 60', 'posted run.bob 38',
        'refused insufficient_funds '
        '{"account_id" : "run.alice", "available" : 60, "required" : 61}',
        'refused account_not_found {"account_id" : "run.no"}'
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
        WHERE t.account_id = 'run.bob'
    ), ARRAY[
        '1 open 0=0  ', '2 transfer 40=40 run.alice {"m": 1}', '3 pay -1=39 @payments ',
        '4 fee -1=38 @fees '
    ], 'what is accepted is in the log'
);
SELECT results_eq(
    $$
        SELECT a.version, +a.balance, a.head, a.last_timestamp
        FROM ledger.accounts AS a WHERE a.account_id = 'run.bob'
    $$,
    $$
        SELECT t.version, +t.balance_after, t.hash, t."timestamp"
        FROM ledger.ledger_transactions AS t WHERE t.account_id = 'run.bob' AND t.version = 4
    $$, 'and the account is as its newest leg says'
);
SELECT is(
    pg_temp.run('[
        {"operation": "withdraw", "account_id": "run.bob", "amount": 8},
        {"operation": "pay", "account_id": "run.bob", "amount": 10, "linked": true,
            "idempotency_key": "lost"},
        {"operation": "withdraw", "account_id": "run.bob", "amount": 100, "linked": true},
        {"operation": "withdraw", "account_id": "run.bob", "amount": 10},
        {"operation": "withdraw", "account_id": "run.bob", "amount": 1, "linked": true},
        {"operation": "withdraw", "account_id": "run.bob", "amount": 1}
    ]'), ARRAY[
        'posted run.bob 30', 'refused linked_failed',
        'refused insufficient_funds '
        '{"account_id" : "run.bob", "available" : 20, "required" : 100}',
        'refused linked_failed', 'posted run.bob 29', 'posted run.bob 28'
    ], 'a chain that fails is undone, and says which item failed'
);
SELECT is_empty(
    $$
        SELECT p.account_id FROM ledger.payments AS p
        WHERE p.account_id = 'run.bob' AND p.amount = 10
        UNION ALL
        SELECT c.account_id FROM engine.cashbacks AS c WHERE c.account_id = 'run.bob'
        UNION ALL
        SELECT k.owner FROM ledger.idempotency_keys AS k WHERE k.owner = 'run.bob'
    $$, 'and nothing of it is stored'
);
SELECT is(
    pg_temp.run('[
        {"operation": "pay", "account_id": "run.bob", "amount": 10, "idempotency_key": "k"}
    ]'), ARRAY['posted run.bob 18'], 'an item with a key'
);
SELECT is(
    pg_temp.run(jsonb_build_array(
        '{"operation": "pay", "account_id": "run.bob", "idempotency_key": "k"}'::jsonb
        || jsonb_build_object('amount', a.amount)
    )), ARRAY[a.answer], 'again, with an amount of ' || a.amount
) FROM (
    VALUES (10, 'replayed run.bob 18'),
    (0, 'refused invalid_amount {"amount" : 0}')
) AS a (amount, answer);
SELECT results_eq(
    $$
        SELECT
            +p.amount, +p.fee, c.amount, a.pending_cashback::bigint, a.next_due_at - c.due_at
        FROM ledger.payments AS p
        INNER JOIN engine.cashbacks AS c
            ON c.account_id = p.account_id AND c.payment_number = p.payment_number
        INNER JOIN ledger.accounts AS a ON a.account_id = p.account_id
        WHERE p.account_id = 'run.bob' AND p.amount = 10
    $$,
    'VALUES (10::bigint, 0::bigint, 1::bigint, 1::bigint, 0::bigint)', 'its payment and cashback'
);
SELECT is(
    pg_temp.run('[
        {"operation": "transfer", "source_account_id": "run.bob",
            "target_account_id": "run.shop", "amount": 2},
        {"operation": "pay", "account_id": "run.bob", "merchant_account_id": "run.shop",
            "amount": 3}
    ]'), ARRAY['posted run.bob 16', 'posted run.bob 13'], 'what a collecting account gets'
);
SELECT is(
    (
        SELECT array_agg(
            format('%s %s %s', c.operation, c.amount, c.contra_account_id) ORDER BY c.transaction_id
        )
        FROM ledger.collected_credits AS c
        WHERE c.account_id = 'run.shop'
    ), ARRAY['transfer 2 run.bob', 'pay 3 run.bob'], 'is collected'
);
SELECT is(pg_temp.legs_of('run.shop'), 2::bigint, 'and not in its log yet');

-- Works: NULL is the same as left out
SELECT is(
    pg_temp.run('[
        {"operation": "pay", "account_id": "run.alice", "merchant_account_id": null, "amount": 1,
            "fee": null, "value_at": null, "timestamp": null, "metadata": null,
            "idempotency_key": null, "linked": null},
        {"operation": "hold", "account_id": "run.alice", "target_account_id": null, "amount": 1,
            "expires_at": null, "metadata": null}
    ]'), ARRAY['posted run.alice 59', 'posted run.alice 59'], 'NULL is the same as left out'
);

-- Works: what only the single functions know, in its place among the others
CREATE FUNCTION pg_temp.new_legs(who text, run_of bigint) RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(format('%s %s', t.operation, t.amount) ORDER BY t.version)
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = who AND t.version > run_of
$function$;
SELECT is(
    pg_temp.run('[
        {"operation": "deposit", "account_id": "run.held", "amount": 1},
        {"operation": "hold", "account_id": "run.held", "amount": 100},
        {"operation": "withdraw", "account_id": "run.held", "amount": 2},
        {"operation": "withdraw", "account_id": "run.held", "amount": 1}
    ]'), ARRAY[
        'posted run.held 101', 'posted run.held 101',
        'refused insufficient_funds '
        '{"account_id" : "run.held", "available" : 1, "required" : 2}',
        'posted run.held 100'
    ], 'a hold, between others'
);
ALTER SEQUENCE ledger.hold_seq CACHE 1;  -- so that nobody else draws a number meanwhile
SELECT is(
    pg_temp.run(jsonb_build_array(
        '{"operation": "hold", "account_id": "run.held", "amount": 0}'::jsonb,
        '{"operation": "deposit", "account_id": "run.held", "amount": 50}'::jsonb,
        '{"operation": "hold", "account_id": "run.held", "amount": 40}'::jsonb,
        jsonb_build_object('operation', 'capture_hold', 'amount', 15, 'hold_id',
            'hold' || (SELECT s.last_value + 1 FROM ledger.hold_seq AS s)),
        '{"operation": "withdraw", "account_id": "run.held", "amount": 36}'::jsonb,
        '{"operation": "withdraw", "account_id": "run.held", "amount": 35}'::jsonb
    )), ARRAY[
        'refused invalid_amount {"amount" : 0}', 'posted run.held 150', 'posted run.held 150',
        'posted run.held 135',
        'refused insufficient_funds '
        '{"account_id" : "run.held", "available" : 35, "required" : 36}',
        'posted run.held 100'
    ], 'what captures a hold of the same batch is seen by who comes after it'
);
SELECT is(
    pg_temp.run('[
        {"operation": "deposit", "account_id": "run.bob", "amount": 1, "idempotency_key": "k2"},
        {"operation": "deposit", "account_id": "run.bob", "amount": 1, "idempotency_key": "k2"},
        {"operation": "deposit", "account_id": "run.bob", "amount": 1}
    ]'), ARRAY['posted run.bob 14', 'replayed run.bob 14', 'posted run.bob 15'], 'a key used twice'
);
SELECT is(
    pg_temp.run('[
        {"operation": "deposit", "account_id": "run.seen", "amount": 1},
        {"operation": "withdraw", "account_id": "run.seen", "amount": 1}
    ]'), ARRAY['posted run.seen 1', 'posted run.seen 0'], 'an account with a monitor'
);
SELECT is(
    pg_temp.new_legs('run.seen', 2), ARRAY['deposit 1', 'monitor 0', 'withdraw -1'], 'which fires'
);
SELECT is(
    pg_temp.run('[
        {"operation": "withdraw", "account_id": "run.due", "amount": 5, "timestamp": 5999},
        {"operation": "withdraw", "account_id": "run.due", "amount": 5, "timestamp": 6000},
        {"operation": "withdraw", "account_id": "run.due", "amount": 6, "timestamp": 6000},
        {"operation": "withdraw", "account_id": "run.due", "amount": 5, "timestamp": 5999}
    ]'), ARRAY[
        'refused insufficient_funds '
        '{"account_id" : "run.due", "available" : 0, "required" : 5}', 'posted run.due 5',
        'refused insufficient_funds '
        '{"account_id" : "run.due", "available" : 5, "required" : 6}',
        'refused timestamp_in_past {"timestamp" : 5999, "last_timestamp" : 6000}'
    ], 'a cashback that falls due between two items'
);
SELECT is(
    pg_temp.run('[
        {"operation": "transfer", "source_account_id": "run.bob",
            "target_account_id": "run.shop", "amount": 1},
        {"operation": "withdraw", "account_id": "run.shop", "amount": 6},
        {"operation": "transfer", "source_account_id": "run.bob",
            "target_account_id": "run.shop", "amount": 1},
        {"operation": "withdraw", "account_id": "run.shop", "amount": 2}
    ]'), ARRAY[
        'posted run.bob 14', 'posted run.shop 0', 'posted run.bob 13',
        'refused insufficient_funds '
        '{"account_id" : "run.shop", "available" : 1, "required" : 2}'
    ], 'a collecting account is folded before it is debited'
);
SELECT is(
    pg_temp.run('[
        {"operation": "withdraw", "account_id": "run.bob", "amount": 1, "linked": true},
        {"operation": "hold", "account_id": "run.bob", "amount": 5, "linked": true},
        {"operation": "withdraw", "account_id": "run.bob", "amount": 8},
        {"operation": "withdraw", "account_id": "run.bob", "amount": 13}
    ]'), ARRAY[
        'refused linked_failed', 'refused linked_failed',
        'refused insufficient_funds '
        '{"account_id" : "run.bob", "available" : 7, "required" : 8}', 'posted run.bob 0'
    ], 'a chain that has one of these is undone as a whole'
);
SELECT is(
    pg_temp.run('[
        {"operation": "deposit", "account_id": "run.bob", "amount": 1},
        {"operation": "hold", "account_id": "run.bob", "amount": 1},
        {"operation": "withdraw", "account_id": "run.bob", "amount": 1}
    ]', true), ARRAY[
        'refused linked_failed', 'refused linked_failed',
        'refused insufficient_funds '
        '{"account_id" : "run.bob", "available" : 0, "required" : 1}'
    ], 'and so is an atomic batch'
);
SELECT is_empty('SELECT v.* FROM bank.verify_ledger() AS v WHERE NOT v.ok', 'the books are intact');

SELECT * FROM finish();
ROLLBACK;
