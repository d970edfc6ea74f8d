-- check_by: refuse a reading that is neither by timestamp nor by value_at.
--
--   Errors   invalid_argument (by)
CREATE OR REPLACE FUNCTION engine.check_by(by text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    PERFORM engine.check_one_of('by', by, ARRAY['timestamp', 'value_at']);
END;
$function$;

COMMENT ON FUNCTION engine.check_by(text) IS
    'Internal: raises invalid_argument unless balances are read by timestamp or by value_at.';
REVOKE ALL ON FUNCTION engine.check_by(text) FROM PUBLIC;
