-- Tests of engine.verify_cashbacks.
BEGIN;
SELECT plan(19);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_cashbacks'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_cashbacks'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_cashbacks', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_cashbacks', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_cashbacks'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a deposited cashback of 2 and a pending one of 4
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_PROOF', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_PROOF', 200, 5000);
    PERFORM bank.create_account_at('cashbacks.alice', 'TAP_PROOF', "timestamp" => 1000);
    PERFORM bank.deposit_at('cashbacks.alice', 500, "timestamp" => 1000);
    PERFORM bank.pay_at('cashbacks.alice', 100, "timestamp" => 1000);
    PERFORM bank.pay_at('cashbacks.alice', 200, "timestamp" => 6000);
END;
$given$;
CREATE TEMP VIEW cashback AS
SELECT
    p.payment_number, p.promised, p.cashback AS amount, p.clawed_back, p.rate_bps, p.max_amount,
    p.cashback_due_at AS due_at, p.cashback_status AS status,
    p.cashback_transaction_id AS transaction_id
FROM ledger.payments AS p WHERE p.account_id = 'cashbacks.alice';
CREATE FUNCTION pg_temp.once(payment_amount bigint, status text, legs int) RETURNS text LANGUAGE sql
AS $function$
    SELECT format(
        'cashbacks_posted_once cashbacks.alice {"payment_id" : "payment%s", "status" : %s, '
        || '"legs" : %s}',
        p.payment_number, coalesce('"' || status || '"', 'null'), legs
    ) FROM ledger.payments AS p WHERE p.account_id = 'cashbacks.alice' AND p.amount = payment_amount
$function$;
CREATE FUNCTION pg_temp.pending(now bigint, sum bigint, next bigint, due bigint) RETURNS text
LANGUAGE sql AS $function$
    SELECT format(
        'pending_cashbacks_add_up cashbacks.alice {"pending_cashback" : %s, "sum" : %s, '
        || '"next_due_at" : %s, "due_at" : %s}', now, sum, next, coalesce(due::text, 'null')
    )
$function$;

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT array_agg(
            concat_ws(' ', v."check", v.account_id, v.found)
            ORDER BY v."check", v.account_id, v.found::text
        )
        INTO v_found
        FROM engine.verify_cashbacks() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;

-- Works
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found($$
        UPDATE cashback SET status = 'pending', transaction_id = NULL WHERE status = 'deposited'
    $$),
    ARRAY[pg_temp.once(100, 'pending', 1), pg_temp.pending(4, 6, 11000, 6000)],
    'a deposited one made pending, to be paid twice'
);
SELECT is(
    pg_temp.found($$UPDATE cashback SET amount = 1 WHERE status = 'deposited'$$),
    ARRAY[pg_temp.once(100, 'deposited', 1)], 'a deposited one with another amount than its leg'
);
SELECT is(
    pg_temp.found($$UPDATE cashback SET due_at = 7000 WHERE status = 'deposited'$$),
    ARRAY[pg_temp.once(100, 'deposited', 1)], 'a deposited one at another time than due'
);
SELECT is(
    pg_temp.found($$UPDATE cashback SET transaction_id = 1 WHERE status = 'deposited'$$),
    ARRAY[pg_temp.once(100, 'deposited', 1)], 'a deposited one that names another transaction'
);
SELECT is(
    pg_temp.found($$
        DELETE FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'cashbacks.alice' AND t.operation = 'cashback'
    $$),
    ARRAY[pg_temp.once(100, 'deposited', 0)], 'a deposited one without a leg'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.ledger_transactions
        SELECT (jsonb_populate_record(t, '{"version": 99, "leg": 99}')).*
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'cashbacks.alice' AND t.operation = 'cashback'
    $$),
    ARRAY[pg_temp.once(100, 'deposited', 2)], 'one deposited twice'
);
SELECT is(
    pg_temp.found($$DELETE FROM cashback WHERE status = 'deposited'$$),
    ARRAY[pg_temp.once(100, NULL, 1)], 'a leg that no cashback tells of'
);
SELECT is(
    pg_temp.found($$DELETE FROM cashback WHERE status = 'pending'$$),
    ARRAY[pg_temp.pending(4, 0, 11000, NULL)], 'a pending one removed'
);
SELECT is(
    pg_temp.found($$UPDATE cashback SET due_at = 10000 WHERE status = 'pending'$$),
    ARRAY[pg_temp.pending(4, 4, 11000, 10000)], 'a pending one that the account would miss'
);

-- After refunds, of one that was deposited and of one that is pending
DO $given$
BEGIN
    PERFORM bank.refund_payment_at('payment' || p.payment_number, 50, "timestamp" => a.last_timestamp)
    FROM ledger.payments AS p
    INNER JOIN ledger.accounts AS a ON a.account_id = p.account_id
    WHERE p.account_id = 'cashbacks.alice';
END;
$given$;
CREATE FUNCTION pg_temp.checks(damage text) RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(DISTINCT split_part(f.found, ' ', 1) ORDER BY split_part(f.found, ' ', 1))
    FROM unnest(pg_temp.found(damage)) AS f (found)
$function$;
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what refunds leave');
SELECT is(
    pg_temp.checks($$UPDATE cashback SET clawed_back = 0 WHERE status = 'deposited'$$),
    ARRAY['cashbacks_within_policy', 'claw_backs_posted'], 'a claw-back that is not noted'
);
SELECT is(
    pg_temp.checks($$
        DELETE FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'cashbacks.alice' AND t.operation = 'cashback_clawback'
    $$),
    ARRAY['claw_backs_posted'], 'a claw-back without a leg'
);
SELECT is(
    pg_temp.checks($$
        UPDATE ledger.payments AS p SET refunded = p.amount WHERE p.account_id = 'cashbacks.alice'
    $$),
    ARRAY['cashbacks_within_policy'], 'a cashback of a payment that was given back'
);

SELECT * FROM finish();
ROLLBACK;
