-- cancel_schedule: run a schedule no more.
--
--   Returns  the schedule; a repeat under the same key gets the first answer again
--   Writes   ledger.schedules, ledger.schedule_turns, one zero-amount leg of the source
--   Locks    the source account, so that it has run before or will not run
--   Errors   schedule_not_found, invalid_metadata, invalid_idempotency_key,
--            idempotency_key_reused, invalid_timestamp, timestamp_in_past, timestamp_in_future,
--            schedule_ended
--
-- Whatever the status of the account.
CREATE OR REPLACE FUNCTION bank.cancel_schedule(
    schedule_id text,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.schedule
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_schedule ledger.schedules := engine.read_schedule(cancel_schedule.schedule_id);
    v engine.parties;
BEGIN
    PERFORM engine.refuse_request(1, metadata, idempotency_key);
    v := engine.prepare(
        v_schedule.account_id, NULL, cancel_schedule."timestamp", idempotency_key,
        'cancel_schedule', json_build_object(
            'schedule_id', cancel_schedule.schedule_id,
            'timestamp', cancel_schedule."timestamp", 'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.schedule, v.response);
    END IF;
    UPDATE ledger.schedules AS s
    SET status = 'cancelled', next_run_at = NULL, ended_at = v."timestamp"
    WHERE s.schedule_number = v_schedule.schedule_number
        AND s.status = 'active'
    RETURNING s.* INTO v_schedule;
    IF NOT FOUND THEN
        v_schedule := engine.read_schedule(cancel_schedule.schedule_id);
        PERFORM engine.refuse('schedule_ended', json_build_object(
            'schedule_id', cancel_schedule.schedule_id,
            'status', v_schedule.status, 'ended_at', v_schedule.ended_at
        ));
    END IF;

    PERFORM engine.give_turns(ARRAY[v_schedule.account_id], v."timestamp");
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            v_schedule.account_id, idempotency_key, 'cancel_schedule', v.request_hash,
            row_to_json(engine.show_schedule(v_schedule))
        );
    END IF;
    PERFORM engine.book(
        v, nextval('ledger.transaction_seq'), 'cancel_schedule', 0, metadata => metadata,
        details => jsonb_build_object('schedule_id', cancel_schedule.schedule_id)
    );
    RETURN engine.show_schedule(v_schedule);
END;
$function$;

COMMENT ON FUNCTION bank.cancel_schedule(text, bigint, jsonb, text) IS
    'Run a schedule no more. Whatever the status of the account.';
REVOKE ALL ON FUNCTION bank.cancel_schedule(text, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.cancel_schedule(text, bigint, jsonb, text) TO bank_teller;
