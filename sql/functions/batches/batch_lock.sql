-- batch_lock: take every account that a batch names.
--
--   Returns  their rows in byte order of account_id; ids that nobody has are left out
--   Writes   what engine.settle_due and engine.fold_credits write, where settle is true: what is
--            due by now, and what was collected by now
--   Locks    each account with its own statement, in byte order; not a collecting account that the
--            batch only transfers or pays to
--
-- What must wait until the turn of the first item that debits the account (or deposits to it) is
-- marked by next_hold_expiry = 0 in the row returned, so that it looks overdue to every such item.
CREATE OR REPLACE FUNCTION engine.batch_lock(items engine.batch_item[], settle boolean)
RETURNS ledger.accounts[]
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_named record;
    v_account ledger.accounts;
    v_accounts ledger.accounts[] := ARRAY[]::ledger.accounts[];
    v_count integer := 0;
BEGIN
    FOR v_named IN
        SELECT n.account_id, bool_and(n.credited) AS only_credited
        FROM (
            SELECT i.payer COLLATE "C" AS account_id, false AS credited FROM unnest(items) AS i
            UNION ALL
            SELECT i.payee, i.operation <> 'deposit' FROM unnest(items) AS i
        ) AS n
        WHERE EXISTS (SELECT FROM ledger.accounts AS a WHERE a.account_id = n.account_id)
        GROUP BY n.account_id
        ORDER BY n.account_id
    LOOP
        IF v_named.only_credited THEN
            v_account := engine.lock_credited(v_named.account_id);
        ELSE
            SELECT a.* INTO v_account
            FROM ledger.accounts AS a
            WHERE a.account_id = v_named.account_id
            FOR NO KEY UPDATE;
            IF v_account.collecting THEN
                v_account := engine.batch_fold(v_account, settle);
            END IF;
        END IF;
        IF settle AND NOT v_account.collecting
            AND least(v_account.next_cashback_due, v_account.next_hold_expiry) <= engine.now()
        THEN
            v_account := engine.settle_due(v_account, engine.now());
        END IF;
        v_count := v_count + 1;
        v_accounts[v_count] := v_account;
    END LOOP;
    RETURN v_accounts;
END;
$function$;

COMMENT ON FUNCTION engine.batch_lock(engine.batch_item[], boolean) IS
    'Internal: locks the accounts of a batch in byte order and returns their rows.';
REVOKE ALL ON FUNCTION engine.batch_lock(engine.batch_item[], boolean) FROM PUBLIC;
