-- postings_flaw: what is wrong with the shape of postings, if anything.
--
--   Returns  a reason that names the first posting at fault, or NULL
--
-- A misspelt field must not be passed over in silence. An amount is a whole number that a bigint
-- takes; whether it is one that money may have is told later.
CREATE OR REPLACE FUNCTION engine.postings_flaw(postings jsonb)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    c_known CONSTANT text[] := ARRAY[
        'source_account_id', 'target_account_id', 'amount', 'metadata'
    ];
    c_house CONSTANT text := '^@[a-z][a-z0-9_]{0,62}$';
    c_closed CONSTANT text[] := ARRAY[
        '@cashback', '@exchange', '@customers', '@transit', '@ledger'
    ];
BEGIN
    IF jsonb_typeof(postings) IS DISTINCT FROM 'array'
        OR jsonb_array_length(postings) NOT BETWEEN 1 AND 1000
    THEN
        RETURN 'not an array of 1 to 1000 postings';
    END IF;
    RETURN (
        SELECT format('posting %s: %s', p.number, p.flaw)
        FROM (
            SELECT
                o.number,
                CASE
                    WHEN jsonb_typeof(o.body) <> 'object' THEN 'is not an object'
                    WHEN o.body - c_known <> '{}' THEN 'unknown field ' || (
                        SELECT min(k) FROM jsonb_object_keys(o.body - c_known) AS k
                    )
                    WHEN jsonb_typeof(o.body -> 'source_account_id') IS DISTINCT FROM 'string'
                        THEN 'source_account_id is not a text'
                    WHEN jsonb_typeof(o.body -> 'target_account_id') IS DISTINCT FROM 'string'
                        THEN 'target_account_id is not a text'
                    WHEN jsonb_typeof(o.body -> 'amount') IS DISTINCT FROM 'number'
                        OR o.body ->> 'amount' !~ '^-?[0-9]{1,18}$'
                        THEN 'amount is not a whole number'
                    WHEN o.body ->> 'source_account_id' LIKE '@%'
                        AND o.body ->> 'target_account_id' LIKE '@%'
                        THEN 'no side is a customer''s'
                    WHEN EXISTS (
                        SELECT FROM unnest(ARRAY[
                            o.body ->> 'source_account_id', o.body ->> 'target_account_id'
                        ]) AS side (id)
                        WHERE side.id LIKE '@%'
                            AND (side.id !~ c_house OR side.id = ANY(c_closed))
                    ) THEN 'a house account that is not to be posted to'
                END AS flaw
            FROM jsonb_array_elements(postings) WITH ORDINALITY AS o (body, number)
        ) AS p
        WHERE p.flaw IS NOT NULL
        ORDER BY p.number
        LIMIT 1
    );
END;
$function$;

COMMENT ON FUNCTION engine.postings_flaw(jsonb) IS
    'Internal: the first flaw in the shape of postings, or NULL.';
REVOKE ALL ON FUNCTION engine.postings_flaw(jsonb) FROM PUBLIC;
