-- end_worker: say that a worker has stopped.
--
--   Returns  the worker as it was last; NULL where it is not there any more
--   Writes   removes it from ledger.worker_heartbeats, so that what it has claimed is free at once
--   Errors   limited_to_accounts
CREATE OR REPLACE FUNCTION bank.end_worker(worker_number bigint)
RETURNS bank.worker
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_worker ledger.worker_heartbeats;
BEGIN
    PERFORM engine.refuse_limited();
    DELETE FROM ledger.worker_heartbeats AS h
    WHERE h.worker_number = end_worker.worker_number
    RETURNING * INTO v_worker;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN engine.show_worker(v_worker);
END;
$function$;

COMMENT ON FUNCTION bank.end_worker(bigint) IS
    'Say that a worker has stopped. What it has claimed is free at once.';
REVOKE ALL ON FUNCTION bank.end_worker(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.end_worker(bigint) TO bank_operator;
