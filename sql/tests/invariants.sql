-- Tests of what always holds: constraints, guards, and books that balance and prove it.
-- Its operations are drawn by lot: FUZZ_SEED=7 make test-sql draws others. What is drawn depends on
-- nothing else: rows are drawn by their rank, not by where they happen to lie.
\set seed 0
\getenv seed FUZZ_SEED
BEGIN;
SELECT plan(142);
SELECT diag('FUZZ_SEED=' || :'seed');

-- Guards, which stop even the owner. They come first, because TRUNCATE waits for every other
-- user of its table, and whoever waits should hold nothing.
SELECT throws_ok(
    'SET ROLE bank_owner; ' || c.command, 'TL900', 'append_only', 'refuses the owner: ' || c.command
) FROM unnest(ARRAY[
    'UPDATE ledger.ledger_transactions SET amount = 0',
    'UPDATE ledger.ledger_transactions SET metadata = NULL WHERE account_id = ''nobody''',
    'DELETE FROM ledger.ledger_transactions',
    'DELETE FROM ledger.ledger_transactions WHERE account_id = ''nobody''',
    'TRUNCATE ledger.ledger_transactions',
    'DELETE FROM ledger.accounts WHERE account_id = ''nobody''',
    'TRUNCATE ledger.accounts',
    'DELETE FROM ledger.payments WHERE account_id = ''nobody''',
    'TRUNCATE ledger.payments',
    'DELETE FROM ledger.holds WHERE account_id = ''nobody''',
    'TRUNCATE ledger.holds',
    'DELETE FROM ledger.reversals WHERE transaction_id = 0',
    'UPDATE ledger.reversals SET reversed_by = 1',
    'TRUNCATE ledger.reversals',
    'TRUNCATE ledger.currencies CASCADE',
    'TRUNCATE ledger.idempotency_keys'
]) AS c (command);
SELECT throws_ok(
    'DELETE FROM ledger.ledger_transactions', 'TL900', 'append_only', 'and a superuser'
);

