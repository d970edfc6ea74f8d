-- list_cashbacks: the cashbacks of an account, in the order of their payments.
--
--   Returns  at most limit cashbacks whose payment follows `after`
--   Errors   invalid_argument (limit, order, status), payment_not_found (after), account_not_found
CREATE OR REPLACE FUNCTION bank.list_cashbacks(
    account_id text,
    status text DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.cashback
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_after bigint;
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    IF status IS NOT NULL THEN
        PERFORM engine.check_one_of('status', status, ARRAY[
            'pending', 'deposited', 'cancelled'
        ]);
    END IF;
    IF after IS NOT NULL THEN
        v_after := engine.payment_number(after);
    END IF;
    PERFORM engine.read_account(list_cashbacks.account_id);

    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT
            'payment' || c.payment_number,
            c.account_id,
            c.promised,
            c.amount,
            c.clawed_back,
            c.created_at,
            c.due_at,
            c.status,
            c.transaction_id
        FROM engine.cashbacks AS c
        WHERE c.account_id = list_cashbacks.account_id
            AND c.payment_number > coalesce(v_after, 0)
            AND (list_cashbacks.status IS NULL OR c.status = list_cashbacks.status)
        ORDER BY c.payment_number
        LIMIT list_cashbacks."limit";
    ELSE
        RETURN QUERY
        SELECT
            'payment' || c.payment_number,
            c.account_id,
            c.promised,
            c.amount,
            c.clawed_back,
            c.created_at,
            c.due_at,
            c.status,
            c.transaction_id
        FROM engine.cashbacks AS c
        WHERE c.account_id = list_cashbacks.account_id
            AND c.payment_number < coalesce(v_after, 9223372036854775807)
            AND (list_cashbacks.status IS NULL OR c.status = list_cashbacks.status)
        ORDER BY c.payment_number DESC
        LIMIT list_cashbacks."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_cashbacks(text, text, bigint, text, text) IS
    'The cashbacks of an account, in the order of their payments.';
REVOKE ALL ON FUNCTION bank.list_cashbacks(text, text, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_cashbacks(text, text, bigint, text, text)
TO bank_teller, bank_auditor;
