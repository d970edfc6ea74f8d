-- batch_items: read the JSON of a batch.
--
--   Returns  its items in order; items of one chain share a chain number
--   Errors   invalid_batch (not an array of 1 to 10000 objects, an unknown operation or field, a
--            value of the wrong type, a chain left open)
CREATE OR REPLACE FUNCTION engine.batch_items(operations jsonb, atomic boolean)
RETURNS SETOF engine.batch_item
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_reason text;
BEGIN
    IF jsonb_typeof(operations) IS DISTINCT FROM 'array' THEN
        PERFORM engine.refuse('invalid_batch', json_build_object('reason', 'not an array'));
    END IF;
    IF jsonb_array_length(operations) NOT BETWEEN 1 AND 10000 THEN
        PERFORM engine.refuse('invalid_batch', json_build_object(
            'reason', 'not 1 to 10000 items', 'items', jsonb_array_length(operations)
        ));
    END IF;
    v_reason := engine.batch_flaw(operations);
    IF v_reason IS NOT NULL THEN
        PERFORM engine.refuse('invalid_batch', json_build_object('reason', v_reason));
    END IF;

    RETURN QUERY
    SELECT
        i.item,
        CASE WHEN atomic THEN 1 ELSE 1 + count(*) FILTER (WHERE NOT i.linked) OVER (
            ORDER BY i.item ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) END,
        i.operation,
        i.payer,
        i.payee,
        i.amount,
        i.fee,
        i."timestamp",
        i.metadata,
        i.idempotency_key,
        -- The same text as in the function of that name, so that keys work across both.
        CASE
            WHEN i.idempotency_key IS NULL THEN NULL
            WHEN i.operation = 'transfer'
                THEN ROW(i.payee, i.amount, i."timestamp", i.metadata)::text
            WHEN i.operation = 'pay'
                THEN ROW(i.amount, i.payee, i.fee, i."timestamp", i.metadata)::text
            ELSE ROW(i.amount, i."timestamp", i.metadata)::text
        END
    FROM (
        SELECT
            row_number() OVER () AS item,
            r.operation,
            CASE r.operation
                WHEN 'transfer' THEN r.source_account_id
                WHEN 'deposit' THEN NULL
                ELSE r.account_id
            END AS payer,
            CASE r.operation
                WHEN 'transfer' THEN r.target_account_id
                WHEN 'deposit' THEN r.account_id
                WHEN 'pay' THEN r.merchant_account_id
            END AS payee,
            r.amount,
            coalesce(r.fee, 0) AS fee,
            r."timestamp",
            r.metadata,
            r.idempotency_key,
            coalesce(r.linked, false) AS linked
        FROM jsonb_to_recordset(operations) AS r (
            operation text, account_id text, source_account_id text, target_account_id text,
            merchant_account_id text, amount bigint, fee bigint, "timestamp" bigint,
            metadata jsonb, idempotency_key text, linked boolean
        )
    ) AS i;
EXCEPTION
    WHEN data_exception THEN  -- a value that is not of its field's type
        PERFORM engine.refuse('invalid_batch', json_build_object('reason', sqlerrm));
END;
$function$;

COMMENT ON FUNCTION engine.batch_items(jsonb, boolean) IS
    'Internal: the items of a batch; raises invalid_batch.';
REVOKE ALL ON FUNCTION engine.batch_items(jsonb, boolean) FROM PUBLIC;
