-- batch_flaw: what is wrong with the shape of a batch, if anything.
--
--   Returns  a reason, which names the first item at fault where it is one, or NULL
--
-- A misspelt field must not be passed over in silence: it might be the idempotency key. Nor may a
-- value of the wrong type be taken for what it looks like.
--
-- Most items have little but the fields that they must have. To see that of one costs a tenth of
-- what it costs to look at each field, so these are left out first.
CREATE OR REPLACE FUNCTION engine.batch_flaw(operations jsonb, privileged boolean)
RETURNS text
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_plain boolean;
    v_flaw text;
BEGIN
    IF jsonb_typeof(operations) IS DISTINCT FROM 'array' THEN
        RETURN 'not an array';
    END IF;
    FOR v_item IN 0..jsonb_array_length(operations) - 1 LOOP
        v_plain := v_item < 10000 AND engine.batch_is_plain(operations -> v_item);
        EXIT WHEN NOT v_plain;
    END LOOP;
    IF v_plain THEN
        RETURN NULL;
    ELSIF jsonb_array_length(operations) NOT BETWEEN 1 AND 10000 THEN
        RETURN 'not 1 to 10000 items';
    END IF;
    WITH item AS (
        SELECT o.item, o.body, o.body ->> 'operation' AS operation
        FROM jsonb_array_elements(operations) WITH ORDINALITY AS o (body, item)
        WHERE NOT engine.batch_is_plain(o.body)
    ), flaw AS (
        SELECT
            i.item,
            CASE
                WHEN jsonb_typeof(i.body) <> 'object' THEN 'is not an object'
                ELSE 'unknown operation'
            END AS reason
        FROM item AS i
        WHERE NOT EXISTS (SELECT FROM engine.batch_fields AS f WHERE f.operation = i.operation)
            OR jsonb_typeof(i.body) <> 'object'
        UNION ALL
        SELECT
            i.item,
            'only operators may call ' || i.operation || ', in a privileged batch'
        FROM item AS i
        WHERE batch_flaw.privileged IS NOT TRUE
            AND i.operation IN (SELECT f.operation FROM engine.batch_fields AS f WHERE f.withheld)
        UNION ALL
        SELECT
            i.item,
            CASE
                WHEN f.field IS NULL THEN 'unknown field ' || given.key
                WHEN f.privileged AND given.value <> 'null'
                    THEN 'only operators may give ' || given.key || ', in a privileged batch'
                ELSE given.key || ' is not of its type'
            END
        FROM item AS i
        CROSS JOIN LATERAL jsonb_each(
            CASE jsonb_typeof(i.body) WHEN 'object' THEN i.body END
        ) AS given
        LEFT JOIN (
            SELECT
                b.operation, b.field, b.type,
                b.privileged AND batch_flaw.privileged IS NOT TRUE AS privileged
            FROM engine.batch_fields AS b
            UNION ALL
            VALUES (NULL, 'operation', 'string', false), (NULL, 'linked', 'boolean', false)
        ) AS f ON f.field = given.key AND coalesce(f.operation, i.operation) = i.operation
        WHERE f.field IS NULL
            OR f.privileged AND given.value <> 'null'
            OR jsonb_typeof(given.value) NOT IN (f.type, 'null')
            OR f.type = 'number' AND CASE jsonb_typeof(given.value) WHEN 'number' THEN (
                given.value::text ~ '^-?[0-9]{1,19}$'
                AND given.value::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
            ) IS NOT TRUE END
    )

    SELECT format('item %s: %s', f.item, f.reason) INTO v_flaw
    FROM flaw AS f
    ORDER BY f.item, f.reason <> 'unknown operation', f.reason
    LIMIT 1;
    IF v_flaw IS NULL AND operations -> -1 ->> 'linked' = 'true' THEN
        RETURN 'the last item is linked to nothing';
    END IF;
    RETURN v_flaw;
END;
$function$;

COMMENT ON FUNCTION engine.batch_flaw(jsonb, boolean) IS
    'Internal: the first flaw in the shape of a batch, or NULL.';
REVOKE ALL ON FUNCTION engine.batch_flaw(jsonb, boolean) FROM PUBLIC;
