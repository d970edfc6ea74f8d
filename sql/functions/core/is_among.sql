-- is_among: whether an id is one of some, or begins as one that ends in *.
CREATE OR REPLACE FUNCTION engine.is_among(account_id text, patterns text[])
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT account_id = ANY(patterns) OR EXISTS (
        SELECT FROM unnest(patterns) AS p (pattern)
        WHERE right(p.pattern, 1) = '*'
            AND starts_with(account_id, left(p.pattern, -1))
    )
$function$;

COMMENT ON FUNCTION engine.is_among(text, text[]) IS
    'Internal: whether an id is one of some, or begins as one that ends in *.';
REVOKE ALL ON FUNCTION engine.is_among(text, text[]) FROM PUBLIC;
