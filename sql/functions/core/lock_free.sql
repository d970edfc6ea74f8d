-- lock_free: take some accounts, of those that nobody else holds.
--
--   Returns  those taken, in the order given: of the first limit ones, where any of them is free,
--            else at most limit of the rest
--   Locks    the accounts, in byte order of account_id, FOR NO KEY UPDATE SKIP LOCKED, by one
--            statement
--
-- In byte order, though it skips what is locked: PostgreSQL waits all the same where it follows a
-- row from one update to the next, and then whoever holds that one must not wait for us.
CREATE OR REPLACE FUNCTION engine.lock_free(account_ids text[], "limit" bigint)
RETURNS text[]
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_locked text[];
BEGIN
    v_locked := ARRAY(
        SELECT a.account_id::text
        FROM ledger.accounts AS a
        WHERE a.account_id = ANY(account_ids[:"limit"])
        ORDER BY a.account_id
        FOR NO KEY UPDATE SKIP LOCKED
    );
    IF v_locked = '{}' THEN
        v_locked := ARRAY(
            SELECT a.account_id::text
            FROM ledger.accounts AS a
            WHERE a.account_id = ANY(account_ids)
            ORDER BY a.account_id
            LIMIT lock_free."limit"
            FOR NO KEY UPDATE SKIP LOCKED
        );
    END IF;
    RETURN ARRAY(
        SELECT i.account_id
        FROM unnest(account_ids) WITH ORDINALITY AS i (account_id, number)
        WHERE i.account_id = ANY(v_locked)
        ORDER BY i.number
    );
END;
$function$;

COMMENT ON FUNCTION engine.lock_free(text[], bigint) IS
    'Internal: locks accounts unless they are locked, some of those given; tells which it has.';
REVOKE ALL ON FUNCTION engine.lock_free(text[], bigint) FROM PUBLIC;
