-- Tests of engine.record_change.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.record_change'::regproc),
    'parties engine.parties, account ledger.accounts, operation text, details jsonb, '
    || 'metadata jsonb, idempotency_key text, transaction_id bigint DEFAULT NULL::bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.record_change'::regproc), 'bank.account', 'what it returns');
SELECT volatility_is('engine', 'record_change', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'record_change', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.record_change'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

CREATE FUNCTION pg_temp.newest_leg(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(t) - ARRAY['transaction_id', 'recorded_at', 'hash', 'key_hash', 'actor']
    FROM ledger.ledger_transactions AS t
    INNER JOIN ledger.accounts AS a ON a.account_id = t.account_id AND a.version = t.version
    WHERE a.account_id = who
$function$;

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('rec.alice', "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.record(details jsonb, key text, id bigint DEFAULT NULL)
RETURNS bank.account LANGUAGE plpgsql AS $function$
DECLARE
    v engine.parties := engine.prepare('rec.alice', NULL, 2000, key, 'tap', '{"a": 1}');
BEGIN
    RETURN engine.record_change(
        v, jsonb_populate_record(v.account, '{
            "status": "frozen", "collecting": true, "monitored": true, "rewound": true, "overdraft_limit": 7,
            "metadata": {"b": 2}
        }'), 'tap', details, '{"m": 1}', key, id
    );
END;
$function$;
CREATE FUNCTION pg_temp.kept(key text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT engine.replay('rec.alice', key, 'tap', engine.request_hash('{"a": 1}'))::jsonb
$function$;

-- Works
SELECT is((pg_temp.record('{"d": 1}', 'k')).status, 'frozen', 'it answers with the account');
SELECT is(
    pg_temp.newest_leg('rec.alice'),
    $${
        "account_id": "rec.alice", "version": 2, "leg": 1, "timestamp": 2000, "value_at": null,
        "operation": "tap", "amount": 0, "balance_after": 0, "held_after": 0,
        "pending_cashback_after": 0, "overdraft_limit_after": 7, "contra_account_id": null,
        "payment_ref": null, "refers_to": null, "folded_in": null, "on_behalf_of": null,
        "metadata": {"m": 1}, "posting_metadata": null, "details": {"d": 1}, "hash_version": 1
    }$$::jsonb, 'after a leg without an amount'
);
SELECT is(
    (
        SELECT to_jsonb(a) - ARRAY['head', 'created_at'] FROM ledger.accounts AS a
        WHERE a.account_id = 'rec.alice'
    ),
    $${
        "account_id": "rec.alice", "currency": "EUR", "status": "frozen", "collecting": true,
        "monitored": true, "rewound": true, "balance": 0, "held": 0, "pending_cashback": 0, "overdraft_limit": 7,
        "version": 2, "last_timestamp": 2000, "next_due_at": null, "metadata": {"b": 2}
    }$$::jsonb, 'every setting in the row it was given is stored'
);
SELECT is(
    pg_temp.kept('k') - ARRAY['head', 'created_at'],
    $${
        "account_id": "rec.alice", "currency": "EUR", "status": "frozen", "collecting": true,
        "balance": 0, "available": 7, "held": 0, "pending_cashback": 0, "overdraft_limit": 7,
        "version": 2, "last_timestamp": 2000, "next_cashback_due": null, "metadata": {"b": 2}
    }$$::jsonb, 'the answer is kept under the key'
);
SELECT is((pg_temp.record(NULL, NULL)).version, 2::bigint, 'without details there is no leg');
SELECT is(
    (pg_temp.record(NULL, 'k2')).version, 3::bigint, 'but where there is a key that is to be sealed'
);
SELECT is(
    t.details, '{"unchanged": true}'::jsonb, 'which says that nothing has changed'
) FROM ledger.ledger_transactions AS t WHERE t.account_id = 'rec.alice' AND t.version = 3;
SELECT isnt(
    pg_temp.kept('k2'), NULL, 'and the key is kept'
);
SELECT is((pg_temp.record('{"d": 1}', NULL, 123456789)).version, 4::bigint, 'without a key');
SELECT is(
    (SELECT count(*) FROM ledger.idempotency_keys AS k WHERE k.owner = 'rec.alice'),
    2::bigint, 'none is kept'
);
SELECT is(
    t.transaction_id, 123456789::bigint, 'an id that is drawn already is taken'
) FROM ledger.ledger_transactions AS t WHERE t.account_id = 'rec.alice' AND t.version = 4;

SELECT * FROM finish();
ROLLBACK;
