-- may_see_refusal: whether a refusal is for the eyes of whoever asks.
--
--   Returns  true or false
--
-- Who is for some accounts alone sees what is about these and no others, for a refusal may tell the
-- balance of any of them; and what he was refused himself, since that he was told. One expression,
-- so that it inlines: it is tried row by row.
CREATE OR REPLACE FUNCTION engine.may_see_refusal(
    caller text, account_ids text[], limited boolean, self text
)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT NOT limited OR caller = self OR (account_ids <> '{}' AND engine.are_own(account_ids))
$function$;

COMMENT ON FUNCTION engine.may_see_refusal(text, text[], boolean, text) IS
    'Internal: whether a refusal is for the eyes of whoever asks.';
REVOKE ALL ON FUNCTION engine.may_see_refusal(text, text[], boolean, text) FROM PUBLIC;
