-- Tests of bank.trial_balance.
BEGIN;
SELECT plan(24);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.trial_balance'::regproc),
    'currency text DEFAULT NULL::text, "timestamp" bigint DEFAULT NULL::bigint',
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
    PERFORM bank.create_account('tri.alice', 'TAP_TRIAL', "timestamp" => 1000);
    PERFORM bank.create_account('tri.shop', 'TAP_TRIAL', "timestamp" => 1000);
    PERFORM bank.create_account('tri.usd', 'USD', "timestamp" => 1000);
    PERFORM bank.deposit('tri.alice', 1000, "timestamp" => 2000);
    PERFORM bank.pay('tri.alice', 100, fee => 7, "timestamp" => 3000);
    PERFORM bank.exchange('tri.alice', 'tri.usd', 50, 60, "timestamp" => 4000);
    PERFORM bank.set_collecting('tri.shop', true, "timestamp" => 4000);
    PERFORM bank.transfer('tri.alice', 'tri.shop', 5, "timestamp" => 5000);
END;
$given$;
CREATE FUNCTION pg_temp.books(t bigint) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT coalesce(jsonb_object_agg(b.account_id, b.balance), '{}')
    FROM bank.trial_balance('TAP_TRIAL', t) AS b
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
    PERFORM bank.deposit('tri.shop', 1, "timestamp" => 9000);
END;
$given$;
INSERT INTO ledger.collected_credits
VALUES ('tri.shop', nextval('ledger.transaction_seq'), 8500, 'transfer', 3, 'tri.alice');
DO $given$
DECLARE
    v_alice ledger.accounts := engine.lock_account('tri.alice');
BEGIN
    PERFORM engine.post_leg(
        v_alice, currval('ledger.transaction_seq'), 8500, 'transfer', -3, 'tri.shop'
    );
END;
$given$;
CREATE TEMP TABLE late AS
SELECT m.t, pg_temp.books(m.t) AS books FROM unnest(ARRAY[8499, 8500, 8999, 9000, NULL]) AS m (t);
SELECT is(l.books -> '@transit', '3'::jsonb, 'in transit at ' || l.t)
FROM late AS l WHERE l.t IN (8500, 8999);
SELECT is(
    count(*), 3::bigint, 'and not before nor after'
) FROM late AS l WHERE NOT l.books ? '@transit';
SELECT is_empty(
    $$
        SELECT l.t FROM late AS l CROSS JOIN LATERAL jsonb_each(l.books) AS b
        GROUP BY l.t HAVING sum(b.value::numeric) <> 0
    $$, 'it sums to zero at each moment'
);
DO $fold$
BEGIN
    PERFORM bank.set_collecting('tri.shop', false, "timestamp" => 9000);
END;
$fold$;
SELECT is_empty(
    $$SELECT l.* FROM late AS l WHERE l.books <> pg_temp.books(l.t)$$, 'folded or not'
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
    $$SELECT bank.trial_balance('XXX')$$, 'TL004', 'unknown_currency', 'refuses no currency'
);
SELECT throws_ok(
    $$SELECT bank.trial_balance("timestamp" => -1)$$, 'TL003', 'invalid_timestamp',
    'refuses no moment'
);

SELECT * FROM finish();
ROLLBACK;
