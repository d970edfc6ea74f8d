-- Tests of bank.capture_hold.
BEGIN;
SELECT plan(60);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.capture_hold'::regproc),
    'hold_id text, amount bigint DEFAULT NULL::bigint, final boolean DEFAULT true, value_at '
    || 'bigint DEFAULT NULL::bigint, metadata jsonb DEFAULT NULL::jsonb, idempotency_key text '
    || 'DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.capture_hold'::regproc), 'bank.hold_receipt', 'what it returns'
);
SELECT volatility_is('bank', 'capture_hold', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'capture_hold', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.capture_hold'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.capture_hold'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.capture_hold'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('capture.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('capture.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('capture.shop', "timestamp" => 1000);
    PERFORM bank.deposit_at('capture.alice', 1000, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'capture.shop';
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
CREATE FUNCTION pg_temp.place(
    amount bigint, expires_at bigint DEFAULT NULL, target text DEFAULT NULL
) RETURNS text LANGUAGE sql AS $function$
    SELECT h.hold_id FROM bank.hold_at('capture.alice', amount, expires_at, target, 2000) AS h
$function$;
CREATE FUNCTION pg_temp.shown(hold_id text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(h) - ARRAY['account_id', 'hold_number', 'transaction_id', 'metadata', 'captures']
    FROM engine.read_hold(shown.hold_id) AS h
$function$;
CREATE TEMP TABLE h (name text PRIMARY KEY, id text);

-- Works: all of it, to nobody in particular
INSERT INTO h VALUES ('whole', pg_temp.place(100));
CREATE TEMP TABLE whole AS
SELECT c.* FROM h CROSS JOIN LATERAL bank.capture_hold_at(
    h.id, "timestamp" => 2000, metadata => '{"order": 1}'
) AS c;
SELECT is(
    (SELECT to_jsonb(w) - ARRAY['hold_id', 'transaction_id'] FROM whole AS w),
    $${
        "account_id": "capture.alice", "target_account_id": null, "amount": 100, "captured": 100,
        "refunded": 0, "released": 0, "remaining": 0, "status": "captured", "expires_at": null, "balance": 900,
        "available": 900, "held": 0, "currency": "EUR", "timestamp": 2000
    }$$::jsonb, 'the receipt'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY[
            'hash', 'key_hash', 'recorded_at', 'transaction_id', 'details', 'actor'
        ]
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'capture.alice' AND t.version = 4
    ),
    $${
        "account_id": "capture.alice", "version": 4, "timestamp": 2000, "operation": "capture",
        "amount": -100, "balance_after": 900, "held_after": 0, "pending_cashback_after": 0,
        "contra_account_id": "@payments", "payment_ref": null, "refers_to": null,
        "metadata": {"order": 1}, "leg": 1, "value_at": null, "folded_in": null,
        "on_behalf_of": null, "posting_metadata": null, "overdraft_limit_after": 0,
        "hash_version": 1
    }$$::jsonb, 'one leg takes the money and frees the hold'
);
SELECT is(
    pg_temp.shown(h.id),
    $${
        "created_at": 2000, "expires_at": null, "target_account_id": null, "amount": 100,
        "captured": 100, "status": "captured", "closed_at": 2000
    }$$::jsonb, 'the hold is captured'
) FROM h WHERE h.name = 'whole';

-- Works: a part, the rest is released
INSERT INTO h VALUES ('part', pg_temp.place(100, 9000, 'capture.bob'));
CREATE TEMP TABLE part AS
SELECT c.* FROM h CROSS JOIN LATERAL bank.capture_hold_at(h.id, 1, "timestamp" => 2000) AS c
WHERE h.name = 'part';
SELECT results_eq(
    'SELECT p.amount, p.captured, p.released, p.remaining, p.status, p.available, p.held FROM part AS p',
    $$VALUES (1::bigint, 1::bigint, 99::bigint, 0::bigint, 'captured', 899::bigint, 0::bigint)$$,
    'one of a hundred: the rest is available again'
);
SELECT results_eq(
    $$
        SELECT l.account_id COLLATE "default", l.operation COLLATE "default", l.amount,
            l.contra_account_id COLLATE "default", l.details ->> 'released'
        FROM bank.legs AS l
        INNER JOIN part AS p ON p.transaction_id = l.transaction_id
        ORDER BY l.amount
    $$,
    $$VALUES ('capture.alice', 'capture', -1::bigint, 'capture.bob', '99'),
    ('capture.bob', 'capture', 1, 'capture.alice', NULL)$$,
    'the target gets it; the legs say what was released'
);
SELECT is(
    (SELECT a.next_due_at FROM ledger.accounts AS a WHERE a.account_id = 'capture.alice'),
    9000::bigint, 'nothing is due before its end, though that is awaited no more'
);

-- Works: in parts
INSERT INTO h VALUES ('split', pg_temp.place(100, 9000, 'capture.shop'));
PREPARE split (bigint, boolean) AS
SELECT c.captured, c.released, c.remaining, c.status, c.held, c.available
FROM h CROSS JOIN LATERAL bank.capture_hold_at(h.id, $1, $2, "timestamp" => 2000) AS c
WHERE h.name = 'split';
SELECT results_eq(
    'EXECUTE split(30, false)',
    $$VALUES (30::bigint, 0::bigint, 70::bigint, 'open', 70::bigint, 799::bigint)$$,
    'the rest stays reserved'
);
SELECT is(
    pg_temp.shown(h.id) - ARRAY['created_at', 'target_account_id'],
    $${"expires_at": 9000, "amount": 100, "captured": 30, "status": "open", "closed_at": null}$$::jsonb,
    'the hold is open'
) FROM h WHERE h.name = 'split';
SELECT results_eq(
    'EXECUTE split(69, false)',
    $$VALUES (99::bigint, 0::bigint, 1::bigint, 'open', 1::bigint, 799::bigint)$$, 'once more'
);
SELECT throws_ok(
    'EXECUTE split(2, false)', 'TL311', 'capture_exceeds_hold', 'not more than is left'
);
SELECT results_eq(
    'EXECUTE split(NULL, false)',
    $$VALUES (100::bigint, 0::bigint, 0::bigint, 'captured', 0::bigint, 799::bigint)$$,
    'with the last of it the hold is captured, final or not'
);
SELECT is(
    (SELECT array_agg(c.amount ORDER BY c.amount) FROM ledger.collected_credits AS c
    WHERE c.account_id = 'capture.shop'),
    ARRAY[1, 30, 69]::bigint[], 'a collecting target collects'
);

-- Works: a value date
INSERT INTO h VALUES ('valued', pg_temp.place(9, target => 'capture.bob'));
CREATE TEMP TABLE valued AS
SELECT c.* FROM h
CROSS JOIN LATERAL bank.capture_hold_at(h.id, value_at => 500, "timestamp" => 2000) AS c
WHERE h.name = 'valued';
SELECT results_eq(
    $$
        SELECT t."timestamp", t.value_at FROM ledger.ledger_transactions AS t
        INNER JOIN valued AS v ON v.transaction_id = t.transaction_id
        ORDER BY t.leg
    $$,
    'VALUES (2000::bigint, 500::bigint), (2000, 500)', 'both legs have the value date given'
);

-- Works: it never fails for want of money, and never makes any
INSERT INTO h VALUES ('poor', pg_temp.place(790));
UPDATE ledger.accounts AS a SET balance = a.balance - 500 WHERE a.account_id = 'capture.alice';
SELECT results_eq(
    $$SELECT c.balance, c.available, c.held FROM h
    CROSS JOIN LATERAL bank.capture_hold_at(h.id, 700, "timestamp" => 2000) AS c
    WHERE h.name = 'poor'$$,
    'VALUES (-410::bigint, -410::bigint, 0::bigint)',
    'where somebody took the money by force, what is missing stays what it was, less the release'
);
UPDATE ledger.accounts AS a SET balance = 1000 WHERE a.account_id = 'capture.alice';

-- Works: time
INSERT INTO h VALUES ('late', pg_temp.place(10, 5000)), ('later', pg_temp.place(10, 5000));
SELECT is(
    (bank.capture_hold_at(h.id, "timestamp" => 4999)).captured, 10::bigint, 'one millisecond before its end'
) FROM h WHERE h.name = 'late';
SELECT throws_ok(
    format('SELECT bank.capture_hold_at(%L, "timestamp" => 5000)', h.id), 'TL314', 'hold_expired',
    'refuses a hold from its end on'
) FROM h WHERE h.name = 'later';
SELECT is(
    pg_temp.shown(h.id) ->> 'status', 'open', 'and changes nothing'
) FROM h WHERE h.name = 'later';

-- Works: whatever froze the account since
CREATE OR REPLACE FUNCTION pg_temp.place(
    amount bigint, expires_at bigint DEFAULT NULL, target text DEFAULT NULL
) RETURNS text LANGUAGE sql AS $function$
    SELECT h.hold_id FROM bank.hold_at('capture.alice', amount, expires_at, target, 6000) AS h
$function$;
INSERT INTO h VALUES ('frozen', pg_temp.place(10, target => 'capture.bob'));
SELECT pg_temp.become('capture.alice', 'frozen'), pg_temp.become('capture.bob', 'frozen');
SELECT is(
    (bank.capture_hold_at(h.id, 4, false, "timestamp" => 6000)).captured, 4::bigint,
    'a frozen account keeps its promise, and a frozen target is credited'
) FROM h WHERE h.name = 'frozen';

-- Works: a key
CREATE TEMP TABLE keyed AS
SELECT c.* FROM h CROSS JOIN LATERAL bank.capture_hold_at(
    h.id, 1, false, "timestamp" => 6000, idempotency_key => 'k'
) AS c WHERE h.name = 'frozen';
PREPARE again AS
SELECT c.* FROM h CROSS JOIN LATERAL bank.capture_hold_at(
    h.id, 1, false, "timestamp" => 6000, idempotency_key => 'k'
) AS c WHERE h.name = 'frozen';
SELECT results_eq('EXECUTE again', 'SELECT k.* FROM keyed AS k', 'a repeat gets the first receipt');
SELECT is(
    pg_temp.shown(h.id) ->> 'captured', '5', 'and captures nothing twice'
) FROM h WHERE h.name = 'frozen';
SELECT pg_temp.become('capture.alice', 'active'), pg_temp.become('capture.bob', 'active');

-- Refuses
SELECT throws_ok(
    format('SELECT bank.capture_hold(%L)', i.id), 'TL111', 'hold_not_found',
    'refuses the hold ' || coalesce(i.id, 'NULL')
) FROM unnest(ARRAY['hold9999999999999999', 'hold', NULL]) AS i (id);
SELECT throws_ok(
    format('SELECT bank.capture_hold(%L, %s)', h.id, a.amount),
    'TL002', 'invalid_amount', 'refuses an amount of ' || a.amount
) FROM h CROSS JOIN unnest(ARRAY['0', '-1', '9007199254740992']) AS a (amount)
WHERE h.name = 'frozen';
SELECT throws_ok(
    format('SELECT bank.capture_hold(%L, 1, metadata => %L)', h.id, '[]'),
    'TL005', 'invalid_metadata', 'refuses metadata that is no object'
) FROM h WHERE h.name = 'frozen';
SELECT throws_ok(
    format('SELECT bank.capture_hold(%L, 1, idempotency_key => %L)', h.id, ''),
    'TL006', 'invalid_idempotency_key', 'refuses an empty key'
) FROM h WHERE h.name = 'frozen';
SELECT throws_ok(
    format('SELECT bank.capture_hold(%L, 1, value_at => -1)', h.id),
    'TL003', 'invalid_timestamp', 'refuses a value date before the epoch'
) FROM h WHERE h.name = 'frozen';
SELECT throws_ok(
    format('SELECT bank.capture_hold(%L, 1, NULL)', h.id),
    'TL007', 'invalid_argument', 'refuses neither final nor not'
) FROM h WHERE h.name = 'frozen';
SELECT throws_ok(
    format(
        'SELECT bank.capture_hold_at(%L, %s, %L, "timestamp" => 6000, idempotency_key => %L)',
        coalesce(o.id, h.id), r.amount, r.final, 'k'
    ), 'TL010', 'idempotency_key_reused', 'refuses the key for another ' || r.what
) FROM (
    VALUES ('2', false, NULL, 'amount'), ('NULL', false, NULL, 'amount, all'), ('1', true, NULL, 'final'),
    ('1', false, 'later', 'hold')
) AS r (amount, final, other, what)
INNER JOIN h ON h.name = 'frozen'
LEFT JOIN h AS o ON o.name = r.other;
SELECT throws_ok(
    format('SELECT bank.capture_hold_at(%L, "timestamp" => %s)', h.id, t.t),
    t.code, t.name, 'refuses the timestamp ' || t.t
) FROM h
CROSS JOIN (
    VALUES (-1, 'TL003', 'invalid_timestamp'), (5999, 'TL306', 'timestamp_in_past'),
    (9007199254740991, 'TL308', 'timestamp_in_future')
) AS t (t, code, name)
WHERE h.name = 'frozen';
SELECT throws_ok(
    format('SET ROLE bank_teller; SELECT bank.capture_hold_at(%L, "timestamp" => 6000)', h.id),
    '42501', 'permission denied for function capture_hold_at', 'refuses a timestamp from a teller'
) FROM h WHERE h.name = 'frozen';
INSERT INTO h VALUES ('given up', pg_temp.place(10));
DO $given$
BEGIN
    PERFORM bank.release_hold_at(h.id, "timestamp" => 6000) FROM h WHERE h.name = 'given up';
END;
$given$;
SELECT throws_ok(
    format('SELECT bank.capture_hold_at(%L, 1, "timestamp" => 6000)', h.id), r.code, r.name,
    'refuses a hold after its end: ' || h.name
) FROM h
INNER JOIN (
    VALUES ('whole', 'TL312', 'hold_captured'), ('part', 'TL312', 'hold_captured'),
    ('split', 'TL312', 'hold_captured'), ('given up', 'TL313', 'hold_released'),
    ('later', 'TL314', 'hold_expired')
) AS r (hold, code, name) ON r.hold = h.name;
SELECT is(
    pg_temp.detail_of(format('SELECT bank.capture_hold(%L, 1)', h.id)),
    jsonb_build_object('hold_id', h.id, 'captured', 1, 'closed_at', 2000),
    'and says what became of it'
) FROM h WHERE h.name = 'part';
SELECT throws_ok(
    format('SELECT bank.capture_hold(%L, %s)', h.id, a.amount),
    'TL311', 'capture_exceeds_hold', 'refuses more than is left: ' || a.amount
) FROM h CROSS JOIN unnest(ARRAY[6, 9007199254740991]) AS a (amount)
WHERE h.name = 'frozen';
SELECT is(
    pg_temp.detail_of(format('SELECT bank.capture_hold(%L, 6)', h.id)),
    jsonb_build_object('hold_id', h.id, 'remaining', 5, 'required', 6),
    'and says what is'
) FROM h WHERE h.name = 'frozen';
SELECT throws_ok(
    format('SELECT bank.capture_hold(%L)', h.id), w.code, pg_temp.become(w.who, w.status),
    format('refuses where %s is %s', w.who, w.status)
) FROM h CROSS JOIN (
    VALUES (1, 'capture.bob', 'blocked', 'TL304'), (2, 'capture.bob', 'closed', 'TL305'),
    (3, 'capture.alice', 'blocked', 'TL304'), (4, 'capture.alice', 'closed', 'TL305')
) AS w (nr, who, status, code)
WHERE h.name = 'frozen'
ORDER BY w.nr;
SELECT pg_temp.become(w.who, 'active') FROM (VALUES ('capture.alice'), ('capture.bob')) AS w (who);
UPDATE ledger.accounts AS a SET balance = 9007199254740991 WHERE a.account_id = 'capture.bob';
SELECT throws_ok(
    format('SELECT bank.capture_hold(%L)', h.id), 'TL307', 'balance_limit_exceeded',
    'refuses where the target has no room'
) FROM h WHERE h.name = 'frozen';
SELECT throws_ok(
    format('SET ROLE bank_auditor; SELECT bank.capture_hold(%L)', h.id), '42501', NULL,
    'an auditor captures nothing'
) FROM h WHERE h.name = 'frozen';

SELECT * FROM finish();
ROLLBACK;
