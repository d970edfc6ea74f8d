-- Tests of engine.batch_write.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_write'::regproc),
    'ids text[], held bigint[], limits bigint[], versions bigint[], legs engine.batch_leg[], '
    || 'collected engine.batch_leg[], payments engine.batch_payment[], keys engine.batch_key[], '
    || 'up_to bigint, recorded_at bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_write'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'batch_write', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_write', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_write'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two accounts, the second of which collects
DO $given$
BEGIN
    PERFORM bank.create_account_at('write.' || n.name, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'shop']) AS n (name);
END;
$given$;
CREATE FUNCTION pg_temp.leg(
    version bigint, transaction_id bigint, balance bigint
) RETURNS engine.batch_leg LANGUAGE sql AS $function$
    SELECT ROW(
        1, version, transaction_id, 1, 2000, 1500, 'pay', -5, balance, 3, 'write.shop',
        'payment' || transaction_id, '{"m": 1}', '{"d": 1}', '\xab',
        sha256(version::text::bytea), 9000
    )::engine.batch_leg
$function$;

-- Works
SELECT lives_ok($$
    SELECT engine.batch_write(
        '{write.alice,write.shop}', '{11,0}', '{12,0}', '{3,1}',
        ARRAY[
            pg_temp.leg(2, 800001, -5), pg_temp.leg(3, 800002, -10), pg_temp.leg(4, 800003, -15)
        ],
        ARRAY[ROW(
            2, NULL, c.id, 2, 2000, 1500, 'pay', 5, NULL, NULL, 'write.alice', 'payment' || c.id,
            '{"m": 1}', NULL, NULL, NULL, NULL
        )::engine.batch_leg],
        ARRAY[
            ROW(c.id, 'write.alice', c.id, 2000, 5, 0, 'write.shop', 3, 9000, 6000, 4),
            ROW(c.id + 1, 'write.alice', c.id + 1, 2000, 5, 0, 'write.shop', NULL, NULL, NULL, NULL)
        ]::engine.batch_payment[],
        ARRAY[ROW(
            c.id, 'write.alice', 'k', 'pay', engine.request_hash('{"amount": 5, "fee": null}'),
            '{"answer": 1}'
        )::engine.batch_key],
        800002, 4000
    ) FROM (VALUES (800001::bigint)) AS c (id)
$$, 'everything up to a transaction');
SELECT results_eq(
    $$
        SELECT
            t.version, t.transaction_id, t."timestamp", t.value_at, t.recorded_at, t.balance_after,
            t.held_after, t.pending_cashback_after, t.overdraft_limit_after, t.contra_account_id,
            t.payment_ref, t.actor, t.metadata::text, t.hash_version
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'write.alice' AND t.version > 1
        ORDER BY t.version
    $$, $$
        VALUES (
            2::bigint, 800001::bigint, 2000::bigint, 1500::bigint, 4000::bigint, -5::bigint,
            11::bigint, 3::bigint, 12::bigint, 'write.shop'::text COLLATE "C",
            'payment800001'::text COLLATE "C", session_user::text COLLATE "C",
            '{"m": 1}'::text, 1::smallint
        ), (
            3, 800002, 2000, 1500, 4000, -10, 11, 3, 12, 'write.shop', 'payment800002',
            session_user, '{"m": 1}', 1::smallint
        )
    $$, 'legs'
);
SELECT is(
    (
        a.version, +a.balance, a.held, a.pending_cashback, a.last_timestamp, a.next_due_at, a.head
    ),
    (3::bigint, -10::bigint, 11::bigint, 3::bigint, 2000::bigint, 9000::bigint, sha256('3'::bytea)),
    'the account is as its newest leg says'
) FROM ledger.accounts AS a WHERE a.account_id = 'write.alice';
SELECT results_eq(
    $$
        SELECT c.transaction_id, c.leg, c.amount, c.value_at, c.contra_account_id, c.payment_ref
        FROM ledger.collected_credits AS c WHERE c.account_id = 'write.shop'
    $$,
    $$
        VALUES (
            800001::bigint, 2, 5::bigint, 1500::bigint, 'write.alice'::text COLLATE "C",
            'payment800001'::text COLLATE "C"
        )
    $$,
    'what is collected'
);
SELECT results_eq(
    $$
        SELECT p.payment_number, p.transaction_id, +p.amount, p.merchant_account_id
        FROM ledger.payments AS p WHERE p.account_id = 'write.alice' ORDER BY p.payment_number
    $$, $$
        VALUES (800001::bigint, 800001::bigint, 5::bigint, 'write.shop'::text COLLATE "C"),
        (800002, 800002, 5, 'write.shop')
    $$, 'payments'
);
SELECT results_eq(
    $$
        SELECT c.payment_number, c.created_at, c.due_at, c.promised, c.amount, c.rate_bps,
            c.max_amount
        FROM engine.cashbacks AS c WHERE c.account_id = 'write.alice'
    $$,
    'VALUES (800001::bigint, 2000::bigint, 9000::bigint, 3::bigint, 3::bigint, 6000, 4::bigint)',
    'cashbacks, of those that earn one'
);
SELECT is(
    (k.operation, k.request_hash, k.response::text, k.created_at),
    (
        'pay'::text COLLATE "C", engine.request_hash('{"amount": 5}'), '{"answer": 1}'::text,
        4000::bigint
    ),
    'keys'
) FROM ledger.idempotency_keys AS k WHERE k.owner = 'write.alice';
SELECT lives_ok(
    $$SELECT engine.batch_write(
        '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', NULL, 4000
    )$$, 'nothing is no error'
);

SELECT * FROM finish();
ROLLBACK;
