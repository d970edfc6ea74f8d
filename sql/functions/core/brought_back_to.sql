-- brought_back_to: the earliest moment to which an account was brought back after a leg of it.
--
--   Returns  ms, NULL where it never was
CREATE OR REPLACE FUNCTION engine.brought_back_to(account_id text, version bigint)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN (
        SELECT min(r."timestamp")
        FROM ledger.rewinds AS r
        WHERE r.account_id = brought_back_to.account_id AND r.version > brought_back_to.version
    );
END;
$function$;

COMMENT ON FUNCTION engine.brought_back_to(text, bigint) IS
    'Internal: the earliest moment (ms) to which an account was brought back after a leg of it.';
REVOKE ALL ON FUNCTION engine.brought_back_to(text, bigint) FROM PUBLIC;
