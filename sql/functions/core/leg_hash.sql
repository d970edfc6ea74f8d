-- leg_hash: the hash that seals a leg and everything before it on its account.
--
--   Returns  sha256(head || every column of the leg but its hash), 32 bytes
--
-- The bytes are the text form of the row in UTF-8. It is unambiguous: PostgreSQL quotes each value
-- that holds a comma, parenthesis, quote, backslash or blank, and tells NULL from ''. No setting
-- changes how bigint, text or jsonb are written.
--
-- STABLE (convert_to is no better) and without SET search_path, so that it inlines: planning it
-- anew at every call would cost more than the hash.
CREATE OR REPLACE FUNCTION engine.leg_hash(head bytea, leg ledger.ledger_transactions)
RETURNS bytea
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT pg_catalog.sha256(head OPERATOR(pg_catalog.||) pg_catalog.convert_to(
        ROW(
            (leg).account_id, (leg).version, (leg).transaction_id, (leg)."timestamp",
            (leg).recorded_at, (leg).operation, (leg).amount, (leg).balance_after,
            (leg).held_after, (leg).pending_cashback_after, (leg).contra_account_id,
            (leg).payment_ref, (leg).reverses, (leg).metadata, (leg).details
        )::pg_catalog.text,
        'UTF8'
    ))
$function$;

COMMENT ON FUNCTION engine.leg_hash(bytea, ledger.ledger_transactions) IS
    'Internal: sha256 of the previous head and of every column of the leg.';
REVOKE ALL ON FUNCTION engine.leg_hash(bytea, ledger.ledger_transactions) FROM PUBLIC;
