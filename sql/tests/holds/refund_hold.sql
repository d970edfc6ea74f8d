-- Tests of bank.refund_hold.
BEGIN;
SELECT plan(67);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.refund_hold'::regproc),
    'hold_id text, amount bigint DEFAULT NULL::bigint, value_at bigint DEFAULT NULL::bigint, '
    || 'metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.refund_hold'::regproc), 'bank.hold_receipt', 'what it returns'
);
SELECT volatility_is('bank', 'refund_hold', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'refund_hold', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.refund_hold'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.refund_hold'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.refund_hold'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('refund_hold.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'shop', 'till', 'gone', 'full']) AS n;
    PERFORM bank.deposit_at('refund_hold.alice', 10000, "timestamp" => 1000);
    PERFORM bank.deposit_at('refund_hold.full', 9007199254740991, "timestamp" => 1000);
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
    VALUES (1, 'whole', 'alice', 100, 'shop'), (2, 'parts', 'alice', 100, 'shop'),
    (3, 'house', 'alice', 100, NULL), (4, 'till', 'alice', 100, 'till'),
    (5, 'gone', 'alice', 100, 'gone'), (6, 'keyed', 'alice', 100, 'shop'),
    (7, 'untouched', 'alice', 100, 'shop'), (8, 'poor', 'alice', 100, 'shop'),
    (9, 'full', 'full', 10, NULL)
) AS g (nr, name, who, amount, target)
CROSS JOIN LATERAL bank.hold_at(
    'refund_hold.' || g.who, g.amount, NULL, 'refund_hold.' || g.target, "timestamp" => 1000
) AS p
ORDER BY g.nr;
CREATE TEMP TABLE c (name text, nr bigint, transaction_id bigint);
DO $given$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT x.*, h.id
        FROM (
            VALUES (1, 'whole', 80, true), (2, 'parts', 30, false), (3, 'parts', 20, false),
            (4, 'house', 60, true), (5, 'till', 60, true), (6, 'gone', 60, true),
            (7, 'keyed', 60, true), (8, 'poor', 60, true), (9, 'full', 10, true)
        ) AS x (nr, name, amount, final)
        INNER JOIN h ON h.name = x.name
        ORDER BY x.nr
    LOOP
        INSERT INTO c
        SELECT v.name, v.nr, r.transaction_id
        FROM bank.capture_hold_at(v.id, v.amount, v.final, "timestamp" => 1000) AS r;
    END LOOP;
END;
$given$;
CREATE FUNCTION pg_temp.refund(name text, amount bigint) RETURNS bank.hold_receipt
LANGUAGE sql AS $function$
    SELECT bank.refund_hold_at(h.id, refund.amount, "timestamp" => 2000)
    FROM h WHERE h.name = refund.name
$function$;
CREATE FUNCTION pg_temp.legs(name text) RETURNS SETOF text LANGUAGE sql AS $function$
    SELECT concat_ws(
        ' ', t.leg, t.account_id, t.amount, t.contra_account_id, t.operation, c.name,
        c.nr, t.details ->> 'hold_id' = h.id
    )
    FROM ledger.ledger_transactions AS t
    LEFT JOIN c ON c.transaction_id = t.refers_to
    LEFT JOIN h ON h.name = c.name
    WHERE t.transaction_id = (SELECT max(l.transaction_id) FROM ledger.ledger_transactions AS l)
    ORDER BY t.leg
$function$;

