-- numbered_ids: every id that batches of events tell of, with the batch.
--
-- Each has a leg, so there are no more ids than legs. Where there are, somebody has put them there,
-- maybe billions: then none is shown, and whoever looks for a leg's event finds that it has none.
CREATE VIEW engine.numbered_ids AS
SELECT
    b.first_event_id AS batch,
    generate_series(lower(i.ids), upper(i.ids) - 1) AS id
FROM ledger.event_batches AS b
CROSS JOIN LATERAL unnest(b.transaction_ids) AS i (ids)
WHERE (
    SELECT coalesce(sum(upper(e.ids)::numeric - lower(e.ids)), 0)
    FROM ledger.event_batches AS every
    CROSS JOIN LATERAL unnest(every.transaction_ids) AS e (ids)
) <= 2 * (SELECT count(*) FROM ledger.ledger_transactions) + 1000;
COMMENT ON VIEW engine.numbered_ids IS
    'Internal: every id that batches of events tell of, with the batch.';
