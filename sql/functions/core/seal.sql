-- seal: the hash that seals a leg and everything before it on its account.
--
--   Returns  sha256(head || content in UTF-8), 32 bytes; head is the hash of the leg before, empty
--            before the first
--
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.seal(head bytea, content text)
RETURNS bytea
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT sha256(
        head || convert_to(content, 'UTF8')
    )
$function$;

COMMENT ON FUNCTION engine.seal(bytea, text) IS
    'Internal: sha256 of the previous head and of the content of a leg.';
REVOKE ALL ON FUNCTION engine.seal(bytea, text) FROM PUBLIC;
