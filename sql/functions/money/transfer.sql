-- transfer: move money between two customer accounts of one currency.
--
--   Returns  the receipt, with the source's balance; a repeat under the same key gets the first one
--   Writes   two legs with one transaction_id, each naming the other account as contra
--   Locks    both accounts, in byte order of account_id, so that opposite transfers queue; a
--            collecting target only so that it goes on collecting, so that nobody queues for it
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, invalid_timestamp
--            (value_at), same_account, account_not_found (the first in byte order),
--            idempotency_key_reused, invalid_timestamp, timestamp_in_past, timestamp_in_future,
--            currency_mismatch, account_frozen, account_blocked, account_closed, insufficient_funds
--            (of the source), account_blocked, account_closed, balance_limit_exceeded (of the
--            target)
CREATE OR REPLACE FUNCTION bank.transfer(
    source_account_id text,
    target_account_id text,
    amount bigint,
    value_at bigint DEFAULT NULL,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.transfer_receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v engine.parties;
    v_transaction_id bigint;
    v_receipt bank.transfer_receipt;
BEGIN
    IF engine.is_plain(amount, metadata, idempotency_key, value_at) IS NOT TRUE THEN
        PERFORM engine.refuse_request(amount, metadata, idempotency_key, value_at);
    END IF;
    IF source_account_id = target_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', source_account_id));
    END IF;
    v := engine.prepare(
        source_account_id, coalesce(target_account_id, ''), transfer."timestamp", idempotency_key,
        'transfer', CASE WHEN idempotency_key IS NOT NULL THEN json_build_object(
            'target_account_id', target_account_id, 'amount', amount, 'value_at', value_at,
            'timestamp', transfer."timestamp", 'metadata', metadata::text
        ) END
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.transfer_receipt, v.response);
    END IF;

    IF engine.check_parties(v, amount, amount) IS NOT NULL THEN
        PERFORM engine.refuse_parties(v, amount, amount);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_receipt := ROW(
        v_transaction_id, source_account_id, target_account_id, amount,
        (v.account).balance - amount,
        (v.account).balance - (v.account).held + (v.account).overdraft_limit - amount,
        (v.account).currency, v."timestamp"
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            source_account_id, idempotency_key, 'transfer', v.request_hash, row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'transfer', -amount,
        metadata => metadata, value_at => value_at
    );
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.transfer(text, text, bigint, bigint, bigint, jsonb, text) IS
    'Move money between two customer accounts of one currency.';
REVOKE ALL ON FUNCTION bank.transfer(text, text, bigint, bigint, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.transfer(text, text, bigint, bigint, bigint, jsonb, text)
TO bank_teller;
