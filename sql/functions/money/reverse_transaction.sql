-- reverse_transaction: undo a transaction by its mirror image; the original stays as it is.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   for each leg of the original one with the opposite amount, which names it (reverses);
--            a row of ledger.reversals per account
--   Locks    the accounts of the original, in byte order; collecting ones too, so that a leg which
--            was still collected is folded in before it is undone
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (reason, force),
--            operator_required (force, timestamp), transaction_not_found, not_reversible,
--            idempotency_key_reused, invalid_timestamp, timestamp_in_past, already_reversed; of
--            the accounts in byte order account_frozen, account_blocked, account_closed,
--            insufficient_funds; balance_limit_exceeded
--
-- Reversible is what moves money and has no other way back: deposits, withdrawals, transfers and
-- captures. Payments are refunded, cashback follows refunds, and a reversal is corrected by doing
-- the operation again. With force a party pays even where it is frozen or cannot cover it: its
-- balance then goes below its overdraft limit. Nobody blocked or closed is touched.
-- The key belongs to the first account in byte order.
CREATE OR REPLACE FUNCTION bank.reverse_transaction(
    transaction_id bigint,
    reason text,
    force boolean DEFAULT false,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.reversal_receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_names text[];
    v_accounts ledger.accounts[];
    v_account ledger.accounts;
    v_leg record;
    v_operation text;
    v_timestamp bigint;
    v_reversed_by bigint;
    v_request text;
    v_response json;
    v_receipt bank.reversal_receipt;
BEGIN
    PERFORM engine.check_request(1, metadata, idempotency_key);
    PERFORM engine.check_reason(reason);
    IF force IS NULL THEN
        PERFORM engine.refuse('invalid_argument', '{"argument": "force", "value": null}');
    ELSIF force THEN
        PERFORM engine.require_operator('force');
    END IF;

    SELECT
        array_agg(DISTINCT l.account_id COLLATE "C" ORDER BY l.account_id COLLATE "C"),
        -- What moves no money, such as a monitor's leg, may stand beside what is reversible.
        coalesce(min(l.operation) FILTER (
            WHERE l.amount <> 0
                AND l.operation NOT IN ('deposit', 'withdraw', 'transfer', 'capture')
        ), CASE WHEN bool_and(l.amount = 0) THEN min(l.operation) END),
        min(l.operation) FILTER (WHERE l.amount <> 0)
    INTO v_names, v_operation, v_receipt.operation
    FROM bank.legs AS l
    WHERE l.transaction_id = reverse_transaction.transaction_id AND l.account_id NOT LIKE '@%';
    IF v_names IS NULL THEN
        PERFORM engine.refuse('transaction_not_found', json_build_object(
            'transaction_id', reverse_transaction.transaction_id
        ));
    ELSIF v_operation IS NOT NULL THEN
        PERFORM engine.refuse('not_reversible', json_build_object(
            'transaction_id', reverse_transaction.transaction_id, 'operation', v_operation
        ));
    END IF;

    FOR i IN 1..cardinality(v_names) LOOP
        v_accounts[i] := engine.lock_account(v_names[i]);
    END LOOP;
    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(
            reverse_transaction.transaction_id, reason, force, reverse_transaction."timestamp",
            metadata
        )::text;
        v_response := engine.replay(
            v_names[1], idempotency_key, 'reverse_transaction', v_request
        );
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.reversal_receipt, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(
        reverse_transaction."timestamp",
        (SELECT max(a.last_timestamp) FROM unnest(v_accounts) AS a)
    );
    FOR i IN 1..cardinality(v_names) LOOP
        v_account := v_accounts[i];
        IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
            v_accounts[i] := engine.settle_due(v_account, v_timestamp);
        END IF;
    END LOOP;

    SELECT r.reversed_by INTO v_reversed_by
    FROM ledger.reversals AS r
    WHERE r.account_id = v_names[1] AND r.transaction_id = reverse_transaction.transaction_id;
    IF FOUND THEN
        PERFORM engine.refuse('already_reversed', json_build_object(
            'transaction_id', reverse_transaction.transaction_id, 'reversed_by', v_reversed_by
        ));
    END IF;

    v_receipt.transaction_id := nextval('ledger.transaction_seq');
    INSERT INTO ledger.reversals (account_id, transaction_id, reversed_by)
    SELECT n.name, reverse_transaction.transaction_id, v_receipt.transaction_id
    FROM unnest(v_names) AS n (name);
    FOR v_leg IN
        SELECT l.*, array_position(v_names, l.account_id) AS i
        FROM bank.legs AS l
        WHERE l.transaction_id = reverse_transaction.transaction_id
            AND l.account_id NOT LIKE '@%'
            AND l.amount <> 0
        ORDER BY l.account_id COLLATE "C"
    LOOP
        v_account := v_accounts[v_leg.i];
        IF v_account.status IN ('blocked', 'closed') THEN
            PERFORM engine.refuse_credit(v_account);
        ELSIF v_leg.amount > 0 AND NOT force AND (
            v_account.status <> 'active'
            OR v_account.balance - v_account.held + v_account.overdraft_limit < v_leg.amount
        ) THEN
            PERFORM engine.refuse_debit(v_account, v_leg.amount);
        END IF;
        v_accounts[v_leg.i] := engine.post_leg(
            v_account, v_receipt.transaction_id, v_timestamp, 'reversal', -v_leg.amount,
            v_leg.contra_account_id, v_leg.payment_ref, reverse_transaction.transaction_id,
            metadata,
            jsonb_build_object('reason', reason, 'operation', v_leg.operation, 'forced', force)
        );
    END LOOP;

    v_receipt.reverses := reverse_transaction.transaction_id;
    v_receipt.reason := reason;
    v_receipt.forced := force;
    v_receipt.currency := v_account.currency;
    v_receipt."timestamp" := v_timestamp;
    v_receipt.legs := (
        SELECT json_agg(json_build_object(
            'account_id', a.account_id, 'amount', t.amount, 'balance', a.balance,
            'available', a.balance - a.held + a.overdraft_limit
        ) ORDER BY t.amount)
        FROM unnest(v_accounts) AS a
        INNER JOIN ledger.ledger_transactions AS t
            ON t.account_id = a.account_id AND t.transaction_id = v_receipt.transaction_id
        WHERE t.operation = 'reversal'
    );
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_names[1], idempotency_key, 'reverse_transaction', v_request, row_to_json(v_receipt)
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.reverse_transaction(bigint, text, boolean, bigint, jsonb, text) IS
    'Undoes a deposit, withdrawal, transfer or capture by a mirror transaction that names it, '
    'once. reason: 1 to 500 characters. force: also where a party is frozen or cannot cover it. '
    'timestamp: ms. Returns the legs with the balances after them. Raises invalid_argument, '
    'operator_required, transaction_not_found, not_reversible, already_reversed, account_frozen, '
    'account_blocked, account_closed, insufficient_funds, balance_limit_exceeded and the errors of '
    'timestamps and keys.';
REVOKE ALL ON FUNCTION bank.reverse_transaction(bigint, text, boolean, bigint, jsonb, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.reverse_transaction(bigint, text, boolean, bigint, jsonb, text)
TO bank_operator;
