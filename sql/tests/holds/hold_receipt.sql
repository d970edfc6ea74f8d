-- Tests of engine.hold_receipt.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.hold_receipt'::regproc),
    'account ledger.accounts, hold ledger.holds, transaction_id bigint, amount '
    || 'bigint, released bigint, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.hold_receipt'::regproc), 'bank.hold_receipt', 'what it returns'
);
SELECT volatility_is('engine', 'hold_receipt', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'hold_receipt', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.hold_receipt'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE TEMP TABLE given AS
SELECT
    jsonb_populate_record(NULL::ledger.holds, $${
        "account_id": "receipt.alice", "hold_number": 7, "expires_at": 5000,
        "target_account_id": "receipt.bob", "amount": 100, "captured": 40, "captures": [],
        "status": "open"
    }$$) AS hold,
    jsonb_populate_record(NULL::ledger.accounts, $${
        "currency": "EUR", "balance": 500, "held": 60, "overdraft_limit": 3, "last_timestamp": 1000
    }$$) AS account;

-- Works
SELECT is(
    to_jsonb(engine.hold_receipt(g.account, g.hold, 9, 40, 0, 2000)),
    $${
        "hold_id": "hold7", "transaction_id": 9, "account_id": "receipt.alice",
        "target_account_id": "receipt.bob", "amount": 40, "captured": 40, "refunded": 0, "released": 0,
        "remaining": 60, "status": "open", "expires_at": 5000, "balance": 500,
        "available": 443, "held": 60, "currency": "EUR", "timestamp": 2000
    }$$::jsonb, 'all of it'
) FROM given AS g;
SELECT is(
    (engine.hold_receipt(
        g.account, jsonb_populate_record(g.hold, '{"status": "released"}'), 9, 60, 60, 2000
    )).remaining, 0::bigint, 'nothing remains of one that is not open'
) FROM given AS g;

SELECT * FROM finish();
ROLLBACK;
