-- passes: whether a line of a history passes filters, those that are NULL apart.
--
--   Returns  true or false
--
-- One expression, so that it inlines: it is tried line by line on the way along the primary key.
CREATE OR REPLACE FUNCTION engine.passes(
    operation text,
    amount bigint,
    contra_account_id text,
    payment_ref text,
    metadata jsonb,
    only_operation text,
    amount_min bigint,
    amount_max bigint,
    only_contra_account_id text,
    only_payment_ref text,
    only_metadata jsonb
)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT operation = coalesce(only_operation, operation)
        AND amount >= coalesce(amount_min, amount)
        AND amount <= coalesce(amount_max, amount)
        AND (only_contra_account_id IS NULL OR contra_account_id = only_contra_account_id)
        AND (only_payment_ref IS NULL OR payment_ref = only_payment_ref)
        AND (only_metadata IS NULL OR metadata @> only_metadata)
$function$;

COMMENT ON FUNCTION engine.passes(
    text, bigint, text, text, jsonb, text, bigint, bigint, text, text, jsonb
) IS 'Internal: whether a line of a history passes the filters that are given.';
REVOKE ALL ON FUNCTION engine.passes(
    text, bigint, text, text, jsonb, text, bigint, bigint, text, text, jsonb
) FROM PUBLIC;
