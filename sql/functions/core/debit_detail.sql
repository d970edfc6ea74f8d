-- debit_detail: the numbers of a refusal by engine.check_debit.
--
--   Returns  JSON for DETAIL
CREATE OR REPLACE FUNCTION engine.debit_detail(
    refusal text, account_id text, available bigint, required bigint
)
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN CASE refusal
        WHEN 'insufficient_funds' THEN json_build_object(
            'account_id', account_id, 'available', available, 'required', required
        )
        ELSE json_build_object('account_id', account_id)
    END;
END;
$function$;

COMMENT ON FUNCTION engine.debit_detail(text, text, bigint, bigint) IS
    'Internal: the numbers that say why an account cannot be debited.';
REVOKE ALL ON FUNCTION engine.debit_detail(text, text, bigint, bigint) FROM PUBLIC;
