-- list_api_keys: who may come in through a web server, by name.
--
--   Returns  at most limit keys that follow `after`, without their secrets
--   Errors   limited_to_accounts, invalid_argument (limit, order)
CREATE OR REPLACE FUNCTION bank.list_api_keys(
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.api_key
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT shown.*
        FROM ledger.api_keys AS k
        CROSS JOIN LATERAL engine.show_api_key(k) AS shown
        WHERE k.name > coalesce(list_api_keys.after, '')
        ORDER BY k.name
        LIMIT list_api_keys."limit";
    ELSE
        RETURN QUERY
        SELECT shown.*
        FROM ledger.api_keys AS k
        CROSS JOIN LATERAL engine.show_api_key(k) AS shown
        WHERE list_api_keys.after IS NULL OR k.name < list_api_keys.after
        ORDER BY k.name DESC
        LIMIT list_api_keys."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_api_keys(bigint, text, text) IS
    'Who may come in through a web server, by name. Those that have expired or are revoked, too.';
REVOKE ALL ON FUNCTION bank.list_api_keys(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_api_keys(bigint, text, text) TO bank_operator, bank_auditor;
