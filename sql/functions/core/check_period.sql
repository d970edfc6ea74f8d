-- check_period: refuse a period that ends before it begins; NULL bounds pass.
--
--   Errors   invalid_timestamp, invalid_period
--
-- since is in the period, until is not, so that periods join without a gap; until may therefore be
-- one past the last millisecond there is. Equal bounds make an empty period, which is one.
CREATE OR REPLACE FUNCTION engine.check_period(since bigint, until bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    PERFORM engine.check_timestamp(since);
    IF until NOT BETWEEN 0 AND 9007199254740992 THEN
        PERFORM engine.refuse('invalid_timestamp', json_build_object('timestamp', until));
    END IF;
    IF since > until THEN
        PERFORM engine.refuse(
            'invalid_period', json_build_object('since', since, 'until', until)
        );
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_period(bigint, bigint) IS
    'Internal: raises invalid_timestamp or invalid_period for a period of since (ms, included) to '
    'until (ms, not included).';
REVOKE ALL ON FUNCTION engine.check_period(bigint, bigint) FROM PUBLIC;
