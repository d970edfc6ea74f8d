-- lags: how long what is due has been waiting for a worker.
--
--   Returns  milliseconds by kind of work, of the oldest of each; 0 where nothing waits
--
-- Each is the first entry of an index, or of a table that is empty where a worker keeps up.
CREATE OR REPLACE FUNCTION engine.lags(now bigint)
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_cashback bigint := (
        SELECT min(p.cashback_due_at) FROM ledger.payments AS p WHERE p.cashback_status = 'pending'
    );
    v_hold bigint := (
        SELECT min(h.expires_at)
        FROM ledger.holds AS h
        WHERE h.status = 'open' AND h.expires_at IS NOT NULL
    );
    v_schedule bigint := (SELECT min(t.turn_at) FROM ledger.schedule_turns AS t);
    v_collected bigint := (
        SELECT c."timestamp" FROM ledger.collected_credits AS c ORDER BY c.transaction_id LIMIT 1
    );
    v_event bigint := (
        SELECT t.recorded_at
        FROM ledger.ledger_transactions AS t
        WHERE t.transaction_id > (SELECT s.mark FROM ledger.event_sequencer AS s)
        ORDER BY t.transaction_id
        LIMIT 1
    );
BEGIN
    RETURN json_build_object(
        'cashback', greatest(0, now - v_cashback),
        'hold', greatest(0, now - v_hold),
        'schedule', greatest(0, now - v_schedule),
        'collected_credit', greatest(0, now - v_collected),
        'event', greatest(0, now - v_event)
    );
END;
$function$;

COMMENT ON FUNCTION engine.lags(bigint) IS
    'Internal: how long what is due has been waiting for a worker, by kind of work.';
REVOKE ALL ON FUNCTION engine.lags(bigint) FROM PUBLIC;
