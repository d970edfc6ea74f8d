-- _check_period: refuse a period that ends before it begins; NULL bounds pass.
--
--   Errors   invalid_timestamp, invalid_period
--
-- since is in the period, until is not, so that periods join without a gap; until may therefore be
-- one past the last millisecond there is. Equal bounds make an empty period, which is one.
CREATE OR REPLACE FUNCTION bank._check_period(since bigint, until bigint)
RETURNS void
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM bank._check_timestamp(since);
    IF until NOT BETWEEN 0 AND 9007199254740992 THEN
        PERFORM bank._refuse('invalid_timestamp', json_build_object('timestamp', until));
    END IF;
    IF since > until THEN
        PERFORM bank._refuse(
            'invalid_period', json_build_object('since', since, 'until', until)
        );
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank._check_period(bigint, bigint) IS
    'Internal: raises invalid_timestamp or invalid_period for a period of since (ms, included) to '
    'until (ms, not included).';
REVOKE ALL ON FUNCTION bank._check_period(bigint, bigint) FROM PUBLIC;
