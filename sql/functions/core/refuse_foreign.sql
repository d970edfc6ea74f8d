-- refuse_foreign: refuse accounts that the caller is not for, as if there were none such.
--
--   Errors   account_not_found (the first in byte order)
CREATE OR REPLACE FUNCTION engine.refuse_foreign(account_ids text[])
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_foreign text := (
        SELECT min(a.id COLLATE "C")
        FROM unnest(account_ids) AS a (id)
        WHERE a.id IS NOT NULL AND NOT engine.is_own(a.id)
    );
BEGIN
    IF v_foreign IS NOT NULL THEN
        PERFORM engine.refuse('account_not_found', json_build_object('account_id', v_foreign));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_foreign(text[]) IS
    'Internal: raises account_not_found for an account that the caller is not for.';
REVOKE ALL ON FUNCTION engine.refuse_foreign(text[]) FROM PUBLIC;
