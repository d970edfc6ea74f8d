-- check_request: refuse an amount, metadata or key that no account could accept.
--
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key
CREATE OR REPLACE FUNCTION engine.check_request(
    amount bigint, metadata jsonb, idempotency_key text
)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    -- Written so that NULL is refused too. No SET search_path: every writer passes here.
    IF (amount BETWEEN 1 AND 9007199254740991) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_amount', json_build_object('amount', amount));
    END IF;
    IF metadata IS NOT NULL THEN
        IF jsonb_typeof(metadata) <> 'object' THEN
            PERFORM engine.refuse(
                'invalid_metadata', json_build_object('given', jsonb_typeof(metadata))
            );
        ELSIF octet_length(metadata::text) > 16384 THEN
            PERFORM engine.refuse(
                'invalid_metadata', json_build_object('bytes', octet_length(metadata::text))
            );
        END IF;
    END IF;
    IF char_length(idempotency_key) NOT BETWEEN 1 AND 255 THEN
        PERFORM engine.refuse(
            'invalid_idempotency_key', json_build_object('length', char_length(idempotency_key))
        );
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_request(bigint, jsonb, text) IS
    'Internal: raises invalid_amount, invalid_metadata or invalid_idempotency_key.';
REVOKE ALL ON FUNCTION engine.check_request(bigint, jsonb, text) FROM PUBLIC;
