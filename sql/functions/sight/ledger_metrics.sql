-- ledger_metrics: what can be measured of the ledger, as it is now.
--
--   Returns  JSON, see docs/observability.md
--   Errors   limited_to_accounts
--
-- It must stay cheap on a ledger of any size. So it reads ends of indexes, and of what there may be
-- any number it counts no more than c_most, from the oldest on; where statistics are old PostgreSQL
-- would rather read and sort all of it, and may not. The number of legs is that of the
-- newest event: each leg is one, and their numbers have no gaps.
CREATE OR REPLACE FUNCTION bank.ledger_metrics()
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET enable_bitmapscan = off
SET enable_sort = off
AS $function$
DECLARE
    c_most CONSTANT bigint := 5000;
    v_now bigint := engine.now();
BEGIN
    PERFORM engine.refuse_limited();
    RETURN json_build_object(
        'timestamp', v_now,
        'legs', (
            SELECT coalesce(max(b.first_event_id + b.events - 1), 0)
            FROM (
                SELECT e.first_event_id, e.events FROM ledger.event_batches AS e
                ORDER BY e.first_event_id DESC LIMIT 1
            ) AS b
        ),
        'lag_ms', engine.lags(v_now),
        'workers', (
            SELECT count(*) FROM ledger.worker_heartbeats AS h WHERE h.believed_until > v_now
        ),
        'webhooks', engine.webhook_metrics(v_now),
        'cashbacks', (
            SELECT coalesce(json_agg(row_to_json(c)), '[]')
            FROM (
                SELECT p.currency, count(*) AS pending, sum(p.cashback) AS amount
                FROM (
                    SELECT
                        q.cashback,
                        -- Looked up one by one: joined, all accounts would be read.
                        (
                            SELECT a.currency FROM ledger.accounts AS a
                            WHERE a.account_id = q.account_id
                        ) AS currency
                    FROM ledger.payments AS q
                    WHERE q.cashback_status = 'pending'
                    ORDER BY q.cashback_due_at, q.account_id
                    LIMIT c_most
                ) AS p
                GROUP BY p.currency
                ORDER BY p.currency
            ) AS c
        ),
        -- Those who wait for a row wait for its transaction, which is of no database by itself.
        'waiting_for_locks', (
            SELECT count(DISTINCT l.pid)
            FROM pg_locks AS l
            INNER JOIN pg_stat_activity AS s ON s.pid = l.pid
            WHERE NOT l.granted AND s.datname = current_database()
        ),
        'proofs', (
            SELECT json_agg(row_to_json(p))
            FROM (
                SELECT
                    k.kind,
                    v_now - (
                        SELECT q.ended_at
                        FROM ledger.proofs AS q
                        WHERE q.kind = k.kind
                            AND CASE k.kind
                                WHEN 'verification' THEN q.clean IS NOT NULL
                                ELSE q.sha256 IS NOT NULL
                            END
                        ORDER BY q.proof_number DESC
                        LIMIT 1
                    ) AS age_ms,
                    (
                        SELECT q.clean
                        FROM ledger.proofs AS q
                        WHERE q.kind = k.kind AND q.clean IS NOT NULL
                        ORDER BY q.proof_number DESC
                        LIMIT 1
                    ) AS clean
                FROM unnest('{digest,digest_handed_out,verification}'::text[]) AS k (kind)
                ORDER BY k.kind
            ) AS p
        )
    );
END;
$function$;

COMMENT ON FUNCTION bank.ledger_metrics() IS
    'What can be measured of the ledger, as it is now. Made for monitoring, which asks every few '
    'seconds: it takes some milliseconds on a ledger of any size. Of webhook deliveries and of '
    'pending cashbacks it counts 5000 at most, the oldest ones.';
REVOKE ALL ON FUNCTION bank.ledger_metrics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.ledger_metrics() TO bank_operator, bank_auditor;
