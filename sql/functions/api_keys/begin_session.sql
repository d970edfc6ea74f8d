-- begin_session: sign in to a web server's console with an API key.
--
--   Returns  whose key it is; expires_at is when the session ends, however busy it is, or the key
--   Writes   ledger.sessions, from which it removes what has ended, and what the key has beyond a
--            hundred, the oldest first
--   Locks    the sessions that it removes
--   Errors   invalid_api_key, invalid_argument (session_sha256)
--
-- A hash that is there already is refused: a session is never made another's.
CREATE OR REPLACE FUNCTION bank.begin_session(secret_sha256 text, session_sha256 text)
RETURNS bank.identity
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    c_most CONSTANT bigint := 100;
    v_identity bank.identity := bank.authenticate(secret_sha256);
    v_hash bytea := engine.session_hash(session_sha256);
    v_now bigint := engine.now();
BEGIN
    PERFORM engine.drop_sessions(v_identity.name, c_most - 1);
    INSERT INTO ledger.sessions (session_hash, api_key, begun_at, used_at)
    VALUES (v_hash, v_identity.name, v_now, v_now)
    ON CONFLICT ON CONSTRAINT sessions_pkey DO NOTHING;
    IF NOT FOUND THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'session_sha256', 'expected', 'that of a secret which was just drawn'
        ));
    END IF;
    v_identity.expires_at := least(
        v_identity.expires_at, v_now + (SELECT c.session_most_ms FROM ledger.settings AS c)
    );
    RETURN v_identity;
END;
$function$;

COMMENT ON FUNCTION bank.begin_session(text, text) IS
    'Sign in to a web server''s console with an API key. Given the SHA-256 of its secret, and that '
    'of a secret which the web server has drawn and puts into a cookie: 256 random bits. A key has '
    'at most a hundred sessions, of which the oldest end.';
REVOKE ALL ON FUNCTION bank.begin_session(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.begin_session(text, text) TO bank_teller, bank_auditor;
