-- get_balance: what an account holds, now or at a moment.
--
--   Returns  balance, available, held and pending cashback; zeros before the account's opening
--   Errors   invalid_argument (by), invalid_timestamp, account_not_found
--
-- by value_at there may be something before the opening: a value date may lie before it.
CREATE OR REPLACE FUNCTION bank.get_balance(
    account_id text, "timestamp" bigint DEFAULT NULL, by text DEFAULT 'timestamp'
)
RETURNS bank.balance
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts;
BEGIN
    PERFORM engine.check_by(by);
    PERFORM engine.check_timestamp(get_balance."timestamp");
    v_account := engine.read_account(get_balance.account_id);
    RETURN engine.balance_at(
        v_account,
        coalesce(get_balance."timestamp", greatest(engine.now(), v_account.last_timestamp)),
        by
    );
END;
$function$;

COMMENT ON FUNCTION bank.get_balance(text, bigint, text) IS
    'What an account holds, now or at a moment. Cashback that was due by then counts, whether or '
    'not it has been posted. Zeros before the account was opened. '
    'By value date, each leg counts from its value_at on.';
REVOKE ALL ON FUNCTION bank.get_balance(text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.get_balance(text, bigint, text) TO bank_teller, bank_auditor;
