-- request_hash: what tells two requests with the same key apart.
--
--   Returns  SHA-256 of the JSON of the request's named values, those that are NULL left out
--
-- So an argument that comes later, and is left out, changes no hash. metadata is given as text: a
-- NULL inside it is a value.
CREATE OR REPLACE FUNCTION engine.request_hash(request json)
RETURNS bytea
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN sha256(convert_to(json_strip_nulls(request)::text, 'UTF8'));
END;
$function$;

COMMENT ON FUNCTION engine.request_hash(json) IS
    'Internal: SHA-256 of the named values of a request.';
REVOKE ALL ON FUNCTION engine.request_hash(json) FROM PUBLIC;
