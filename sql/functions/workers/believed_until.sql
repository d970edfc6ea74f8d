-- believed_until: how long a worker that beats now is taken to live.
--
--   Returns  the moment, ms: 5 s from now, five times as long as it takes to the next beat
CREATE OR REPLACE FUNCTION engine.believed_until(beat_at bigint)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT beat_at + 5000
$function$;

COMMENT ON FUNCTION engine.believed_until(bigint) IS
    'Internal: until when a worker is taken to live that beats at a moment.';
REVOKE ALL ON FUNCTION engine.believed_until(bigint) FROM PUBLIC;
