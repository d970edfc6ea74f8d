-- refunded_of: what was given back of all that was captured from a hold.
--
--   Returns  minor units
CREATE OR REPLACE FUNCTION engine.refunded_of(hold ledger.holds)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF cardinality(hold.captures) = 0 THEN
        RETURN 0;
    END IF;
    RETURN (SELECT sum(c.refunded) FROM engine.captures_of(hold) AS c);
END;
$function$;

COMMENT ON FUNCTION engine.refunded_of(ledger.holds) IS
    'Internal: what was given back of all that was captured from a hold, in minor units.';
REVOKE ALL ON FUNCTION engine.refunded_of(ledger.holds) FROM PUBLIC;
