-- batch_chain: run a chain of items through the functions of their operations, in order.
--
--   Returns  one result per item
--   Writes   what these functions write; a chain that fails is rolled back as a whole
--   Locks    what these functions lock
--
-- This is what a batch means. engine.batch_run gives the same answers faster to items of which it
-- knows enough, and leaves the others to this one. An item with a key comes here under the locks of
-- its accounts, so that whether it is a repeat is settled.
CREATE OR REPLACE FUNCTION engine.batch_chain(operations jsonb, first integer, last integer)
RETURNS bank.batch_result[]
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_results bank.batch_result[] := ARRAY[]::bank.batch_result[];
    v_failed integer;
    v_operation jsonb;
    v_receipt json;
    v_detail text;
BEGIN
    FOR v_item IN first..last LOOP
        v_failed := v_item;
        v_operation := operations -> v_item - 1;
        v_receipt := NULL;
        IF v_operation ->> 'idempotency_key' IS NOT NULL THEN
            v_receipt := engine.batch_replay(v_operation);
        END IF;
        v_results := v_results || engine.batch_posted(
            v_item, v_operation, coalesce(v_receipt, engine.batch_item(v_operation)),
            CASE WHEN v_receipt IS NULL THEN 'posted' ELSE 'replayed' END
        );
    END LOOP;
    RETURN v_results;
EXCEPTION
    WHEN SQLSTATE 'TL000' THEN  -- which stands for the whole class: any refusal
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN engine.batch_failed(operations, first, last, v_failed, sqlerrm, v_detail::json);
END;
$function$;

COMMENT ON FUNCTION engine.batch_chain(jsonb, integer, integer) IS
    'Internal: runs a chain of a batch through the single functions, whole or not at all.';
REVOKE ALL ON FUNCTION engine.batch_chain(jsonb, integer, integer) FROM PUBLIC;
