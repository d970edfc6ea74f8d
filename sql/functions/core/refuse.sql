-- refuse: raise one of the refusals listed in view bank.refusals.
--
--   Returns  never
--   Errors   the one named: SQLSTATE as listed, MESSAGE its name, HINT as listed and filled from
--            DETAIL, which is the JSON given, its texts cut where it is long: a megabyte need not
--            come back
CREATE OR REPLACE FUNCTION engine.refuse(name text, detail json DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_refusal record;
    v_detail json := engine.short_detail(refuse.detail);
BEGIN
    SELECT r.* INTO STRICT v_refusal FROM engine.refusals AS r WHERE r.name = refuse.name;
    RAISE EXCEPTION USING
        ERRCODE = v_refusal.code,
        MESSAGE = v_refusal.name,
        DETAIL = v_detail::text,
        HINT = engine.hint(v_refusal.hint, v_detail);
END;
$function$;

COMMENT ON FUNCTION engine.refuse(text, json) IS
    'Internal: raises the named refusal of bank.refusals with machine-readable DETAIL.';
REVOKE ALL ON FUNCTION engine.refuse(text, json) FROM PUBLIC;
