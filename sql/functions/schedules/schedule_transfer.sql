-- schedule_transfer: have money moved later, once or again and again.
--
--   Returns  the schedule; a repeat under the same key gets the first answer again
--   Writes   ledger.schedules, ledger.schedule_turns, one zero-amount leg of the source
--   Locks    the source account; the target is only looked at
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, same_account,
--            invalid_argument (run_at, every, until, time_zone), account_not_found (the source),
--            idempotency_key_reused, invalid_timestamp, timestamp_in_past, timestamp_in_future,
--            invalid_argument (a run_at before the timestamp), account_not_found (the target),
--            currency_mismatch, account_closed (of either), quota_exceeded
--
-- It reserves nothing and moves nothing yet. The nth occurrence is counted from run_at, not from
-- the one before: the 31st of every month stays what it is.
CREATE OR REPLACE FUNCTION bank.schedule_transfer(
    source_account_id text,
    target_account_id text,
    amount bigint,
    run_at bigint,
    every text DEFAULT NULL,
    until bigint DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
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
    v engine.parties;
    v_target ledger.accounts;
    v_schedule ledger.schedules;
BEGIN
    PERFORM engine.refuse_request(amount, metadata, idempotency_key);
    IF source_account_id = target_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', source_account_id));
    END IF;
    PERFORM engine.check_schedule(run_at, every, until, time_zone);
    v := engine.prepare(
        source_account_id, NULL, schedule_transfer."timestamp", idempotency_key,
        'schedule_transfer', json_build_object(
            'target_account_id', target_account_id, 'amount', amount, 'run_at', run_at,
            'every', every, 'until', until, 'time_zone', time_zone,
            'timestamp', schedule_transfer."timestamp", 'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.schedule, v.response);
    END IF;

    -- By the clock, even where the account is ahead of it.
    IF run_at < coalesce(schedule_transfer."timestamp", v.recorded_at) THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'run_at', 'value', run_at, 'expected',
            'not before ' || coalesce(schedule_transfer."timestamp", v.recorded_at)
        ));
    END IF;
    v_target := engine.read_account(target_account_id);
    IF (v.account).currency <> v_target.currency THEN
        PERFORM engine.refuse('currency_mismatch', json_build_object(
            'source_currency', (v.account).currency, 'target_currency', v_target.currency
        ));
    END IF;
    IF 'closed' IN ((v.account).status, v_target.status) THEN
        PERFORM engine.refuse('account_closed', json_build_object(
            'account_id',
            CASE (v.account).status WHEN 'closed' THEN source_account_id ELSE target_account_id END
        ));
    END IF;

    PERFORM engine.check_quota('schedules_per_account', (
        SELECT count(*)
        FROM ledger.schedules AS s
        WHERE s.account_id = source_account_id AND s.status = 'active'
    ), source_account_id);

    INSERT INTO ledger.schedules (
        account_id, schedule_number, target_account_id, amount, run_at, every, until, time_zone,
        next_run_at, created_at, metadata
    )
    VALUES (
        source_account_id, nextval('ledger.schedule_seq'), schedule_transfer.target_account_id,
        schedule_transfer.amount, schedule_transfer.run_at, schedule_transfer.every,
        schedule_transfer.until, schedule_transfer.time_zone, schedule_transfer.run_at,
        v."timestamp", schedule_transfer.metadata
    )
    RETURNING * INTO v_schedule;
    INSERT INTO ledger.schedule_turns (account_id, turn_at)
    VALUES (source_account_id, schedule_transfer.run_at)
    ON CONFLICT ON CONSTRAINT schedule_turns_pkey DO NOTHING;
    IF NOT FOUND THEN
        UPDATE ledger.schedule_turns AS t
        SET turn_at = least(t.turn_at, schedule_transfer.run_at)
        WHERE t.account_id = source_account_id;
    END IF;
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            source_account_id, idempotency_key, 'schedule_transfer', v.request_hash,
            row_to_json(engine.show_schedule(v_schedule))
        );
    END IF;
    PERFORM engine.book(
        v, nextval('ledger.transaction_seq'), 'schedule_transfer', 0, metadata => metadata,
        details => engine.schedule_details(v_schedule)
    );
    RETURN engine.show_schedule(v_schedule);
END;
$function$;

COMMENT ON FUNCTION bank.schedule_transfer(
    text, text, bigint, bigint, text, bigint, text, bigint, jsonb, text
) IS
    'Have money moved later, once or again and again. Nothing is reserved for it. What lacks '
    'money when it is due is tried again 1, 4 and 24 hours later, but not beyond the next '
    'occurrence: an event `schedule_postponed` says when, or `schedule_failed` that it is given '
    'up.';
REVOKE ALL ON FUNCTION bank.schedule_transfer(
    text, text, bigint, bigint, text, bigint, text, bigint, jsonb, text
) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.schedule_transfer(
    text, text, bigint, bigint, text, bigint, text, bigint, jsonb, text
) TO bank_teller;
