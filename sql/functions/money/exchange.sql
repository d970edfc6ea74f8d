-- exchange: sell money of one currency for money of another.
--
--   Returns  the receipt, with the source's balance; a repeat under the same key gets the first one
--   Writes   two legs with one transaction_id, both contra @exchange; the house takes the one
--            currency and gives the other, so that the books of each sum to zero by themselves
--   Locks    both accounts, in byte order of account_id
--   Errors   invalid_amount (amount), invalid_metadata, invalid_idempotency_key, invalid_timestamp
--            (value_at), invalid_amount (target_amount), same_account, account_not_found (the first
--            in byte order), idempotency_key_reused, invalid_timestamp, timestamp_in_past,
--            timestamp_in_future, same_currency, account_frozen, account_blocked, account_closed,
--            insufficient_funds (of the source), account_blocked, account_closed,
--            balance_limit_exceeded (of the target)
--
-- The caller gives both amounts: they are the exact rate, and how it was rounded to minor units is
-- his decision. The rate is written down with them for people, in major units. Operators only: who
-- names both amounts names the price.
CREATE OR REPLACE FUNCTION bank.exchange(
    source_account_id text,
    target_account_id text,
    amount bigint,
    target_amount bigint,
    value_at bigint DEFAULT NULL,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.exchange_receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v engine.parties;
    v_available bigint;
    v_transaction_id bigint;
    v_rate text;
    v_details jsonb;
    v_receipt bank.exchange_receipt;
BEGIN
    PERFORM engine.refuse_request(amount, metadata, idempotency_key, value_at);
    IF (target_amount BETWEEN 1 AND 9007199254740991) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_amount', json_build_object('target_amount', target_amount));
    END IF;
    IF source_account_id = target_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', source_account_id));
    END IF;
    v := engine.prepare(
        source_account_id, coalesce(target_account_id, ''), exchange."timestamp", idempotency_key,
        'exchange', json_build_object(
            'target_account_id', target_account_id, 'amount', amount,
            'target_amount', target_amount, 'value_at', value_at,
            'timestamp', exchange."timestamp", 'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.exchange_receipt, v.response);
    END IF;

    IF (v.account).currency = (v.other).currency THEN
        PERFORM engine.refuse(
            'same_currency', json_build_object('currency', (v.account).currency)
        );
    END IF;
    PERFORM engine.refuse_debit(v.account, amount);
    PERFORM engine.refuse_credit(v.other, target_amount);

    v_available := (v.account).balance - (v.account).held + (v.account).overdraft_limit;
    v_rate := engine.exchange_rate(
        amount, (v.account).currency, target_amount, (v.other).currency
    );
    v_details := jsonb_build_object(
        'source_account_id', source_account_id, 'source_currency', (v.account).currency,
        'source_amount', amount, 'target_account_id', target_account_id,
        'target_currency', (v.other).currency, 'target_amount', target_amount, 'rate', v_rate
    );
    v_transaction_id := nextval('ledger.transaction_seq');
    v_receipt := ROW(
        v_transaction_id, source_account_id, target_account_id, amount, (v.account).currency,
        target_amount, (v.other).currency, v_rate, (v.account).balance - amount,
        v_available - amount, v."timestamp"
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            source_account_id, idempotency_key, 'exchange', v.request_hash, row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'exchange', -amount, '@exchange', metadata, value_at,
        v_details, other_amount => target_amount, other_details => v_details
    );
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.exchange(
    text, text, bigint, bigint, bigint, bigint, jsonb, text
) IS
    'Sell money of one currency for money of another. Both amounts are given, each in the '
    'account''s own currency, so the rate is exact and its rounding the caller''s. It goes '
    'through the house''s position @exchange. Operators only: who names both amounts names the '
    'price.';
REVOKE ALL ON FUNCTION bank.exchange(
    text, text, bigint, bigint, bigint, bigint, jsonb, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.exchange(
    text, text, bigint, bigint, bigint, bigint, jsonb, text
)
TO bank_operator;
