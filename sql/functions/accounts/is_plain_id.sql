-- is_plain_id: whether a name is of plain ASCII without slashes, as most are, so that it is fine.
--
--   Returns  true where engine.check_account_id would find nothing wrong; else false or NULL
--
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.is_plain_id(account_id text)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT char_length(account_id) <= 64 AND account_id COLLATE "C" ~ (
        '^[!--0-?A-~]([ -.0-~]*[!-.0-~])?$'
    )
$function$;

COMMENT ON FUNCTION engine.is_plain_id(text) IS
    'Internal: whether a name is of plain ASCII without slashes, and so is fine.';
REVOKE ALL ON FUNCTION engine.is_plain_id(text) FROM PUBLIC;
