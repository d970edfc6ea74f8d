-- run_in_turn: run what is due of locked accounts, share of each at most, oldest first.
--
--   Returns  how many succeeded and how many were refused; remaining is 0
--   Writes   what engine.run_schedule writes
--   Locks    what engine.run_schedule locks
--
-- locked are all accounts that the caller holds: what is to be paid to another one waits. A run may
-- be followed by the next of its schedule. That has its place in the order as well, or a later one
-- would lead the accounts past the time at which it was due: so what follows is looked up anew.
CREATE OR REPLACE FUNCTION engine.run_in_turn(
    account_ids text[], locked text[], share bigint, "timestamp" bigint
)
RETURNS bank.schedule_progress
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    v_left bigint[] := array_fill(share, ARRAY[cardinality(account_ids)]);
    v_due record;
    v_followed_at bigint;
    v_before bigint;
    v_succeeded boolean;
    v_progress bank.schedule_progress := ROW(0, 0, 0);
BEGIN
    LOOP
        v_before := v_progress.succeeded + v_progress.refused;
        v_followed_at := NULL;
        FOR v_due IN
            SELECT w.number, due.schedule_number, due.next_run_at
            FROM unnest(account_ids, v_left) WITH ORDINALITY AS w (account_id, runs_left, number)
            CROSS JOIN LATERAL (
                SELECT s.schedule_number, s.next_run_at
                FROM ledger.schedules AS s
                WHERE s.account_id = w.account_id
                    AND s.status = 'active'
                    AND s.next_run_at <= run_in_turn."timestamp"
                    AND s.target_account_id = ANY(locked)
                ORDER BY s.next_run_at, s.schedule_number
                LIMIT w.runs_left
            ) AS due
            ORDER BY due.next_run_at, w.account_id COLLATE "C", due.schedule_number
        LOOP
            EXIT WHEN v_due.next_run_at > v_followed_at;
            v_succeeded := engine.run_schedule(v_due.schedule_number, run_in_turn."timestamp");
            IF v_succeeded THEN
                v_progress.succeeded := v_progress.succeeded + 1;
            ELSIF NOT v_succeeded THEN
                v_progress.refused := v_progress.refused + 1;
            END IF;
            v_left[v_due.number] := v_left[v_due.number] - 1;
            v_followed_at := least(v_followed_at, (
                SELECT s.next_run_at
                FROM ledger.schedules AS s
                WHERE s.schedule_number = v_due.schedule_number
                    AND s.next_run_at <= run_in_turn."timestamp"
            ));
        END LOOP;
        EXIT WHEN v_progress.succeeded + v_progress.refused = v_before;
    END LOOP;
    RETURN v_progress;
END;
$function$;

COMMENT ON FUNCTION engine.run_in_turn(text[], text[], bigint, bigint) IS
    'Internal: runs what is due of locked accounts, so many of each at most.';
REVOKE ALL ON FUNCTION engine.run_in_turn(text[], text[], bigint, bigint) FROM PUBLIC;
