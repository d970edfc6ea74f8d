-- resume_session: whose session it is, as long as it goes on.
--
--   Returns  whose key it was begun with, as that is now; expires_at is when the session ends,
--            however busy it is, or the key
--   Writes   ledger.sessions, where it was not used for a minute
--   Locks    the session then; if somebody else has it locked, its use is being noted already
--   Errors   invalid_argument (session_sha256), invalid_session
--
-- The key is looked at each time, so whoever revokes it ends its sessions and need know of none.
CREATE OR REPLACE FUNCTION bank.resume_session(session_sha256 text)
RETURNS bank.identity
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    c_noted CONSTANT bigint := 60000;
    v_hash bytea := engine.session_hash(session_sha256);
    v_now bigint := engine.now();
    v_found record;
BEGIN
    SELECT
        s.used_at,
        ROW(
            k.name, k.role, engine.login_role(k.role), k.accounts,
            least(k.expires_at, s.begun_at + c.session_most_ms)
        )::bank.identity AS identity
    INTO v_found
    FROM ledger.sessions AS s
    INNER JOIN ledger.api_keys AS k ON k.name = s.api_key
    CROSS JOIN ledger.settings AS c
    WHERE s.session_hash = v_hash
        AND s.used_at + c.session_idle_ms > v_now
        AND s.begun_at + c.session_most_ms > v_now
        AND k.revoked_at IS NULL
        AND (k.expires_at > v_now) IS NOT FALSE;
    IF NOT FOUND THEN
        PERFORM engine.refuse('invalid_session', '{}');
    END IF;
    IF v_found.used_at < v_now - c_noted THEN
        UPDATE ledger.sessions AS s
        SET used_at = v_now
        WHERE s.session_hash = (
            SELECT u.session_hash
            FROM ledger.sessions AS u
            WHERE u.session_hash = v_hash AND u.used_at < v_now - c_noted
            FOR NO KEY UPDATE SKIP LOCKED
        );
    END IF;
    RETURN v_found.identity;
END;
$function$;

COMMENT ON FUNCTION bank.resume_session(text) IS
    'Whose session it is, as long as it goes on. Given the SHA-256 of the secret in the cookie. '
    'Web servers ask, as with `authenticate`, and may believe an answer for some seconds, but not '
    'beyond `expires_at`. It has ended where it was not used for `session_idle_ms` of '
    'ledger.settings, is older than `session_most_ms`, or its key does not count any more.';
REVOKE ALL ON FUNCTION bank.resume_session(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.resume_session(text) TO bank_teller, bank_auditor;
