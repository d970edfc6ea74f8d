-- check_webhook: refuse a webhook that could never work.
--
--   Errors   invalid_url, invalid_argument (secret, types, after)
--
-- A URL has no user and no fragment, and is already escaped: visible ASCII characters alone.
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
    IF (
        url ~ '^https?://([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?][!-"$-~]*)?$'
        AND char_length(url) <= 2048
    ) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_url', json_build_object('url', left(url, 2048)));
    END IF;
    IF secret !~ '^[!-~]{16,255}$' THEN  -- which is not repeated
        PERFORM engine.refuse('invalid_argument', json_build_object('argument', 'secret'));
    END IF;
    IF types IS NOT NULL AND (
        cardinality(types) BETWEEN 1 AND 100
        AND array_ndims(types) = 1
        AND (SELECT bool_and((t.type ~ '^[a-z_]{1,64}$') IS TRUE) FROM unnest(types) AS t (type))
    ) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object('argument', 'types'));
    END IF;
    IF after NOT BETWEEN 0 AND 9007199254740991 THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'after', 'value', after
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_webhook(text, text, text[], bigint) IS
    'Internal: raises invalid_url or invalid_argument for a webhook that could never work.';
REVOKE ALL ON FUNCTION engine.check_webhook(text, text, text[], bigint) FROM PUBLIC;
