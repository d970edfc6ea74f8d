-- part_of: which of the parts of a period a moment lies in, where they are of equal length.
--
--   Returns  its number from 0; 0 before the period as well, and after it how many parts there are
--
-- Part n begins at since + floor(length * n / parts); no part is shorter than a millisecond. One
-- expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.part_of(at bigint, since bigint, until bigint, parts bigint)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT ((least(greatest(at, since), until) - since + 1) * parts - 1) / (until - since)
$function$;

COMMENT ON FUNCTION engine.part_of(bigint, bigint, bigint, bigint) IS
    'Internal: which of the equal parts of a period a moment (ms) lies in.';
REVOKE ALL ON FUNCTION engine.part_of(bigint, bigint, bigint, bigint) FROM PUBLIC;
