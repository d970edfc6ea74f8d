-- Tests of bank.trial_balance.
BEGIN;
SELECT plan(44);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.trial_balance'::regproc),
    'currency text DEFAULT NULL::text, "timestamp" bigint DEFAULT NULL::bigint, '
    || 'by text DEFAULT ''timestamp''::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.trial_balance'::regproc), 'SETOF bank.trial_line', 'what it returns');
SELECT volatility_is('bank', 'trial_balance', 'stable', 'it is stable');
SELECT is_definer('bank', 'trial_balance', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.trial_balance'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.trial_balance'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.trial_balance'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given every house account in use, a collecting account and an exchange
INSERT INTO ledger.currencies VALUES ('TAP_TRIAL', 2);
INSERT INTO ledger.cashback_policies VALUES ('TAP_TRIAL', 1000, 5000);
DO $given$
BEGIN
    PERFORM bank.create_account_at('tri.alice', 'TAP_TRIAL', "timestamp" => 1000);
    PERFORM bank.create_account_at('tri.shop', 'TAP_TRIAL', "timestamp" => 1000);
    PERFORM bank.create_account_at('tri.usd', 'USD', "timestamp" => 1000);
    PERFORM bank.deposit_at('tri.alice', 1000, "timestamp" => 2000);
    PERFORM bank.pay_at('tri.alice', 100, fee => 7, "timestamp" => 3000);
    PERFORM bank.exchange('tri.alice', 'tri.usd', 50, 60, "timestamp" => 4000);
    PERFORM bank.set_collecting('tri.shop', true, "timestamp" => 4000);
    PERFORM bank.transfer_at('tri.alice', 'tri.shop', 5, "timestamp" => 5000);
END;
$given$;
CREATE FUNCTION pg_temp.books(t bigint, by text DEFAULT 'timestamp') RETURNS jsonb LANGUAGE sql
AS $function$
    SELECT coalesce(jsonb_object_agg(b.account_id, b.balance), '{}')
    FROM bank.trial_balance('TAP_TRIAL', t, by) AS b
$function$;
CREATE TEMP TABLE expected AS SELECT e.t, e.books::jsonb FROM (
    VALUES (999::bigint, '{"@customers": 0}'),
    (2000, '{"@customers": 1000, "@external": -1000}'),
    (3000, '{"@customers": 893, "@external": -1000, "@payments": 100, "@fees": 7}'),
    (4000, '{"@customers": 843, "@external": -1000, "@payments": 100, "@fees": 7, "@exchange": 50}'),
    (7999, '{"@customers": 843, "@external": -1000, "@payments": 100, "@fees": 7, "@exchange": 50}'),
    (8000, '{
        "@customers": 853, "@external": -1000, "@payments": 100, "@fees": 7, "@exchange": 50,
        "@cashback": -10
    }')
) AS e (t, books);

-- Works, before and after settlement
SELECT is(pg_temp.books(e.t), e.books, 'at ' || e.t) FROM expected AS e;
SELECT is(pg_temp.books(NULL), e.books, 'and now') FROM expected AS e WHERE e.t = 8000;
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(8000);
END;
$settle$;
SELECT is_empty(
    $$SELECT e.* FROM expected AS e WHERE pg_temp.books(e.t) <> e.books$$, 'settled or not'
);

-- Works, where a credit was collected before the account's newest leg and counts from then on
DO $given$
BEGIN
    PERFORM bank.deposit_at('tri.shop', 1, "timestamp" => 9000);
END;
$given$;
DO $given$
BEGIN
    PERFORM bank.transfer_at('tri.alice', 'tri.shop', 3, "timestamp" => 8500);
    PERFORM bank.transfer_at('tri.alice', 'tri.shop', 4, 8700, "timestamp" => 8500);
    PERFORM bank.exchange('tri.usd', 'tri.shop', 5, 6, "timestamp" => 8500);
END;
$given$;
CREATE TEMP TABLE late AS
SELECT m.t, pg_temp.books(m.t) AS books, pg_temp.books(m.t, 'value_at') AS by_value
FROM unnest(ARRAY[8499, 8500, 8699, 8700, 8999, 9000, NULL]) AS m (t);
SELECT is(l.books -> '@transit', '7'::jsonb, 'in transit at ' || l.t)
FROM late AS l WHERE l.t IN (8500, 8999);
SELECT is(
    count(*), 3::bigint, 'and not before nor after'
) FROM late AS l WHERE NOT l.books ? '@transit';
SELECT is(
    l.by_value -> '@transit', '3'::jsonb, 'by value date only what has none of its own, at ' || l.t
) FROM late AS l WHERE l.t IN (8500, 8700, 8999);
SELECT is(
    count(*), 3::bigint, 'and not before nor after'
) FROM late AS l WHERE NOT l.by_value ? '@transit';
SELECT is_empty(
    $$
        SELECT l.t FROM late AS l CROSS JOIN LATERAL jsonb_each(l.books) AS b
        GROUP BY l.t HAVING sum(b.value::numeric) <> 0
    $$, 'it sums to zero at each moment'
);
SELECT is_empty(
    $$
        SELECT l.t FROM late AS l CROSS JOIN LATERAL jsonb_each(l.by_value) AS b
        GROUP BY l.t HAVING sum(b.value::numeric) <> 0
    $$, 'by value date too'
);
SELECT is(
    (
        SELECT jsonb_agg(l.books -> '@exchange' ORDER BY l.t)
        FROM late AS l WHERE l.t IN (8999, 9000)
    ), '[50, 44]', 'what the house gives is never in transit'
);
DO $fold$
BEGIN
    PERFORM bank.set_collecting('tri.shop', false, "timestamp" => 9000);
END;
$fold$;
SELECT is_empty(
    $$
        SELECT l.* FROM late AS l
        WHERE l.books <> pg_temp.books(l.t) OR l.by_value <> pg_temp.books(l.t, 'value_at')
    $$, 'folded or not'
);

-- Works by value date: a deposit of 9000 counts before its account was opened, a payment later
DO $given$
BEGIN
    PERFORM bank.deposit_at('tri.alice', 200, 500, "timestamp" => 9000);
    PERFORM bank.pay_at('tri.alice', 100, fee => 1, value_at => 9500, "timestamp" => 9000);
END;
$given$;
SELECT is(pg_temp.books(b.t, 'value_at'), b.books::jsonb, 'by value date at ' || coalesce(b.t::text, 'now')) FROM (
    VALUES (499::bigint, '{"@customers": 0}'),
    (500, '{"@customers": 200, "@external": -200}'),
    (2999, '{"@customers": 1200, "@external": -1200}'),
    (9499, '{"@customers": 1060, "@external": -1201, "@payments": 100, "@fees": 7, "@exchange": 44, "@cashback": -10}'),
    (9500, '{"@customers": 959, "@external": -1201, "@payments": 200, "@fees": 8, "@exchange": 44, "@cashback": -10}'),
    (14000, '{"@customers": 969, "@external": -1201, "@payments": 200, "@fees": 8, "@exchange": 44, "@cashback": -20}'),
    (NULL, '{"@customers": 969, "@external": -1201, "@payments": 200, "@fees": 8, "@exchange": 44, "@cashback": -20}')
) AS b (t, books);
SELECT is(pg_temp.books(e.t), e.books, 'by timestamp the past is what it was, at ' || e.t)
FROM expected AS e WHERE e.t IN (999, 2000);
SELECT is(
    pg_temp.books(NULL), pg_temp.books(NULL, 'value_at'),
    'once all value dates are past both readings are the same'
);
SELECT is_empty(
    $$
        SELECT m.t, b.currency FROM generate_series(400, 15000, 400) AS m (t)
        CROSS JOIN LATERAL bank.trial_balance("timestamp" => m.t, by => 'value_at') AS b
        GROUP BY m.t, b.currency HAVING sum(b.balance) <> 0
    $$, 'at every moment every currency sums to zero by value date'
);
SELECT is_empty(
    $$
        SELECT m.t FROM generate_series(400, 15000, 400) AS m (t)
        WHERE (
            SELECT sum(b.balance) FROM bank.list_balances(m.t, NULL, by => 'value_at') AS b
            WHERE b.currency = 'TAP_TRIAL'
        ) <> (pg_temp.books(m.t, 'value_at') ->> '@customers')::bigint
    $$, 'and the customers have what list_balances says'
);
SELECT is_empty(
    $$
        SELECT b.currency FROM bank.trial_balance() AS b
        GROUP BY b.currency HAVING sum(b.balance) <> 0
    $$, 'every currency sums to zero'
);
SELECT lives_ok(
    'SET ROLE bank_auditor; SELECT bank.trial_balance(); RESET ROLE', 'auditors read it'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.trial_balance(by => %L)', b.by), 'TL007', 'invalid_argument',
    'refuses to read by ' || coalesce(b.by, 'nothing')
) FROM unnest(ARRAY['', NULL]) AS b (by);
SELECT throws_ok(
    $$SELECT bank.trial_balance('XXX')$$, 'TL004', 'unknown_currency', 'refuses no currency'
);
SELECT throws_ok(
    $$SELECT bank.trial_balance("timestamp" => -1)$$, 'TL003', 'invalid_timestamp',
    'refuses no moment'
);

SELECT * FROM finish();
ROLLBACK;
