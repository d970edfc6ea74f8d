-- Tests of bank.get_hold.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.get_hold'::regproc),
    'hold_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.get_hold'::regproc), 'bank.hold_state', 'what it returns'
);
SELECT volatility_is('bank', 'get_hold', 'stable', 'it is stable');
SELECT is_definer('bank', 'get_hold', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.get_hold'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.get_hold'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.get_hold'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('get_hold.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('get_hold.alice', 100, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE placed AS
SELECT h.* FROM bank.hold_at('get_hold.alice', 10, "timestamp" => 2000, metadata => '{"a": 1}') AS h;
CREATE TEMP TABLE over AS
SELECT h.* FROM bank.hold_at('get_hold.alice', 10, 3000, "timestamp" => 2000) AS h;

-- Works
SELECT is(
    to_jsonb(bank.get_hold(p.hold_id)),
    jsonb_build_object('hold_id', p.hold_id, 'transaction_id', p.transaction_id) || $${
        "account_id": "get_hold.alice", "target_account_id": null, "amount": 10, "captured": 0,
        "refunded": 0, "remaining": 10, "status": "open", "currency": "EUR", "created_at": 2000,
        "expires_at": null, "closed_at": null, "metadata": {"a": 1}, "captures": []
    }$$, 'the hold'
) FROM placed AS p;
SELECT is((bank.get_hold(o.hold_id)).status, 'expired', 'as of now') FROM over AS o;
CREATE TEMP TABLE before AS SELECT g.* FROM over AS o CROSS JOIN LATERAL bank.get_hold(o.hold_id) AS g;
DO $given$
BEGIN
    PERFORM bank.expire_holds();
END;
$given$;
SELECT results_eq(
    'SELECT g.* FROM over AS o CROSS JOIN LATERAL bank.get_hold(o.hold_id) AS g',
    'SELECT b.* FROM before AS b', 'and no other once that is posted'
);
SELECT lives_ok(
    format('SET ROLE bank_auditor; SELECT bank.get_hold(%L); RESET ROLE', p.hold_id),
    'an auditor reads it'
) FROM placed AS p;

-- Refuses
SELECT throws_ok(
    format('SELECT bank.get_hold(%L)', h.id), 'TL111', 'hold_not_found',
    'refuses ' || coalesce(quote_literal(h.id), 'NULL')
) FROM unnest(ARRAY['hold9999999999999999', 'hold0', 'payment1', NULL]) AS h (id);

SELECT * FROM finish();
ROLLBACK;
