-- check_claim: refuse a claim that takes nothing, or too much.
--
--   Errors   invalid_argument (limit, lease_ms, share)
CREATE OR REPLACE FUNCTION engine.check_claim("limit" bigint, lease_ms bigint, share bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_wrong record;
BEGIN
    SELECT a.* INTO v_wrong
    FROM (
        VALUES
        (1, 'limit', "limit", 1, 1000),
        (2, 'lease_ms', lease_ms, 0, 86400000),
        (3, 'share', share, 1, 1000)
    ) AS a (number, name, given, least, most)
    WHERE (a.given BETWEEN a.least AND a.most) IS NOT TRUE
    ORDER BY a.number
    LIMIT 1;
    IF FOUND THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', v_wrong.name, 'value', v_wrong.given,
            'expected', v_wrong.least || ' to ' || v_wrong.most
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_claim(bigint, bigint, bigint) IS
    'Internal: raises invalid_argument for a claim that takes nothing, or too much.';
REVOKE ALL ON FUNCTION engine.check_claim(bigint, bigint, bigint) FROM PUBLIC;
