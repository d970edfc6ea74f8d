-- lock_apart: lock the accounts of an operation one by one, where one statement did not find both.
--
--   Returns  what engine.prepare reads under the locks; of a collecting other account nothing that
--            moves, since nobody holds it still: its times and due time are NULL
--   Locks    the accounts in byte order, FOR NO KEY UPDATE; the other one FOR KEY SHARE if it is
--            collecting: any number of payers hold that at once, and whoever stops the collecting
--            waits for them
--   Errors   account_not_found (the first in byte order)
CREATE OR REPLACE FUNCTION engine.lock_apart(
    account_id text, other_account_id text, "timestamp" bigint, recorded_at bigint
)
RETURNS engine.parties
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_id text;
    v_other ledger.accounts;
    v engine.parties;
BEGIN
    FOR v_id IN
        SELECT named.id
        FROM unnest(ARRAY[lock_apart.account_id, lock_apart.other_account_id]) AS named (id)
        ORDER BY named.id COLLATE "C"
    LOOP
        IF v_id = lock_apart.other_account_id THEN
            SELECT a.* INTO v_other
            FROM ledger.accounts AS a
            WHERE a.account_id = v_id AND a.collecting
            FOR KEY SHARE;
            CONTINUE WHEN FOUND;
            SELECT a.* INTO v_other
            FROM ledger.accounts AS a
            WHERE a.account_id = v_id
            FOR NO KEY UPDATE;
        ELSIF v_id IS NOT NULL OR lock_apart.account_id IS NULL THEN
            SELECT a INTO v.account
            FROM ledger.accounts AS a
            WHERE a.account_id = v_id
            FOR NO KEY UPDATE;
        END IF;
        IF NOT FOUND THEN
            PERFORM engine.refuse('account_not_found', json_build_object('account_id', v_id));
        END IF;
    END LOOP;

    IF v_other.collecting THEN
        v_other.last_timestamp := NULL;
        v_other.next_due_at := NULL;
    END IF;
    v.other := v_other;
    v.recorded_at := lock_apart.recorded_at;
    v."timestamp" := coalesce(lock_apart."timestamp", greatest(
        lock_apart.recorded_at, (v.account).last_timestamp, v_other.last_timestamp
    ));
    RETURN v;
END;
$function$;

COMMENT ON FUNCTION engine.lock_apart(text, text, bigint, bigint) IS
    'Internal: locks the accounts of an operation one by one; raises account_not_found.';
REVOKE ALL ON FUNCTION engine.lock_apart(text, text, bigint, bigint) FROM PUBLIC;
