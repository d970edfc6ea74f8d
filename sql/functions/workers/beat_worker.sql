-- beat_worker: say that a worker still runs.
--
--   Returns  the worker; NULL where it is not there any more, and has to begin anew
--   Writes   ledger.worker_heartbeats
--   Errors   limited_to_accounts
CREATE OR REPLACE FUNCTION bank.beat_worker(worker_number bigint)
RETURNS bank.worker
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_worker ledger.worker_heartbeats;
BEGIN
    PERFORM engine.refuse_limited();
    UPDATE ledger.worker_heartbeats AS h
    SET beat_at = v_now, believed_until = engine.believed_until(v_now)
    WHERE h.worker_number = beat_worker.worker_number
    RETURNING * INTO v_worker;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN engine.show_worker(v_worker);
END;
$function$;

COMMENT ON FUNCTION bank.beat_worker(bigint) IS
    'Say that a worker still runs. NULL where it is not there any more, and has to begin anew.';
REVOKE ALL ON FUNCTION bank.beat_worker(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.beat_worker(bigint) TO bank_operator;
