-- drop_sessions: remove sessions that nobody can go on with, and of a key all but the newest.
--
--   Writes   removes from ledger.sessions, a hundred at a time
--   Locks    the rows it removes; what is locked by others stays for the next
--
-- Whatever has ended is not used any more, so in time it is among those that were not used for
-- long: also those of keys that were revoked, without a write when that was done. A key that signs
-- in a hundred times at once may have a few more until it does so again; the row of the key is not
-- locked, for whoever revokes it must wait for nobody.
CREATE OR REPLACE FUNCTION engine.drop_sessions(api_key text, newest bigint)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_longest bigint := (
        SELECT least(c.session_idle_ms, c.session_most_ms) FROM ledger.settings AS c
    );
    v_unused_since bigint := engine.now() - v_longest;
BEGIN
    DELETE FROM ledger.sessions AS s
    WHERE s.session_hash IN (
        SELECT d.session_hash
        FROM ledger.sessions AS d
        WHERE d.used_at <= v_unused_since
        ORDER BY d.used_at
        LIMIT 100
        FOR NO KEY UPDATE SKIP LOCKED
    );
    DELETE FROM ledger.sessions AS s
    WHERE s.session_hash IN (
        SELECT d.session_hash
        FROM ledger.sessions AS d
        WHERE d.session_hash IN (
            SELECT o.session_hash
            FROM ledger.sessions AS o
            WHERE o.api_key = drop_sessions.api_key
            ORDER BY o.begun_at DESC, o.session_hash DESC
            OFFSET drop_sessions.newest
            LIMIT 100
        )
        FOR NO KEY UPDATE SKIP LOCKED
    );
END;
$function$;

COMMENT ON FUNCTION engine.drop_sessions(text, bigint) IS
    'Internal: removes sessions that have ended, and of a key all but the newest.';
REVOKE ALL ON FUNCTION engine.drop_sessions(text, bigint) FROM PUBLIC;
