-- event_body: an event as it is sent.
--
--   Returns  the JSON of what bank.list_events shows of it
--
-- Made of its leg alone, for in the stream an event is found by reading all that are numbered with
-- it. One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.event_body(event_id bigint, leg ledger.ledger_transactions)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT row_to_json(ROW(
        event_id, (leg).operation, (leg).account_id, (leg).version, (leg).transaction_id,
        (leg)."timestamp", (leg).recorded_at,
        (SELECT a.currency FROM ledger.accounts AS a WHERE a.account_id = (leg).account_id),
        (leg).amount, (leg).balance_after, (leg).contra_account_id, (leg).payment_ref,
        (leg).refers_to, (leg).details, (leg).metadata, encode((leg).hash, 'hex')
    )::bank.event)::text
$function$;

COMMENT ON FUNCTION engine.event_body(bigint, ledger.ledger_transactions) IS
    'Internal: an event as it is sent, made of its leg.';
REVOKE ALL ON FUNCTION engine.event_body(bigint, ledger.ledger_transactions) FROM PUBLIC;
