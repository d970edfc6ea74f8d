-- reverse_transaction: undo a transaction by its mirror image; the original stays as it is.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   for each leg of the original one with the opposite amount, which names it (refers_to),
--            from the last to the first; a row of ledger.reversals
--   Locks    the accounts of the original, in byte order; collecting ones too, so that a leg which
--            was still collected is folded in before it is undone
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_timestamp (value_at),
--            invalid_argument (reason, force), transaction_not_found, not_reversible,
--            idempotency_key_reused, invalid_timestamp, timestamp_in_past, timestamp_in_future,
--            already_reversed, partly_refunded; of the legs in their order account_frozen,
--            account_blocked, account_closed, insufficient_funds, balance_limit_exceeded
--
-- Reversible is what moves money and has no other way back: deposits, withdrawals, transfers,
-- captures and what gave these back. Payments are refunded, cashback follows refunds, and a
-- reversal is corrected by doing the operation again. With force a party pays even where it is
-- frozen or cannot cover it: its balance then goes below its overdraft limit. Nobody blocked or
-- closed is touched.
-- The key belongs to the first account in byte order.
CREATE OR REPLACE FUNCTION bank.reverse_transaction(
    transaction_id bigint,
    reason text,
    force boolean DEFAULT false,
    value_at bigint DEFAULT NULL,
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
    v_irreversible text;
    v engine.parties;
    v_transaction_id bigint;
    v_drafts engine.draft[];
    v_receipt bank.reversal_receipt;
BEGIN
    PERFORM engine.refuse_request(1, metadata, idempotency_key, value_at);
    PERFORM engine.check_reason(reason);
    IF force IS NULL THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'force', 'value', force, 'expected', 'true or false'
        ));
    END IF;

    SELECT
        array_agg(DISTINCT l.account_id COLLATE "C" ORDER BY l.account_id COLLATE "C"),
        -- What moves no money, such as a monitor's leg, may stand beside what is reversible.
        coalesce((array_agg(l.operation ORDER BY l.leg) FILTER (
            WHERE l.amount <> 0
                AND l.operation NOT IN (
                    'deposit', 'withdraw', 'transfer', 'capture', 'refund_hold', 'post'
                )
        ))[1], CASE WHEN bool_and(l.amount = 0) THEN min(l.operation) END),
        min(l.operation) FILTER (WHERE l.amount <> 0),
        CASE WHEN min(l.currency) = max(l.currency) THEN min(l.currency) END
    INTO v_names, v_irreversible, v_receipt.operation, v_receipt.currency
    FROM bank.legs AS l
    WHERE l.transaction_id = reverse_transaction.transaction_id AND l.account_id NOT LIKE '@%';
    IF v_names IS NULL
        OR NOT (SELECT bool_and(engine.is_own(n.id)) FROM unnest(v_names) AS n (id))
    THEN
        PERFORM engine.refuse('transaction_not_found', json_build_object(
            'transaction_id', reverse_transaction.transaction_id
        ));
    ELSIF v_irreversible IS NOT NULL THEN
        PERFORM engine.refuse('not_reversible', json_build_object(
            'transaction_id', reverse_transaction.transaction_id, 'operation', v_irreversible
        ));
    END IF;

    v := engine.prepare_all(
        v_names, v_names[1], reverse_transaction."timestamp", idempotency_key,
        'reverse_transaction', json_build_object(
            'transaction_id', reverse_transaction.transaction_id, 'reason', reason,
            'force', force, 'value_at', value_at, 'timestamp', reverse_transaction."timestamp",
            'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.reversal_receipt, v.response);
    END IF;
    PERFORM engine.refuse_reversal(reverse_transaction.transaction_id);

    v_transaction_id := nextval('ledger.transaction_seq');
    INSERT INTO ledger.reversals (transaction_id, reversed_by)
    VALUES (reverse_transaction.transaction_id, v_transaction_id)
    ON CONFLICT ON CONSTRAINT reversals_pkey DO NOTHING;
    -- From the last leg to the first: so each posting goes back by itself, its debit first.
    v_drafts := ARRAY(
        SELECT ROW(
            t.account_id, v_transaction_id, row_number() OVER (ORDER BY t.leg DESC),
            v."timestamp", nullif(reverse_transaction.value_at, v."timestamp"), 'reversal',
            -t.amount, 0, 0, NULL, t.contra_account_id, t.payment_ref,
            reverse_transaction.transaction_id, NULL, NULL, NULL,
            reverse_transaction.metadata, NULL, jsonb_build_object(
                'reason', reason, 'operation', t.operation, 'forced', force
            ), NULL
        )::engine.draft
        FROM ledger.ledger_transactions AS t
        WHERE t.transaction_id = reverse_transaction.transaction_id AND t.amount <> 0
        ORDER BY t.leg DESC
    );
    PERFORM engine.refuse_legs(v_drafts, force);
    v_receipt.transaction_id := v_transaction_id;
    v_receipt.reverses := reverse_transaction.transaction_id;
    v_receipt.reason := reason;
    v_receipt.forced := force;
    v_receipt."timestamp" := v."timestamp";
    v_receipt.legs := (
        SELECT json_agg(json_build_object(
            'account_id', l.account_id, 'amount', l.amount, 'balance', l.balance,
            'available', l.balance - l.held + l.overdraft_limit
        ) ORDER BY l.leg)
        FROM (
            SELECT
                d.account_id, d.amount, d.leg, a.held, a.overdraft_limit,
                a.balance + engine.total(d.amount) OVER (
                    PARTITION BY d.account_id ORDER BY d.leg ROWS UNBOUNDED PRECEDING
                ) AS balance
            FROM unnest(v_drafts) AS d
            INNER JOIN ledger.accounts AS a ON a.account_id = d.account_id
        ) AS l
    );
    IF idempotency_key IS NOT NULL THEN
        v_drafts[1].key_hash := engine.remember(
            v_names[1], idempotency_key, 'reverse_transaction', v.request_hash,
            row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.post_drafts(v_drafts);
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.reverse_transaction(
    bigint, text, boolean, bigint, bigint, jsonb, text
) IS
    'Undo a transaction by its mirror image; the original stays as it is. Deposits, withdrawals, '
    'transfers, captures, their refunds and posts, each once; payments are refunded instead. '
    'Operators only.';
REVOKE ALL ON FUNCTION bank.reverse_transaction(
    bigint, text, boolean, bigint, bigint, jsonb, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.reverse_transaction(
    bigint, text, boolean, bigint, bigint, jsonb, text
) TO bank_operator;
