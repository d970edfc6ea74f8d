-- Tests of engine.record_change.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.record_change'::regproc),
    'account ledger.accounts, "timestamp" bigint, operation text, details jsonb, '
    || 'metadata jsonb, idempotency_key text, request text',
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
    SELECT to_jsonb(t) - ARRAY['transaction_id', 'recorded_at', 'hash']
    FROM ledger.ledger_transactions AS t
    INNER JOIN ledger.accounts AS a ON a.account_id = t.account_id AND a.version = t.version
    WHERE a.account_id = who
$function$;

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('rec.alice', "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.record(details jsonb, key text) RETURNS bank.account
LANGUAGE plpgsql AS $function$
DECLARE
    v_account ledger.accounts := engine.lock_account('rec.alice');
BEGIN
    v_account.status := 'frozen';
    RETURN engine.record_change(v_account, 2000, 'tap', details, '{"m": 1}', key, 'request');
END;
$function$;

-- Works
SELECT is((pg_temp.record('{"d": 1}', 'k')).status, 'frozen', 'it answers with the account');
SELECT is(
    pg_temp.newest_leg('rec.alice'),
    $${
        "account_id": "rec.alice", "version": 2, "timestamp": 2000, "operation": "tap",
        "amount": 0, "balance_after": 0, "held_after": 0, "pending_cashback_after": 0,
        "contra_account_id": null, "payment_ref": null, "reverses": null, "metadata": {"m": 1},
        "details": {"d": 1}
    }$$::jsonb, 'after a leg without an amount'
);
SELECT is(
    engine.replay('rec.alice', 'k', 'tap', 'request')::jsonb - ARRAY['head', 'created_at'],
    $${
        "account_id": "rec.alice", "currency": "EUR", "status": "frozen", "collecting": false,
        "balance": 0, "available": 0, "held": 0, "pending_cashback": 0, "overdraft_limit": 0,
        "version": 2, "last_timestamp": 2000, "next_cashback_due": null, "metadata": {}
    }$$::jsonb, 'which is kept under the key'
);
SELECT is((pg_temp.record(NULL, 'k2')).version, 2::bigint, 'without details there is no leg');
SELECT isnt(
    engine.replay('rec.alice', 'k2', 'tap', 'request')::jsonb, NULL, 'though the key is kept'
);
SELECT is(
    (SELECT count(*) FROM ledger.idempotency_keys AS k WHERE k.account_id = 'rec.alice'),
    2::bigint, 'and no more than those'
);

SELECT * FROM finish();
ROLLBACK;