-- Given one row of each kind
DO $given$
BEGIN
    PERFORM bank.create_currency('TAP_BOOKS', 2);
    PERFORM bank.set_cashback_policy('TAP_BOOKS', 1000, 5000);
    PERFORM bank.create_account_at('books.' || n, 'TAP_BOOKS', 1000, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob']) AS n;
    PERFORM bank.pay_at('books.alice', 100, "timestamp" => 1000, idempotency_key => 'k');
    PERFORM bank.pay_at('books.alice', 49, "timestamp" => 1000);
    PERFORM bank.hold_at('books.alice', 50, 5000, "timestamp" => 1000);
    PERFORM bank.create_monitor_at('books.bob', 'balance', 'lt', -9000, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at('books.bob', 'books.alice', 1, 9000, "timestamp" => 1000);
END;
$given$;

-- Constraints, for whoever gets past the functions
SELECT throws_ok(
    format('UPDATE ledger.accounts AS a SET %s WHERE a.account_id = %L', c.change, 'books.alice'),
    '23514', NULL, 'an account cannot have ' || c.change
) FROM unnest(ARRAY[
    'balance = 9007199254740992', 'balance = -9007199254740992',
    'overdraft_limit = 9007199254740992', 'status = ''open''', 'metadata = ''[]''', 'metadata = ''null''', 'account_id = ''@tap''',
    'account_id = ''''', 'account_id = '' x'''
]) AS c (change);
SELECT throws_ok(
    format(
        'UPDATE ledger.accounts AS a SET %s = NULL WHERE a.account_id = %L', c.name, 'books.alice'
    ),
    '23502', NULL, format('an account cannot be without %s', c.name)
) FROM unnest(ARRAY[
    'account_id', 'currency', 'status', 'collecting', 'balance', 'held', 'pending_cashback',
    'overdraft_limit', 'version', 'head', 'last_timestamp', 'created_at', 'metadata'
]) AS c (name);
SELECT throws_ok(
    $$
        INSERT INTO ledger.ledger_transactions
        SELECT t.* FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'books.alice' AND t.version = 1
    $$, '23505', NULL, 'an account cannot have a version twice'
);
SELECT throws_ok(
    format(
        'INSERT INTO ledger.ledger_transactions SELECT (jsonb_populate_record(t, %L)).* '
        'FROM ledger.ledger_transactions AS t WHERE t.account_id = %L AND t.version = 2',
        '{"account_id": "books.bob", "version": 99}', 'books.alice'
    ), '23505', NULL, 'a transaction cannot have a leg twice, nor an id be given to two'
);
SELECT throws_ok(
    format(
        'INSERT INTO ledger.%1$I SELECT (jsonb_populate_record(r, %2$L)).* '
        'FROM ledger.%1$I AS r WHERE r.account_id = %3$L',
        n.what, '{"account_id": "books.nobody"}', n.whose
    ), '23505', NULL, format('%s of two accounts cannot have one number', n.what)
) FROM (
    VALUES ('payments', 'books.alice'), ('holds', 'books.alice'), ('monitors', 'books.bob'),
    ('schedules', 'books.bob')
) AS n (what, whose);
SELECT throws_ok(
    'INSERT INTO ledger.reversals (transaction_id, reversed_by) VALUES ' || r.what,
    '23505', NULL, 'a transaction cannot be reversed twice, nor reverse two: ' || r.what
) FROM unnest(ARRAY['(-1, -2), (-1, -3)', '(-1, -3), (-2, -3)']) AS r (what);
SELECT throws_ok(
    format('UPDATE ledger.payments AS p SET %s WHERE p.account_id = %L', c.change, 'books.alice'),
    '23514', NULL, 'a payment cannot have ' || c.change
) FROM unnest(ARRAY[
    'amount = 0', 'amount = -1', 'amount = 9007199254740992', 'cashback_status = ''paid'''
]) AS c (change);
SELECT throws_ok(
    format('UPDATE ledger.holds AS h SET %s WHERE h.account_id = %L', c.change, 'books.alice'),
    '23514', NULL, 'a hold cannot have ' || c.change
) FROM unnest(ARRAY[
    'amount = 0', 'amount = 9007199254740992', 'status = ''over'''
]) AS c (change);

-- What no constraint forbids, verification finds
CREATE FUNCTION pg_temp.broken_by(change text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_broken text[];
BEGIN
    BEGIN
        EXECUTE change;
        v_broken := ARRAY(SELECT v."check" FROM bank.verify_ledger() AS v WHERE NOT v.ok);
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_broken;
    END;
END;
$function$;
SELECT ok(
    c.broken = ANY(pg_temp.broken_by(c.change || ' WHERE account_id = ''books.alice''')),
    c.broken || ' finds ' || c.change
) FROM (
    VALUES ('UPDATE ledger.accounts SET currency = ''XXQ''', 'accounts_match_opening'),
    ('UPDATE ledger.payments SET fee = -1', 'payments_consistent'),
    ('UPDATE ledger.payments SET refunded = -1', 'refunds_within_payments'),
    ('UPDATE ledger.payments SET refunded = amount + 1', 'refunds_within_payments'),
    ('UPDATE ledger.payments SET cashback = 0', 'payments_consistent'),
    ('UPDATE ledger.payments SET cashback_status = ''cancelled''', 'payments_consistent'),
    ('UPDATE ledger.holds SET target_account_id = ''nobody'', expires_at = NULL', 'hold_targets_open'),
    ('UPDATE ledger.accounts SET rewound = true', 'rewinds_logged'),
    ('UPDATE ledger.payments SET cashback = 9007199254740992', 'payments_consistent'),
    ('UPDATE ledger.payments SET clawed_back = cashback + 1', 'payments_consistent'),
    ('UPDATE ledger.payments SET cashback_status = NULL', 'payments_consistent'),
    ('UPDATE ledger.payments SET cashback_status = ''deposited''', 'payments_consistent'),
    ('UPDATE ledger.payments SET cashback_transaction_id = 1', 'payments_consistent'),
    ('UPDATE ledger.payments SET cashback_due_at = NULL', 'payments_consistent'),
    ('UPDATE ledger.holds SET captured = -1', 'holds_consistent'),
    ('UPDATE ledger.holds SET captured = 51', 'holds_consistent'),
    ('UPDATE ledger.holds SET captured = 50', 'holds_consistent'),
    ('UPDATE ledger.holds SET status = ''expired''', 'holds_consistent'),
    ('UPDATE ledger.holds SET closed_at = 1', 'holds_consistent'),
    ('UPDATE ledger.holds SET expires_at = 1000', 'holds_consistent')
) AS c (change, broken);
SELECT throws_ok(
    'SET ROLE bank_owner; ' || c.command, 'TL900', 'append_only', 'refuses the owner: ' || c.command
) FROM unnest(ARRAY[
    'DELETE FROM ledger.currencies WHERE currency = ''TAP_BOOKS''',
    'UPDATE ledger.currencies SET exponent = 3 WHERE currency = ''TAP_BOOKS'''
]) AS c (command);
SELECT throws_ok(
    $$
        INSERT INTO ledger.idempotency_keys
        SELECT k.* FROM ledger.idempotency_keys AS k WHERE k.owner = 'books.alice'
    $$, '23505', NULL, 'an owner cannot have a key twice'
);
SELECT throws_ok(
    format('INSERT INTO ledger.currencies VALUES (%L, %s)', c.code, c.exponent), '23514', NULL,
    format('a currency cannot be %s with %s decimals', c.code, c.exponent)
) FROM (
    VALUES ('eur', 2), ('EU', 2), ('', 2), ('EUR ', 2), ('1EU', 2), ('ABCDEFGHIJKLM', 2),
    ('TAP_BOOKS_Q', -1), ('TAP_BOOKS_Q', 19)
) AS c (code, exponent);
SELECT throws_ok(
    format(
        'UPDATE ledger.cashback_policies AS p SET %s WHERE p.currency = %L', c.change, 'TAP_BOOKS'
    ),
    '23514', NULL, 'a policy cannot have ' || c.change
) FROM unnest(ARRAY[
    'rate_bps = -1', 'rate_bps = 10001', 'delay_ms = -1', 'delay_ms = 315576000001',
    'max_amount = -1'
]) AS c (change);
SELECT results_eq(
    $$
        SELECT p.rate_bps, p.delay_ms, p.max_amount FROM ledger.cashback_policies AS p
        WHERE p.currency = 'EUR'
    $$, 'VALUES (200, 86400000::bigint, NULL::bigint)', 'a euro earns 2 % after 24 hours'
);
SELECT results_eq(
    $$
        SELECT c.exponent::integer FROM ledger.currencies AS c
        WHERE c.currency IN ('EUR', 'JPY', 'KWD') ORDER BY c.currency
    $$, 'VALUES (2), (0), (3)', 'currencies know their decimals'
);

SELECT throws_ok(
    command, 'TL900', 'append_only', 'keys stay, and stay as they are: ' || command
) FROM unnest(ARRAY[
    'DELETE FROM ledger.idempotency_keys WHERE owner = ''books.alice''',
    'UPDATE ledger.idempotency_keys SET response = ''{}'' WHERE owner = ''books.alice'''
]) AS c (command);

-- Given a long day: 3000 operations or more, drawn by lot until each refusal there is has come up,
-- on ten accounts of two currencies, one of them collecting, one poor, one frozen for a while
CREATE TEMP TABLE tally (operation text, outcome text);
CREATE TEMP TABLE wanted (outcome text);
INSERT INTO wanted
SELECT o.name FROM unnest(ARRAY[
    'invalid_amount', 'same_account', 'account_not_found', 'currency_mismatch',
    'insufficient_funds', 'account_frozen', 'timestamp_in_past', 'idempotency_key_reused',
    'capture_exceeds_hold', 'hold_captured', 'hold_released', 'hold_expired',
    'payment_refunded', 'refund_exceeds_payment', 'not_reversible', 'already_reversed',
    'hold_not_refundable', 'refund_exceeds_hold', 'partly_refunded'
]) AS o (name);
SELECT set_config('tap.seed', :'seed', true) AS seed \gset
CREATE FUNCTION pg_temp.drawn(choices bigint[]) RETURNS bigint LANGUAGE sql AS $function$
    SELECT choices[1 + floor(random() * cardinality(choices))]
$function$;
DO $given$
DECLARE
    c_accounts CONSTANT text[] := ARRAY[
        'books.a', 'books.B', 'books.c', 'books.shop', 'books.poor', 'books.frozen',
        'books.' || chr(128512), 'books.yen1', 'books.yen2', 'books.nobody'
    ];
    v_now bigint := 10000;
    v_operation text;
    v_one text;
    v_two text;
    v_amount bigint;
    v_key text;
    v_hold text;
    v_payment text;
    v_transaction bigint;
    v_ended boolean;
BEGIN
    PERFORM setseed(current_setting('tap.seed')::bigint % 1000000 / 1000000.0);
    PERFORM bank.create_account_at(
        a.id, CASE WHEN a.id LIKE '%yen%' THEN 'JPY' ELSE 'TAP_BOOKS' END,
        CASE WHEN a.id = 'books.c' THEN 500 ELSE 0 END, "timestamp" => v_now
    ) FROM unnest(c_accounts) AS a (id) WHERE a.id <> 'books.nobody';
    PERFORM bank.set_collecting('books.shop', true, "timestamp" => v_now);
    FOR i IN 1..30000 LOOP
        EXIT WHEN i > 3000 AND i % 100 = 0 AND NOT EXISTS (
            SELECT w.outcome FROM wanted AS w EXCEPT SELECT t.outcome FROM tally AS t
        );
        v_now := v_now + floor(random() * 300);
        v_operation := (ARRAY[
            'deposit', 'withdraw', 'transfer', 'transfer', 'transfer', 'pay', 'pay', 'pay merchant',
            'settle', 'back in time', 'hold', 'hold', 'capture', 'capture part', 'release', 'expire',
            'refund', 'refund', 'reverse', 'raise', 'refund hold', 'refund hold'
        ])[1 + floor(random() * 22)];
        v_one := c_accounts[1 + floor(random() * 10)];
        v_two := c_accounts[1 + floor(random() * 10)];
        v_amount := floor(random() * random() * 1500);
        v_key := CASE WHEN random() < 0.3 THEN 'k' || floor(random() * 20) END;
        UPDATE ledger.accounts AS a
        SET status = CASE WHEN i % 3000 BETWEEN 500 AND 900 THEN 'frozen' ELSE 'active' END
        WHERE a.account_id = 'books.frozen';
        v_payment := 'payment' || pg_temp.drawn(ARRAY(
            SELECT p.payment_number FROM ledger.payments AS p
            WHERE starts_with(p.account_id, 'books.') ORDER BY p.payment_number
        ));
        v_transaction := pg_temp.drawn(ARRAY(
            SELECT t.transaction_id FROM ledger.ledger_transactions AS t
            WHERE starts_with(t.account_id, 'books.') ORDER BY t.transaction_id
        ));
        IF i % 3 = 0 THEN  -- once more
            v_transaction := coalesce(
                pg_temp.drawn(ARRAY(
                    SELECT t.refers_to FROM ledger.ledger_transactions AS t
                    WHERE starts_with(t.account_id, 'books.') AND t.operation = 'reversal'
                    ORDER BY t.refers_to
                )),
                v_transaction
            );
        END IF;
        v_ended := random() < 0.1;
        v_hold := 'hold' || pg_temp.drawn(ARRAY(
            SELECT h.hold_number FROM ledger.holds AS h
            WHERE starts_with(h.account_id, 'books.') AND (h.status = 'open' OR v_ended)
            ORDER BY h.hold_number
        ));
        BEGIN
            CASE v_operation
                WHEN 'deposit' THEN
                    PERFORM bank.deposit_at(
                        v_one, v_amount, "timestamp" => v_now, idempotency_key => v_key
                    );
                WHEN 'withdraw' THEN
                    PERFORM bank.withdraw_at(
                        v_one, v_amount, v_now - i % 2 * 5000, v_now, '{"n": [1]}', v_key
                    );
                WHEN 'transfer' THEN
                    PERFORM bank.transfer_at(
                        v_one, v_two, v_amount, NULL, v_now, '{"n": "x"}', v_key
                    );
                WHEN 'pay' THEN
                    PERFORM bank.pay_at(v_one, v_amount, NULL, 0, NULL, v_now, NULL, v_key);
                WHEN 'pay merchant' THEN
                    PERFORM bank.pay_at(v_one, v_amount, v_two, i % 5, "timestamp" => v_now);
                WHEN 'settle' THEN
                    PERFORM bank.settle_cashbacks(v_now, 1 + i % 3);
                WHEN 'hold' THEN
                    PERFORM bank.hold_at(
                        v_one, v_amount, nullif(v_now + i % 7 * 500, v_now),
                        CASE i % 3 WHEN 0 THEN v_two END, v_now, NULL, v_key
                    );
                WHEN 'capture' THEN
                    PERFORM bank.capture_hold_at(v_hold, nullif(v_amount, 0), "timestamp" => v_now);
                WHEN 'capture part' THEN
                    PERFORM bank.capture_hold_at(
                        v_hold, 1 + v_amount / 9, false, NULL, v_now, NULL, v_key
                    );
                WHEN 'release' THEN
                    PERFORM bank.release_hold_at(v_hold, v_now);
                WHEN 'raise' THEN
                    PERFORM bank.raise_hold_at(
                        v_hold, v_amount / 9, CASE i % 3 WHEN 0 THEN v_now + 1500 END, v_now, NULL,
                        v_key
                    );
                WHEN 'refund hold' THEN
                    PERFORM bank.refund_hold_at(
                        'hold' || pg_temp.drawn(ARRAY(
                            SELECT h.hold_number FROM ledger.holds AS h
                            WHERE starts_with(h.account_id, 'books.') AND h.captured > 0
                            ORDER BY h.hold_number
                        )), nullif(v_amount / 9, 0), NULL, v_now, NULL, v_key
                    );
                WHEN 'expire' THEN
                    PERFORM bank.expire_holds(v_now, 1 + i % 3);
                WHEN 'refund' THEN
                    PERFORM bank.refund_payment_at(
                        v_payment, nullif(v_amount / 3, 0), "timestamp" => v_now
                    );
                WHEN 'reverse' THEN
                    PERFORM bank.reverse_transaction(
                        v_transaction, 'by lot', "timestamp" => v_now
                    );
                WHEN 'back in time' THEN
                    PERFORM bank.deposit_at(v_one, v_amount, "timestamp" => v_now - 2000);
            END CASE;
            INSERT INTO tally VALUES (v_operation, 'done');
        EXCEPTION
            WHEN OTHERS THEN
                IF SQLSTATE !~ '^TL' THEN
                    RAISE;
                END IF;
                INSERT INTO tally VALUES (v_operation, SQLERRM);
        END;
    END LOOP;
    PERFORM bank.deposit_at('books.a', 1000, "timestamp" => v_now);
    PERFORM bank.hold_at('books.a', 5, "timestamp" => v_now);
    PERFORM bank.transfer_at('books.a', 'books.shop', 50, "timestamp" => v_now);
    PERFORM bank.pay_at('books.a', 50, 'books.shop', 1, "timestamp" => v_now + 1);
END;
$given$;
CREATE TEMP TABLE account AS
SELECT a.* FROM ledger.accounts AS a WHERE starts_with(a.account_id, 'books.');
CREATE TEMP TABLE leg AS
SELECT t.* FROM ledger.ledger_transactions AS t WHERE starts_with(t.account_id, 'books.');
CREATE TEMP TABLE side AS
SELECT l.* FROM bank.legs AS l
WHERE starts_with(l.account_id, 'books.') OR starts_with(l.contra_account_id, 'books.');
SELECT cmp_ok(
    (SELECT count(*) FROM tally AS t WHERE t.outcome = 'done'), '>', 500::bigint,
    'a long day has passed'
);
SELECT diag(count(*) || ' operations') FROM tally AS t;
SELECT ok(
    EXISTS (SELECT FROM tally AS t WHERE t.outcome = w.outcome), 'with its share of ' || w.outcome
) FROM wanted AS w;
SELECT isnt_empty(
    $$SELECT FROM ledger.collected_credits AS c WHERE c.account_id = 'books.shop'$$,
    'something is still collected'
);
SELECT isnt_empty(
    $$SELECT FROM account AS a WHERE a.pending_cashback > 0$$, 'something is still pending'
);

-- The books
SELECT is_empty(
    'SELECT s.currency FROM side AS s GROUP BY s.currency HAVING sum(s.amount) <> 0',
    'the legs of each currency sum to zero'
);
SELECT is_empty(
    $$
        SELECT s.transaction_id FROM side AS s GROUP BY s.transaction_id
        HAVING sum(s.amount) <> 0 OR count(DISTINCT s.currency) <> 1
            OR count(DISTINCT s."timestamp") <> 1
    $$, 'so do those of each transaction, which is of one currency and one time'
);
SELECT is_empty(
    $$
        SELECT a.account_id FROM account AS a
        INNER JOIN leg AS l ON l.account_id = a.account_id
        GROUP BY a.account_id, a.balance
        HAVING sum(l.amount) <> a.balance
    $$, 'each balance is the sum of its legs'
);
SELECT is_empty(
    $$
        SELECT l.account_id, l.version FROM (
            SELECT t.account_id, t.version, t.balance_after, sum(t.amount) OVER (
                PARTITION BY t.account_id ORDER BY t.version
            ) AS running
            FROM leg AS t
        ) AS l
        WHERE l.balance_after <> l.running
    $$, 'balance_after is the sum so far'
);
SELECT is_empty(
    $$
        SELECT a.account_id FROM account AS a
        LEFT JOIN leg AS l ON l.account_id = a.account_id AND l.version = a.version
        WHERE (
            a.balance, a.held, a.pending_cashback, a.last_timestamp, a.head
        ) IS DISTINCT FROM (
            l.balance_after, l.held_after, l.pending_cashback_after, l."timestamp", l.hash
        )
    $$, 'each account stands as its newest leg says'
);
SELECT is_empty(
    $$
        SELECT l.account_id FROM leg AS l
        GROUP BY l.account_id
        HAVING min(l.version) <> 1 OR max(l.version) <> count(*)
    $$, 'versions have no gaps'
);
SELECT is_empty(
    $$
        SELECT l.account_id, l.version FROM (
            SELECT t.account_id, t.version, t."timestamp", lag(t."timestamp") OVER (
                PARTITION BY t.account_id ORDER BY t.version
            ) AS previous
            FROM leg AS t
        ) AS l
        WHERE l."timestamp" < l.previous
    $$, 'time never goes back'
);
SELECT is_empty(
    $$
        SELECT l.account_id, l.version FROM (
            SELECT t.account_id, t.version, coalesce(t.folded_in, t.transaction_id) AS id,
                lag(coalesce(t.folded_in, t.transaction_id)) OVER (
                    PARTITION BY t.account_id, t.folded_in IS NULL ORDER BY t.version
                ) AS previous
            FROM leg AS t
        ) AS l
        WHERE l.id < l.previous
    $$, 'transaction ids rise with versions; of what was collected, those of the folding'
);
SELECT is_empty(
    $$
        SELECT a.account_id FROM account AS a
        LEFT JOIN engine.cashbacks AS c
            ON c.account_id = a.account_id AND c.status = 'pending'
        GROUP BY a.account_id, a.pending_cashback, a.next_due_at
        HAVING coalesce(sum(c.amount), 0) <> a.pending_cashback
            OR min(c.due_at) < coalesce(a.next_due_at, 9007199254740991)
    $$, 'each account knows what is pending and before when nothing of it falls due'
);
SELECT is_empty(
    $$
        SELECT a.account_id FROM account AS a
        LEFT JOIN ledger.holds AS h ON h.account_id = a.account_id AND h.status = 'open'
        GROUP BY a.account_id, a.held, a.next_due_at
        HAVING coalesce(sum(h.amount - h.captured), 0) <> a.held
            OR min(h.expires_at) < coalesce(a.next_due_at, 9007199254740991)
    $$, 'and what is held, and before when no hold is over'
);
SELECT is_empty(
    $$
        SELECT h.account_id, h.hold_number FROM ledger.holds AS h
        LEFT JOIN leg AS l ON l.account_id = h.account_id
            AND l.details ->> 'hold_id' = 'hold' || h.hold_number
            AND l.operation <> 'refund_hold'
        WHERE starts_with(h.account_id, 'books.')
        GROUP BY h.account_id, h.hold_number
        HAVING h.captured <> coalesce(sum(-l.amount), 0)
            OR h.amount - h.captured <> coalesce(sum((l.details ->> 'released')::bigint), 0)
            AND h.status <> 'open'
            OR max(l."timestamp") <> h.closed_at
    $$, 'each hold is what its legs tell: captured, released, and when it was over'
);
SELECT is_empty(
    $$
        SELECT h.account_id, h.hold_number FROM ledger.holds AS h
        WHERE starts_with(h.account_id, 'books.')
            AND engine.refunded_of(h) NOT BETWEEN 0 AND h.captured
    $$, 'and is never refunded beyond what was captured'
);
SELECT is_empty(
    $$
        SELECT p.account_id, p.payment_number FROM ledger.payments AS p
        LEFT JOIN leg AS l ON l.account_id = p.account_id
            AND l.payment_ref = 'payment' || p.payment_number AND l.operation = 'refund'
        WHERE starts_with(p.account_id, 'books.')
        GROUP BY p.account_id, p.payment_number
        HAVING p.refunded <> coalesce(sum(l.amount), 0)
    $$, 'each payment is refunded as its legs tell'
);
SELECT is_empty(
    $$
        SELECT c.account_id, c.payment_number FROM engine.cashbacks AS c
        INNER JOIN ledger.payments AS p USING (account_id, payment_number)
        WHERE starts_with(c.account_id, 'books.')
            AND c.amount - c.clawed_back <> (p.amount - p.refunded) * c.rate_bps / 10000
    $$, 'each cashback is what the rest of its payment earns'
);
SELECT is_empty(
    $$
        SELECT l.account_id, l.refers_to
        FROM (
            SELECT l.account_id, l.refers_to, array_agg(l.amount ORDER BY l.leg) AS amounts
            FROM leg AS l
            WHERE l.operation = 'reversal'
            GROUP BY l.account_id, l.refers_to
        ) AS l
        WHERE l.amounts IS DISTINCT FROM (
            SELECT array_agg(-o.amount ORDER BY o.leg DESC)
            FROM leg AS o
            WHERE o.account_id = l.account_id AND o.transaction_id = l.refers_to AND o.amount <> 0
        )
    $$, 'each reversal is the mirror image of one transaction, which has no other'
);
SELECT set_eq(
    $$SELECT h.status FROM ledger.holds AS h WHERE starts_with(h.account_id, 'books.')$$,
    ARRAY['open', 'captured', 'released', 'expired'], 'there are holds of every kind'
);
SELECT is_empty(
    $$
        SELECT c.account_id, c.payment_number FROM engine.cashbacks AS c
        LEFT JOIN leg AS l ON l.payment_ref = 'payment' || c.payment_number
            AND l.account_id = c.account_id AND l.operation = 'cashback'
        WHERE starts_with(c.account_id, 'books.')
        GROUP BY c.account_id, c.payment_number, c.status, c.amount, c.due_at, c.transaction_id
        HAVING count(l.version) <> CASE WHEN c.status = 'deposited' THEN 1 ELSE 0 END
            OR bool_or((l.amount, l."timestamp", l.transaction_id)
                IS DISTINCT FROM (c.amount, c.due_at, c.transaction_id) AND c.status = 'deposited')
    $$, 'each deposited cashback has exactly one leg, at its due time; no other has any'
);
SELECT is_empty(
    $$
        SELECT p.payment_number FROM ledger.payments AS p
        LEFT JOIN leg AS l ON l.transaction_id = p.transaction_id
            AND l.account_id = p.account_id AND l.operation IN ('pay', 'fee')
        WHERE starts_with(p.account_id, 'books.')
        GROUP BY p.payment_number, p.amount, p.fee
        HAVING coalesce(sum(l.amount), 0) <> -(p.amount + p.fee)
    $$, 'each payment is what its legs took'
);
SELECT is_empty(
    $$
        SELECT a.account_id FROM account AS a
        WHERE a.balance + a.overdraft_limit - a.held < 0
    $$, 'nobody has spent more than was available'
);
SELECT is_empty(
    $$
        SELECT k.owner, k.idempotency_key FROM ledger.idempotency_keys AS k
        LEFT JOIN leg AS l ON l.account_id = k.owner
            AND l.transaction_id = (k.response ->> 'transaction_id')::bigint
            AND l.operation = CASE k.operation
                WHEN 'capture_hold' THEN 'capture' ELSE k.operation
            END
        WHERE starts_with(k.owner, 'books.') AND l.version IS NULL
    $$, 'each stored answer names a leg of its own operation'
);

-- Reads of the past agree with the log
SELECT is_empty(
    $$
        SELECT a.account_id, m.t FROM account AS a
        CROSS JOIN (SELECT DISTINCT l."timestamp" + d.d AS t FROM leg AS l
            CROSS JOIN generate_series(-1, 0) AS d (d) WHERE l.version % 7 = 0) AS m
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.amount), 0) AS amount FROM leg AS l
            WHERE l.account_id = a.account_id AND l."timestamp" <= m.t
        ) AS posted
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(c.amount), 0) AS amount FROM engine.cashbacks AS c
            WHERE c.account_id = a.account_id AND c.status = 'pending' AND c.due_at <= m.t
        ) AS due
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(c.amount), 0) AS amount FROM ledger.collected_credits AS c
            WHERE c.account_id = a.account_id
                AND greatest(c."timestamp", a.last_timestamp) <= m.t
        ) AS collected
        WHERE (bank.get_balance(a.account_id, m.t)).balance
            <> posted.amount + due.amount + collected.amount
    $$, 'get_balance at many moments is the sum of what counts by then'
);
SELECT is_empty(
    $$
        SELECT a.account_id FROM account AS a
        CROSS JOIN LATERAL (
            SELECT h.balance_after
            FROM bank.list_transactions(a.account_id, 9007199254740991, NULL) AS h
            ORDER BY h.version DESC LIMIT 1
        ) AS last
        WHERE (bank.get_balance(a.account_id, 9007199254740991)).balance <> last.balance_after
    $$, 'the last line of each history is the balance'
);

