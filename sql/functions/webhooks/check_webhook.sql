-- check_webhook: refuse a webhook that could never work.
--
--   Errors   invalid_url, address_not_allowed, invalid_argument (secret, types, after)
CREATE OR REPLACE FUNCTION engine.check_webhook(
    url text, secret text, types text[], after bigint
)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    PERFORM engine.check_webhook_url(url);
    PERFORM engine.check_secret(secret);
    IF types IS NOT NULL AND (
        cardinality(types) BETWEEN 1 AND 100 AND array_ndims(types) = 1
    ) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'types', 'length', cardinality(types),
            'expected', '1 to 100 operations, or left out'
        ));
    END IF;
    PERFORM engine.check_operation('types', t.type) FROM unnest(types) AS t (type);
    IF after NOT BETWEEN 0 AND 9007199254740991 THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'after', 'value', after,
            'expected', '0 to 9007199254740991'
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_webhook(text, text, text[], bigint) IS
    'Internal: raises invalid_url, address_not_allowed or invalid_argument for a webhook that '
    'could never work.';
REVOKE ALL ON FUNCTION engine.check_webhook(text, text, text[], bigint) FROM PUBLIC;
