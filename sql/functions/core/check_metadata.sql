-- check_metadata: what is wrong with metadata, if anything.
--
--   Returns  'no object', 'too many levels', 'too many values', 'too large a number', 'too many
--            bytes', or NULL
--
-- Their text comes last, because it may be far longer than what was sent: 1e131071 is written out
-- with all its digits. With no more than so many values, and none beyond 1e308, it stays bounded.
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.check_metadata(metadata jsonb)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE
        WHEN jsonb_typeof(metadata) <> 'object' THEN 'no object'
        WHEN metadata @? '$.**{33}' THEN 'too many levels'
        WHEN jsonb_array_length(jsonb_path_query_array(metadata, 'strict $.**{last}')) > 1000
            THEN 'too many values'
        WHEN metadata @? 'strict $.**{last} ? (@ > 1e308 || @ < -1e308)'
            THEN 'too large a number'
        WHEN octet_length(metadata::text) > 16384 THEN 'too many bytes'
    END
$function$;

COMMENT ON FUNCTION engine.check_metadata(jsonb) IS
    'Internal: what is wrong with metadata, or NULL.';
REVOKE ALL ON FUNCTION engine.check_metadata(jsonb) FROM PUBLIC;
