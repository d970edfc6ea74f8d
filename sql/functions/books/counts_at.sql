-- counts_at: from which moment on a leg counts.
--
--   Returns  its timestamp; by value_at its value date, where it has one
--
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.counts_at(by text, "timestamp" bigint, value_at bigint)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE WHEN by = 'value_at' THEN coalesce(value_at, "timestamp") ELSE "timestamp" END
$function$;

COMMENT ON FUNCTION engine.counts_at(text, bigint, bigint) IS
    'Internal: from which moment (ms) on a leg counts, by timestamp or by value_at.';
REVOKE ALL ON FUNCTION engine.counts_at(text, bigint, bigint) FROM PUBLIC;
