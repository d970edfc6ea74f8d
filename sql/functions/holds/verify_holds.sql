-- verify_holds: see that holds are what their legs say, and that accounts reserve what holds say.
--
--   Returns  the violations of holds_logged, holds_add_up, holds_consistent, hold_targets_open
--
-- No index finds the legs of holds, since every other leg would pay for it: the log is read once,
-- and few of it is of holds. What a leg says is taken as it is, whoever may have written it: there
-- is no cast that could fail.
CREATE OR REPLACE FUNCTION engine.verify_holds(account_id text DEFAULT NULL)
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'holds_logged', coalesce(kept.account_id, posted.account_id), json_build_object(
        'hold_id', coalesce(kept.hold_id, posted.hold_id),
        'row', row_to_json(kept), 'legs', row_to_json(posted)
    )
    FROM (
        SELECT
            h.account_id,
            'hold' || h.hold_number AS hold_id,
            h.transaction_id,
            h.created_at,
            to_jsonb(h.expires_at) AS expires_at,
            h.target_account_id,
            h.amount::numeric AS amount,
            h.captured::numeric AS captured,
            h.captures,
            true AS in_order,
            true AS refunds_fit,
            h.status::text AS status,
            h.closed_at,
            h.metadata::text AS metadata
        FROM ledger.holds AS h
        WHERE engine.is_asked(h.account_id, verify_holds.account_id)
    ) AS kept
    FULL JOIN (
        SELECT
            h.account_id, h.hold_id, h.transaction_id, h.created_at, h.expires_at,
            h.target_account_id, h.amount, h.captured, h.captures, h.in_order,
            -- All that refers to its captures gives back of them, but for what was reversed itself.
            coalesce(h.refers_to <@ h.captures, true) AND h.captured >= coalesce((
                SELECT sum(t.amount)
                FROM ledger.ledger_transactions AS t
                WHERE t.account_id = h.account_id
                    AND t.refers_to = ANY(h.captures)
                    AND NOT EXISTS (
                        SELECT FROM ledger.reversals AS r
                        WHERE r.transaction_id = t.transaction_id
                    )
            ), 0) AS refunds_fit,
            h.status, h.closed_at, h.metadata
        FROM (
            SELECT
                leg.account_id,
                leg.hold_id,
                min(leg.transaction_id) FILTER (WHERE leg.operation = 'hold') AS transaction_id,
                min(leg."timestamp") FILTER (WHERE leg.operation = 'hold') AS created_at,
                (
                    array_agg(nullif(leg.details -> 'expires_at', 'null') ORDER BY leg.version DESC)
                    FILTER (WHERE leg.operation IN ('hold', 'raise_hold'))
                )[1] AS expires_at,
                min((leg.details ->> 'target_account_id') COLLATE "C") AS target_account_id,
                sum(
                    CASE jsonb_typeof(leg.details -> 'amount')
                        WHEN 'number' THEN (leg.details -> 'amount')::numeric
                    END
                ) AS amount,
                coalesce(-sum(leg.amount) FILTER (WHERE leg.operation = 'capture'), 0) AS captured,
                coalesce(
                    array_agg(leg.transaction_id ORDER BY leg.version)
                    FILTER (WHERE leg.operation = 'capture'),
                    '{}'
                ) AS captures,
                -- It begins with what makes it, and after its end it is only refunded.
                bool_and(
                    (leg.nth = 1) = (leg.operation = 'hold')
                    AND (leg.operation = 'refund_hold' OR NOT coalesce(leg.over, false))
                ) AS in_order,
                array_agg(leg.refers_to) FILTER (WHERE leg.operation = 'refund_hold') AS refers_to,
                coalesce(min(leg.ended), 'open') AS status,
                min(leg."timestamp") FILTER (WHERE leg.ended IS NOT NULL) AS closed_at,
                (array_agg(leg.metadata::text) FILTER (WHERE leg.operation = 'hold'))[1] AS metadata
            FROM (
                SELECT
                    t.*,
                    row_number() OVER of_hold AS nth,
                    bool_or(t.ended IS NOT NULL) OVER (
                        of_hold ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                    ) AS over
                FROM (
                    SELECT
                        l.*,
                        l.details ->> 'hold_id' AS hold_id,
                        CASE
                            WHEN l.operation = 'release_hold' THEN 'released'
                            WHEN l.operation = 'expire_hold' THEN 'expired'
                            WHEN l.operation = 'capture' AND l.details -> 'final' = 'true'
                                THEN 'captured'
                        END AS ended
                    FROM ledger.ledger_transactions AS l
                    WHERE l.operation IN (
                            'hold', 'raise_hold', 'capture', 'release_hold', 'expire_hold',
                            'refund_hold'
                        )
                        AND l.details ? 'hold_id'
                        AND engine.is_asked(l.account_id, verify_holds.account_id)
                ) AS t
                WINDOW of_hold AS (PARTITION BY t.account_id, t.hold_id ORDER BY t.version)
            ) AS leg
            GROUP BY leg.account_id, leg.hold_id
        ) AS h
    ) AS posted ON posted.account_id = kept.account_id AND posted.hold_id = kept.hold_id
    WHERE kept IS DISTINCT FROM posted;

    RETURN QUERY
    SELECT 'holds_add_up', a.account_id::text, json_build_object(
        'held', a.held, 'sum', coalesce(held.amount, 0),
        'next_due_at', a.next_due_at, 'expires_at', held.expires_at
    )
    FROM ledger.accounts AS a
    LEFT JOIN (
        SELECT h.account_id, sum(h.amount - h.captured) AS amount, min(h.expires_at) AS expires_at
        FROM ledger.holds AS h
        WHERE h.status = 'open'
            AND engine.is_asked(h.account_id, verify_holds.account_id)
        GROUP BY h.account_id
    ) AS held ON held.account_id = a.account_id
    WHERE engine.is_asked(a.account_id, verify_holds.account_id)
        AND (
            a.held <> coalesce(held.amount, 0)
            OR held.expires_at < coalesce(a.next_due_at, 9223372036854775807)
        );

    RETURN QUERY
    SELECT 'holds_consistent', h.account_id, json_build_object(
        'hold_id', 'hold' || h.hold_number, 'amount', h.amount, 'captured', h.captured,
        'status', h.status, 'created_at', h.created_at, 'expires_at', h.expires_at,
        'closed_at', h.closed_at
    )
    FROM ledger.holds AS h
    WHERE engine.is_asked(h.account_id, verify_holds.account_id)
        AND (
            h.captured BETWEEN 0 AND h.amount
            AND (h.captured < h.amount OR h.status <> 'open')
            AND (h.closed_at IS NULL) = (h.status = 'open')
            AND coalesce(h.expires_at > h.created_at, true)
        ) IS NOT TRUE;

    RETURN QUERY
    SELECT 'hold_targets_open', h.account_id, json_build_object(
        'hold_id', 'hold' || h.hold_number, 'target_account_id', h.target_account_id
    )
    FROM ledger.holds AS h
    LEFT JOIN ledger.accounts AS target ON target.account_id = h.target_account_id
    WHERE h.status = 'open'
        AND engine.is_asked(h.account_id, verify_holds.account_id)
        AND h.target_account_id IS NOT NULL
        AND coalesce(h.expires_at > engine.now(), true)
        AND coalesce(target.status, 'closed') = 'closed';
END;
$function$;

COMMENT ON FUNCTION engine.verify_holds(text) IS
    'Internal: the violations of holds.';
REVOKE ALL ON FUNCTION engine.verify_holds(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('holds_logged', 'A hold is what its legs say, each leg of a hold has its hold, and no more is given back than was captured.', 'verify_holds', true),
('holds_add_up', 'What an account holds back is the sum of its open holds, and it looks for what is due no later than the first expires.', 'verify_holds', true),
('holds_consistent', 'What a hold says of itself goes together.', 'verify_holds', true),
('hold_targets_open', 'An open hold is captured to an account that is there and not closed.', 'verify_holds', true);
