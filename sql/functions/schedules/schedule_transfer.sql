-- schedule_transfer: have money moved later, once or again and again.
--
--   Returns  the schedule; a repeat under the same key gets the first answer again
--   Writes   ledger.schedules
--   Locks    the source account; the target is only looked at
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, same_account,
--            invalid_argument (run_at, every, until), account_not_found (the source),
--            idempotency_key_reused, invalid_timestamp, operator_required (a timestamp, or a run_at
--            before it), account_not_found (the target), currency_mismatch, account_closed (of
--            either)
--
-- It reserves nothing and moves nothing yet, so the log does not tell of it. The nth occurrence is
-- counted from run_at, not from the one before: the 31st of every month stays what it is.
CREATE OR REPLACE FUNCTION bank.schedule_transfer(
    source_account_id text,
    target_account_id text,
    amount bigint,
    run_at bigint,
    every text DEFAULT NULL,
    until bigint DEFAULT NULL,
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
    v_source ledger.accounts;
    v_target ledger.accounts;
    v_schedule ledger.schedules;
    v_request text;
    v_response json;
BEGIN
    PERFORM engine.check_request(amount, metadata, idempotency_key);
    IF source_account_id = target_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', source_account_id));
    END IF;
    PERFORM engine.check_schedule(run_at, every, until);
    v_source := engine.lock_account(source_account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(
            target_account_id, amount, run_at, every, until, schedule_transfer."timestamp", metadata
        )::text;
        v_response := engine.replay(
            v_source.account_id, idempotency_key, 'schedule_transfer', v_request
        );
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.schedule, v_response);
        END IF;
    END IF;

    v_schedule.created_at := engine.fix_timestamp(schedule_transfer."timestamp", 0);
    IF run_at < v_schedule.created_at THEN
        PERFORM engine.require_operator('run_at');
    END IF;
    v_target := engine.read_account(target_account_id);
    IF v_source.currency <> v_target.currency THEN
        PERFORM engine.refuse('currency_mismatch', json_build_object(
            'source_currency', v_source.currency, 'target_currency', v_target.currency
        ));
    END IF;
    IF v_source.status = 'closed' THEN
        PERFORM engine.refuse_credit(v_source);
    ELSIF v_target.status = 'closed' THEN
        PERFORM engine.refuse_credit(v_target);
    END IF;

    v_schedule.account_id := source_account_id;
    v_schedule.schedule_number := nextval('ledger.schedule_seq');
    v_schedule.target_account_id := schedule_transfer.target_account_id;
    v_schedule.amount := schedule_transfer.amount;
    v_schedule.run_at := schedule_transfer.run_at;
    v_schedule.every := schedule_transfer.every;
    v_schedule.until := schedule_transfer.until;
    v_schedule.status := 'active';
    v_schedule.occurrence := 1;
    v_schedule.attempt := 1;
    v_schedule.runs := 0;
    v_schedule.next_run_at := schedule_transfer.run_at;
    v_schedule.metadata := schedule_transfer.metadata;
    INSERT INTO ledger.schedules VALUES (v_schedule.*);

    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_source.account_id, idempotency_key, 'schedule_transfer', v_request,
            row_to_json(engine.show_schedule(v_schedule))
        );
    END IF;
    RETURN engine.show_schedule(v_schedule);
END;
$function$;

COMMENT ON FUNCTION bank.schedule_transfer(
    text, text, bigint, bigint, text, bigint, bigint, jsonb, text
) IS
    'Schedules a transfer of amount (minor units) at run_at (ms), and with every (an ISO 8601 '
    'duration such as P1M, by the calendar of UTC) again and again, before until (ms; NULL: for '
    'ever). Nothing is reserved. timestamp: ms, operators only, as is a run_at in the past. Raises '
    'invalid_amount, invalid_argument, same_account, account_not_found, currency_mismatch, '
    'account_closed and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.schedule_transfer(
    text, text, bigint, bigint, text, bigint, bigint, jsonb, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.schedule_transfer(
    text, text, bigint, bigint, text, bigint, bigint, jsonb, text
) TO bank_teller;
