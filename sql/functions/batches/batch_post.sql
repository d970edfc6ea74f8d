-- batch_post: write what a batch has decided. The twin of engine.post_leg for many legs at once.
--
--   Writes   ledger.accounts, ledger.ledger_transactions, ledger.payments, ledger.cashbacks,
--            ledger.idempotency_keys, ledger.collected_credits: one statement each
--   Locks    nothing: the caller holds all the accounts
--
-- enable_nestloop: the caller does without, but accounts must be found by their key, not by a scan.
CREATE OR REPLACE FUNCTION engine.batch_post(
    accounts ledger.accounts[],
    legs ledger.ledger_transactions[],
    payments ledger.payments[],
    cashbacks ledger.cashbacks[],
    keys ledger.idempotency_keys[],
    collected ledger.collected_credits[]
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET enable_nestloop = on
AS $function$
BEGIN
    INSERT INTO ledger.ledger_transactions SELECT l.* FROM unnest(legs) AS l;
    UPDATE ledger.accounts AS a
    SET balance = n.balance,
        pending_cashback = n.pending_cashback,
        version = n.version,
        head = n.head,
        last_timestamp = n.last_timestamp,
        next_cashback_due = n.next_cashback_due
    FROM unnest(accounts) AS n
    WHERE a.account_id = n.account_id AND a.version < n.version;
    INSERT INTO ledger.payments SELECT p.* FROM unnest(payments) AS p;
    INSERT INTO ledger.cashbacks SELECT c.* FROM unnest(cashbacks) AS c;
    INSERT INTO ledger.idempotency_keys SELECT k.* FROM unnest(keys) AS k;
    INSERT INTO ledger.collected_credits SELECT c.* FROM unnest(collected) AS c;
END;
$function$;

COMMENT ON FUNCTION engine.batch_post(
    ledger.accounts[], ledger.ledger_transactions[], ledger.payments[], ledger.cashbacks[],
    ledger.idempotency_keys[], ledger.collected_credits[]
) IS
    'Internal: writes the accounts, legs, payments, cashbacks, keys and collected '
    'credits that a batch has decided.';
REVOKE ALL ON FUNCTION engine.batch_post(
    ledger.accounts[], ledger.ledger_transactions[], ledger.payments[], ledger.cashbacks[],
    ledger.idempotency_keys[], ledger.collected_credits[]
) FROM PUBLIC;
