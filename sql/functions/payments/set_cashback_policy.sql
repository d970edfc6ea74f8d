-- set_cashback_policy: say what payments in a currency earn from now on.
--
--   Returns  the policy
--   Writes   ledger.cashback_policies; if that changes anything, one leg of @ledger
--   Locks    the policy's row
--   Errors   limited_to_accounts, unknown_currency,
--            invalid_argument (rate_bps, delay_ms, max_amount)
--
-- What is promised stays promised: a cashback holds its own amount and due time. A payment is
-- promised what the policy says while it is made, whatever timestamp it carries. No key is needed:
-- a repeat sets the same policy again.
CREATE OR REPLACE FUNCTION bank.set_cashback_policy(
    currency text,
    rate_bps bigint,
    delay_ms bigint DEFAULT 86400000,
    max_amount bigint DEFAULT NULL
)
RETURNS bank.cashback_policy
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_policy bank.cashback_policy;
    v_changed boolean;
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_currency(set_cashback_policy.currency);
    IF (rate_bps BETWEEN 0 AND 10000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'rate_bps', 'value', rate_bps,
            'expected', '0 to 10000'
        ));
    ELSIF (delay_ms BETWEEN 0 AND 315576000000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'delay_ms', 'value', delay_ms,
            'expected', '0 to 315576000000'
        ));
    ELSIF max_amount NOT BETWEEN 0 AND 9007199254740991 THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'max_amount', 'value', max_amount,
            'expected', '0 to 9007199254740991, or left out'
        ));
    END IF;

    -- First that there is a row, then what it says: of two at once the second has the last word.
    INSERT INTO ledger.cashback_policies (currency)
    VALUES (set_cashback_policy.currency)
    ON CONFLICT ON CONSTRAINT cashback_policies_pkey DO NOTHING;
    v_changed := FOUND;
    UPDATE ledger.cashback_policies AS p
    SET rate_bps = set_cashback_policy.rate_bps,
        delay_ms = set_cashback_policy.delay_ms,
        max_amount = set_cashback_policy.max_amount
    WHERE p.currency = set_cashback_policy.currency
        AND (p.rate_bps, p.delay_ms, p.max_amount) IS DISTINCT FROM (
            set_cashback_policy.rate_bps, set_cashback_policy.delay_ms,
            set_cashback_policy.max_amount
        );
    v_changed := v_changed OR FOUND;
    v_policy := ROW(currency, rate_bps, delay_ms, max_amount);
    IF v_changed THEN
        PERFORM engine.record_setting('set_cashback_policy', to_jsonb(v_policy));
    END IF;
    RETURN v_policy;
END;
$function$;

COMMENT ON FUNCTION bank.set_cashback_policy(text, bigint, bigint, bigint) IS
    'Say what payments in a currency earn from now on. Cashback promised before stays as it is. A '
    'rate of 0 ends it. A repeat sets the same policy again, so there is no key to give.';
REVOKE ALL ON FUNCTION bank.set_cashback_policy(text, bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.set_cashback_policy(text, bigint, bigint, bigint) TO bank_operator;
