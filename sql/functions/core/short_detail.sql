-- short_detail: the numbers of a refusal, without the megabyte that somebody sent as a name.
--
--   Returns  the JSON given, its texts cut to 64 characters where it is longer than 4096 bytes
CREATE OR REPLACE FUNCTION engine.short_detail(detail json)
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF octet_length(detail::text) <= 4096 THEN
        RETURN detail;
    END IF;
    RETURN (
        SELECT json_object_agg(m.key, CASE json_typeof(m.value)
            WHEN 'string' THEN to_json(left(m.value #>> '{}', 64))
            ELSE m.value
        END)
        FROM json_each(detail) AS m
    );
END;
$function$;

COMMENT ON FUNCTION engine.short_detail(json) IS
    'Internal: the detail of a refusal, its texts cut where it is long.';
REVOKE ALL ON FUNCTION engine.short_detail(json) FROM PUBLIC;
