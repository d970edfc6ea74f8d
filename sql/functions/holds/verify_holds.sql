-- verify_holds: see that accounts reserve what their open holds say.
--
--   Returns  the violations of holds_add_up, holds_consistent, hold_targets_open
CREATE OR REPLACE FUNCTION engine.verify_holds()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
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
        GROUP BY h.account_id
    ) AS held ON held.account_id = a.account_id
    WHERE a.held <> coalesce(held.amount, 0)
        OR held.expires_at < coalesce(a.next_due_at, 9223372036854775807);

    RETURN QUERY
    SELECT 'holds_consistent', h.account_id, json_build_object(
        'hold_id', 'hold' || h.hold_number, 'amount', h.amount, 'captured', h.captured,
        'status', h.status, 'created_at', h.created_at, 'expires_at', h.expires_at,
        'closed_at', h.closed_at
    )
    FROM ledger.holds AS h
    WHERE (
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
        AND h.target_account_id IS NOT NULL
        AND coalesce(h.expires_at > engine.now(), true)
        AND coalesce(target.status, 'closed') = 'closed';
END;
$function$;

COMMENT ON FUNCTION engine.verify_holds() IS
    'Internal: the violations of holds.';
REVOKE ALL ON FUNCTION engine.verify_holds() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('holds_add_up', 'What an account holds back is that of its open holds, none of which expires before it knows.', 'verify_holds'),
('holds_consistent', 'What a hold says of itself goes together.', 'verify_holds'),
('hold_targets_open', 'An open hold is captured to an account that is there and not closed.', 'verify_holds');
