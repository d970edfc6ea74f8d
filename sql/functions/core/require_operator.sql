-- require_operator: refuse a privileged argument to anyone but an operator.
--
--   Errors   operator_required
CREATE OR REPLACE FUNCTION engine.require_operator(argument text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF NOT engine.is_operator() THEN
        PERFORM engine.refuse('operator_required', json_build_object('argument', argument));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.require_operator(text) IS
    'Internal: raises operator_required unless the session acts as a member of bank_operator.';
REVOKE ALL ON FUNCTION engine.require_operator(text) FROM PUBLIC;
