-- payment_number: the number in a payment id.
--
--   Returns  7 for 'payment7'
--   Errors   payment_not_found, for anything that no payment is called
CREATE OR REPLACE FUNCTION engine.payment_number(payment_id text)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF (payment_id ~ '^payment[1-9][0-9]{0,15}$') IS NOT TRUE THEN
        PERFORM engine.refuse(
            'payment_not_found', json_build_object('payment_id', left(payment_id, 64))
        );
    END IF;
    RETURN substr(payment_id, 8)::bigint;
END;
$function$;

COMMENT ON FUNCTION engine.payment_number(text) IS
    'Internal: 7 for payment7; raises payment_not_found for what no payment is called.';
REVOKE ALL ON FUNCTION engine.payment_number(text) FROM PUBLIC;
