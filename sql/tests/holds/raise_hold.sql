-- Tests of bank.raise_hold.
BEGIN;
SELECT plan(49);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.raise_hold'::regproc),
    'hold_id text, amount bigint, expires_at bigint DEFAULT NULL::bigint, metadata jsonb DEFAULT '
    || 'NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.raise_hold'::regproc), 'bank.hold_receipt', 'what it returns'
);
SELECT volatility_is('bank', 'raise_hold', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'raise_hold', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.raise_hold'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.raise_hold'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.raise_hold'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('raise.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('raise.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('raise.over', overdraft_limit => 50, "timestamp" => 1000);
    PERFORM bank.create_account_at('raise.rich', "timestamp" => 1000);
    PERFORM bank.deposit_at('raise.alice', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('raise.rich', 9007199254740991, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.become(who text, new_status text) RETURNS text
LANGUAGE sql AS $function$
    UPDATE ledger.accounts AS a SET status = new_status WHERE a.account_id = who
    RETURNING 'account_' || a.status
$function$;
CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;
CREATE TEMP TABLE h (name text PRIMARY KEY, id text);
INSERT INTO h
SELECT g.name, p.hold_id
FROM (
    VALUES (1, 'ending', 'raise.alice', 100, 9000, 'raise.bob'),
    (2, 'endless', 'raise.alice', 100, NULL, NULL), (3, 'over', 'raise.over', 10, NULL, NULL),
    (4, 'keyed', 'raise.alice', 10, 9000, NULL), (5, 'released', 'raise.alice', 10, NULL, NULL),
    (6, 'captured', 'raise.alice', 10, NULL, NULL), (7, 'rich', 'raise.rich', 1000, NULL, NULL)
) AS g (nr, name, who, amount, expires_at, target)
CROSS JOIN LATERAL bank.hold_at(
    g.who, g.amount, g.expires_at, g.target, "timestamp" => 1000
) AS p
ORDER BY g.nr;

-- Works
CREATE TEMP TABLE first AS
SELECT r.* FROM h CROSS JOIN LATERAL bank.raise_hold_at(
    h.id, 50, 9500, "timestamp" => 2000, metadata => '{"minibar": true}'
) AS r WHERE h.name = 'ending';
SELECT is(
    (SELECT to_jsonb(f) - ARRAY['hold_id', 'transaction_id'] FROM first AS f),
    $${
        "account_id": "raise.alice", "target_account_id": "raise.bob", "amount": 50,
        "captured": 0, "refunded": 0, "released": 0, "remaining": 150, "status": "open",
        "expires_at": 9500, "balance": 1000, "available": 720, "held": 280, "currency": "EUR",
        "timestamp": 2000
    }$$::jsonb, 'the receipt: available falls by what is added, the balance does not'
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
            'details', jsonb_build_object('hold_id', f.hold_id, 'amount', 50, 'expires_at', 9500)
        ) || $${
            "account_id": "raise.alice", "timestamp": 2000, "operation": "raise_hold",
            "amount": 0, "balance_after": 1000, "held_after": 280, "pending_cashback_after": 0,
            "contra_account_id": null, "payment_ref": null, "refers_to": null,
            "metadata": {"minibar": true}
        }$$ FROM first AS f
    ), 'the leg, of no amount'
);
SELECT results_eq(
    $$
        SELECT g.amount, g.remaining, g.expires_at, g.created_at, g.metadata
        FROM h CROSS JOIN LATERAL bank.get_hold(h.id) AS g WHERE h.name = 'endless'
    $$, 'VALUES (100::bigint, 100::bigint, NULL::bigint, 1000::bigint, NULL::jsonb)',
    'another hold is what it was'
);
SELECT is(
    (SELECT r.expires_at FROM h CROSS JOIN LATERAL bank.raise_hold_at(
        h.id, 1, "timestamp" => 2000
    ) AS r WHERE h.name = 'ending'), 9500::bigint, 'its end stays where none is given'
);
SELECT is(
    (SELECT r.remaining FROM h CROSS JOIN LATERAL bank.raise_hold_at(
        h.id, 1, 9500, "timestamp" => 2000
    ) AS r WHERE h.name = 'ending'), 152::bigint, 'or where the same is given'
);
SELECT throws_ok(
    format('SELECT bank.capture_hold_at(%L, 153, "timestamp" => 9499)', h.id),
    'TL311', 'capture_exceeds_hold', 'no more can be captured than it was raised to'
) FROM h WHERE h.name = 'ending';
SELECT is(
    (SELECT (bank.capture_hold_at(h.id, 152, "timestamp" => 9499)).captured FROM h
    WHERE h.name = 'ending'), 152::bigint,
    'but all of that, until the end to which it was put off'
);
SELECT results_eq(
    $$
        SELECT r.amount, r.captured, r.remaining, r.held
        FROM h
        CROSS JOIN LATERAL bank.capture_hold_at(h.id, 30, false, "timestamp" => 9499) AS c
        CROSS JOIN LATERAL bank.raise_hold_at(c.hold_id, 7, "timestamp" => 9499) AS r
        WHERE h.name = 'endless'
    $$, 'VALUES (7::bigint, 30::bigint, 77::bigint, 97::bigint)',
    'one captured in part is raised by what is added'
);
SELECT is(
    (SELECT (bank.raise_hold(h.id, 40)).available FROM h WHERE h.name = 'over'), 0::bigint,
    'all there is, of an overdraft too'
);
SELECT lives_ok(
    format('SET ROLE bank_teller; SELECT bank.raise_hold(%L, 1); RESET ROLE', h.id),
    'a teller does it on the server clock'
) FROM h WHERE h.name = 'endless';

-- Works: it is told of what is due before
SELECT is(
    pg_temp.detail_of(format('SELECT bank.raise_hold(%L, 1)', h.id)) -> 'closed_at', '9000',
    'one that nobody saw expire is over'
) FROM h WHERE h.name = 'keyed';

-- Works: a key
UPDATE h SET id = p.hold_id
FROM bank.hold('raise.alice', 10, 9007199254740000) AS p WHERE h.name = 'keyed';
CREATE TEMP TABLE keyed AS
SELECT r.* FROM h
CROSS JOIN LATERAL bank.raise_hold(h.id, 5, idempotency_key => 'k') AS r
WHERE h.name = 'keyed';
SELECT results_eq(
    $$SELECT r.* FROM h CROSS JOIN LATERAL bank.raise_hold(h.id, 5, idempotency_key => 'k') AS r
    WHERE h.name = 'keyed'$$, 'SELECT k.* FROM keyed AS k', 'a repeat gets the first receipt again'
);
SELECT is(
    (SELECT (bank.get_hold(h.id)).amount FROM h WHERE h.name = 'keyed'), 15::bigint,
    'and raises nothing twice'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, 1)', i.id), 'TL111', 'hold_not_found',
    'refuses the hold ' || coalesce(i.id, 'NULL')
) FROM unnest(ARRAY['hold9999999999999999', 'hold', NULL]) AS i (id);
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, %s)', h.id, a.amount),
    'TL002', 'invalid_amount', 'refuses an amount of ' || a.amount
) FROM h CROSS JOIN unnest(ARRAY['0', '-1', 'NULL', '9007199254740992']) AS a (amount)
WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, 1, metadata => %L)', h.id, '[]'),
    'TL005', 'invalid_metadata', 'refuses metadata that is no object'
) FROM h WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, 1, idempotency_key => %L)', h.id, ''),
    'TL006', 'invalid_idempotency_key', 'refuses an empty key'
) FROM h WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, %s, %s, idempotency_key => %L)', h.id, r.amount, r.ends, 'k'),
    'TL010', 'idempotency_key_reused', 'refuses the key for another ' || r.what
) FROM h CROSS JOIN (
    VALUES (6, 'NULL', 'amount'), (5, '9007199254740000', 'end')
) AS r (amount, ends, what)
WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.raise_hold_at(%L, 1, "timestamp" => %s)', h.id, t.t),
    t.code, t.name, 'refuses the timestamp ' || t.t
) FROM h CROSS JOIN (
    VALUES (-1, 'TL003', 'invalid_timestamp'), (9498, 'TL306', 'timestamp_in_past'),
    (9007199254740991, 'TL308', 'timestamp_in_future')
) AS t (t, code, name)
WHERE h.name = 'keyed';
DO $given$
BEGIN
    PERFORM bank.release_hold(h.id) FROM h WHERE h.name = 'released';
    PERFORM bank.capture_hold(h.id, 1) FROM h WHERE h.name = 'captured';
