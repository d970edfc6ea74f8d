-- check_operation: refuse the name of an operation that no leg can have; NULL is refused too.
--
--   Errors   invalid_argument, which lists those there are
CREATE OR REPLACE FUNCTION engine.check_operation(argument text, operation text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    PERFORM engine.check_one_of(argument, check_operation.operation, ARRAY(
        SELECT o.operation FROM engine.operations AS o ORDER BY o.operation
    ));
END;
$function$;

COMMENT ON FUNCTION engine.check_operation(text, text) IS
    'Internal: raises invalid_argument for an operation that is not in bank.operations.';
REVOKE ALL ON FUNCTION engine.check_operation(text, text) FROM PUBLIC;
