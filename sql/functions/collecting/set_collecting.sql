-- set_collecting: have an account collect its credits without a lock, or stop it.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the mark, one zero-amount leg; what has been collected is folded in first. Nothing
--            where the account is marked so already
--   Locks    the account, FOR UPDATE: it waits for everybody who is paying to it right now
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (collecting, or not at
--            READ COMMITTED), account_not_found, idempotency_key_reused, invalid_timestamp,
--            timestamp_in_past, timestamp_in_future, account_closed, balance_limit_exceeded (what
--            was collected does not fit the balance)
--
-- A payer holds the account FOR KEY SHARE from before he reads that it is collecting until he
-- commits. So once FOR UPDATE is ours, every credit there will ever be is committed, and whoever
-- comes later finds the account as we leave it: none is left behind. Other accounts do not matter.
CREATE OR REPLACE FUNCTION bank.set_collecting(
    account_id text,
    collecting boolean,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.account
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v engine.parties;
    v_account ledger.accounts;
    v_newest bigint;
    v_details jsonb;
BEGIN
    PERFORM engine.refuse_request(1, metadata, idempotency_key);
    IF collecting IS NULL THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'collecting', 'value', NULL, 'expected', 'true or false'
        ));
    END IF;
    PERFORM engine.refuse_snapshot();  -- credits to be folded might not be in it

    -- Payers hold a collecting account FOR KEY SHARE until they commit; this waits for all of them,
    -- and whoever comes later waits for us.
    PERFORM FROM ledger.accounts AS a
    WHERE a.account_id = set_collecting.account_id
    FOR UPDATE;
    v := engine.prepare(
        set_collecting.account_id, NULL, set_collecting."timestamp", idempotency_key,
        'set_collecting', json_build_object(
            'collecting', collecting, 'timestamp', set_collecting."timestamp",
            'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN engine.with_head(json_populate_record(NULL::bank.account, v.response));
    END IF;

    v_account := v.account;
    IF v_account.status = 'closed' THEN
        PERFORM engine.refuse(
            'account_closed', json_build_object('account_id', v_account.account_id)
        );
    END IF;
    IF v_account.collecting AND NOT collecting THEN
        v_newest := (
            SELECT max(c."timestamp")
            FROM ledger.collected_credits AS c
            WHERE c.account_id = v_account.account_id
        );
        IF v_newest > v."timestamp" THEN
            PERFORM engine.refuse('timestamp_in_past', json_build_object(
                'timestamp', v."timestamp", 'last_timestamp', v_newest
            ));
        END IF;
        PERFORM engine.refuse_collected(v_account);
    END IF;

    IF collecting <> v_account.collecting THEN
        v_details := jsonb_build_object('collecting', collecting);
        v_account.collecting := collecting;
    END IF;
    RETURN engine.record_change(
        v, v_account, 'set_collecting', v_details, metadata, idempotency_key
    );
END;
$function$;

COMMENT ON FUNCTION bank.set_collecting(text, boolean, bigint, jsonb, text) IS
    'Have an account collect its credits without a lock, or stop it. For accounts that many pay '
    'into at once: payers then do not queue for it. To stop it, what has been collected is posted '
    'first.';
REVOKE ALL ON FUNCTION bank.set_collecting(text, boolean, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.set_collecting(text, boolean, bigint, jsonb, text) TO bank_operator;
