-- Tests of engine.show_hold.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.show_hold'::regproc),
    'hold ledger.holds, account ledger.accounts',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.show_hold'::regproc), 'bank.hold_state', 'what it returns'
);
SELECT volatility_is('engine', 'show_hold', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'show_hold', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.show_hold'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE TEMP TABLE given AS
SELECT
    jsonb_populate_record(NULL::ledger.holds, $${
        "account_id": "show.alice", "hold_number": 7, "transaction_id": 3, "created_at": 1000,
        "expires_at": 5000, "target_account_id": "show.bob", "amount": 100, "captured": 40,
        "captures": [], "status": "open", "metadata": {"order": 1}
    }$$) AS hold,
    jsonb_populate_record(
        NULL::ledger.accounts, '{"currency": "EUR", "last_timestamp": 9007199254740000}'
    ) AS account;

-- Works
SELECT is(
    to_jsonb(engine.show_hold(
        jsonb_populate_record(g.hold, '{"expires_at": 9007199254740001}'), g.account
    )),
    $${
        "hold_id": "hold7", "account_id": "show.alice", "target_account_id": "show.bob",
        "amount": 100, "captured": 40, "refunded": 0, "remaining": 60, "status": "open", "currency": "EUR",
        "created_at": 1000, "expires_at": 9007199254740001, "closed_at": null,
        "transaction_id": 3, "metadata": {"order": 1}, "captures": []
    }$$::jsonb, 'an open one'
) FROM given AS g;
SELECT is(
    to_jsonb(engine.show_hold(
        jsonb_populate_record(g.hold, '{"expires_at": 9007199254740000}'), g.account
    )) - ARRAY['metadata', 'account_id', 'target_account_id', 'currency', 'transaction_id'],
    $${
        "hold_id": "hold7", "amount": 100, "captured": 40, "refunded": 0, "remaining": 0,
        "status": "expired",
        "created_at": 1000, "expires_at": 9007199254740000, "closed_at": 9007199254740000,
        "captures": []
    }$$::jsonb, 'one that is over for the account''s newest leg, though nobody has posted it'
) FROM given AS g;
SELECT is(
    (engine.show_hold(g.hold, jsonb_populate_record(g.account, '{"last_timestamp": 1000}'))).status,
    'expired', 'or for the clock'
) FROM given AS g;
SELECT is(
    (engine.show_hold(
        jsonb_populate_record(g.hold, '{"expires_at": null}'), g.account
    )).status, 'open', 'one without an end never is'
) FROM given AS g;
SELECT results_eq(
    $$
        SELECT s.status, s.remaining, s.closed_at
        FROM given AS g
        CROSS JOIN LATERAL engine.show_hold(
            jsonb_populate_record(g.hold, '{"status": "captured", "closed_at": 4000}'), g.account
        ) AS s
    $$, $$VALUES ('captured', 0::bigint, 4000::bigint)$$, 'one that is captured reserves nothing'
);
SELECT is(
    (engine.show_hold(jsonb_populate_record(g.hold, '{"captures": [5, 9]}'), g.account)).captures,
    ARRAY[5, 9]::bigint[], 'what captured of it'
) FROM given AS g;

SELECT * FROM finish();
ROLLBACK;
