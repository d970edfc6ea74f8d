-- Tests of bank.release_hold.
BEGIN;
SELECT plan(27);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.release_hold'::regproc),
    'hold_id text, metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT '
    || 'NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.release_hold'::regproc), 'bank.hold_receipt', 'what it returns'
);
SELECT volatility_is('bank', 'release_hold', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'release_hold', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.release_hold'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.release_hold'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.release_hold'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('release.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('release.alice', 1000, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.become(who text, new_status text) RETURNS text
LANGUAGE sql AS $function$
    UPDATE ledger.accounts AS a SET status = new_status WHERE a.account_id = who
    RETURNING 'account_' || a.status
$function$;
CREATE TEMP TABLE h AS
SELECT g.name, r.hold_id AS id
FROM unnest(
    ARRAY['first', 'partly', 'frozen', 'blocked', 'closed', 'late', 'over', 'taken', 'keyed']
) WITH ORDINALITY AS g (name, i)
CROSS JOIN LATERAL bank.hold_at(
    'release.alice', 10, CASE WHEN g.name IN ('late', 'over') THEN 5000 END, "timestamp" => 2000
) AS r;
DO $given$
BEGIN
    PERFORM bank.capture_hold_at(h.id, 4, h.name = 'taken', "timestamp" => 2000)
    FROM h WHERE h.name IN ('partly', 'taken');
END;
$given$;

-- Works
CREATE TEMP TABLE first AS
SELECT r.* FROM h CROSS JOIN LATERAL bank.release_hold_at(
    h.id, "timestamp" => 3000, metadata => '{"why": "sold out"}'
) AS r WHERE h.name = 'first';
SELECT is(
    (SELECT to_jsonb(f) - ARRAY['hold_id', 'transaction_id'] FROM first AS f),
    $${
        "account_id": "release.alice", "target_account_id": null, "amount": 10, "captured": 0,
        "refunded": 0, "released": 10, "remaining": 0, "status": "released", "expires_at": null, "balance": 992,
        "available": 926, "held": 66, "currency": "EUR", "timestamp": 3000
    }$$::jsonb, 'the receipt: all of it is available again'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY[
            'hash', 'recorded_at', 'version', 'leg', 'value_at', 'folded_in', 'actor',
            'on_behalf_of', 'posting_metadata', 'overdraft_limit_after', 'hash_version', 'key_hash'
        ]
        FROM ledger.ledger_transactions AS t
        INNER JOIN first AS f ON f.transaction_id = t.transaction_id
    ),
    (
        SELECT jsonb_build_object(
            'transaction_id', f.transaction_id,
            'details', jsonb_build_object('hold_id', f.hold_id, 'released', 10)
        ) || $${
            "account_id": "release.alice", "timestamp": 3000, "operation": "release_hold",
            "amount": 0, "balance_after": 992, "held_after": 66, "pending_cashback_after": 0,
            "contra_account_id": null, "payment_ref": null, "refers_to": null,
            "metadata": {"why": "sold out"}
        }$$ FROM first AS f
    ), 'the leg'
);
SELECT results_eq(
    $$SELECT r.captured, r.released, r.amount, r.status FROM h
    CROSS JOIN LATERAL bank.release_hold_at(h.id, "timestamp" => 3000) AS r WHERE h.name = 'partly'$$,
    $$VALUES (4::bigint, 6::bigint, 6::bigint, 'released')$$,
    'of one captured in part, what is left'
);
SELECT lives_ok(
    format('SELECT bank.release_hold_at(%L, "timestamp" => 3000)', h.id),
    'of an ' || pg_temp.become('release.alice', h.name)
) FROM h WHERE h.name IN ('frozen', 'blocked', 'closed');
SELECT pg_temp.become('release.alice', 'active');
SELECT is(
    (bank.release_hold_at(h.id, "timestamp" => 4999)).status, 'released',
    'one millisecond before its end'
) FROM h WHERE h.name = 'late';
CREATE TEMP TABLE keyed AS
SELECT r.* FROM h
CROSS JOIN LATERAL bank.release_hold_at(h.id, "timestamp" => 4999, idempotency_key => 'k') AS r
WHERE h.name = 'keyed';
SELECT results_eq(
    $$SELECT r.* FROM h
    CROSS JOIN LATERAL bank.release_hold_at(h.id, "timestamp" => 4999, idempotency_key => 'k') AS r
    WHERE h.name = 'keyed'$$,
    'SELECT k.* FROM keyed AS k', 'a repeat under the same key gets the first receipt'
);

-- Refuses
SELECT throws_ok(
    $$SELECT bank.release_hold('hold0')$$, 'TL111', 'hold_not_found', 'refuses what no hold is called'
);
SELECT throws_ok(
    format('SELECT bank.release_hold(%L, metadata => %L)', h.id, '[]'),
    'TL005', 'invalid_metadata', 'refuses metadata that is no object'
) FROM h WHERE h.name = 'over';
SELECT throws_ok(
    format('SELECT bank.release_hold(%L, idempotency_key => %L)', h.id, ''),
    'TL006', 'invalid_idempotency_key', 'refuses an empty key'
) FROM h WHERE h.name = 'over';
SELECT throws_ok(
    format('SELECT bank.release_hold_at(%L, "timestamp" => 4999, idempotency_key => %L)', h.id, 'k'),
    'TL010', 'idempotency_key_reused', 'refuses the key for another hold'
) FROM h WHERE h.name = 'over';
SELECT throws_ok(
    format('SELECT bank.release_hold_at(%L, "timestamp" => %s)', h.id, t.t),
    t.code, t.name, 'refuses the timestamp ' || t.t
) FROM h
CROSS JOIN (
    VALUES (-1, 'TL003', 'invalid_timestamp'), (4998, 'TL306', 'timestamp_in_past'),
    (9007199254740991, 'TL308', 'timestamp_in_future')
) AS t (t, code, name)
WHERE h.name = 'over';
SELECT throws_ok(
    format('SET ROLE bank_teller; SELECT bank.release_hold_at(%L, "timestamp" => 4999)', h.id),
    '42501', 'permission denied for function release_hold_at', 'refuses a timestamp from a teller'
) FROM h WHERE h.name = 'over';
SELECT throws_ok(
    format('SELECT bank.release_hold_at(%L, "timestamp" => 5000)', h.id), r.code, r.name,
    'refuses a hold after its end: ' || h.name
) FROM h
INNER JOIN (
    VALUES ('taken', 'TL312', 'hold_captured'), ('first', 'TL313', 'hold_released'),
    ('over', 'TL314', 'hold_expired')
) AS r (hold, code, name) ON r.hold = h.name;
SELECT throws_ok(
    format('SET ROLE bank_auditor; SELECT bank.release_hold(%L)', h.id), '42501', NULL,
    'an auditor releases nothing'
) FROM h WHERE h.name = 'over';

SELECT * FROM finish();
ROLLBACK;
