-- list_refusals: what web servers have refused lately, oldest first.
--
--   Returns  at most limit refusals that follow `after` and pass every filter given
--   Errors   invalid_argument (limit, order), invalid_timestamp (since, until), invalid_period
CREATE OR REPLACE FUNCTION bank.list_refusals(
    account_id text DEFAULT NULL,
    since bigint DEFAULT NULL,
    until bigint DEFAULT NULL,
    code text DEFAULT NULL,
    actor text DEFAULT NULL,
    request_id text DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after bigint DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.refusal
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT r.*
    FROM engine.refused(
        account_id, since, until, code, actor, request_id, "limit", after, "order"
    ) AS r;
END;
$function$;

COMMENT ON FUNCTION bank.list_refusals(
    text, bigint, bigint, text, text, text, bigint, bigint, text
) IS
    'What web servers have refused lately, oldest first. By account, time, code, actor and id of '
    'the request. As many are kept as `refusals` of ledger.settings says, the newest ones, from '
    'some seconds after they were refused; `order` desc lists them newest first. They are no part '
    'of the sealed books. Who is for some accounts alone sees what is about those and no others, '
    'and what he was refused himself.';
REVOKE ALL ON FUNCTION bank.list_refusals(
    text, bigint, bigint, text, text, text, bigint, bigint, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_refusals(
    text, bigint, bigint, text, text, text, bigint, bigint, text
) TO bank_operator, bank_auditor;
