-- batch_request_refusal: what an item of a batch breaks whatever the state of its accounts.
--
--   Returns  the refusal that the single function would raise first, or NULL
--
-- The order is that of bank.deposit, bank.withdraw, bank.transfer and bank.pay up to the look-up of
-- the key. payer and payee are NULL rows where nobody has the id.
CREATE OR REPLACE FUNCTION engine.batch_request_refusal(
    item engine.batch_item, payer ledger.accounts, payee ledger.accounts
)
RETURNS engine.refusal
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_no_payer boolean;
    v_no_payee boolean;
BEGIN
    IF (item.amount BETWEEN 1 AND 9007199254740991) IS NOT TRUE THEN
        RETURN ROW('invalid_amount'::text, json_build_object('amount', item.amount));
    END IF;
    IF jsonb_typeof(item.metadata) <> 'object' THEN
        RETURN ROW('invalid_metadata'::text, json_build_object(
            'given', jsonb_typeof(item.metadata)
        ));
    END IF;
    IF octet_length(item.metadata::text) > 16384 THEN
        RETURN ROW('invalid_metadata'::text, json_build_object(
            'bytes', octet_length(item.metadata::text)
        ));
    END IF;
    IF char_length(item.idempotency_key) NOT BETWEEN 1 AND 255 THEN
        RETURN ROW('invalid_idempotency_key'::text, json_build_object(
            'length', char_length(item.idempotency_key)
        ));
    END IF;
    IF item.fee NOT BETWEEN 0 AND 9007199254740991 - item.amount THEN
        RETURN ROW('invalid_argument'::text, json_build_object(
            'argument', 'fee', 'value', item.fee
        ));
    END IF;
    IF item.payer = item.payee THEN
        RETURN ROW('same_account'::text, json_build_object('account_id', item.payer));
    END IF;

    v_no_payer := payer.account_id IS NULL AND item.operation <> 'deposit';
    v_no_payee := payee.account_id IS NULL
        AND (item.operation IN ('deposit', 'transfer') OR item.payee IS NOT NULL);
    IF v_no_payer AND v_no_payee THEN  -- the one that the single function would lock first
        v_no_payer := CASE item.operation
            WHEN 'pay' THEN (item.payee < item.payer COLLATE "C") IS NOT TRUE
            ELSE (item.payer < item.payee COLLATE "C") IS TRUE
        END;
    END IF;
    IF v_no_payer OR v_no_payee THEN
        RETURN ROW('account_not_found'::text, json_build_object(
            'account_id', CASE WHEN v_no_payer THEN item.payer ELSE item.payee END
        ));
    END IF;
    RETURN NULL;
END;
$function$;

COMMENT ON FUNCTION engine.batch_request_refusal(
    engine.batch_item, ledger.accounts, ledger.accounts
) IS 'Internal: what an item breaks before the state of its accounts matters, or NULL.';
REVOKE ALL ON FUNCTION engine.batch_request_refusal(
    engine.batch_item, ledger.accounts, ledger.accounts
) FROM PUBLIC;
