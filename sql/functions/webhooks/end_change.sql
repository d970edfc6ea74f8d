-- end_change: put a change of webhooks or of what is sent on record.
--
--   Writes   one leg of @ledger; under a key its answer, which the leg seals
--   Locks    @ledger
CREATE OR REPLACE FUNCTION engine.end_change(
    operation text, details jsonb, idempotency_key text, response json
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_key_hash bytea;
BEGIN
    IF idempotency_key IS NOT NULL THEN
        v_key_hash := engine.keep_claim(engine.login_scope(), idempotency_key, response);
    END IF;
    PERFORM engine.record_setting(operation, details, v_key_hash);
END;
$function$;

COMMENT ON FUNCTION engine.end_change(text, jsonb, text, json) IS
    'Internal: posts the leg that tells of a change, and keeps its answer under a key.';
REVOKE ALL ON FUNCTION engine.end_change(text, jsonb, text, json) FROM PUBLIC;
