-- batch_at_once: decide the items of a batch in memory and post them in a handful of statements.
--
--   Returns  one result per item, as engine.batch_one_by_one would; NULL, with nothing written,
--            where the batch needs what only the single functions know: an account with monitors,
--            a key used twice, a cashback or hold that falls due between two of its items, or a
--            collecting account debited after it was credited
--   Writes   through engine.batch_post
--   Locks    nothing: the caller holds all the accounts, in the order in which it passes them
--
-- accounts is the state of the ledger as the next item sees it: an accepted item changes rows
-- there and adds legs. A chain that fails puts the rows back and forgets its legs. So a refused
-- item costs no more than an accepted one, and neither costs a statement.
--
-- It is longer than our functions should be: taken apart, every part would have to hand the arrays
-- on, and PostgreSQL copies them then. enable_nestloop: the planner cannot know how long they are.
CREATE OR REPLACE FUNCTION engine.batch_at_once(
    items engine.batch_item[], accounts ledger.accounts[], now bigint
)
RETURNS bank.batch_result[]
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET enable_nestloop = off
AS $function$
DECLARE
    v_next record;
    v_item engine.batch_item;
    v_payer ledger.accounts;
    v_payee ledger.accounts;
    v_timestamp bigint;
    v_due bigint;
    v_refusal engine.refusal;
    v_result bank.batch_result;
    v_results bank.batch_result[] := ARRAY[]::bank.batch_result[];
    v_leg ledger.ledger_transactions;
    v_legs ledger.ledger_transactions[] := ARRAY[]::ledger.ledger_transactions[];
    v_payment_number bigint;
    v_payments ledger.payments[] := ARRAY[]::ledger.payments[];
    v_cashback ledger.cashbacks;
    v_cashbacks ledger.cashbacks[] := ARRAY[]::ledger.cashbacks[];
    v_keys ledger.idempotency_keys[] := ARRAY[]::ledger.idempotency_keys[];
    v_collected ledger.collected_credits[] := ARRAY[]::ledger.collected_credits[];
    v_at integer[] := ARRAY[0, 0, 0, 0, 0];  -- how many of each, as engine.batch_post has them
    v_collects boolean;
    -- The chain at work: its number, its first item, whether it has failed, what to put back
    v_chain bigint := 0;
    v_first bigint;
    v_failed boolean;
    v_at_first integer[];
    v_before ledger.accounts[];
    v_before_at bigint[];
