-- batch_flaw: what is wrong with the shape of a batch, if anything.
--
--   Returns  a reason that names the first item at fault, or NULL
--
-- A misspelt field must not be passed over in silence: it might be the idempotency key.
CREATE OR REPLACE FUNCTION engine.batch_flaw(operations jsonb)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    c_mistyped CONSTANT jsonpath := '$ ? (
        @.operation.type() != "string" && @.operation.type() != "null" ||
        @.account_id.type() != "string" && @.account_id.type() != "null" ||
        @.source_account_id.type() != "string" && @.source_account_id.type() != "null" ||
        @.target_account_id.type() != "string" && @.target_account_id.type() != "null" ||
        @.merchant_account_id.type() != "string" && @.merchant_account_id.type() != "null" ||
        @.amount.type() != "number" && @.amount.type() != "null" ||
        @.fee.type() != "number" && @.fee.type() != "null" ||
        @.timestamp.type() != "number" && @.timestamp.type() != "null" ||
        @.idempotency_key.type() != "string" && @.idempotency_key.type() != "null" ||
        @.linked.type() != "boolean" && @.linked.type() != "null"
    )'::jsonpath;
    c_common CONSTANT text[] := ARRAY[
        'operation', 'amount', 'timestamp', 'metadata', 'idempotency_key', 'linked'
    ];
    v_flaw text;
BEGIN
    SELECT format('item %s: %s', i.item, CASE
        WHEN jsonb_typeof(i.body) <> 'object' THEN 'is not an object'
        WHEN i.known IS NULL THEN 'unknown operation'
        WHEN i.body - (c_common || i.known) <> '{}' THEN 'unknown field ' || (
            SELECT min(k) FROM jsonb_object_keys(i.body - (c_common || i.known)) AS k
        )
        ELSE 'a field is not of its type'
    END) INTO v_flaw
    FROM (
        SELECT
            o.item,
            o.body,
            CASE o.body ->> 'operation'
                WHEN 'deposit' THEN ARRAY['account_id']
                WHEN 'withdraw' THEN ARRAY['account_id']
                WHEN 'transfer' THEN ARRAY['source_account_id', 'target_account_id']
                WHEN 'pay' THEN ARRAY['account_id', 'merchant_account_id', 'fee']
            END AS known
        FROM jsonb_array_elements(operations) WITH ORDINALITY AS o (body, item)
    ) AS i
    WHERE jsonb_typeof(i.body) <> 'object' OR i.known IS NULL
        OR i.body - (c_common || i.known) <> '{}'
        OR i.body @? c_mistyped
    ORDER BY i.item
    LIMIT 1;
    IF v_flaw IS NULL AND operations -> -1 ->> 'linked' = 'true' THEN
        RETURN 'the last item is linked to nothing';
    END IF;
    RETURN v_flaw;
END;
$function$;

COMMENT ON FUNCTION engine.batch_flaw(jsonb) IS
    'Internal: the first flaw in the shape of a batch, or NULL.';
REVOKE ALL ON FUNCTION engine.batch_flaw(jsonb) FROM PUBLIC;
