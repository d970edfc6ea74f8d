-- refund_hold: give back what was captured from a hold, all of it or a part.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   for each capture of which it gives something back, the oldest first, a leg contra the
--            hold's target or @payments, and the target's leg; each names that capture (refers_to)
--   Locks    the account and the target, in byte order; a collecting target too, since it pays
--   Errors   hold_not_found, invalid_amount, invalid_metadata, invalid_idempotency_key,
--            invalid_timestamp (value_at), idempotency_key_reused, invalid_timestamp,
--            timestamp_in_past, timestamp_in_future, hold_not_refundable, refund_exceeds_hold,
--            account_frozen, account_blocked, account_closed, insufficient_funds (of the target),
--            account_blocked, account_closed, balance_limit_exceeded (of the account)
--
-- What is given back is not reserved again, whether or not the hold is open still. How much that
-- was is written nowhere: it is what refers to the captures, so that bank.post and
-- bank.reverse_transaction give back of the same.
--
-- A target that is closed has nothing, for ever, so the bank stands in for it, from @payments, as
-- it does for a merchant.
CREATE OR REPLACE FUNCTION bank.refund_hold(
    hold_id text,
    amount bigint DEFAULT NULL,
    value_at bigint DEFAULT NULL,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.hold_receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_hold ledger.holds := engine.read_hold(refund_hold.hold_id);
    v engine.parties;
    v_account ledger.accounts;
    v_transaction_id bigint;
    v_refunded bigint;
    v_amount bigint;
    v_payer text;
    v_drafts engine.draft[];
    v_receipt bank.hold_receipt;
BEGIN
    PERFORM engine.refuse_request(coalesce(amount, 1), metadata, idempotency_key, value_at);
    v := engine.prepare(
        v_hold.account_id, v_hold.target_account_id, refund_hold."timestamp", idempotency_key,
        'refund_hold', json_build_object(
            'hold_id', refund_hold.hold_id, 'amount', amount, 'value_at', value_at,
            'timestamp', refund_hold."timestamp", 'metadata', metadata::text
        ), other_pays => true
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.hold_receipt, v.response);
    END IF;

    v_hold := engine.read_hold(refund_hold.hold_id);
    v_refunded := engine.refunded_of(v_hold);
    v_amount := coalesce(amount, v_hold.captured - v_refunded);
    IF v_refunded = v_hold.captured THEN
        PERFORM engine.refuse('hold_not_refundable', json_build_object(
            'hold_id', refund_hold.hold_id, 'captured', v_hold.captured, 'refunded', v_refunded
        ));
    ELSIF v_amount > v_hold.captured - v_refunded THEN
        PERFORM engine.refuse('refund_exceeds_hold', json_build_object(
            'hold_id', refund_hold.hold_id, 'refundable', v_hold.captured - v_refunded,
            'required', v_amount
        ));
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_payer := CASE
        WHEN (v.other).status <> 'closed' THEN (v.other).account_id ELSE '@payments'
    END;
    v_drafts := engine.refund_legs(
        v_hold, v_payer, v_amount, v_transaction_id, v."timestamp",
        nullif(value_at, v."timestamp"), metadata
    );
    PERFORM engine.refuse_legs(v_drafts, false);

    v_account := v.account;
    v_account.balance := v_account.balance + v_amount;
    v_receipt := engine.hold_receipt(
        v_account, v_hold, v_transaction_id, v_amount, 0, v."timestamp"
    );
    v_receipt.refunded := v_refunded + v_amount;
    IF idempotency_key IS NOT NULL THEN
        v_drafts[1].key_hash := engine.remember(
            v_hold.account_id, idempotency_key, 'refund_hold', v.request_hash,
            row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.post_drafts(v_drafts);
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.refund_hold(text, bigint, bigint, bigint, jsonb, text) IS
    'Give back what was captured from a hold, all of it or a part. All that is left of it, unless '
    'an amount is given. The target pays it, if there is one that is not closed, else the bank. It '
    'is not reserved again.';
REVOKE ALL ON FUNCTION bank.refund_hold(text, bigint, bigint, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.refund_hold(text, bigint, bigint, bigint, jsonb, text)
TO bank_teller;
