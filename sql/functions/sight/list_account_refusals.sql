-- list_account_refusals: what web servers have refused lately on one account, oldest first.
--
--   Returns  at most limit refusals that follow `after` and pass every filter given
--   Errors   invalid_argument (limit, order), invalid_timestamp (since, until), invalid_period,
--            account_not_found
--
-- Tellers may call it, so it does not tell who asked: the holder of one account need not learn who
-- works for another.
CREATE OR REPLACE FUNCTION bank.list_account_refusals(
    account_id text,
    since bigint DEFAULT NULL,
    until bigint DEFAULT NULL,
    code text DEFAULT NULL,
    request_id text DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after bigint DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.account_refusal
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT
        r.refusal_id, r.refused_at, r.request_id, r.method, r.route, r.status, r.code,
        r.account_ids, r.detail
    FROM engine.refused(
        account_id, since, until, code, NULL, request_id, "limit", after, "order"
    ) AS r;
    PERFORM engine.read_account(list_account_refusals.account_id);
END;
$function$;

COMMENT ON FUNCTION bank.list_account_refusals(
    text, bigint, bigint, text, text, bigint, bigint, text
) IS
    'What web servers have refused lately on one account, oldest first. As list_refusals, but for '
    'who asked.';
REVOKE ALL ON FUNCTION bank.list_account_refusals(
    text, bigint, bigint, text, text, bigint, bigint, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_account_refusals(
    text, bigint, bigint, text, text, bigint, bigint, text
) TO bank_teller, bank_auditor;
