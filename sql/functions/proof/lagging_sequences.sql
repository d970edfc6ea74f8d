-- lagging_sequences: the sequences that would give numbers which are taken.
--
--   Returns  each with the number it has drawn last and the largest in use; none where all is well
--
-- PostgreSQL replicates a sequence's table and not the sequence, and a restore may leave it behind:
-- then payment7 is given twice, and a refund of it reaches the wrong one. Each largest number is
-- the end of an index, so that this costs no more on a large ledger; who serves it asks at start.
-- Numbers are looked up in one snapshot and sequences later: one at work never seems to lag.
CREATE OR REPLACE FUNCTION bank.lagging_sequences()
RETURNS SETOF bank.sequence_lag
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT s.sequence, s.last_value - CASE WHEN s.is_called THEN 0 ELSE 1 END, s.in_use
    FROM (
        SELECT 'ledger.transaction_seq' AS sequence, q.last_value, q.is_called, greatest(
            (SELECT max(t.transaction_id) FROM ledger.ledger_transactions AS t),
            (
                SELECT max(t.folded_in) FROM ledger.ledger_transactions AS t
                WHERE t.folded_in IS NOT NULL
            ),
            (SELECT max(c.transaction_id) FROM ledger.collected_credits AS c)
        ) AS in_use
        FROM ledger.transaction_seq AS q
        UNION ALL
        SELECT 'ledger.payment_seq', q.last_value, q.is_called, (
            SELECT max(p.payment_number) FROM ledger.payments AS p
        )
        FROM ledger.payment_seq AS q
        UNION ALL
        SELECT 'ledger.hold_seq', q.last_value, q.is_called, (
            SELECT max(h.hold_number) FROM ledger.holds AS h
        )
        FROM ledger.hold_seq AS q
        UNION ALL
        SELECT 'ledger.monitor_seq', q.last_value, q.is_called, (
            SELECT max(m.monitor_number) FROM ledger.monitors AS m
        )
        FROM ledger.monitor_seq AS q
        UNION ALL
        SELECT 'ledger.schedule_seq', q.last_value, q.is_called, (
            SELECT max(s.schedule_number) FROM ledger.schedules AS s
        )
        FROM ledger.schedule_seq AS q
        UNION ALL
        SELECT 'ledger.webhook_seq', q.last_value, q.is_called, (
            SELECT max(w.webhook_number) FROM ledger.webhooks AS w
        )
        FROM ledger.webhook_seq AS q
    ) AS s
    WHERE s.last_value - CASE WHEN s.is_called THEN 0 ELSE 1 END < s.in_use;
END;
$function$;

COMMENT ON FUNCTION bank.lagging_sequences() IS
    'The sequences that would give numbers which are taken. None where all is well; for after a '
    'restore or logical replication, neither of which need bring sequences along.';
REVOKE ALL ON FUNCTION bank.lagging_sequences() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.lagging_sequences() TO bank_teller, bank_operator, bank_auditor;
