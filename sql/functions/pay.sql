-- pay: debit an account for a purchase and promise its cashback.
--
--   Returns  the receipt, with payment_id and the promised cashback (NULL where it is zero)
--   Writes   one leg, contra @payments; ledger.payments; ledger.cashbacks where there is one
--   Locks    the account
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, account_not_found,
--            idempotency_key_reused, invalid_timestamp, operator_required, timestamp_in_past,
--            account_frozen, account_blocked, account_closed, insufficient_funds,
--            invalid_timestamp (the cashback would be due after 2^53-1 ms)
CREATE OR REPLACE FUNCTION bank.pay(
    account_id text,
    amount bigint,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.payment_receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts;
    v_timestamp bigint;
    v_policy ledger.cashback_policies;
    v_cashback bigint;
    v_due_at bigint;
    v_transaction_id bigint;
    v_payment_number bigint;
    v_request text;
    v_response json;
    v_receipt bank.payment_receipt;
BEGIN
    PERFORM bank._check_request(amount, metadata, idempotency_key);
    v_account := bank._lock_account(pay.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(amount, pay."timestamp", metadata)::text;
        v_response := bank._replay(v_account.account_id, idempotency_key, 'pay', v_request);
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.payment_receipt, v_response);
        END IF;
    END IF;

    v_timestamp := bank._fix_timestamp(pay."timestamp", v_account.last_timestamp);
    IF v_account.next_cashback_due <= v_timestamp THEN
        v_account := bank._settle_due(v_account, v_timestamp);
    END IF;
    IF v_account.status <> 'active'
        OR v_account.balance - v_account.held + v_account.overdraft_limit < amount
    THEN
        PERFORM bank._refuse_debit(v_account, amount);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_payment_number := nextval('ledger.payment_seq');
    INSERT INTO ledger.payments (account_id, payment_number, transaction_id, "timestamp", amount)
    VALUES (v_account.account_id, v_payment_number, v_transaction_id, v_timestamp, amount);

    SELECT p.* INTO v_policy
    FROM ledger.cashback_policies AS p
    WHERE p.currency = v_account.currency;
    v_cashback := bank._cashback_for(amount, v_policy);
    IF v_cashback > 0 THEN
        v_due_at := v_timestamp + v_policy.delay_ms;
        PERFORM bank._check_timestamp(v_due_at);
        INSERT INTO ledger.cashbacks (account_id, payment_number, created_at, due_at, amount)
        VALUES (v_account.account_id, v_payment_number, v_timestamp, v_due_at, v_cashback);
        v_account.pending_cashback := v_account.pending_cashback + v_cashback;
        v_account.next_cashback_due := least(v_account.next_cashback_due, v_due_at);
        v_receipt.cashback := json_build_object('amount', v_cashback, 'due_at', v_due_at);
    END IF;

    v_account := bank._post_leg(
        v_account, v_transaction_id, v_timestamp, 'pay', -amount, '@payments',
        'payment' || v_payment_number, NULL, metadata
    );

    v_receipt.payment_id := 'payment' || v_payment_number;
    v_receipt.transaction_id := v_transaction_id;
    v_receipt.account_id := v_account.account_id;
    v_receipt.amount := amount;
    v_receipt.balance := v_account.balance;
    v_receipt.available := v_account.balance - v_account.held + v_account.overdraft_limit;
    v_receipt.currency := v_account.currency;
    v_receipt."timestamp" := v_timestamp;
    IF idempotency_key IS NOT NULL THEN
        PERFORM bank._remember(
            v_account.account_id, idempotency_key, 'pay', v_request, row_to_json(v_receipt)
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.pay(text, bigint, bigint, jsonb, text) IS
    'Debits an account for a purchase (contra @payments) and promises cashback by the policy of its '
    'currency. amount: minor units, 1 to 2^53-1. timestamp: ms, operators only. Returns payment_id, '
    'the balance after it and cashback {amount, due_at}. Raises invalid_amount, account_not_found, '
    'account_frozen, account_blocked, account_closed, insufficient_funds and the errors of timestamps '
    'and keys.';
REVOKE ALL ON FUNCTION bank.pay(text, bigint, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.pay(text, bigint, bigint, jsonb, text) TO bank_teller;
