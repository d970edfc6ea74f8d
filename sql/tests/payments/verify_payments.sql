-- Tests of engine.verify_payments.
BEGIN;
SELECT plan(22);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_payments'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_payments'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_payments', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_payments', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_payments'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a payment to a merchant with a fee, and one to no merchant
DO $given$
BEGIN
    PERFORM bank.create_account_at('payments.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('payments.shop', "timestamp" => 1000);
    PERFORM bank.deposit_at('payments.alice', 500, "timestamp" => 1000);
    PERFORM bank.pay_at('payments.alice', 100, 'payments.shop', 7, "timestamp" => 1000);
    PERFORM bank.pay_at('payments.alice', 200, "timestamp" => 6000);
END;
$given$;
CREATE TEMP VIEW payment AS SELECT p.* FROM ledger.payments AS p
    WHERE p.account_id = 'payments.alice';
CREATE FUNCTION pg_temp.posted(
    payment_amount bigint, amount bigint, debited bigint, fee bigint, fee_debited bigint
) RETURNS text[] LANGUAGE sql AS $function$
    SELECT ARRAY[format(
        'payments_posted payments.alice {"payment_id" : "payment%s", "amount" : %s, '
        || '"debited" : %s, "fee" : %s, "fee_debited" : %s}',
        p.payment_number, coalesce(posted.amount::text, 'null'), coalesce(debited::text, 'null'),
        coalesce(posted.fee::text, 'null'), coalesce(fee_debited::text, 'null')
    )] FROM payment AS p WHERE p.amount = payment_amount
$function$;
CREATE FUNCTION pg_temp.leg_of(contra text, change text) RETURNS text LANGUAGE sql AS $function$
    SELECT format(
        change || $$ WHERE t.account_id = 'payments.alice' AND t.contra_account_id = %L$$, contra
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
            concat_ws(
                ' ', v."check", v.account_id,
                -- What was promised and cancelled is told behind that, and looked at below.
                regexp_replace(v.found::text, ', "(promised|cancelled)" : .*', '}')
            )
            ORDER BY v."check", v.account_id, v.found::text
        )
        INTO v_found
        FROM engine.verify_payments() AS v;
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
    pg_temp.found('UPDATE payment SET amount = 201 WHERE amount = 200'),
    pg_temp.posted(200, 201, 200, 0, 0), 'a payment with another amount than its leg'
);
SELECT is(
    pg_temp.found('UPDATE payment SET fee = 6 WHERE amount = 100'),
    pg_temp.posted(100, 100, 100, 6, 7), 'a payment with another fee than its leg'
);
SELECT is(
    pg_temp.found('UPDATE payment SET merchant_account_id = NULL WHERE amount = 100'),
    pg_temp.posted(100, 100, 100, 7, 7), 'a payment that was another''s'
);
SELECT is(
    pg_temp.found(pg_temp.leg_of('@fees', 'DELETE FROM ledger.ledger_transactions AS t')),
    pg_temp.posted(100, 100, 100, 7, 0), 'a fee without a leg'
);
SELECT is(
    pg_temp.found(pg_temp.leg_of('@payments', 'DELETE FROM ledger.ledger_transactions AS t')),
    pg_temp.posted(200, 200, NULL, 0, NULL), 'a payment without a leg'
);
SELECT is(
    pg_temp.found('DELETE FROM payment WHERE amount = 200'),
    pg_temp.posted(200, NULL, 200, NULL, 0), 'a leg without a payment'
);
SELECT is(
    pg_temp.found('UPDATE payment SET refunded = 201 WHERE amount = 200'),
    (
        SELECT ARRAY[
            format(
                'refunds_posted payments.alice {"payment_id" : "payment%s", "refunded" : 201, '
                || '"credited" : 0}', p.payment_number
            ),
            format(
                'refunds_within_payments payments.alice {"payment_id" : "payment%s", '
                || '"amount" : 200, "refunded" : 201}', p.payment_number
            )
        ] FROM payment AS p WHERE p.amount = 200
    ),
    'more refunded than paid'
);

-- Refunds
DO $given$
BEGIN
    PERFORM bank.refund_payment_at('payment' || p.payment_number, 30, "timestamp" => 6000)
    FROM payment AS p;
END;
$given$;
CREATE FUNCTION pg_temp.refunds(damage text) RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(f.found) FROM unnest(pg_temp.found(damage)) AS f (found)
    WHERE starts_with(f.found, 'refunds_posted')
$function$;
CREATE FUNCTION pg_temp.refunded(amount bigint, refunded bigint, credited bigint) RETURNS text[]
LANGUAGE sql AS $function$
    SELECT ARRAY[format(
        'refunds_posted payments.alice {"payment_id" : "payment%s", "refunded" : %s, '
        || '"credited" : %s}', p.payment_number, refunded.refunded, credited
    )] FROM payment AS p WHERE p.amount = refunded.amount
$function$;
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with refunds, from a merchant or not');
SELECT is(
    pg_temp.refunds('UPDATE payment SET refunded = 31 WHERE amount = 200'),
    pg_temp.refunded(200, 31, 30), 'more refunded than the legs gave back'
);
SELECT is(
    pg_temp.refunds($$
        DELETE FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'payments.alice' AND t.operation = 'refund'
            AND t.contra_account_id = 'payments.shop'
    $$),
    pg_temp.refunded(100, 30, 0), 'a refund without a leg'
);

-- Terms
SELECT is(
    (
        SELECT count(*)
        FROM unnest(pg_temp.found(
            format('UPDATE payment SET %s WHERE amount = 200', d.damage)
        )) AS f
        WHERE starts_with(f, d."check" || ' payments.')
    ), 1::bigint, 'other terms of a payment: ' || d.damage
) FROM (
    VALUES ('promised = promised + 1, cashback = cashback + 1', 'payments_posted'),
    ('cashback_due_at = 5', 'payments_posted'), ('rate_bps = 201', 'payments_posted'),
    ('max_amount = 7', 'payments_posted'), ('"timestamp" = 5', 'payments_posted'),
    ('cashback = cashback + 1', 'refunds_posted')
) AS d (damage, "check");

SELECT * FROM finish();
ROLLBACK;
