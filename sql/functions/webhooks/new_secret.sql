-- new_secret: a secret to sign with.
--
--   Returns  whsec_ and 244 random bits; the server's generator is a cryptographic one
CREATE OR REPLACE FUNCTION engine.new_secret()
RETURNS text
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT 'whsec_' || replace(gen_random_uuid()::text || gen_random_uuid(), '-', '')
$function$;

COMMENT ON FUNCTION engine.new_secret() IS 'Internal: a secret to sign with.';
REVOKE ALL ON FUNCTION engine.new_secret() FROM PUBLIC;
