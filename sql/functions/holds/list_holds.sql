-- list_holds: the holds of an account, oldest first.
--
--   Returns  at most limit holds that follow `after`
--   Errors   invalid_argument (limit, status), hold_not_found (after), account_not_found
CREATE OR REPLACE FUNCTION bank.list_holds(
    account_id text,
    status text DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL
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
    v_after bigint := 0;
BEGIN
    PERFORM engine.check_limit("limit");
    IF status IS NOT NULL THEN
        PERFORM engine.check_one_of('status', status, ARRAY[
            'open', 'captured', 'released', 'expired'
        ]);
    END IF;
    IF after IS NOT NULL THEN
        v_after := engine.hold_number(after);
    END IF;
    v_account := engine.read_account(list_holds.account_id);

    RETURN QUERY
    SELECT shown.*
    FROM ledger.holds AS h
    CROSS JOIN LATERAL engine.show_hold(h, v_account) AS shown
    WHERE h.account_id = v_account.account_id
        AND h.hold_number > v_after
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
END;
$function$;

COMMENT ON FUNCTION bank.list_holds(text, text, bigint, text) IS
    'The holds of an account, oldest first.';
REVOKE ALL ON FUNCTION bank.list_holds(text, text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_holds(text, text, bigint, text) TO bank_teller, bank_auditor;
