-- set_collecting: have an account collect its credits without a lock, or stop it.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the mark, one zero-amount leg; what has been collected is folded in first. Nothing
--            where the account is marked so already
--   Locks    the account; to stop it, also table ledger.collected_credits until the end of the
--            transaction, so that payments to other collecting accounts wait for that long
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (collecting, or
--            not at READ COMMITTED), account_not_found, idempotency_key_reused, invalid_timestamp,
--            operator_required, timestamp_in_past, account_closed, balance_limit_exceeded
--            (what was collected does not fit the balance)
--
-- A payer holds the table from before he reads that an account is collecting (engine.lock_credited)
-- until he commits. So once the table is ours, every credit there will ever be is committed, and
-- whoever comes later finds the account not collecting: none is left behind.
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
    v_account ledger.accounts;
    v_left bigint;
    v_timestamp bigint;
    v_details jsonb;
    v_request text;
    v_response json;
BEGIN
    PERFORM engine.check_request(1, metadata, idempotency_key);
    IF collecting IS NULL THEN
        PERFORM engine.refuse(
            'invalid_argument', json_build_object('argument', 'collecting', 'value', NULL)
        );
    END IF;

    -- A transaction that keeps its first snapshot would not see the credits it has to fold.
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'transaction_isolation', 'value', current_setting('transaction_isolation')
        ));
    END IF;

    -- First the account, then the table, as whoever folds does; and not by _lock_account, which
    -- would hold the table by its folding already, as another one of us may too.
    PERFORM FROM ledger.accounts AS a
    WHERE a.account_id = set_collecting.account_id
        AND a.collecting
        AND NOT set_collecting.collecting
    FOR NO KEY UPDATE;
    IF FOUND THEN
        LOCK TABLE ledger.collected_credits IN SHARE ROW EXCLUSIVE MODE;
    END IF;
    v_account := engine.lock_account(set_collecting.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(collecting, set_collecting."timestamp", metadata)::text;
        v_response := engine.replay(
            v_account.account_id, idempotency_key, 'set_collecting', v_request
        );
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.account, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(set_collecting."timestamp", v_account.last_timestamp);
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;

    IF v_account.status = 'closed' THEN
        PERFORM engine.refuse(
            'account_closed', json_build_object('account_id', v_account.account_id)
        );
    END IF;
    IF v_account.collecting AND NOT collecting THEN
        v_left := (
            SELECT sum(c.amount)
            FROM ledger.collected_credits AS c
            WHERE c.account_id = v_account.account_id
        );
        IF v_left > 0 THEN
            PERFORM engine.refuse_balance(v_account, v_left);
        END IF;
    END IF;

    IF collecting <> v_account.collecting THEN
        v_details := jsonb_build_object('collecting', collecting);
        v_account.collecting := collecting;
    END IF;
    RETURN engine.record_change(
        v_account, v_timestamp, 'set_collecting', v_details, metadata, idempotency_key, v_request
    );
END;
$function$;

COMMENT ON FUNCTION bank.set_collecting(text, boolean, bigint, jsonb, text) IS
    'Has an account collect its credits without a lock, for accounts that many pay into at once, '
    'or folds them in and stops it. timestamp: ms. Raises account_not_found, account_closed, '
    'balance_limit_exceeded, invalid_argument and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.set_collecting(text, boolean, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.set_collecting(text, boolean, bigint, jsonb, text) TO bank_operator;
