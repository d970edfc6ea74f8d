-- batch_lock_mixed: take accounts of which some are collecting and only credited.
--
--   Returns  shared: those that are, which others may pay at the same time; held: the others.
--            Accounts that are not there are in neither
--   Locks    every account in byte order of account_id: shared FOR KEY SHARE, held FOR NO KEY
--            UPDATE
--
-- maybe_shared: those that were so without a lock. One that has stopped collecting by its turn is
-- held. One plan for all calls, see engine.post_legs.
CREATE OR REPLACE FUNCTION engine.batch_lock_mixed(
    account_ids text[], maybe_shared text[], OUT held text[], OUT shared text[]
)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $function$
DECLARE
    v_run record;
    v_found text[];
    v_locked text[];
BEGIN
    -- In byte order, a run of those that are only credited or of the others at a time. Those
    -- that are there now: one that is made meanwhile would be locked after its turn.
    FOR v_run IN
        SELECT n.shareable, array_agg(n.id) AS ids
        FROM (
            SELECT
                h.id,
                h.shareable,
                row_number() OVER (ORDER BY h.id COLLATE "C")
                - row_number() OVER (PARTITION BY h.shareable ORDER BY h.id COLLATE "C") AS island
            FROM (
                SELECT
                    a.account_id::text AS id,
                    m.id IS NOT NULL AS shareable
                FROM ledger.accounts AS a
                LEFT JOIN unnest(maybe_shared) AS m (id) ON m.id = a.account_id
                WHERE a.account_id = ANY(account_ids)
            ) AS h
        ) AS n
        GROUP BY n.shareable, n.island
        ORDER BY min(n.id COLLATE "C")
    LOOP
        v_found := NULL;
        IF v_run.shareable THEN
            SELECT array_agg(l.account_id) INTO v_found
            FROM (
                SELECT a.account_id
                FROM ledger.accounts AS a
                WHERE a.account_id = ANY(v_run.ids) AND a.collecting
                ORDER BY a.account_id
                FOR KEY SHARE
            ) AS l;
        END IF;
        shared := shared || v_found;
        v_locked := v_locked || v_run.ids;
        CONTINUE WHEN cardinality(v_found) = cardinality(v_run.ids);
        PERFORM FROM ledger.accounts AS a
        WHERE a.account_id = ANY(v_run.ids) AND (a.account_id = ANY(v_found)) IS NOT TRUE
        ORDER BY a.account_id
        FOR NO KEY UPDATE;
    END LOOP;
    held := ARRAY(
        SELECT l.id
        FROM unnest(v_locked) AS l (id)
        EXCEPT
        SELECT h.id
        FROM unnest(shared) AS h (id)
    );
END;
$function$;

COMMENT ON FUNCTION engine.batch_lock_mixed(text[], text[]) IS
    'Internal: locks accounts in byte order, collecting ones that are only credited FOR KEY SHARE.';
REVOKE ALL ON FUNCTION engine.batch_lock_mixed(text[], text[]) FROM PUBLIC;
