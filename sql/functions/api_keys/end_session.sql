-- end_session: sign out.
--
--   Returns  whether there was such a session; a repeat finds none, and that is no error
--   Writes   removes it from ledger.sessions
--   Locks    the session
--   Errors   invalid_argument (session_sha256)
CREATE OR REPLACE FUNCTION bank.end_session(session_sha256 text)
RETURNS bank.session_end
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_hash bytea := engine.session_hash(session_sha256);
    v_end bank.session_end;
BEGIN
    DELETE FROM ledger.sessions AS s WHERE s.session_hash = v_hash;
    v_end.ended := FOUND;
    RETURN v_end;
END;
$function$;

COMMENT ON FUNCTION bank.end_session(text) IS
    'Sign out. Given the SHA-256 of the secret in the cookie. Web servers that have believed it '
    'lately go on with it for at most as long as they do with a key.';
REVOKE ALL ON FUNCTION bank.end_session(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.end_session(text) TO bank_teller, bank_auditor;