-- Works: a part of one capture
CREATE TEMP TABLE first AS
SELECT r.* FROM h CROSS JOIN LATERAL bank.refund_hold_at(
    h.id, 1, "timestamp" => 2000, metadata => '{"why": "scratch"}'
) AS r WHERE h.name = 'whole';
SELECT is(
    (SELECT to_jsonb(f) - ARRAY['hold_id', 'transaction_id', 'available', 'held'] FROM first AS f),
    $${
        "account_id": "refund_hold.alice", "target_account_id": "refund_hold.shop", "amount": 1,
        "captured": 80, "refunded": 1, "released": 0, "remaining": 0, "status": "captured",
        "expires_at": null, "balance": 9571, "currency": "EUR", "timestamp": 2000
    }$$::jsonb, 'the receipt of the smallest one'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY[
            'hash', 'recorded_at', 'version', 'value_at', 'folded_in', 'actor', 'held_after',
            'on_behalf_of', 'posting_metadata', 'overdraft_limit_after', 'hash_version', 'key_hash'
        ]
        FROM ledger.ledger_transactions AS t
        INNER JOIN first AS f ON f.transaction_id = t.transaction_id
        WHERE t.account_id = 'refund_hold.alice'
    ),
    (
        SELECT jsonb_build_object(
            'transaction_id', f.transaction_id, 'refers_to', c.transaction_id,
            'details', jsonb_build_object('hold_id', f.hold_id)
        ) || $${
            "account_id": "refund_hold.alice", "timestamp": 2000, "operation": "refund_hold",
            "amount": 1, "balance_after": 9571, "pending_cashback_after": 0, "leg": 2,
            "contra_account_id": "refund_hold.shop", "payment_ref": null,
            "metadata": {"why": "scratch"}
        }$$ FROM first AS f INNER JOIN c ON c.name = 'whole'
    ), 'the leg names the capture'
);
SELECT results_eq(
    $$SELECT pg_temp.legs('whole')$$,
    $$VALUES ('1 refund_hold.shop -1 refund_hold.alice refund_hold whole 1'),
    ('2 refund_hold.alice 1 refund_hold.shop refund_hold whole 1 t')$$,
    'the target pays it, first, and is not told of the hold'
);
SELECT is((pg_temp.refund('whole', 9)).refunded, 10::bigint, 'and another part');
SELECT results_eq(
    $$SELECT r.amount, r.refunded, r.available - f.available FROM first AS f
    CROSS JOIN LATERAL pg_temp.refund('whole', NULL) AS r$$,
    'VALUES (70::bigint, 80::bigint, 79::bigint)', 'and all that is left'
);
SELECT is(
    (SELECT to_jsonb(g) - ARRAY['hold_id', 'transaction_id', 'currency', 'metadata', 'captures']
    FROM h CROSS JOIN LATERAL bank.get_hold(h.id) AS g WHERE h.name = 'whole'),
    $${
        "account_id": "refund_hold.alice", "target_account_id": "refund_hold.shop", "amount": 100,
        "captured": 80, "refunded": 80, "remaining": 0, "status": "captured",
        "created_at": 1000, "expires_at": null, "closed_at": 1000
    }$$, 'the hold tells what of the captured was given back'
);

-- Works: of many captures, the oldest first, while the hold is open
SELECT results_eq(
    $$SELECT r.amount, r.captured, r.refunded, r.remaining, r.status FROM pg_temp.refund('parts', 35) AS r$$,
    $$VALUES (35::bigint, 50::bigint, 35::bigint, 50::bigint, 'open')$$,
    'what is given back is not reserved again'
);
SELECT results_eq(
    $$SELECT pg_temp.legs('parts')$$,
    $$VALUES ('1 refund_hold.shop -30 refund_hold.alice refund_hold parts 2'),
    ('2 refund_hold.alice 30 refund_hold.shop refund_hold parts 2 t'),
    ('3 refund_hold.shop -5 refund_hold.alice refund_hold parts 3'),
    ('4 refund_hold.alice 5 refund_hold.shop refund_hold parts 3 t')$$,
    'each leg names its own'
);
SELECT is((pg_temp.refund('parts', 5)).refunded, 40::bigint, 'the next goes on where that ended');
SELECT results_eq(
    $$SELECT pg_temp.legs('parts')$$,
    $$VALUES ('1 refund_hold.shop -5 refund_hold.alice refund_hold parts 3'),
    ('2 refund_hold.alice 5 refund_hold.shop refund_hold parts 3 t')$$,
    'in what is left of the second'
);
SELECT is(
    (SELECT (bank.capture_hold_at(h.id, 25, false, "timestamp" => 2000)).refunded FROM h
    WHERE h.name = 'parts'), 40::bigint, 'a capture tells it too'
);
SELECT is((pg_temp.refund('parts', NULL)).refunded, 75::bigint, 'and can be refunded as well');
SELECT is(
    (SELECT (bank.release_hold_at(h.id, "timestamp" => 2000)).refunded FROM h
    WHERE h.name = 'parts'), 75::bigint, 'a release tells it'
);

-- Works: other payers
SELECT results_eq(
    $$SELECT r.target_account_id, r.refunded FROM pg_temp.refund('house', 20) AS r$$,
    'VALUES (NULL, 20::bigint)', 'what went out of the bank'
);
SELECT results_eq(
    $$SELECT pg_temp.legs('house')$$,
    $$VALUES ('1 refund_hold.alice 20 @payments refund_hold house 4 t')$$, 'comes from @payments'
);
DO $given$
BEGIN
    PERFORM bank.set_collecting('refund_hold.till', true, "timestamp" => 2000);
    PERFORM bank.transfer_at('refund_hold.alice', 'refund_hold.till', 7, "timestamp" => 2000);
