-- receipt: what deposit and withdraw answer.
--
--   Returns  one row made from the account as it stands after its leg
CREATE OR REPLACE FUNCTION engine.receipt(
    account ledger.accounts, transaction_id bigint, amount bigint
)
RETURNS bank.receipt
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    -- No SET search_path, so that it inlines: every name in it is qualified.
    SELECT ROW(
        transaction_id, (account).account_id, amount, (account).balance,
        (account).balance OPERATOR(pg_catalog.-) (account).held
        OPERATOR(pg_catalog.+) (account).overdraft_limit,
        (account).currency, (account).last_timestamp
    )::bank.receipt
$function$;

COMMENT ON FUNCTION engine.receipt(ledger.accounts, bigint, bigint) IS
    'Internal: the answer of deposit and withdraw.';
REVOKE ALL ON FUNCTION engine.receipt(ledger.accounts, bigint, bigint) FROM PUBLIC;
