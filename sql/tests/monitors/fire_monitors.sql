-- Tests of engine.fire_monitors.
BEGIN;
SELECT plan(24);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.fire_monitors'::regproc),
    'account_id text, transaction_id bigint, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.fire_monitors'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'fire_monitors', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'fire_monitors', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.fire_monitors'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an account with monitors of every field
DO $given$
BEGIN
    PERFORM bank.create_currency('TAP_FIRE', 2);
    PERFORM bank.set_cashback_policy('TAP_FIRE', 0, 0);
    PERFORM bank.create_account_at('fire.alice', 'TAP_FIRE', 10, 1000);
    PERFORM bank.deposit_at('fire.alice', 100, "timestamp" => 1000);
    PERFORM bank.create_monitor_at('fire.alice', 'balance', 'lt', 50, 1000);
    PERFORM bank.create_monitor_at('fire.alice', 'balance', 'lt', 20, 1000);
    PERFORM bank.create_monitor_at('fire.alice', 'available', 'lte', 30, 1000);
    PERFORM bank.create_monitor_at('fire.alice', 'held', 'gte', 25, 1000);
    PERFORM bank.create_monitor_at('fire.alice', 'balance', 'eq', 49, 1000);
END;
$given$;
CREATE TEMP TABLE seen AS
SELECT a.version FROM ledger.accounts AS a WHERE a.account_id = 'fire.alice';
CREATE FUNCTION pg_temp.fired() RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_fired text;
BEGIN
    SELECT string_agg(concat_ws(
        ' ', t.operation, t.details ->> 'field', t.details ->> 'comparison', t.details ->> 'value',
        t.details ->> 'actual'
    ), ', ' ORDER BY t.version)
    INTO v_fired
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'fire.alice' AND t.version > (SELECT s.version FROM seen AS s)
        AND t.operation = 'monitor';
    UPDATE seen SET version = a.version FROM ledger.accounts AS a WHERE a.account_id = 'fire.alice';
    RETURN v_fired;
END;
$function$;

-- Works
SELECT bank.withdraw_at('fire.alice', 50, "timestamp" => 2000) AS done \gset
SELECT is(pg_temp.fired(), NULL, 'at 50 none fires that waits for less');
SELECT bank.withdraw_at('fire.alice', 1, "timestamp" => 2000) AS done \gset
SELECT is(
    pg_temp.fired(), 'monitor balance lt 50 49, monitor balance eq 49 49', 'at 49 two do'
);
SELECT bank.withdraw_at('fire.alice', 1, "timestamp" => 2000) AS done \gset
SELECT is(pg_temp.fired(), NULL, 'once per crossing');
SELECT bank.deposit_at('fire.alice', 1, "timestamp" => 2000) AS done \gset
SELECT is(pg_temp.fired(), 'monitor balance eq 49 49', 'crossing again fires again');
SELECT bank.deposit_at('fire.alice', 51, "timestamp" => 2000) AS done \gset
SELECT is(pg_temp.fired(), NULL, 'becoming false does not fire');
SELECT bank.withdraw_at('fire.alice', 85, "timestamp" => 2000) AS done \gset
SELECT is(
    pg_temp.fired(),
    'monitor balance lt 50 15, monitor balance lt 20 15, monitor available lte 30 25',
    'each of the conditions that one leg makes true'
);
SELECT bank.deposit_at('fire.alice', 85, "timestamp" => 2000) AS done \gset
SELECT is(pg_temp.fired(), NULL, 'back at 100');
SELECT bank.hold_at('fire.alice', 80, "timestamp" => 2000) AS done \gset
SELECT is(
    pg_temp.fired(), 'monitor available lte 30 30, monitor held gte 25 80',
    'a hold changes what is held and available'
);
SELECT results_eq(
    $$
        SELECT t.operation COLLATE "default", t.transaction_id = max(t.transaction_id) OVER ()
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'fire.alice'
        ORDER BY t.version DESC LIMIT 4
    $$,
    $$VALUES ('monitor', true), ('monitor', true), ('hold', true), ('deposit', false)$$,
    'they belong to the transaction of the leg'
);
CREATE TEMP TABLE row_before AS
SELECT a.* FROM ledger.accounts AS a WHERE a.account_id = 'fire.alice';
SELECT engine.fire_monitors('fire.alice', 7, 2000) AS done \gset
SELECT results_eq(
    $$SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = 'fire.alice'$$,
    'SELECT to_jsonb(b) FROM row_before AS b', 'where nothing has changed it posts nothing'
);
-- Works: once per transaction, not on a balance that never was
CREATE FUNCTION pg_temp.operations(who text, since bigint) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        concat_ws(' ', t.leg, t.operation, t.amount, t.balance_after), ', ' ORDER BY t.version
    )
    FROM ledger.ledger_transactions AS t WHERE t.account_id = who AND t.version > since
