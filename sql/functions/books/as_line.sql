-- as_line: a leg as those who read its account's history see it.
--
--   Returns  one line
--
-- One query without SET, so that it inlines.
CREATE OR REPLACE FUNCTION engine.as_line(posted ledger.ledger_transactions)
RETURNS SETOF bank.history_line
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT
        posted.transaction_id,
        posted."timestamp",
        posted.recorded_at,
        coalesce(posted.value_at, posted."timestamp"),
        posted.operation,
        posted.amount,
        posted.balance_after,
        posted.contra_account_id,
        posted.payment_ref,
        CASE WHEN posted.operation = 'cashback' THEN true END,
        posted.refers_to,
        posted.metadata,
        posted.posting_metadata,
        posted.details,
        posted.version,
        encode(posted.hash, 'hex')
$function$;

COMMENT ON FUNCTION engine.as_line(ledger.ledger_transactions) IS
    'Internal: a leg as a line of its account''s history.';
REVOKE ALL ON FUNCTION engine.as_line(ledger.ledger_transactions) FROM PUBLIC;
