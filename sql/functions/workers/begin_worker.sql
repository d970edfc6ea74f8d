-- begin_worker: say that a worker runs.
--
--   Returns  the worker, with the number by which it beats and claims
--   Writes   ledger.worker_heartbeats, from which it removes those that have been dead for a day
--   Errors   limited_to_accounts, invalid_argument (name, version)
--
-- Its number is the moment at which it begins: no sequence, which a restore could set back.
CREATE OR REPLACE FUNCTION bank.begin_worker(name text, version text)
RETURNS bank.worker
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_number bigint := v_now;
    v_worker ledger.worker_heartbeats;
BEGIN
    PERFORM engine.refuse_limited();
    IF (char_length(name) BETWEEN 1 AND 255) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'name', 'length', char_length(name), 'expected', '1 to 255 characters'
        ));
    END IF;
    IF (char_length(version) BETWEEN 1 AND 64) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'version', 'length', char_length(version),
            'expected', '1 to 64 characters'
        ));
    END IF;
    DELETE FROM ledger.worker_heartbeats AS h
    WHERE h.believed_until < v_now - 86400000;
    LOOP
        INSERT INTO ledger.worker_heartbeats
            (worker_number, name, version, started_at, beat_at, believed_until)
        VALUES (
            v_number, begin_worker.name, begin_worker.version, v_now, v_now,
            engine.believed_until(v_now)
        )
        ON CONFLICT ON CONSTRAINT worker_heartbeats_pkey DO NOTHING
        RETURNING * INTO v_worker;
        EXIT WHEN FOUND;
        v_number := v_number + 1;
    END LOOP;
    RETURN engine.show_worker(v_worker);
END;
$function$;

COMMENT ON FUNCTION bank.begin_worker(text, text) IS
    'Say that a worker runs. It beats every second from then on.';
REVOKE ALL ON FUNCTION bank.begin_worker(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.begin_worker(text, text) TO bank_operator;