END;
$given$;
SELECT is((pg_temp.refund('till', 60)).refunded, 60::bigint, 'a collecting target pays');
SELECT is(
    (SELECT a.balance::bigint FROM ledger.accounts AS a WHERE a.account_id = 'refund_hold.till'),
    7::bigint, 'after what it has collected is folded'
);
DO $given$
BEGIN
    PERFORM bank.withdraw_at('refund_hold.gone', 60, "timestamp" => 2000);
    PERFORM bank.close_account('refund_hold.gone', 'bankrupt', "timestamp" => 2000);
END;
$given$;
SELECT is((pg_temp.refund('gone', 25)).refunded, 25::bigint, 'of a target that is closed');
SELECT results_eq(
    $$SELECT pg_temp.legs('gone')$$,
    $$VALUES ('1 refund_hold.alice 25 @payments refund_hold gone 6 t')$$, 'the bank stands in for it'
);
SELECT is((pg_temp.refund('gone', NULL)).refunded, 60::bigint, 'for all of it');
SELECT pg_temp.become('refund_hold.alice', 'frozen');
SELECT is((pg_temp.refund('house', 1)).refunded, 21::bigint, 'to a frozen account');
SELECT pg_temp.become('refund_hold.alice', 'active');

-- Works: with what else gives back
SELECT throws_ok(
    format('SELECT bank.reverse_transaction(%s, %L, "timestamp" => 2000)', c.transaction_id, 'slip'),
    'TL319', 'partly_refunded', 'a capture that was refunded in part is not reversed'
) FROM c WHERE c.name = 'house';
CREATE TEMP TABLE undone AS
SELECT r.transaction_id FROM pg_temp.refund('keyed', 40) AS r;
DO $given$
BEGIN
    PERFORM bank.reverse_transaction(u.transaction_id, 'slip', "timestamp" => 2000)
    FROM undone AS u;
END;
$given$;
SELECT is(
    (SELECT (bank.get_hold(h.id)).refunded FROM h WHERE h.name = 'keyed'), 0::bigint,
    'a refund that is reversed gave back nothing'
);
SELECT is((pg_temp.refund('keyed', 50)).refunded, 50::bigint, 'and its part is free again');
DO $given$
BEGIN
    PERFORM bank.post_at(
        '[{"source_account_id": "refund_hold.shop", "target_account_id": "refund_hold.alice", '
        '"amount": 4}]', refers_to => c.transaction_id, "timestamp" => 2000
    ) FROM c WHERE c.name = 'keyed';
END;
$given$;
SELECT is(
    (SELECT (bank.get_hold(h.id)).refunded FROM h WHERE h.name = 'keyed'), 54::bigint,
    'what was posted as a part of the capture counts'
);
SELECT throws_ok(
    format(
        'SELECT bank.post_at(%L, refers_to => %s, "timestamp" => 2000)',
        '[{"source_account_id": "refund_hold.shop", "target_account_id": "refund_hold.alice", '
        '"amount": 7}]', c.transaction_id
    ), 'TL318', 'refund_exceeds_transaction', 'nor may that give back more than is left'
) FROM c WHERE c.name = 'keyed';
DO $given$
BEGIN
    PERFORM bank.reverse_transaction(c.transaction_id, 'slip', "timestamp" => 2000)
    FROM c WHERE c.name = 'poor';
END;
$given$;
SELECT is(
    (SELECT (bank.get_hold(h.id)).refunded FROM h WHERE h.name = 'poor'), 60::bigint,
    'the reversal of a capture gave back all of it'
);
SELECT throws_ok(
    $$SELECT pg_temp.refund('poor', 1)$$, 'TL320', 'hold_not_refundable', 'once'
);

