-- verify_account: prove that one account is intact, or say where it is not.
--
--   Returns  a row per check of bank.checks that is by account: whether it holds, how many times it
--            does not, and three of those with what was found
--   Errors   account_not_found
--
-- It asks the finders of verify_ledger, which read this account's legs and rows, and the other
-- sides of its transactions.
CREATE OR REPLACE FUNCTION bank.verify_account(account_id text)
RETURNS SETOF bank.verification
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts := engine.read_account(account_id);
BEGIN
    RETURN QUERY SELECT v.* FROM engine.verified(v_account.account_id) AS v;
END;
$function$;

COMMENT ON FUNCTION bank.verify_account(text) IS
    'Prove that one account is intact, or say where it is not. A row per check of bank.checks that '
    'is by account: its chain of hashes, its balances, that its row is what its legs say, its '
    'transactions with their other sides, its holds, payments, cashbacks and schedules. Reads '
    'what is about this account, in one snapshot, and holds nobody up.';
REVOKE ALL ON FUNCTION bank.verify_account(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.verify_account(text) TO bank_teller, bank_auditor;
