-- check_debit: what forbids to debit an account.
--
--   Returns  the refusal's name (account_frozen, account_blocked, account_closed,
--            insufficient_funds), or NULL; engine.refuse_debit raises it
--
-- One expression, so that it inlines. NULLs, as of a house account, pass.
CREATE OR REPLACE FUNCTION engine.check_debit(status text, available bigint, required bigint)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE
        WHEN status <> 'active' THEN 'account_' || status
        WHEN available < required THEN 'insufficient_funds'
    END
$function$;

COMMENT ON FUNCTION engine.check_debit(text, bigint, bigint) IS
    'Internal: the name of what forbids to debit an account, or NULL.';
REVOKE ALL ON FUNCTION engine.check_debit(text, bigint, bigint) FROM PUBLIC;
