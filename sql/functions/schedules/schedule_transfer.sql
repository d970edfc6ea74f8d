-- schedule_transfer: have money moved later, once or again and again.
--
--   Returns  the schedule; a repeat under the same key gets the first answer again
--   Writes   ledger.schedules
--   Locks    the source account; the target is only looked at
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, same_account,
--            invalid_argument (run_at, every, until), account_not_found (the source),
--            idempotency_key_reused, invalid_timestamp, timestamp_in_future, invalid_argument (a
--            run_at before the timestamp), account_not_found (the target), currency_mismatch,
--            account_closed (of either)
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
    v engine.parties;
    v_target ledger.accounts;
    v_created_at bigint := coalesce(schedule_transfer."timestamp", engine.now());
    v_schedule ledger.schedules;
BEGIN
    PERFORM engine.refuse_request(amount, metadata, idempotency_key);
    IF source_account_id = target_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', source_account_id));
    END IF;
    PERFORM engine.check_schedule(run_at, every, until);
    -- Nothing counts yet, so the time of the newest leg does not matter.
    v := engine.prepare(
        source_account_id, NULL, NULL, idempotency_key, 'schedule_transfer', json_build_object(
            'target_account_id', target_account_id, 'amount', amount, 'run_at', run_at,
            'every', every, 'until', until, 'timestamp', schedule_transfer."timestamp",
            'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.schedule, v.response);
    END IF;

    IF schedule_transfer."timestamp" IS NOT NULL THEN
        PERFORM engine.refuse_timestamp(schedule_transfer."timestamp", 0);
    END IF;
    IF run_at < v_created_at THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'run_at', 'value', run_at, 'expected', 'not before ' || v_created_at
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

    INSERT INTO ledger.schedules (
        account_id, schedule_number, target_account_id, amount, run_at, every, until,
        next_run_at, created_at, metadata
    )
    VALUES (
        source_account_id, nextval('ledger.schedule_seq'), schedule_transfer.target_account_id,
        schedule_transfer.amount, schedule_transfer.run_at, schedule_transfer.every,
        schedule_transfer.until, schedule_transfer.run_at, v_created_at,
        schedule_transfer.metadata
    )
    RETURNING * INTO v_schedule;

    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            source_account_id, idempotency_key, 'schedule_transfer', v.request_hash,
            row_to_json(engine.show_schedule(v_schedule))
        );
    END IF;
    RETURN engine.show_schedule(v_schedule);
END;
$function$;

COMMENT ON FUNCTION bank.schedule_transfer(
    text, text, bigint, bigint, text, bigint, bigint, jsonb, text
) IS
    'Have money moved later, once or again and again. Nothing is reserved for it. What lacks '
    'money when it is due is tried again 1, 4 and 24 hours later, but not beyond the next '
    'occurrence.';
REVOKE ALL ON FUNCTION bank.schedule_transfer(
    text, text, bigint, bigint, text, bigint, bigint, jsonb, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.schedule_transfer(
    text, text, bigint, bigint, text, bigint, bigint, jsonb, text
) TO bank_teller;
