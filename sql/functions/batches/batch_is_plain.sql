-- batch_is_plain: whether an item of a batch has the fields that it must have, and no other but
--            metadata and a key.
--
--   Returns  true or false; false also of what only looks unusual, at which engine.batch_flaw then
--            looks more closely
--
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.batch_is_plain(body jsonb)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT coalesce(
        CASE
            WHEN body ->> 'operation' = 'transfer' THEN
                jsonb_typeof(body -> 'source_account_id') = 'string'
                AND jsonb_typeof(body -> 'target_account_id') = 'string'
                AND body - '{source_account_id,target_account_id,operation,amount,metadata,'
                    'idempotency_key}'::text[] = '{}'
            WHEN body ->> 'operation' IN ('deposit', 'withdraw', 'pay') THEN
                jsonb_typeof(body -> 'account_id') = 'string'
                AND body - '{account_id,operation,amount,metadata,idempotency_key}'::text[] = '{}'
        END
        AND jsonb_typeof(body -> 'amount') = 'number'
        AND body ->> 'amount' NOT LIKE '%.%'
        AND length(body ->> 'amount') <= 18
        AND coalesce(jsonb_typeof(body -> 'idempotency_key') = 'string', true),
        false
    )
$function$;

COMMENT ON FUNCTION engine.batch_is_plain(jsonb) IS
    'Internal: whether an item of a batch has the fields that it must have.';
REVOKE ALL ON FUNCTION engine.batch_is_plain(jsonb) FROM PUBLIC;
