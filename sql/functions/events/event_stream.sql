-- event_stream: every leg that has its event_id, with the batch that gave it.
--
-- Who wants some of them names their batches: batch from engine.event_batch_of(the first) to the
-- last event_id. Without that it is all of the log.
CREATE VIEW engine.event_stream AS
SELECT
    b.first_event_id AS batch,
    l.operation AS type,
    l.account_id,
    l.version,
    l.transaction_id,
    l."timestamp",
    l.recorded_at,
    l.amount,
    l.balance_after,
    l.contra_account_id,
    l.payment_ref,
    l.refers_to,
    l.details,
    l.metadata,
    b.first_event_id - 1 + l.nth AS event_id,
    encode(l.hash, 'hex') AS hash,
    (
        SELECT a.currency FROM ledger.accounts AS a
        WHERE a.account_id = l.account_id
    ) AS currency
FROM ledger.event_batches AS b
CROSS JOIN LATERAL (
    SELECT
        posted.*,
        row_number() OVER (ORDER BY posted.id, posted.account_id, posted.version) AS nth
    FROM unnest(b.transaction_ids) AS i (ids)
    CROSS JOIN LATERAL (
        -- In the order of ids, so that they are looked up in the index.
        (
            SELECT t.transaction_id AS id, t.*
            FROM ledger.ledger_transactions AS t
            WHERE t.transaction_id >= lower(i.ids)
                AND t.transaction_id < upper(i.ids)
                AND t.folded_in IS NULL
            ORDER BY t.transaction_id
        )
        UNION ALL
        (
            SELECT t.folded_in, t.*
            FROM ledger.ledger_transactions AS t
            WHERE t.folded_in >= lower(i.ids)
                AND t.folded_in < upper(i.ids)
            ORDER BY t.folded_in
        )
    ) AS posted
) AS l;
COMMENT ON VIEW engine.event_stream IS
    'Internal: every leg that has its event_id, with the batch that gave it.';
