-- show_worker: a worker as its readers see it.
--
--   Returns  the worker
CREATE OR REPLACE FUNCTION engine.show_worker(worker ledger.worker_heartbeats)
RETURNS bank.worker
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_shown bank.worker := ROW(
        worker.worker_number, worker.name, worker.version, worker.started_at, worker.beat_at,
        worker.believed_until > engine.now()
    );
BEGIN
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION engine.show_worker(ledger.worker_heartbeats) IS
    'Internal: a worker''s row as readers see it.';
REVOKE ALL ON FUNCTION engine.show_worker(ledger.worker_heartbeats) FROM PUBLIC;
