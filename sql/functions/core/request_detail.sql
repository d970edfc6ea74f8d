-- request_detail: the numbers of a refusal by engine.check_request.
--
--   Returns  JSON for DETAIL
CREATE OR REPLACE FUNCTION engine.request_detail(
    refusal text, amount bigint, metadata jsonb, idempotency_key text, value_at bigint
)
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN CASE refusal
        WHEN 'invalid_amount' THEN json_build_object('amount', amount)
        WHEN 'invalid_metadata' THEN CASE engine.check_metadata(metadata)
            WHEN 'no object' THEN json_build_object('given', jsonb_typeof(metadata))
            WHEN 'too many bytes' THEN json_build_object('bytes', octet_length(metadata::text))
            ELSE json_build_object('reason', engine.check_metadata(metadata))
        END
        WHEN 'invalid_idempotency_key'
            THEN json_build_object('length', char_length(idempotency_key))
        WHEN 'invalid_timestamp' THEN json_build_object('value_at', value_at)
    END;
END;
$function$;

COMMENT ON FUNCTION engine.request_detail(text, bigint, jsonb, text, bigint) IS
    'Internal: the numbers that say what is wrong with a request by itself.';
REVOKE ALL ON FUNCTION engine.request_detail(text, bigint, jsonb, text, bigint) FROM PUBLIC;
