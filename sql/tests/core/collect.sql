-- Tests of engine.collect.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.collect'::regproc),
    'account_id text, transaction_id bigint, leg integer, "timestamp" bigint, operation '
    || 'text, amount bigint, contra_account_id text, metadata jsonb DEFAULT NULL::jsonb, '
    || 'value_at bigint DEFAULT NULL::bigint, payment_ref text DEFAULT NULL::text, '
    || 'details jsonb DEFAULT NULL::jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.collect'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'collect', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'collect', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.collect'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT engine.collect('col.shop', 7, 2, 1000, 'transfer', 50, 'col.alice');
SELECT is(
    (SELECT to_jsonb(c) FROM ledger.collected_credits AS c WHERE c.account_id = 'col.shop'),
    jsonb_build_object('actor', session_user) || $${
        "account_id": "col.shop", "transaction_id": 7, "leg": 2, "timestamp": 1000,
        "operation": "transfer", "amount": 50, "contra_account_id": "col.alice", "value_at": null,
        "payment_ref": null, "on_behalf_of": null, "metadata": null, "posting_metadata": null,
        "details": null
    }$$::jsonb, 'a credit, and who made it'
);
SET LOCAL pgteller.on_behalf_of = 'eve';
SELECT engine.collect(
    'col.shop', 8, 4, 1000, 'pay', 50, '@exchange', '{"m": 1}', 900, 'payment7', '{"d": 1}'
);
SELECT is(
    (SELECT to_jsonb(c) FROM ledger.collected_credits AS c WHERE c.transaction_id = 8),
    jsonb_build_object('actor', session_user) || $${
        "account_id": "col.shop", "transaction_id": 8, "leg": 4, "timestamp": 1000,
        "operation": "pay", "amount": 50, "contra_account_id": "@exchange", "value_at": 900,
        "payment_ref": "payment7", "on_behalf_of": "eve", "metadata": {"m": 1},
        "posting_metadata": null, "details": {"d": 1}
    }$$::jsonb, 'with all that there is to say of it, and in whose name'
);

SELECT * FROM finish();
ROLLBACK;
