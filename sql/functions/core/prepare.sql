-- prepare: what every writer does first: lock, replay, fix the time, settle what is due.
--
--   Returns  what is so under the locks: both accounts, the time at which the transaction counts,
--            and the answer of an earlier request with the same key (then nothing else matters)
--   Writes   what engine.settle_due writes
--   Locks    both accounts in byte order of account_id, FOR NO KEY UPDATE, so that opposite
--            transfers queue and never deadlock; the other one FOR KEY SHARE where it is
--            collecting, so that nobody queues for it
--   Errors   account_not_found (the first in byte order), idempotency_key_reused,
--            invalid_timestamp, timestamp_in_past, timestamp_in_future
--
-- other_account_id is NULL where the house is the other side. The key belongs to account_id;
-- request is JSON of the named values it stands for, NULL where there is no key. other_pays: the
-- other one is debited, so it is locked and settled even where it is collecting.
--
-- One statement locks both accounts: FOR NO KEY UPDATE OF takes them in the order in which it names
-- them, whatever the plan, which is why there is one for each order. Settling makes what was read
-- old, so it is read again.
CREATE OR REPLACE FUNCTION engine.prepare(
    account_id text,
    other_account_id text,
    "timestamp" bigint,
    idempotency_key text,
    operation text,
    request json,
    other_pays boolean DEFAULT false
)
RETURNS engine.parties
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_timestamp bigint := prepare."timestamp";
    v_hash bytea;
    v_unsettled boolean;
    v_settled boolean := false;
    v_other ledger.accounts;
    v engine.parties;
BEGIN
    IF current_setting('pgteller.accounts', true) <> '' THEN
        PERFORM engine.refuse_foreign(ARRAY[prepare.account_id, prepare.other_account_id]);
    END IF;
    LOOP
        IF prepare.other_account_id IS NULL THEN
            SELECT
                a, NULL::ledger.accounts, coalesce(v_timestamp, greatest(v_now, a.last_timestamp)),
                v_now, NULL::json, NULL::bytea, NULL::bytea
            INTO v
            FROM ledger.accounts AS a
            WHERE a.account_id = prepare.account_id
            FOR NO KEY UPDATE;
        ELSIF prepare.account_id < prepare.other_account_id COLLATE "C" THEN
            SELECT
                a, o,
                coalesce(v_timestamp, greatest(v_now, a.last_timestamp, o.last_timestamp)), v_now,
                NULL::json, NULL::bytea, NULL::bytea
            INTO v
            FROM ledger.accounts AS a
            CROSS JOIN ledger.accounts AS o
            WHERE a.account_id = prepare.account_id
                AND o.account_id = prepare.other_account_id
                AND (NOT o.collecting OR prepare.other_pays)
            FOR NO KEY UPDATE OF a, o;
        ELSE
            SELECT
                a, o,
                coalesce(v_timestamp, greatest(v_now, a.last_timestamp, o.last_timestamp)), v_now,
                NULL::json, NULL::bytea, NULL::bytea
            INTO v
            FROM ledger.accounts AS a
            CROSS JOIN ledger.accounts AS o
            WHERE a.account_id = prepare.account_id
                AND o.account_id = prepare.other_account_id
                AND (NOT o.collecting OR prepare.other_pays)
            FOR NO KEY UPDATE OF o, a;
        END IF;
        IF NOT FOUND THEN
            v := engine.lock_apart(
                prepare.account_id, prepare.other_account_id, v_timestamp, v_now
            );
        END IF;

        v_unsettled := least((v.account).next_due_at, (v.other).next_due_at) <= v."timestamp"
            OR (v.account).collecting
            OR (v.other).collecting AND prepare.other_pays;
        -- All that is rare behind one test.
        EXIT WHEN v_settled OR prepare.idempotency_key IS NULL
            AND v_timestamp IS NULL
            AND v_unsettled IS NOT TRUE;
        IF prepare.idempotency_key IS NOT NULL AND v_hash IS NULL THEN
            v_hash := engine.request_hash(prepare.request);
            v.response := engine.replay(
                prepare.account_id, prepare.idempotency_key, prepare.operation, v_hash
            );
            EXIT WHEN v.response IS NOT NULL;
        END IF;
        IF prepare."timestamp" IS NOT NULL THEN
            PERFORM engine.refuse_timestamp(
                v_timestamp, greatest((v.account).last_timestamp, (v.other).last_timestamp)
            );
        END IF;
        EXIT WHEN v_unsettled IS NOT TRUE;
        v_timestamp := v."timestamp";
        PERFORM engine.settle_due(prepare.account_id, v_timestamp);
        IF NOT (v.other).collecting OR prepare.other_pays THEN
            PERFORM engine.settle_due(prepare.other_account_id, v_timestamp);
        END IF;
        v_settled := true;
    END LOOP;
    IF prepare.idempotency_key IS NOT NULL THEN
        v.request_hash := v_hash;
    END IF;
    IF prepare.other_pays AND (v.other).collecting THEN
        v_other := v.other;
        v_other.collecting := false;  -- locked, so it is posted to like any other
        v.other := v_other;
    END IF;
    RETURN v;
END;
$function$;

COMMENT ON FUNCTION engine.prepare(text, text, bigint, text, text, json, boolean) IS
    'Internal: locks the accounts of an operation, replays its key, fixes its time (ms), settles '
    'what is due; raises account_not_found, idempotency_key_reused and the errors of timestamps.';
REVOKE ALL ON FUNCTION engine.prepare(text, text, bigint, text, text, json, boolean) FROM PUBLIC;
