-- list_payments: the payments of an account, each with the state of its cashback.
--
--   Returns  at most limit payments that the account made and that follow `after`, in their order
--   Errors   invalid_argument (limit, order), payment_not_found (after), account_not_found
CREATE OR REPLACE FUNCTION bank.list_payments(
    account_id text,
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.payment
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts;
    v_after bigint;
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    IF after IS NOT NULL THEN
        v_after := engine.payment_number(after);
    END IF;
    v_account := engine.read_account(list_payments.account_id);

    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT s.*
        FROM ledger.payments AS p
        CROSS JOIN LATERAL engine.show_payment(p, v_account.currency) AS s
        WHERE p.account_id = list_payments.account_id
            AND p.payment_number > coalesce(v_after, 0)
        ORDER BY p.payment_number
        LIMIT list_payments."limit";
    ELSE
        RETURN QUERY
        SELECT s.*
        FROM ledger.payments AS p
        CROSS JOIN LATERAL engine.show_payment(p, v_account.currency) AS s
        WHERE p.account_id = list_payments.account_id
            AND p.payment_number < coalesce(v_after, 9223372036854775807)
        ORDER BY p.payment_number DESC
        LIMIT list_payments."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_payments(text, bigint, text, text) IS
    'The payments of an account, each with the state of its cashback. Those that it made, in their '
    'order.';
REVOKE ALL ON FUNCTION bank.list_payments(text, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_payments(text, bigint, text, text)
TO bank_teller, bank_auditor;
