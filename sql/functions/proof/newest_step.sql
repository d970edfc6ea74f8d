-- newest_step: the newest value that is not NULL; what aggregate engine.newest does for each.
--
--   Returns  the value, or the state so far where it is NULL
--
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.newest_step(state text, value text)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT coalesce(value, state)
$function$;

COMMENT ON FUNCTION engine.newest_step(text, text) IS
    'Internal: the transition of aggregate engine.newest.';
REVOKE ALL ON FUNCTION engine.newest_step(text, text) FROM PUBLIC;

-- noqa: disable=LT01,CP05
CREATE AGGREGATE engine.newest(text) (
    SFUNC = engine.newest_step,
    STYPE = text
);
COMMENT ON AGGREGATE engine.newest(text) IS
    'Internal: of values in order, the last that is not NULL.';
REVOKE ALL ON FUNCTION engine.newest(text) FROM PUBLIC;
