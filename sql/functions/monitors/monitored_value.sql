-- monitored_value: what a monitor of an account compares.
--
--   Returns  balance, available or held, whichever the field is
CREATE OR REPLACE FUNCTION engine.monitored_value(
    field text, balance bigint, held bigint, overdraft_limit bigint
)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE field
        WHEN 'balance' THEN balance
        WHEN 'available' THEN balance - held + overdraft_limit
        WHEN 'held' THEN held
    END
$function$;

COMMENT ON FUNCTION engine.monitored_value(text, bigint, bigint, bigint) IS
    'Internal: balance, available or held of an account.';
REVOKE ALL ON FUNCTION engine.monitored_value(text, bigint, bigint, bigint) FROM PUBLIC;
