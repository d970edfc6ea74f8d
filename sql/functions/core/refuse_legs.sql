-- refuse_legs: raise what forbids one of the legs of a transaction, if anything.
--
--   Errors   of the legs in their order account_frozen, account_blocked, account_closed,
--            insufficient_funds, balance_limit_exceeded
CREATE OR REPLACE FUNCTION engine.refuse_legs(drafts engine.draft[], force boolean)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_refusal engine.refusal := engine.check_legs(drafts, force);
BEGIN
    IF v_refusal.name IS NOT NULL THEN
        PERFORM engine.refuse(v_refusal.name, v_refusal.detail);
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_legs(engine.draft[], boolean) IS
    'Internal: raises what forbids one of the legs of a transaction.';
REVOKE ALL ON FUNCTION engine.refuse_legs(engine.draft[], boolean) FROM PUBLIC;