END;
$given$;
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, 1)', h.id), r.code, 'hold_' || h.name,
    'refuses a hold that is ' || h.name
) FROM h
INNER JOIN (VALUES ('captured', 'TL312'), ('released', 'TL313')) AS r (hold, code) ON r.hold = h.name;
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, 1, %s)', h.id, e.e), 'TL007', 'invalid_argument',
    'refuses the end ' || e.e
) FROM h CROSS JOIN unnest(ARRAY[9007199254739999, 0, -1, 9007199254740992]) AS e (e)
WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, 1, 9007199254740991)', h.id), 'TL007', 'invalid_argument',
    'refuses an end of one that has none'
) FROM h WHERE h.name = 'endless';
SELECT is(
    pg_temp.detail_of(format('SELECT bank.raise_hold(%L, 1, 7)', h.id)),
    '{"argument": "expires_at", "value": 7, "expires_at": 9007199254740000, "expected": '
    '"9007199254740000, as it is, or later, and at most 9007199254740991"}',
    'and says which end would do'
) FROM h WHERE h.name = 'keyed';
DO $given$
BEGIN
    PERFORM bank.capture_hold(h.id, 999, false) FROM h WHERE h.name = 'rich';
    PERFORM bank.refund_hold(h.id) FROM h WHERE h.name = 'rich';
END;
$given$;
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, 9007199254739992)', h.id), 'TL007', 'invalid_argument',
    'refuses more than a hold has room for, though there is as much again'
) FROM h WHERE h.name = 'rich';
SELECT is(
    (SELECT (bank.raise_hold(h.id, 9007199254739991)).remaining FROM h WHERE h.name = 'rich'),
    9007199254739992, 'but takes what there is room for'
);
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, 1)', h.id), s.code, pg_temp.become('raise.alice', s.status),
    'refuses an account that is ' || s.status
) FROM h CROSS JOIN (
    VALUES ('frozen', 'TL303'), ('blocked', 'TL304'), ('closed', 'TL305')
) AS s (status, code)
WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.raise_hold(%L, 1)', h.id), 'TL302', 'insufficient_funds',
    'refuses one more than is available'
) FROM h WHERE h.name = 'over';
SELECT is(
    pg_temp.detail_of(format('SELECT bank.raise_hold(%L, 2)', h.id)),
    '{"account_id": "raise.over", "available": 0, "required": 2}', 'and says what there is'
) FROM h WHERE h.name = 'over';

SELECT * FROM finish();
ROLLBACK;
