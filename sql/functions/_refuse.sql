-- _refuse: raise one of the refusals listed in view bank.refusals.
--
--   Returns  never
--   Errors   the one named: SQLSTATE and HINT as listed, MESSAGE its name, DETAIL the JSON given,
--            its texts cut where it is long: a megabyte need not come back
CREATE OR REPLACE FUNCTION bank._refuse(name text, detail json DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_refusal record;
BEGIN
    SELECT r.* INTO STRICT v_refusal FROM bank.refusals AS r WHERE r.name = _refuse.name;
    RAISE EXCEPTION USING
        ERRCODE = v_refusal.code,
        MESSAGE = v_refusal.name,
        DETAIL = bank._short_detail(_refuse.detail)::text,
        HINT = v_refusal.hint;
END;
$function$;

COMMENT ON FUNCTION bank._refuse(text, json) IS
    'Internal: raises the named refusal of bank.refusals with machine-readable DETAIL.';
REVOKE ALL ON FUNCTION bank._refuse(text, json) FROM PUBLIC;
