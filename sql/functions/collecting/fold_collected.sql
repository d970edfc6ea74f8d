-- fold_collected: post what collecting accounts have collected, for everyone.
--
--   Returns  how many credits were posted, their sum, and how many remain
--   Writes   what engine.fold_credits writes
--   Locks    each account with SKIP LOCKED: whoever holds one folds it as part of what it does
--   Errors   invalid_argument (limit)
--
-- Balances count such credits whether or not this has run; it makes their legs and events, and
-- keeps the next debit of the account short. Any number may run at once, and a repeat posts none
-- twice.
CREATE OR REPLACE FUNCTION bank.fold_collected("limit" bigint DEFAULT 1000)
RETURNS bank.folding
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account_id text := '';
    v_account ledger.accounts;
    v_folded ledger.accounts;
    v_folding bank.folding := ROW(0, 0, 0);
BEGIN
    PERFORM engine.check_run_limit("limit");

    WHILE v_folding.folded < "limit" LOOP
        -- One account after the other by the primary key, however many credits each has.
        v_account_id := (
            SELECT min(c.account_id)
            FROM ledger.collected_credits AS c
            WHERE c.account_id > v_account_id
        );
        EXIT WHEN v_account_id IS NULL;
        SELECT a.* INTO v_account
        FROM ledger.accounts AS a
        WHERE a.account_id = v_account_id
        FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;

        v_folded := engine.fold_credits(v_account, "limit" - v_folding.folded);
        SELECT
            v_folding.folded + count(*),
            v_folding.amount + coalesce(sum(t.amount), 0)
        INTO v_folding.folded, v_folding.amount
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = v_account_id
            AND t.version > v_account.version
            AND t.version <= v_folded.version
            AND t.details ? 'folded_in';
    END LOOP;

    v_folding.remaining := (SELECT count(*) FROM ledger.collected_credits);
    RETURN v_folding;
END;
$function$;

COMMENT ON FUNCTION bank.fold_collected(bigint) IS
    'Posts the credits of collecting accounts, at most limit (1 to 100000) of them. Returns '
    'folded, amount (minor units, over all currencies) and remaining. Raises invalid_argument.';
REVOKE ALL ON FUNCTION bank.fold_collected(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.fold_collected(bigint) TO bank_operator;
