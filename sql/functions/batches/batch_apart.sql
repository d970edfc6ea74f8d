-- batch_apart: the items of a batch whose key makes them something for engine.batch_chain.
--
--   Returns  their numbers: whose key exists already, or was used by an item before
--
-- Of a key that items of two accounts use, the second is none that must go apart, but may.
CREATE OR REPLACE FUNCTION engine.batch_apart(operations jsonb)
RETURNS bigint[]
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
BEGIN
    RETURN ARRAY(
        SELECT o.number
        FROM (
            SELECT
                keyed.*,
                row_number() OVER (
                    PARTITION BY keyed.idempotency_key ORDER BY keyed.number
                ) > 1 AS repeated
            FROM ROWS FROM (
                jsonb_to_recordset(operations) AS (
                    account_id text, source_account_id text, idempotency_key text
                )
            ) WITH ORDINALITY AS keyed (account_id, source_account_id, idempotency_key, number)
            WHERE keyed.idempotency_key IS NOT NULL
        ) AS o
        WHERE o.repeated OR EXISTS (
            SELECT FROM ledger.idempotency_keys AS k
            WHERE k.owner = coalesce(o.account_id, o.source_account_id)
                AND k.idempotency_key = o.idempotency_key
        )
    );
END;
$function$;

COMMENT ON FUNCTION engine.batch_apart(jsonb) IS
    'Internal: the numbers of the items whose key exists already or was used by one before.';
REVOKE ALL ON FUNCTION engine.batch_apart(jsonb) FROM PUBLIC;
