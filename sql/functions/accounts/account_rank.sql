-- account_rank: what accounts are sorted by.
--
--   Returns  the column that sort names; 0 for account_id, which decides among equals anyway
--
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.account_rank(account ledger.accounts, sort text)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE sort
        WHEN 'balance' THEN account.balance
        WHEN 'created_at' THEN account.created_at
        WHEN 'last_timestamp' THEN account.last_timestamp
        ELSE 0
    END
$function$;

COMMENT ON FUNCTION engine.account_rank(ledger.accounts, text) IS
    'Internal: what accounts are sorted by, where not by account_id.';
REVOKE ALL ON FUNCTION engine.account_rank(ledger.accounts, text) FROM PUBLIC;
