-- refuse_request: raise what engine.check_request finds, if anything.
--
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, invalid_timestamp
--            (value_at)
CREATE OR REPLACE FUNCTION engine.refuse_request(
    amount bigint, metadata jsonb, idempotency_key text, value_at bigint DEFAULT NULL
)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_refusal text := engine.check_request(amount, metadata, idempotency_key, value_at);
BEGIN
    IF v_refusal IS NOT NULL THEN
        PERFORM engine.refuse(v_refusal, engine.request_detail(
            v_refusal, amount, metadata, idempotency_key, value_at
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_request(bigint, jsonb, text, bigint) IS
    'Internal: raises what is wrong with a request by itself.';
REVOKE ALL ON FUNCTION engine.refuse_request(bigint, jsonb, text, bigint) FROM PUBLIC;