-- Works: a value date, a teller, a key
CREATE TEMP TABLE valued AS
SELECT r.* FROM h CROSS JOIN LATERAL bank.refund_hold_at(
    h.id, 1, value_at => 500, "timestamp" => 2000
) AS r WHERE h.name = 'keyed';
SELECT is(
    (
        SELECT array_agg(format('%s %s', t."timestamp", t.value_at))
        FROM ledger.ledger_transactions AS t
        INNER JOIN valued AS v ON v.transaction_id = t.transaction_id
    ),
    array_fill('2000 500'::text, ARRAY[2]), 'both legs have the value date given'
);
SELECT lives_ok(
    format('SET ROLE bank_teller; SELECT bank.refund_hold(%L, 1); RESET ROLE', h.id),
    'a teller does it on the server clock'
) FROM h WHERE h.name = 'keyed';
CREATE TEMP TABLE keyed AS
SELECT r.* FROM h
CROSS JOIN LATERAL bank.refund_hold(h.id, 1, idempotency_key => 'k') AS r
WHERE h.name = 'keyed';
SELECT results_eq(
    $$SELECT r.* FROM h CROSS JOIN LATERAL bank.refund_hold(h.id, 1, idempotency_key => 'k') AS r
    WHERE h.name = 'keyed'$$, 'SELECT k.* FROM keyed AS k', 'a repeat gets the first receipt again'
);
SELECT is(
    (SELECT (bank.get_hold(h.id)).refunded FROM h WHERE h.name = 'keyed'), 57::bigint,
    'and gives nothing back twice'
);
SELECT is(
    ARRAY(
        SELECT v."check" FROM bank.verify_ledger() AS v
        WHERE NOT v.ok AND v."check" IN (
            'holds_logged', 'keys_sealed', 'reversals_mirror', 'transactions_pair', 'legs_numbered'
        )
    ), '{}', 'the books agree'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L)', i.id), 'TL111', 'hold_not_found',
    'refuses the hold ' || coalesce(i.id, 'NULL')
) FROM unnest(ARRAY['hold9999999999999999', 'hold', NULL]) AS i (id);
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L, %s)', h.id, a.amount),
    'TL002', 'invalid_amount', 'refuses an amount of ' || a.amount
) FROM h CROSS JOIN unnest(ARRAY['0', '-1', '9007199254740992']) AS a (amount)
WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L, metadata => %L)', h.id, '[]'),
    'TL005', 'invalid_metadata', 'refuses metadata that is no object'
) FROM h WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L, idempotency_key => %L)', h.id, ''),
    'TL006', 'invalid_idempotency_key', 'refuses an empty key'
) FROM h WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L, value_at => -1)', h.id),
    'TL003', 'invalid_timestamp', 'refuses a value date before the epoch'
) FROM h WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L, 2, idempotency_key => %L)', h.id, 'k'),
    'TL010', 'idempotency_key_reused', 'refuses the key for another amount'
) FROM h WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_hold_at(%L, 1, "timestamp" => %s)', h.id, t.t),
    t.code, t.name, 'refuses the timestamp ' || t.t
) FROM h CROSS JOIN (
    VALUES (-1, 'TL003', 'invalid_timestamp'), (1999, 'TL306', 'timestamp_in_past'),
    (9007199254740991, 'TL308', 'timestamp_in_future')
) AS t (t, code, name)
WHERE h.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L%s)', h.id, a.amount), 'TL320', 'hold_not_refundable',
    format('refuses one that is %s: %s', h.name, a.what)
) FROM h CROSS JOIN (VALUES ('', 'all of it'), (', 1', 'one of it')) AS a (amount, what)
WHERE h.name IN ('whole', 'untouched');
SELECT is(
    pg_temp.detail_of(format('SELECT bank.refund_hold(%L)', h.id)),
    jsonb_build_object('hold_id', h.id, 'captured', 80, 'refunded', 80), 'and says why'
) FROM h WHERE h.name = 'whole';
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L, %s)', h.id, a.amount), 'TL321', 'refund_exceeds_hold',
    'refuses more than is left: ' || a.amount
) FROM h CROSS JOIN unnest(ARRAY[40, 9007199254740991]) AS a (amount)
WHERE h.name = 'house';
SELECT is(
    pg_temp.detail_of(format('SELECT bank.refund_hold(%L, 40)', h.id)),
    jsonb_build_object('hold_id', h.id, 'refundable', 39, 'required', 40), 'and says what is'
) FROM h WHERE h.name = 'house';
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L)', h.id), w.code, pg_temp.become(w.who, w.status),
    format('refuses where %s is %s', w.who, w.status)
) FROM h CROSS JOIN (
    VALUES (1, 'refund_hold.alice', 'blocked', 'TL304'), (2, 'refund_hold.alice', 'closed', 'TL305'),
    (3, 'refund_hold.shop', 'frozen', 'TL303'), (4, 'refund_hold.shop', 'blocked', 'TL304')
) AS w (nr, who, status, code)
WHERE h.name = 'keyed'
ORDER BY w.nr;
SELECT pg_temp.become(w.who, 'active')
FROM (VALUES ('refund_hold.alice'), ('refund_hold.shop')) AS w (who);
UPDATE ledger.accounts AS a SET balance = 0 WHERE a.account_id = 'refund_hold.shop';
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L)', h.id), 'TL302', 'insufficient_funds',
    'refuses where the target cannot pay it'
) FROM h WHERE h.name = 'keyed';
UPDATE ledger.accounts AS a SET balance = 9007199254740991 WHERE a.account_id = 'refund_hold.full';
SELECT throws_ok(
    format('SELECT bank.refund_hold(%L)', h.id), 'TL307', 'balance_limit_exceeded',
    'refuses where the account has no room'
) FROM h WHERE h.name = 'full';

SELECT * FROM finish();
ROLLBACK;
