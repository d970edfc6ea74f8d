-- count_refusals: how often web servers have refused lately, and why: a row per code.
--
--   Returns  each code that there is, the most frequent first
--   Errors   invalid_timestamp (since, until), invalid_period
--
-- It reads all refusals that are kept, which are no more than ledger.settings says.
CREATE OR REPLACE FUNCTION bank.count_refusals(
    since bigint DEFAULT NULL, until bigint DEFAULT NULL
)
RETURNS SETOF bank.refusal_count
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $function$
DECLARE
    v_limited boolean := (current_setting('pgteller.accounts', true) <> '') IS TRUE;
    v_self text := engine.on_behalf_of();
BEGIN
    PERFORM engine.check_period(since, until);
    RETURN QUERY
    SELECT
        r.code,
        count(*),
        max(r.refused_at)
    FROM ledger.refused_requests AS r
    WHERE (count_refusals.since IS NULL OR r.refused_at >= count_refusals.since)
        AND (count_refusals.until IS NULL OR r.refused_at < count_refusals.until)
        AND engine.may_see_refusal(r.caller, r.account_ids, v_limited, v_self)
    GROUP BY r.code
    ORDER BY count(*) DESC, r.code COLLATE "C";
END;
$function$;

COMMENT ON FUNCTION bank.count_refusals(bigint, bigint) IS
    'How often web servers have refused lately, and why: a row per code. The most frequent first. '
    'It counts what list_refusals would list to the same caller.';
REVOKE ALL ON FUNCTION bank.count_refusals(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.count_refusals(bigint, bigint) TO bank_operator, bank_auditor;
