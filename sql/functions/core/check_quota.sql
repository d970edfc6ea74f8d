-- check_quota: refuse one more of what there may be only so many of.
--
--   Errors   quota_exceeded
--
-- quota names a column of ledger.settings; in_use is how many there are, counted under the lock
-- that whoever makes one takes; account_id is whose they are, NULL where they are nobody's.
CREATE OR REPLACE FUNCTION engine.check_quota(quota text, in_use bigint, account_id text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_allowed bigint := (SELECT (to_jsonb(s) ->> quota)::bigint FROM ledger.settings AS s);
BEGIN
    IF (in_use < v_allowed) IS NOT TRUE THEN
        PERFORM engine.refuse('quota_exceeded', json_strip_nulls(json_build_object(
            'quota', quota, 'allowed', v_allowed, 'in_use', in_use, 'account_id', account_id
        )));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_quota(text, bigint, text) IS
    'Internal: raises quota_exceeded where there are as many as ledger.settings allows.';
REVOKE ALL ON FUNCTION engine.check_quota(text, bigint, text) FROM PUBLIC;
