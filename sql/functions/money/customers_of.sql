-- customers_of: the customer accounts that postings touch.
--
--   Returns  their ids, each once, in byte order
CREATE OR REPLACE FUNCTION engine.customers_of(postings engine.posting[])
RETURNS text[]
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT side.id COLLATE "C" AS id
        FROM unnest(postings) AS p
        CROSS JOIN LATERAL (
            VALUES (p.source_account_id), (p.target_account_id)
        ) AS side (id)
        WHERE side.id NOT LIKE '@%'
        ORDER BY id
    );
END;
$function$;

COMMENT ON FUNCTION engine.customers_of(engine.posting[]) IS
    'Internal: the customer accounts that postings touch.';
REVOKE ALL ON FUNCTION engine.customers_of(engine.posting[]) FROM PUBLIC;
