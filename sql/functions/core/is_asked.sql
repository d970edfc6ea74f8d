-- is_asked: whether an account is the one that a finder is asked about.
--
--   Returns  true where it is, and where all are asked about (asked is NULL)
--
-- One expression, so that it inlines: where a finder is planned for what it is asked, nothing is
-- left of it for all, and for one account the indices by account serve it. What is not said to be
-- safe would keep a query from being shared by several processes, long before it inlines.
CREATE OR REPLACE FUNCTION engine.is_asked(account_id text, asked text)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT is_asked.asked IS NULL OR is_asked.account_id = is_asked.asked
$function$;

COMMENT ON FUNCTION engine.is_asked(text, text) IS
    'Internal: whether an account is the one that a finder is asked about; any, if it is NULL.';
REVOKE ALL ON FUNCTION engine.is_asked(text, text) FROM PUBLIC;
