-- rewind_account: bring an account back that is ahead of the clock.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   one zero-amount leg at the time of the clock, with the reason and how far ahead the
--            account was; ledger.rewinds; the account's row, which says that there is one; before
--            that what engine.settle_due writes of credits that were collected ahead
--   Locks    the account, FOR UPDATE, so that nobody is paying it if it is collecting
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (reason,
--            transaction_isolation), account_not_found, idempotency_key_reused, account_not_ahead,
--            balance_limit_exceeded (what was collected ahead does not fit)
--
-- An account gets there by a server clock that was wrong, or while ledger.settings let it. What it
-- does then leads the other party there too, since no leg is older than the one before it. This
-- leg alone is: it is sealed like any other, and nothing before it is changed. What was posted
-- ahead counts from this leg on, see engine.version_at. What it set off (cashbacks paid early,
-- holds that expired) stays so, and is for operators to put right. A collecting account is ahead as
-- well if what it has collected is; that is folded in first, or it would wait for its time.
CREATE OR REPLACE FUNCTION bank.rewind_account(
    account_id text,
    reason text,
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
    v_ahead bigint;
    v_now bigint;
    v_hash bytea;
    v_response json;
BEGIN
    PERFORM engine.refuse_request(1, metadata, idempotency_key);
    PERFORM engine.check_reason(reason);
    PERFORM engine.refuse_snapshot();  -- credits to be folded might not be in it
    PERFORM FROM ledger.accounts AS a WHERE a.account_id = rewind_account.account_id FOR UPDATE;
    v_hash := engine.request_hash(
        json_build_object('reason', reason, 'metadata', metadata::text)
    );
    IF idempotency_key IS NOT NULL THEN
        v_response := engine.replay(
            rewind_account.account_id, idempotency_key, 'rewind_account', v_hash
        );
        IF v_response IS NOT NULL THEN
            RETURN engine.with_head(json_populate_record(NULL::bank.account, v_response));
        END IF;
    END IF;

    v_account := engine.read_account(rewind_account.account_id);
    v_now := engine.now();
    v_ahead := greatest(v_account.last_timestamp, (
        SELECT max(c."timestamp")
        FROM ledger.collected_credits AS c
        WHERE c.account_id = v_account.account_id
    ));
    IF v_ahead <= v_now THEN
        PERFORM engine.refuse('account_not_ahead', json_build_object(
            'account_id', v_account.account_id, 'last_timestamp', v_account.last_timestamp,
            'now', v_now
        ));
    END IF;

    -- What is due by now first; of what is due later the credits alone, which were accepted.
    PERFORM engine.settle_due(v_account.account_id, v_now);
    PERFORM engine.settle_due(v_account.account_id, v_ahead, only_collected => true);
    v_account := engine.read_account(rewind_account.account_id);
    IF v_account.last_timestamp <= v_now THEN
        PERFORM engine.refuse_collected(v_account);
    END IF;
    INSERT INTO ledger.rewinds (account_id, version, "timestamp")
    VALUES (v_account.account_id, v_account.version + 1, v_now);
    v_account.rewound := true;
    RETURN engine.record_change(
        ROW(v_account, NULL, v_now, v_now, NULL, v_hash, NULL), v_account,
        'rewind_account',
        jsonb_build_object('reason', reason, 'previous_timestamp', v_account.last_timestamp),
        metadata, idempotency_key
    );
END;
$function$;

COMMENT ON FUNCTION bank.rewind_account(text, text, jsonb, text) IS
    'Bring an account back that is ahead of the clock. By an entry at the time of the clock; '
    'nothing before it is changed, and what was posted ahead counts from it on. Operators only.';
REVOKE ALL ON FUNCTION bank.rewind_account(text, text, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.rewind_account(text, text, jsonb, text) TO bank_operator;