-- The chain
CREATE FUNCTION pg_temp.broken() RETURNS SETOF text LANGUAGE sql AS $function$
    SELECT format('%s %s', l.account_id, l.version)
    FROM (
        SELECT
            t.*,
            coalesce(lag(t.hash) OVER (PARTITION BY t.account_id ORDER BY t.version), '') AS head
        FROM ledger.ledger_transactions AS t
        WHERE starts_with(t.account_id, 'books.')
    ) AS l
    WHERE l.hash_version <> 1 OR l.hash <> sha256(l.head || convert_to(
        concat_ws(
            ',', quote_nullable(l.account_id), l.version, l.transaction_id, l.leg, l."timestamp",
            coalesce(l.value_at::text, ''), l.recorded_at, quote_nullable(l.operation), l.amount,
            l.balance_after, l.held_after, l.pending_cashback_after, l.overdraft_limit_after,
            quote_nullable(l.contra_account_id), quote_nullable(l.payment_ref),
            coalesce(l.refers_to::text, ''), coalesce(l.folded_in::text, ''),
            quote_nullable(l.actor), quote_nullable(l.on_behalf_of), quote_nullable(l.metadata),
            quote_nullable(l.posting_metadata), quote_nullable(l.details),
            coalesce(encode(l.key_hash, 'hex'), '')
        ), 'UTF8'
    ))
    ORDER BY l.account_id, l.version
$function$;
SELECT is_empty('SELECT pg_temp.broken()', 'every hash follows from the leg and the one before');
SELECT lives_ok(
    $$
        SET LOCAL session_replication_role = replica;
        UPDATE ledger.ledger_transactions AS t SET amount = t.amount + 1
        WHERE t.account_id = 'books.a' AND t.version = 5;
        DELETE FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'books.B' AND t.version = 5;
        SET LOCAL session_replication_role = origin
    $$, 'a superuser who turns the guards off changes one leg and removes another'
);
SELECT results_eq(
    'SELECT pg_temp.broken()', $$VALUES ('books.B 6'), ('books.a 5')$$, 'and the chain shows both'
);

SELECT is_empty(
    'SELECT DISTINCT l.operation FROM leg AS l EXCEPT SELECT o.operation FROM bank.operations AS o',
    'every operation that was posted is in the list'
);

SELECT * FROM finish();
ROLLBACK;
