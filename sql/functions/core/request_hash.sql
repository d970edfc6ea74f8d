-- request_hash: what tells two requests with the same key apart.
--
--   Returns  SHA-256 of the JSON of the request's named values, those that are NULL left out
--
-- So an argument that comes later, and is left out, changes no hash. metadata is given as text: a
-- NULL inside it is a value. One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.request_hash(request json)
RETURNS bytea
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT sha256(convert_to(json_strip_nulls(request)::text, 'UTF8'))
$function$;

COMMENT ON FUNCTION engine.request_hash(json) IS
    'Internal: SHA-256 of the named values of a request.';
REVOKE ALL ON FUNCTION engine.request_hash(json) FROM PUBLIC;
