-- refuse_payment: raise what is wrong with a payment by itself, if anything.
--
--   Errors   invalid_argument (fee), same_account
CREATE OR REPLACE FUNCTION engine.refuse_payment(
    account_id text, merchant_account_id text, amount bigint, fee bigint
)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF (fee BETWEEN 0 AND 9007199254740991 - amount) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'fee', 'value', fee, 'expected', '0 to 9007199254740991 less the amount'
        ));
    ELSIF account_id = merchant_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', account_id));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_payment(text, text, bigint, bigint) IS
    'Internal: raises invalid_argument (fee) or same_account.';
REVOKE ALL ON FUNCTION engine.refuse_payment(text, text, bigint, bigint) FROM PUBLIC;
