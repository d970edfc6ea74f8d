-- check_credit: what forbids to credit an account.
--
--   Returns  the refusal's name (account_blocked, account_closed, balance_limit_exceeded), or NULL;
--            engine.refuse_credit raises it
--
-- reserved is what the balance must leave room for: balance + pending cashback + overdraft limit
-- stay within 2^53-1, so that a cashback that falls due always fits, and so does what is available
-- in a JSON number. A frozen account is credited.
--
-- One expression, so that it inlines. NULLs, as of a house account, pass.
CREATE OR REPLACE FUNCTION engine.check_credit(status text, reserved bigint, amount bigint)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE
        WHEN status = 'blocked' OR status = 'closed'
            THEN 'account_' || status
        WHEN reserved + amount > 9007199254740991
            THEN 'balance_limit_exceeded'
    END
$function$;

COMMENT ON FUNCTION engine.check_credit(text, bigint, bigint) IS
    'Internal: the name of what forbids to credit an account, or NULL.';
REVOKE ALL ON FUNCTION engine.check_credit(text, bigint, bigint) FROM PUBLIC;
