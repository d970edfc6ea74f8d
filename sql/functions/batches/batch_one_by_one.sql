-- batch_one_by_one: run the items of a batch through the single functions, in order.
--
--   Returns  one result per item
--   Writes   what the single functions write; a chain that fails is rolled back as a whole
--   Locks    what the single functions lock
--
-- This is what a batch means. engine.batch_at_once gives the same answers faster, and leaves to
-- this function the few batches that need what only the single functions know.
CREATE OR REPLACE FUNCTION engine.batch_one_by_one(items engine.batch_item[])
RETURNS bank.batch_result[]
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_results bank.batch_result[] := ARRAY[]::bank.batch_result[];
    v_first integer := 1;
    v_last integer;
    v_at integer;
    v_detail text;
BEGIN
    WHILE v_first <= cardinality(items) LOOP
        v_last := v_first;
        WHILE items[v_last + 1].chain = items[v_first].chain LOOP
            v_last := v_last + 1;
        END LOOP;

        BEGIN
            FOR i IN v_first..v_last LOOP
                v_at := i;
                v_results[i] := engine.batch_item(items[i]);
            END LOOP;
        EXCEPTION
            WHEN SQLSTATE 'TL000' THEN  -- which stands for the whole class: any refusal
                GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
                FOR i IN v_first..v_last LOOP
                    v_results[i] := engine.batch_refused(items[i], 'linked_failed', '{}');
                END LOOP;
                v_results[v_at] := engine.batch_refused(items[v_at], sqlerrm, v_detail::json);
        END;
        v_first := v_last + 1;
    END LOOP;
    RETURN v_results;
END;
$function$;

COMMENT ON FUNCTION engine.batch_one_by_one(engine.batch_item[]) IS
    'Internal: runs the items of a batch through the single functions, a subtransaction per chain.';
REVOKE ALL ON FUNCTION engine.batch_one_by_one(engine.batch_item[]) FROM PUBLIC;
