-- prepare_all: engine.prepare for any number of accounts.
--
--   Returns  the time at which the transaction counts, and the answer of an earlier request with
--            the same key; account and other stay NULL
--   Writes   what engine.settle_due writes
--   Locks    every account, in byte order of account_id, FOR NO KEY UPDATE, collecting ones too
--   Errors   account_not_found (the first in byte order), idempotency_key_reused,
--            invalid_timestamp, timestamp_in_past, timestamp_in_future
--
-- owner: whose key it is.
CREATE OR REPLACE FUNCTION engine.prepare_all(
    account_ids text[],
    owner text,
    "timestamp" bigint,
    idempotency_key text,
    operation text,
    request json
)
RETURNS engine.parties
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    v_newest bigint;
    v_settled bigint;
    v engine.parties;
BEGIN
    PERFORM engine.lock_accounts(account_ids);
    v.recorded_at := engine.now();
    IF idempotency_key IS NOT NULL THEN
        v.request_hash := engine.request_hash(request);
        v.response := engine.replay(owner, idempotency_key, operation, v.request_hash);
        IF v.response IS NOT NULL THEN
            RETURN v;
        END IF;
    END IF;

    v_newest := (
        SELECT max(a.last_timestamp)
        FROM ledger.accounts AS a
        WHERE a.account_id = ANY(account_ids)
    );
    v."timestamp" := coalesce(prepare_all."timestamp", greatest(v.recorded_at, v_newest));
    IF prepare_all."timestamp" IS NOT NULL THEN
        PERFORM engine.refuse_timestamp(prepare_all."timestamp", v_newest);
    END IF;
    LOOP
        v_settled := (
            SELECT sum(engine.settle_due(a.account_id, v."timestamp"))
            FROM ledger.accounts AS a
            WHERE a.account_id = ANY(account_ids)
                AND (a.next_due_at <= v."timestamp" OR a.collecting)
        );
        EXIT WHEN (v_settled > 0) IS NOT TRUE;
    END LOOP;
    RETURN v;
END;
$function$;

COMMENT ON FUNCTION engine.prepare_all(text[], text, bigint, text, text, json) IS
    'Internal: locks any number of accounts, replays a key, fixes the time (ms), settles what is '
    'due; raises account_not_found, idempotency_key_reused and the errors of timestamps.';
REVOKE ALL ON FUNCTION engine.prepare_all(text[], text, bigint, text, text, json) FROM PUBLIC;
