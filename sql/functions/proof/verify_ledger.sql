-- verify_ledger: prove that the books are intact, or say where they are not.
--
--   Returns  a row per check of bank.checks: whether it holds, how many times it does not, and
--            three of those with the account and what was found
--   Errors   limited_to_accounts
--
-- STABLE, hence one snapshot: what goes on meanwhile neither disturbs it nor waits for it.
CREATE OR REPLACE FUNCTION bank.verify_ledger()
RETURNS SETOF bank.verification
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM engine.refuse_limited();
    RETURN QUERY SELECT v.* FROM engine.verified() AS v;
END;
$function$;

COMMENT ON FUNCTION bank.verify_ledger() IS
    'Prove that the books are intact, or say where they are not. A row per check of bank.checks. '
    'Reads the whole ledger in one snapshot, about ten seconds per million entries, and holds '
    'nobody up.';
REVOKE ALL ON FUNCTION bank.verify_ledger() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.verify_ledger() TO bank_operator, bank_auditor;
