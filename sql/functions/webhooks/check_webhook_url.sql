-- check_webhook_url: refuse a URL that nothing could be sent to, or that nothing may be sent to.
--
--   Errors   invalid_url, address_not_allowed
--
-- A URL has no user and no fragment, and is already escaped: visible ASCII characters alone. Of an
-- IPv4 address there is one spelling, though libraries take others: a host whose last part is a
-- number is four of them, as anybody reads them. Names are looked up by whoever sends.
CREATE OR REPLACE FUNCTION engine.check_webhook_url(url text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_parts text[];  -- scheme, host, port
    v_host text;
    v_fit boolean;
    v_address inet;
    v_settings ledger.settings;
BEGIN
    v_parts := regexp_match(
        url,
        E'^(https?)://([A-Za-z0-9_.-]+|\\[[0-9A-Fa-f:.]+\\])(?::([0-9]{1,5}))?(?:[/?][!-"$-~]*)?$'
    );
    v_host := btrim(v_parts[2], '[]');
    v_fit := v_host IS NOT NULL
        AND char_length(url) <= 2048
        AND coalesce(v_parts[3]::bigint, 1) BETWEEN 1 AND 65535;
    IF v_parts[2] LIKE '[%' OR v_host ~* E'(^|\\.)([0-9]+|0x[0-9a-f]*)\\.?$' THEN
        BEGIN
            v_address := v_host::inet;
        EXCEPTION
            WHEN invalid_text_representation THEN
                v_fit := false;
        END;
        v_fit := v_fit AND (family(v_address) = 6 OR host(v_address) = v_host);
    ELSIF v_host ~* E'(^|\\.)localhost\\.?$' THEN
        v_address := '127.0.0.1';
    END IF;
    IF v_fit IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_url', json_build_object('url', left(url, 2048)));
    END IF;

    SELECT s.* INTO v_settings FROM ledger.settings AS s;
    IF (v_parts[1] = 'http' AND NOT v_settings.webhook_http) OR (
        v_address <<= ANY(engine.refused_networks())
        AND NOT v_address <<= ANY(v_settings.webhook_networks)
    ) THEN
        PERFORM engine.refuse(
            'address_not_allowed', json_build_object('scheme', v_parts[1], 'host', v_host)
        );
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_webhook_url(text) IS
    'Internal: raises invalid_url or address_not_allowed for what nothing can or may be sent to.';
REVOKE ALL ON FUNCTION engine.check_webhook_url(text) FROM PUBLIC;
