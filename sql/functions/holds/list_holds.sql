-- list_holds: the holds of an account, oldest first.
--
--   Returns  at most limit holds that follow `after`
--   Errors   invalid_argument (limit, order, status), hold_not_found (after), account_not_found
CREATE OR REPLACE FUNCTION bank.list_holds(
    account_id text,
    status text DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.hold_state
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
    IF status IS NOT NULL THEN
        PERFORM engine.check_one_of('status', status, ARRAY[
            'open', 'captured', 'released', 'expired'
        ]);
    END IF;
    IF after IS NOT NULL THEN
        v_after := engine.hold_number(after);
    END IF;
    v_account := engine.read_account(list_holds.account_id);

    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT shown.*
        FROM ledger.holds AS h
        CROSS JOIN LATERAL engine.show_hold(h, v_account) AS shown
        WHERE h.account_id = v_account.account_id
            AND h.hold_number > coalesce(v_after, 0)
            -- An open one may be shown as expired; the first condition is the one an index knows.
            AND (
                list_holds.status IS NULL
                OR h.status IN (
                    list_holds.status, CASE list_holds.status WHEN 'expired' THEN 'open' END
                )
            )
            AND (list_holds.status IS NULL OR shown.status = list_holds.status)
        ORDER BY h.hold_number
        LIMIT list_holds."limit";
    ELSE
        RETURN QUERY
        SELECT shown.*
        FROM ledger.holds AS h
        CROSS JOIN LATERAL engine.show_hold(h, v_account) AS shown
        WHERE h.account_id = v_account.account_id
            AND h.hold_number < coalesce(v_after, 9223372036854775807)
            AND (
                list_holds.status IS NULL
                OR h.status IN (
                    list_holds.status, CASE list_holds.status WHEN 'expired' THEN 'open' END
                )
            )
            AND (list_holds.status IS NULL OR shown.status = list_holds.status)
        ORDER BY h.hold_number DESC
        LIMIT list_holds."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_holds(text, text, bigint, text, text) IS
    'The holds of an account, oldest first.';
REVOKE ALL ON FUNCTION bank.list_holds(text, text, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_holds(text, text, bigint, text, text)
TO bank_teller, bank_auditor;