BEGIN
    IF EXISTS (SELECT FROM unnest(accounts) AS a WHERE a.monitored) OR (
        SELECT count(*) <> count(DISTINCT ROW(coalesce(i.payer, i.payee), i.idempotency_key))
        FROM unnest(items) AS i
        WHERE i.idempotency_key IS NOT NULL
    ) THEN
        RETURN NULL;
    END IF;

    FOR v_next IN
        SELECT
            i AS item,
            payer.ordinality AS payer_at,
            payee.ordinality AS payee_at,
            count(*) OVER (PARTITION BY i.chain) > 1 AS linked
        FROM unnest(items) AS i
        LEFT JOIN unnest(accounts) WITH ORDINALITY AS payer ON payer.account_id = i.payer
        LEFT JOIN unnest(accounts) WITH ORDINALITY AS payee ON payee.account_id = i.payee
        ORDER BY i.item
    LOOP
        v_item := v_next.item;
        IF v_item.chain > v_chain THEN
            v_chain := v_item.chain;
            v_first := v_item.item;
            v_failed := false;
            v_at_first := v_at;
            v_before := '{}';
            v_before_at := '{}';
        ELSIF v_failed THEN
            v_results[v_item.item] := engine.batch_refused(v_item, 'linked_failed', '{}');
            CONTINUE;
        END IF;

        -- May it?
        v_payer := accounts[v_next.payer_at];
        v_payee := accounts[v_next.payee_at];
        v_collects := v_payee.collecting AND v_item.operation <> 'deposit';
        v_refusal := engine.batch_request_refusal(v_item, v_payer, v_payee);
        IF v_refusal.name IS NULL AND v_item.idempotency_key IS NOT NULL THEN
            v_result := engine.batch_replay(v_item);
            IF v_result.status = 'replayed' THEN
                v_results[v_item.item] := v_result;
                CONTINUE;
            END IF;
            v_refusal := ROW(v_result.code, v_result.detail);
        END IF;
        v_due := least(
            v_payer.next_cashback_due, v_payer.next_hold_expiry,
            CASE WHEN NOT v_collects THEN v_payee.next_cashback_due END,
            CASE WHEN NOT v_collects THEN v_payee.next_hold_expiry END,
            9007199254740991 - 315576000000  -- no cashback of ours is due after the end of time
        );
        IF v_refusal.name IS NULL AND v_due = 0 THEN
            RETURN NULL;
        END IF;
        v_timestamp := greatest(v_payer.last_timestamp, v_payee.last_timestamp);
        IF v_refusal.name IS NULL AND v_item."timestamp" IS NOT NULL THEN
            v_refusal := engine.batch_timestamp_refusal(v_item."timestamp", v_timestamp);
        END IF;
        v_timestamp := coalesce(v_item."timestamp", greatest(now, v_timestamp));
        IF v_refusal.name IS NULL THEN
            IF v_due <= v_timestamp THEN
                RETURN NULL;
            END IF;
            v_refusal := engine.batch_state_refusal(v_item, v_payer, v_payee);
        END IF;

        IF v_refusal.name IS NOT NULL THEN
            FOR i IN v_first..v_item.item - 1 LOOP
                v_results[i] := engine.batch_refused(items[i], 'linked_failed', '{}');
            END LOOP;
            v_results[v_item.item] := engine.batch_refused(v_item, v_refusal.name, v_refusal.detail);
            FOR i IN REVERSE cardinality(v_before)..1 LOOP
                IF v_before_at[i] IS NOT NULL THEN
                    accounts[v_before_at[i]] := v_before[i];
                END IF;
            END LOOP;
            v_at := v_at_first;
            v_failed := true;
            CONTINUE;
        END IF;
        IF v_next.linked THEN
            v_before := v_before || v_payer || v_payee;
            v_before_at := v_before_at || v_next.payer_at || v_next.payee_at;
        END IF;

        -- It may: post it, in memory.
        v_result := NULL;
        v_result.item := v_item.item;
        v_result.status := 'posted';
        v_result.operation := v_item.operation;
        v_result.transaction_id := nextval('ledger.transaction_seq');
        v_result."timestamp" := v_timestamp;
        IF v_item.operation = 'pay' THEN
            v_payment_number := nextval('ledger.payment_seq');
            v_result.payment_id := 'payment' || v_payment_number;
            v_at[2] := v_at[2] + 1;
            v_payments[v_at[2]] := ROW(
                v_item.payer, v_payment_number, v_result.transaction_id, v_timestamp, v_item.amount,
                v_item.fee, v_item.payee, 0
            );
            v_cashback := engine.next_cashback(
                v_payer, v_payment_number, v_item.amount, v_timestamp
            );
            IF v_cashback.amount > 0 THEN
                v_at[3] := v_at[3] + 1;
                v_cashbacks[v_at[3]] := v_cashback;
                v_payer.pending_cashback := v_payer.pending_cashback + v_cashback.amount;
                v_payer.next_cashback_due := least(v_payer.next_cashback_due, v_cashback.due_at);
                v_result.cashback := json_build_object(
                    'amount', v_cashback.amount, 'due_at', v_cashback.due_at
                );
            END IF;
        END IF;
        IF v_collects THEN
            v_at[5] := v_at[5] + 1;
            v_collected[v_at[5]] := ROW(
                v_item.payee, v_result.transaction_id, v_timestamp, v_item.operation, v_item.amount,
                v_item.payer, v_result.payment_id, v_item.metadata
            );
            v_payee.next_hold_expiry := 0;  -- whoever debits it must fold first
            accounts[v_next.payee_at] := v_payee;
        ELSIF v_next.payee_at IS NOT NULL THEN
            v_leg := engine.next_leg(
                v_payee, v_result.transaction_id, v_timestamp, v_item.operation, v_item.amount,
                coalesce(v_item.payer, '@external'), v_result.payment_id, NULL, v_item.metadata
            );
            v_payee := engine.with_leg(v_payee, v_leg);
            accounts[v_next.payee_at] := v_payee;
            v_at[1] := v_at[1] + 1;
            v_legs[v_at[1]] := v_leg;
        END IF;
        IF v_next.payer_at IS NOT NULL THEN
            v_leg := engine.next_leg(
                v_payer, v_result.transaction_id, v_timestamp, v_item.operation, -v_item.amount,
                coalesce(
                    v_item.payee,
                    CASE v_item.operation WHEN 'pay' THEN '@payments' ELSE '@external' END
                ),
                v_result.payment_id, NULL, v_item.metadata
            );
            v_payer := engine.with_leg(v_payer, v_leg);
            v_at[1] := v_at[1] + 1;
            v_legs[v_at[1]] := v_leg;
            IF v_item.fee > 0 THEN
                v_leg := engine.next_leg(
                    v_payer, v_result.transaction_id, v_timestamp, 'fee', -v_item.fee, '@fees',
                    v_result.payment_id
                );
                v_payer := engine.with_leg(v_payer, v_leg);
                v_at[1] := v_at[1] + 1;
                v_legs[v_at[1]] := v_leg;
            END IF;
            accounts[v_next.payer_at] := v_payer;
        ELSE
            v_payer := v_payee;  -- whose balance a deposit answers
        END IF;

        v_result.account_id := v_payer.account_id;
        v_result.balance := v_payer.balance;
        v_result.available := v_payer.balance - v_payer.held + v_payer.overdraft_limit;
        v_results[v_item.item] := v_result;
        IF v_item.idempotency_key IS NOT NULL THEN
            v_at[4] := v_at[4] + 1;
            v_keys[v_at[4]] := ROW(
                v_payer.account_id, v_item.idempotency_key, v_item.operation,
                sha256(convert_to(v_item.request, 'UTF8')),
                engine.batch_receipt(v_item, v_result, v_payer.currency), now
            );
        END IF;
    END LOOP;

    PERFORM engine.batch_post(
        accounts, v_legs[:v_at[1]], v_payments[:v_at[2]], v_cashbacks[:v_at[3]], v_keys[:v_at[4]],
        v_collected[:v_at[5]]
    );
    RETURN v_results;
END;
$function$;

COMMENT ON FUNCTION engine.batch_at_once(engine.batch_item[], ledger.accounts[], bigint) IS
    'Internal: decides a batch in memory and posts it in a handful of statements, or returns NULL.';
REVOKE ALL ON FUNCTION engine.batch_at_once(
    engine.batch_item[], ledger.accounts[], bigint
) FROM PUBLIC;
