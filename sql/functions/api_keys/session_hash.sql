-- session_hash: the hash of a session's secret, as bytes.
--
--   Returns  the 32 bytes
--   Errors   invalid_argument (session_sha256)
CREATE OR REPLACE FUNCTION engine.session_hash(session_sha256 text)
RETURNS bytea
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF (session_sha256 ~ '^[0-9a-f]{64}$') IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'session_sha256', 'length', char_length(session_sha256),
            'expected', 'a SHA-256, 64 hexadecimal digits in lower case'
        ));
    END IF;
    RETURN decode(session_sha256, 'hex');
END;
$function$;

COMMENT ON FUNCTION engine.session_hash(text) IS
    'Internal: the hash of a session''s secret, as bytes; raises invalid_argument.';
REVOKE ALL ON FUNCTION engine.session_hash(text) FROM PUBLIC;
