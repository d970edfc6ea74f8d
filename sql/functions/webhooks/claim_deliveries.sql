-- claim_deliveries: take events that are to be sent now, for a while.
--
--   Returns  at most limit deliveries, each with all that sending it takes
--   Writes   ledger.webhook_deliveries; what bank.number_events and engine.queue_deliveries write
--   Locks    the deliveries, FOR NO KEY UPDATE SKIP LOCKED
--   Errors   limited_to_accounts, invalid_argument (limit, lease_ms, share,
--            transaction_isolation)
--
-- Whoever claims one sends it and calls bank.finish_deliveries. If that has not happened after
-- lease_ms, or the worker that it was for is dead, somebody else gets it: so nothing is lost, and
-- now and then something is sent twice. Webhooks take turns, and who is first is drawn by lot; of
-- one webhook there are `share` at once in the caller's hands, of one that fails a tenth of that:
-- so what hangs takes its own share and no other's. `sending` tells how many there are by now.
--
-- In two steps, for what is offered to everybody is more than what is locked. Whoever has locked
-- one looks again whether it is free, at the row as it is by then, and at who lives by then: it may
-- have been claimed by a worker that began after the first look.
CREATE OR REPLACE FUNCTION bank.claim_deliveries(
    "limit" bigint DEFAULT 10,
    lease_ms bigint DEFAULT 60000,
    worker_number bigint DEFAULT NULL,
    share bigint DEFAULT 100,
    sending jsonb DEFAULT NULL
)
RETURNS SETOF bank.claimed_delivery
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_now bigint;
    v_living bigint[];
    v_locked ledger.webhook_deliveries[];
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_claim("limit", lease_ms, share);
    -- By an old one a delivery that has arrived is still pending, and nothing would tell so: what
    -- is queued behind it would wait for ever.
    PERFORM engine.refuse_snapshot();
    PERFORM engine.queue_deliveries(n.newest) FROM bank.number_events() AS n;

    v_now := engine.now();
    v_living := ARRAY(
        SELECT h.worker_number FROM ledger.worker_heartbeats AS h WHERE h.believed_until > v_now
    );
    WITH offered AS MATERIALIZED (
        SELECT waiting.account_id, waiting.webhook_number, waiting.event_id
        FROM ledger.webhooks AS w
        CROSS JOIN LATERAL (
            SELECT
                d.account_id, d.webhook_number, d.event_id,
                row_number() OVER (ORDER BY d.next_attempt_at) AS turn
            FROM ledger.webhook_deliveries AS d
            WHERE d.webhook_number = w.webhook_number
                AND d.status = 'pending'
                AND d.next_attempt_at <= v_now
                AND (d.claimed_until > v_now AND (
                    d.claimed_by IS NULL OR d.claimed_by = ANY(v_living)
                )) IS NOT TRUE
            ORDER BY d.next_attempt_at
            LIMIT greatest(least(
                claim_deliveries."limit",
                CASE WHEN w.failing_since IS NULL THEN share ELSE (share + 9) / 10 END
                - coalesce((sending ->> ('webhook' || w.webhook_number))::bigint, 0)
            ), 0)
        ) AS waiting
        WHERE w.paused_at IS NULL
        ORDER BY waiting.turn, random()
        LIMIT claim_deliveries."limit"
    ), locked AS (
        SELECT ROW(d.*)::ledger.webhook_deliveries AS delivery
        FROM offered AS o
        INNER JOIN ledger.webhook_deliveries AS d
            ON d.account_id = o.account_id
                AND d.webhook_number = o.webhook_number
                AND d.event_id = o.event_id
        WHERE d.status = 'pending' AND d.next_attempt_at <= v_now
        FOR NO KEY UPDATE OF d SKIP LOCKED
    )

    SELECT array_agg(l.delivery) INTO v_locked FROM locked AS l;

    v_living := ARRAY(
        SELECT h.worker_number FROM ledger.worker_heartbeats AS h WHERE h.believed_until > v_now
    );
    RETURN QUERY
    WITH claimed AS (
        UPDATE ledger.webhook_deliveries AS d
        SET attempts = d.attempts + 1,
            last_attempt_at = v_now,
            claimed_by = claim_deliveries.worker_number,
            claimed_until = v_now + lease_ms,
            version = coalesce(
                d.version, (SELECT e.version FROM bank.list_events(d.event_id - 1, 1) AS e)
            )
        FROM unnest(v_locked) AS l
        WHERE d.account_id = l.account_id
            AND d.webhook_number = l.webhook_number
            AND d.event_id = l.event_id
            AND (l.claimed_until > v_now AND (
                l.claimed_by IS NULL OR l.claimed_by = ANY(v_living)
            )) IS NOT TRUE
        RETURNING d.account_id, d.webhook_number, d.event_id, d.version, d.attempts
    )
    SELECT
        'webhook' || c.webhook_number, c.event_id, c.attempts, w.url, w.secret,
        engine.event_body(c.event_id, t),
        CASE WHEN w.secret_until > v_now THEN w.secret_before END
    FROM claimed AS c
    INNER JOIN ledger.webhooks AS w ON w.webhook_number = c.webhook_number
    INNER JOIN ledger.ledger_transactions AS t
        ON t.account_id = c.account_id AND t.version = c.version;
END;
$function$;

COMMENT ON FUNCTION bank.claim_deliveries(bigint, bigint, bigint, bigint, jsonb) IS
    'Take events that are to be sent now, for a while. They are offered again after lease_ms, or '
    'once the worker is dead, unless bank.finish_deliveries is called. For workers: it shows '
    'secrets.';
REVOKE ALL ON FUNCTION bank.claim_deliveries(bigint, bigint, bigint, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.claim_deliveries(bigint, bigint, bigint, bigint, jsonb)
TO bank_operator;
