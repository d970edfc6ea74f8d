-- fold_collected: post what collecting accounts have collected, for everyone.
--
--   Returns  how many credits were posted, their sum, and how many remain
--   Writes   a leg per credit; before it, what has fallen due on the same account, not counted
--   Locks    each account with SKIP LOCKED: whoever holds one folds it as part of what it does
--   Errors   limited_to_accounts, invalid_argument (limit)
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
    v_settled record;
    v_done bank.folding := ROW(0, 0, 0);
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_run_limit("limit");

    WHILE v_done.folded < "limit" LOOP
        -- One account after the other by the index, however many credits each has.
        v_account_id := (
            SELECT min(c.account_id)
            FROM ledger.collected_credits AS c
            WHERE c.account_id > v_account_id
        );
        EXIT WHEN v_account_id IS NULL;
        v_settled := engine.settle_skipping(
            v_account_id, greatest(engine.now(), (
                SELECT a.last_timestamp FROM ledger.accounts AS a WHERE a.account_id = v_account_id
            )), "limit" - v_done.folded, 'collected'
        );
        CONTINUE WHEN v_settled.settled IS NULL;
        v_done.folded := v_done.folded + v_settled.settled;
        v_done.amount := v_done.amount + v_settled.amount;
    END LOOP;

    v_done.remaining := (SELECT count(*) FROM ledger.collected_credits);
    RETURN v_done;
END;
$function$;

COMMENT ON FUNCTION bank.fold_collected(bigint) IS
    'Post what collecting accounts have collected, for everyone. Balances count such credits '
    'whether or not this has run; it makes their entries and events. A repeat posts none twice, '
    'so there is no key to give.';
REVOKE ALL ON FUNCTION bank.fold_collected(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.fold_collected(bigint) TO bank_operator;
