-- settle_skipping: post what is due on one account, unless somebody else holds it.
--
--   Returns  how many legs of the operation counted were posted, and the sum of their amounts
--   Writes   what engine.fold_credits and engine.settle_due write; nothing where somebody else has
--            the account: who has it settles it as part of what it does
--   Locks    the account, FOR NO KEY UPDATE SKIP LOCKED
CREATE OR REPLACE FUNCTION engine.settle_skipping(
    account_id text, "timestamp" bigint, max_count bigint, counted text,
    OUT settled bigint, OUT amount bigint
)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_account ledger.accounts;
    v_version bigint;
BEGIN
    settled := 0;
    amount := 0;
    SELECT a.* INTO v_account
    FROM ledger.accounts AS a
    WHERE a.account_id = settle_skipping.account_id
    FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    v_version := v_account.version;
    IF v_account.collecting THEN
        -- What was credited before a cashback fell due goes before it, or the past would change.
        v_account := engine.fold_credits(v_account);
    END IF;
    PERFORM engine.settle_due(v_account, settle_skipping."timestamp", max_count, counted);

    SELECT
        count(*),
        sum(CASE counted WHEN 'cashback' THEN t.amount ELSE (t.details ->> 'released')::bigint END)
    INTO settled, amount
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = v_account.account_id
        AND t.version > v_version
        AND t.operation = counted;
    amount := coalesce(amount, 0);
END;
$function$;

COMMENT ON FUNCTION engine.settle_skipping(text, bigint, bigint, text) IS
    'Internal: settles one account unless it is locked; counts legs of one operation.';
REVOKE ALL ON FUNCTION engine.settle_skipping(text, bigint, bigint, text) FROM PUBLIC;
