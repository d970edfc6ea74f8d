-- Tests of bank.reverse_transaction.
BEGIN;
SELECT plan(59);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.reverse_transaction'::regproc),
    'transaction_id bigint, reason text, force boolean DEFAULT false, value_at bigint DEFAULT '
    || 'NULL::bigint, "timestamp" bigint DEFAULT NULL::bigint, metadata jsonb DEFAULT NULL::jsonb, '
    || 'idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.reverse_transaction'::regproc), 'bank.reversal_receipt', 'what it returns'
);
SELECT volatility_is('bank', 'reverse_transaction', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'reverse_transaction', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.reverse_transaction'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.reverse_transaction'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.reverse_transaction'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given a transaction of each kind
DO $given$
BEGIN
    PERFORM bank.create_account_at('reverse.' || who, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop', 'full']) AS w (who);
    PERFORM bank.deposit_at('reverse.alice', 1000, "timestamp" => 1000);
    PERFORM bank.hold_at(
        'reverse.alice', 30, target_account_id => 'reverse.bob', "timestamp" => 1000
    );
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'reverse.shop';
    PERFORM bank.create_monitor_at('reverse.bob', 'balance', 'gt', 100, "timestamp" => 1000);
    PERFORM bank.create_monitor_at('reverse.alice', 'balance', 'gt', 800, "timestamp" => 1000);
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
CREATE FUNCTION pg_temp.held() RETURNS text LANGUAGE sql AS $function$
    SELECT h.hold_id FROM bank.list_holds('reverse.alice') AS h
$function$;
CREATE TEMP TABLE done (name text PRIMARY KEY, id bigint);
INSERT INTO done VALUES
('deposit', (bank.deposit_at('reverse.alice', 50, "timestamp" => 2000)).transaction_id),
('withdraw', (bank.withdraw_at('reverse.alice', 40, "timestamp" => 2000)).transaction_id),
('transfer', (bank.transfer_at('reverse.alice', 'reverse.bob', 60, "timestamp" => 2000)).transaction_id),
('again', (bank.transfer_at('reverse.alice', 'reverse.bob', 70, "timestamp" => 2000)).transaction_id),
('collected', (bank.transfer_at('reverse.alice', 'reverse.shop', 9, "timestamp" => 2000)).transaction_id),
('keyed', (bank.transfer_at('reverse.alice', 'reverse.bob', 5, "timestamp" => 2000)).transaction_id),
('full', (bank.withdraw_at('reverse.alice', 1, "timestamp" => 2000)).transaction_id),
('capture', (bank.capture_hold_at(pg_temp.held(), 20, "timestamp" => 2000)).transaction_id),
('fee', (bank.pay_at('reverse.alice', 100, NULL, 1, "timestamp" => 2000)).transaction_id),
('open', (SELECT t.transaction_id FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'reverse.bob' AND t.version = 1)),
('hold', (SELECT t.transaction_id FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'reverse.alice' AND t.operation = 'hold'));
CREATE FUNCTION pg_temp.reverse(name text, force boolean DEFAULT false) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT to_jsonb(r) - 'transaction_id' || jsonb_build_object('reverses', r.reverses = d.id)
    FROM done AS d
    CROSS JOIN LATERAL bank.reverse_transaction(
        d.id, 'a slip', reverse.force, 500, 3000, '{"n": 1}'
    ) AS r
    WHERE d.name = reverse.name
$function$;

-- Works
SELECT is(
    pg_temp.reverse('transfer'),
    $${
        "reverses": true, "operation": "transfer", "reason": "a slip", "forced": false,
        "currency": "EUR", "timestamp": 3000, "legs": [
            {"account_id": "reverse.bob", "amount": -60, "balance": 95, "available": 95},
            {"account_id": "reverse.alice", "amount": 60, "balance": 804, "available": 804}
        ]
    }$$::jsonb, 'the receipt'
);
SELECT results_eq(
    $$
        SELECT t.account_id COLLATE "default", t.operation COLLATE "default", +t.amount,
            t.contra_account_id COLLATE "default", +t.leg, t.value_at, t.refers_to = d.id,
            t.metadata, t.details
        FROM ledger.ledger_transactions AS t
        INNER JOIN done AS d ON d.name = 'transfer'
        WHERE t."timestamp" = 3000 AND starts_with(t.account_id, 'reverse.') AND t.amount <> 0
        ORDER BY t.leg
    $$,
    $$
        SELECT v.*, 500::bigint, true, '{"n": 1}'::jsonb,
            '{"reason": "a slip", "operation": "transfer", "forced": false}'::jsonb
        FROM (
            VALUES ('reverse.bob', 'reversal', -60::bigint, 'reverse.alice', 1),
            ('reverse.alice', 'reversal', 60, 'reverse.bob', 2)
        ) AS v
    $$, 'the mirror image'
);
SELECT is(
    (SELECT count(*) FROM ledger.reversals AS r INNER JOIN done AS d ON d.id = r.transaction_id
    WHERE d.name = 'transfer'), 1::bigint, 'noted once'
);
SELECT is(
    (
        SELECT count(*) FROM ledger.ledger_transactions AS t
        INNER JOIN done AS d ON d.id = t.transaction_id
        WHERE d.name = 'again' AND t.operation = 'monitor'
    ), 1::bigint, 'a monitor that spoke up beside a leg hinders nothing'
);
SELECT is(
    pg_temp.reverse('deposit') -> 'legs',
    '[{"account_id": "reverse.alice", "amount": -50, "balance": 754, "available": 754}]'::jsonb,
    'a deposit goes back outside'
);
SELECT is(
    pg_temp.reverse('withdraw') #> '{legs,0,balance}', '794', 'a withdrawal comes back'
);
SELECT is(
    pg_temp.reverse('capture') #> '{legs,1,balance}', '814', 'a capture too, though its hold is over'
);
SELECT results_eq(
    $$SELECT c.amount, c.operation COLLATE "default" FROM ledger.collected_credits AS c
    WHERE c.account_id = 'reverse.shop'$$, $$VALUES (9::bigint, 'transfer')$$,
    'where a leg is still collected'
);
SELECT is(
    pg_temp.reverse('collected') #> '{legs,0}',
    '{"account_id": "reverse.shop", "amount": -9, "balance": 0, "available": 0}'::jsonb,
    'it is folded in and undone'
);
SELECT results_eq(
    $$SELECT t.operation COLLATE "default", +t.amount FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'reverse.shop' AND t.version > 1 ORDER BY t.version$$,
    $$VALUES ('transfer', 9::bigint), ('reversal', -9)$$, 'one after the other'
);
DO $given$
BEGIN
    PERFORM bank.withdraw_at('reverse.bob', 74, "timestamp" => 3000);
END;
$given$;
SELECT throws_ok(
    $$SELECT pg_temp.reverse('again')$$, 'TL302', 'insufficient_funds', 'not where a party cannot cover it'
);
SELECT is(
    pg_temp.reverse('again', true) #> '{legs,0}',
    '{"account_id": "reverse.bob", "amount": -70, "balance": -69, "available": -69}'::jsonb,
    'but by force'
);
SELECT pg_temp.become('reverse.bob', 'frozen');
SELECT throws_ok(
    $$SELECT pg_temp.reverse('keyed')$$, 'TL303', 'account_frozen', 'nor where one is frozen'
);
CREATE TEMP TABLE keyed AS
SELECT r.transaction_id, r.legs::jsonb FROM done AS d
CROSS JOIN LATERAL bank.reverse_transaction(d.id, 'x', true, idempotency_key => 'k') AS r
WHERE d.name = 'keyed';
SELECT is(
    k.legs #> '{0,account_id}', '"reverse.bob"', 'but by force'
) FROM keyed AS k;
SELECT results_eq(
    $$SELECT r.transaction_id, r.legs::jsonb FROM done AS d
    CROSS JOIN LATERAL bank.reverse_transaction(d.id, 'x', true, idempotency_key => 'k') AS r
    WHERE d.name = 'keyed'$$, 'SELECT k.* FROM keyed AS k',
    'a repeat under the same key gets the first receipt'
);

-- Works: a transaction of many postings
DO $given$
BEGIN
    PERFORM bank.create_account_at('reverse.' || who, "timestamp" => 1000)
    FROM unnest(ARRAY['first', 'second', 'third']) AS w (who);
    PERFORM bank.create_account_at('reverse.yen', 'JPY', "timestamp" => 1000);
    PERFORM bank.deposit_at('reverse.first', 100, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.post(postings json, refers_to bigint DEFAULT NULL) RETURNS bigint
LANGUAGE sql AS $function$
    SELECT p.transaction_id FROM bank.post_at(post.postings, post.refers_to, "timestamp" => 3000) AS p
$function$;
INSERT INTO done VALUES ('post', pg_temp.post($$[
    {"source_account_id": "reverse.first", "target_account_id": "reverse.second", "amount": 90},
    {"source_account_id": "reverse.second", "target_account_id": "reverse.third", "amount": 90},
    {"source_account_id": "reverse.first", "target_account_id": "@fees", "amount": 10},
    {"source_account_id": "@external", "target_account_id": "reverse.yen", "amount": 7}
]$$));
SELECT is(
    pg_temp.reverse('post') - 'reason',
    $${
        "reverses": true, "operation": "post", "forced": false, "currency": null, "timestamp": 3000,
        "legs": [
            {"account_id": "reverse.yen", "amount": -7, "balance": 0, "available": 0},
            {"account_id": "reverse.first", "amount": 10, "balance": 10, "available": 10},
            {"account_id": "reverse.third", "amount": -90, "balance": 0, "available": 0},
            {"account_id": "reverse.second", "amount": 90, "balance": 90, "available": 90},
            {"account_id": "reverse.second", "amount": -90, "balance": 0, "available": 0},
            {"account_id": "reverse.first", "amount": 90, "balance": 100, "available": 100}
        ]
    }$$::jsonb, 'as a whole, from the last leg to the first, so that what went through goes back'
);
SELECT results_eq(
    $$
        SELECT l.account_id COLLATE "default", l.amount::numeric
        FROM bank.legs AS l
        INNER JOIN ledger.reversals AS r ON r.reversed_by = l.transaction_id
        INNER JOIN done AS d ON d.id = r.transaction_id
        WHERE d.name = 'post' AND l.account_id LIKE '@%'
        ORDER BY l.leg
    $$,
    $$VALUES ('@external', 7::numeric), ('@fees', -10)$$, 'the house gives back as well'
);
INSERT INTO done VALUES ('partly', pg_temp.post($$[
    {"source_account_id": "reverse.first", "target_account_id": "reverse.second", "amount": 90}
]$$));
INSERT INTO done SELECT 'part', pg_temp.post($$[
    {"source_account_id": "reverse.second", "target_account_id": "reverse.first", "amount": 1}
]$$, d.id) FROM done AS d WHERE d.name = 'partly';

-- Refuses
SELECT throws_ok(
    format('SELECT bank.reverse_transaction(%s, %s)', d.id, r.arguments), r.code, r.name,
    'refuses: ' || left(r.arguments, 40)
) FROM done AS d
CROSS JOIN (
    VALUES ($$'x', metadata => '[]'$$, 'TL005', 'invalid_metadata'),
    ($$'x', idempotency_key => ''$$, 'TL006', 'invalid_idempotency_key'),
    ($$'x', value_at => -1$$, 'TL003', 'invalid_timestamp'),
    ('NULL', 'TL007', 'invalid_argument'), ($$''$$, 'TL007', 'invalid_argument'),
    ($$'x', NULL$$, 'TL007', 'invalid_argument')
) AS r (arguments, code, name)
WHERE d.name = 'full';
SELECT throws_ok(
    format('SELECT bank.reverse_transaction(%s, %L)', i.id, 'x'), 'TL103', 'transaction_not_found',
    'refuses the transaction ' || i.id
) FROM unnest(ARRAY['0', '-1', '9007199254740991', 'NULL']) AS i (id);
SELECT throws_ok(
    format('SELECT pg_temp.reverse(%L)', d.name), 'TL011', 'not_reversible', 'refuses to undo: ' || d.name
) FROM done AS d WHERE d.name IN ('fee', 'open', 'hold');
SELECT throws_ok(
    format('SELECT bank.reverse_transaction(%s, %L)', k.transaction_id, 'x'),
    'TL011', 'not_reversible', 'refuses to undo a reversal'
) FROM keyed AS k;
SELECT is(
    pg_temp.detail_of(format('SELECT bank.reverse_transaction(%s, %L)', d.id, 'x')),
    jsonb_build_object('transaction_id', d.id, 'operation', 'pay'), 'and says what it is'
) FROM done AS d WHERE d.name = 'fee';
SELECT throws_ok(
    format('SELECT bank.reverse_transaction(%s, %L, idempotency_key => %L)', d.id, 'y', 'k'),
    'TL010', 'idempotency_key_reused', 'refuses the key for another reason'
) FROM done AS d WHERE d.name = 'keyed';
SELECT throws_ok(
    format(
        'SELECT bank.reverse_transaction(%s, %L, true, value_at => 500, idempotency_key => %L)',
        d.id, 'x', 'k'
    ), 'TL010', 'idempotency_key_reused', 'refuses the key for another value date'
) FROM done AS d WHERE d.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.reverse_transaction(%s, %L, "timestamp" => %s)', d.id, 'x', t.t),
    t.code, t.name, 'refuses by the timestamp: ' || t.name
) FROM done AS d
CROSS JOIN (
    VALUES (-1, 'TL003', 'invalid_timestamp'), (2999, 'TL306', 'timestamp_in_past'),
    (engine.now() + 3600000, 'TL308', 'timestamp_in_future')
) AS t (t, code, name)
WHERE d.name = 'full';
SELECT throws_ok(
    format('SELECT bank.reverse_transaction(%s, %L)', d.id, 'x'), 'TL317', 'already_reversed',
    'refuses a second time: ' || d.name
) FROM done AS d WHERE d.name IN ('deposit', 'withdraw', 'transfer', 'capture', 'collected', 'keyed');
SELECT is(
    pg_temp.detail_of(format('SELECT bank.reverse_transaction(%s, %L)', d.id, 'x')),
    jsonb_build_object('transaction_id', d.id, 'reversed_by', k.transaction_id),
    'and says which one it was'
) FROM done AS d CROSS JOIN keyed AS k WHERE d.name = 'keyed';
SELECT throws_ok(
    format('SELECT pg_temp.reverse(%L, true)', d.name), 'TL319', 'partly_refunded',
    'refuses what is given back in part'
) FROM done AS d WHERE d.name = 'partly';
SELECT throws_ok(
    format('SELECT bank.reverse_transaction(%s, %L, true)', d.id, 'x'), s.code,
    pg_temp.become('reverse.alice', s.status), 'refuses even by force where one is ' || s.status
) FROM done AS d CROSS JOIN (VALUES ('blocked', 'TL304'), ('closed', 'TL305')) AS s (status, code)
WHERE d.name = 'full';
SELECT pg_temp.become('reverse.alice', 'active');
-- A credit that is collected and has no room stays so: undone on one side alone, it would be lost.
DO $given$
BEGIN
    PERFORM bank.set_overdraft_limit('reverse.alice', 9007199254740000, 'x');
    PERFORM bank.create_account_at('reverse.rich', overdraft_limit => 9007199254740991);
    PERFORM bank.transfer('reverse.rich', 'reverse.shop', 9007199254740991);
END;
$given$;
INSERT INTO done
SELECT 'late', t.transaction_id FROM bank.transfer('reverse.alice', 'reverse.shop', 5) AS t;
SELECT throws_ok(
    format('SELECT bank.reverse_transaction(%s, %L)', d.id, 'x'), 'TL307', 'balance_limit_exceeded',
    'refuses where a credit cannot be folded in'
) FROM done AS d WHERE d.name = 'late';
UPDATE ledger.accounts AS a SET balance = 9007199254740991, overdraft_limit = 0 WHERE a.account_id = 'reverse.alice';
SELECT throws_ok(
    format('SELECT bank.reverse_transaction(%s, %L)', d.id, 'x'), 'TL307', 'balance_limit_exceeded',
    'refuses where there is no room'
) FROM done AS d WHERE d.name = 'full';
SELECT throws_ok(
    format('SET ROLE bank_teller; SELECT bank.reverse_transaction(%s, %L%s)', d.id, 'x', r.arguments),
    '42501', 'permission denied for function reverse_transaction', 'a teller does not: ' || r.arguments
) FROM done AS d CROSS JOIN unnest(ARRAY['', ', true', ', "timestamp" => 4000']) AS r (arguments)
WHERE d.name = 'full';

SELECT * FROM finish();
ROLLBACK;