$function$;
DO $given$
BEGIN
    PERFORM bank.create_currency('TAP_FIRE_B', 2);
    PERFORM bank.set_cashback_policy('TAP_FIRE_B', 1000, 0);
    PERFORM bank.create_account_at('fire.' || n, 'TAP_FIRE_B', "timestamp" => 1000)
    FROM unnest(ARRAY['bob', 'carol', 'shop']) AS n;
    PERFORM bank.deposit_at('fire.' || n, 1000, "timestamp" => 1000)
    FROM unnest(ARRAY['bob', 'carol']) AS n;
    PERFORM bank.create_monitor_at('fire.bob', 'balance', 'eq', 900, 1000);
    PERFORM bank.create_monitor_at('fire.bob', 'balance', 'lt', 895, 1000);
    PERFORM bank.pay_at('fire.bob', 100, fee => 10, "timestamp" => 2000);
END;
$given$;
SELECT is(
    pg_temp.operations('fire.bob', 4), '1 pay -100 900, 2 fee -10 890, 3 monitor 0 890',
    'pay 100 with a fee of 10 leads from 1000 to 890, and was never at 900'
);
DO $given$
BEGIN
    PERFORM bank.pay_at('fire.carol', 100, "timestamp" => 2000);
    PERFORM bank.create_monitor_at('fire.carol', 'balance', 'eq', 1010, 2000);
    PERFORM bank.create_monitor_at('fire.carol', 'balance', 'eq', 1000, 2000);
    PERFORM bank.refund_payment_at('payment' || p.payment_number, "timestamp" => 2000)
    FROM ledger.payments AS p WHERE p.account_id = 'fire.carol';
END;
$given$;
SELECT is(
    pg_temp.operations('fire.carol', 6),
    '1 refund 100 1010, 2 cashback_clawback -10 1000, 3 monitor 0 1000',
    'a refund of 100 with a claw-back of 10 leads from 910 to 1000, and was never at 1010'
);

-- Works: a transaction whose other side is collected, and has its leg later
SELECT FROM bank.set_collecting('fire.shop', true, "timestamp" => 1000);
DO $given$
BEGIN
    PERFORM bank.create_monitor_at('fire.shop', 'balance', 'gte', 5, 1000);
    PERFORM bank.create_monitor_at('fire.carol', 'balance', 'eq', 990, 2000);
    PERFORM bank.transfer_at('fire.carol', 'fire.shop', 10, "timestamp" => 3000);
END;
$given$;
SELECT is(
    pg_temp.operations('fire.carol', 10), '1 transfer -10 990, 3 monitor 0 990',
    'what fires comes after both legs'
);
SELECT is(pg_temp.operations('fire.shop', 3), NULL, 'what is collected fires nothing yet');
SELECT lives_ok('SELECT bank.fold_collected(100)', 'the collected leg has its number free');
SELECT is(
    pg_temp.operations('fire.shop', 3), '2 transfer 10 10, 1 monitor 0 10',
    'and fires when it is folded in'
);
SELECT is(
    m.transaction_id, l.folded_in, 'by the id under which that is'
) FROM ledger.ledger_transactions AS m
INNER JOIN ledger.ledger_transactions AS l
    ON l.account_id = m.account_id AND l.version = m.version - 1
WHERE m.account_id = 'fire.shop' AND m.operation = 'monitor';
SELECT is_empty('SELECT v.* FROM bank.verify_ledger() AS v WHERE NOT v.ok', 'the books are intact');
UPDATE ledger.accounts AS a SET balance = 10 WHERE a.account_id = 'fire.alice';
SELECT engine.fire_monitors('fire.alice', max(t.transaction_id), 2000) AS done
FROM ledger.ledger_transactions AS t WHERE t.account_id = 'fire.alice' \gset
SELECT is(
    a.version, b.version + 2, 'where something has it posts what fires'
) FROM ledger.accounts AS a CROSS JOIN row_before AS b WHERE a.account_id = 'fire.alice';

SELECT * FROM finish();
ROLLBACK;
