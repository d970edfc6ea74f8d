-- batch_run: decide the items of a batch in memory, and leave to the single functions what only
-- they know.
--
--   Returns  one result per item, as engine.batch_chain would give chain by chain
--   Writes   through engine.batch_write what it has decided; what the single functions write
--   Locks    what engine.batch_lock locks
--
-- In memory it decides deposits, withdrawals, transfers and payments, by the checks that the single
-- functions ask, on arrays of what the accounts have. Such an item costs no statement. Whatever is
-- unusual about it (apart) goes another way: what was decided before its chain is written, the
-- chain runs through engine.batch_chain, and the accounts that it touches are read again. So an
-- item is left to that way whenever there is doubt. A chain that fails in memory is forgotten
-- likewise: what was decided before it is written, and its accounts are read again.
--
-- It is longer than our functions should be: taken apart, every part would have to hand the arrays
-- on, and PostgreSQL copies them then.
CREATE OR REPLACE FUNCTION engine.batch_run(operations jsonb, atomic boolean)
RETURNS bank.batch_result[]
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    c_count CONSTANT integer := jsonb_array_length(operations);
    c_timed CONSTANT boolean := operations @? '$[*].timestamp ? (@ != null)';
    c_actor CONSTANT text := session_user;
    c_for CONSTANT text := engine.on_behalf_of();
    v_now bigint;
    v_settled bigint;
    -- What the accounts have, each in its place
    v_ids text[];
    v_status text[];
    v_currency text[];
    v_collecting boolean[];
    v_monitored boolean[];
    v_version bigint[];
    v_head bytea[];
    v_balance bigint[];
    v_held bigint[];
    v_pending bigint[];
    v_limit bigint[];
    v_time bigint[];
    v_due bigint[];
    v_places jsonb;
    v_touched text[];
    v_account record;
    -- What is decided and not written yet
    v_legs engine.batch_leg[] := ARRAY[]::engine.batch_leg[];
    v_count integer := 0;
    v_collected engine.batch_leg[] := ARRAY[]::engine.batch_leg[];
    v_payments engine.batch_payment[] := ARRAY[]::engine.batch_payment[];
    v_keys engine.batch_key[] := ARRAY[]::engine.batch_key[];
    -- The chain: its first item, and what there was before it
    v_first integer;
    v_last integer := 0;
    v_linked boolean := false;
    v_before bigint;
    v_kept integer;
    -- The item: the places of payer and payee
    v_keyed_apart bigint[] := ARRAY[]::bigint[];
    v_item record;
    p integer;
    q integer;
    v_apart boolean;
    v_refusal text;
    v_timestamp bigint;
    v_cashback bigint;
    v_cashback_due bigint;
    v_rate_bps integer;
    v_max_amount bigint;
    v_transaction_id bigint;
    v_payment_number bigint;
    v_payment_id text;
    v_at integer;
    v_number integer;
    v_operation text;
    v_amount bigint;
    v_contra text;
    v_metadata jsonb;
    v_details jsonb;
    v_hash bytea;
    v_key_hash bytea;
    v_change bigint;
    v_receipt json;
    v_result bank.batch_result;
    v_results bank.batch_result[] := ARRAY[]::bank.batch_result[];
BEGIN
    LOOP
        SELECT l.*
        INTO
            v_ids, v_status, v_currency, v_collecting, v_monitored, v_version, v_head, v_balance,
            v_held, v_pending, v_limit, v_time, v_due
        FROM engine.batch_lock(operations) AS l;
        v_now := engine.now();
        -- What is due by now is settled first, which changes no answer, unless an item counts
        -- earlier.
        EXIT WHEN c_timed;
        v_settled := (
            SELECT sum(engine.settle_due(d.id, v_now))
            FROM unnest(v_ids, v_due) AS d (id, due_at)
            WHERE d.due_at <= v_now
        );
        EXIT WHEN (v_settled > 0) IS NOT TRUE;
    END LOOP;
    IF operations @? '$[*].idempotency_key ? (@ != null)' THEN
        v_keyed_apart := engine.batch_apart(operations);
    END IF;

    FOR v_item IN
        SELECT
            o.*,
            payer.place AS payer_at,
            payee.place AS payee_at,
            least(
                CASE WHEN payer.place IS NULL THEN o.payer END COLLATE "C",
                CASE WHEN payee.place IS NULL THEN o.payee END
            ) AS missing,
            CASE
                WHEN o.operation NOT IN ('deposit', 'withdraw', 'transfer', 'pay') THEN true
                WHEN engine.check_request(o.amount, o.metadata, o.idempotency_key, o.value_at)
                    IS NOT NULL THEN true
                WHEN o.fee NOT BETWEEN 0 AND 9007199254740991 - o.amount THEN true
                WHEN o.operation <> 'deposit' AND o.payer IS NULL THEN true
                WHEN o.operation IN ('deposit', 'transfer') AND o.payee IS NULL THEN true
                ELSE o.payer = o.payee OR o.item = ANY(v_keyed_apart)
            END AS apart
        FROM (
            SELECT
                r.item::integer AS item,
                r.operation,
                CASE r.operation
                    WHEN 'deposit' THEN NULL
                    WHEN 'transfer' THEN r.source_account_id
                    ELSE r.account_id
                END AS payer,
                CASE r.operation
                    WHEN 'deposit' THEN r.account_id
                    WHEN 'transfer' THEN r.target_account_id
                    WHEN 'pay' THEN r.merchant_account_id
                END AS payee,
                r.amount,
                coalesce(r.fee, 0) AS fee,
                r.value_at,
                r."timestamp",
                r.metadata,
                r.idempotency_key,
                atomic OR r.linked AS linked
            FROM ROWS FROM (
                jsonb_to_recordset(operations) AS (
                    operation text, account_id text, source_account_id text,
                    target_account_id text, merchant_account_id text, amount bigint, fee bigint,
                    value_at bigint, "timestamp" bigint, metadata jsonb, idempotency_key text,
                    linked boolean
                )
            ) WITH ORDINALITY AS r (
                operation, account_id, source_account_id, target_account_id, merchant_account_id,
                amount, fee, value_at, "timestamp", metadata, idempotency_key, linked, item
            )
        ) AS o
        LEFT JOIN unnest(v_ids) WITH ORDINALITY AS payer (id, place) ON payer.id = o.payer
        LEFT JOIN unnest(v_ids) WITH ORDINALITY AS payee (id, place) ON payee.id = o.payee
        ORDER BY o.item
    LOOP
        CONTINUE WHEN v_item.item <= v_last;
        IF v_linked IS NOT TRUE THEN
            v_first := v_item.item;
            v_before := v_transaction_id;
            v_kept := v_count;
        END IF;
        v_linked := v_item.linked;
        -- A repeat changes nothing, so that nothing needs to be written before it.
        IF v_item.idempotency_key IS NOT NULL AND v_item.apart
            AND v_first = v_item.item AND v_linked IS NOT TRUE
        THEN
            v_receipt := engine.batch_replay(operations -> v_item.item - 1);
            IF v_receipt IS NOT NULL THEN
                v_results[v_item.item] := engine.batch_posted(
                    v_item.item, operations -> v_item.item - 1, v_receipt, 'replayed'
                );
                CONTINUE;
            END IF;
        END IF;

        -- May it?
        p := v_item.payer_at;
        q := v_item.payee_at;
        v_timestamp := coalesce(v_item."timestamp", greatest(v_now, v_time[p], v_time[q]));
        v_apart := v_item.apart
            OR v_monitored[p] OR v_monitored[q] OR v_collecting[p]
            OR v_collecting[q] AND p IS NULL
            OR least(v_due[p], v_due[q]) <= v_timestamp
            OR v_item."timestamp" NOT BETWEEN greatest(v_time[p], v_time[q], 0) AND v_now;
        IF v_item.operation = 'pay' THEN
            SELECT
                engine.cashback_for(v_item.amount, c.rate_bps, c.max_amount),
                v_timestamp + c.delay_ms, c.rate_bps, c.max_amount
            INTO v_cashback, v_cashback_due, v_rate_bps, v_max_amount
            FROM ledger.cashback_policies AS c
            WHERE c.currency = v_currency[p];
            v_apart := v_apart OR v_cashback > 0
                AND v_cashback_due NOT BETWEEN v_timestamp + 1 AND 9007199254740991;
        END IF;
        v_refusal := CASE
            WHEN v_apart THEN NULL
            WHEN v_item.missing IS NOT NULL THEN 'account_not_found'
            WHEN v_currency[p] <> v_currency[q] THEN 'currency_mismatch'
            ELSE coalesce(
                engine.check_debit(
                    v_status[p], v_balance[p] - v_held[p] + v_limit[p], v_item.amount + v_item.fee
                ),
                engine.check_credit(
                    v_status[q], v_balance[q] + v_pending[q] + v_limit[q], v_item.amount
                )
            )
        END;
        v_apart := v_apart OR v_refusal IN ('currency_mismatch', 'balance_limit_exceeded');

        IF v_apart OR v_refusal IS NOT NULL THEN
            v_last := CASE WHEN atomic THEN c_count ELSE v_item.item END;
            WHILE operations -> v_last - 1 ->> 'linked' = 'true' LOOP
                v_last := v_last + 1;
            END LOOP;
            IF v_apart OR v_first < v_item.item THEN
                FOR v_leg IN REVERSE v_count..v_kept + 1 LOOP
                    v_version[(v_legs[v_leg]).place] := (v_legs[v_leg]).version - 1;
                END LOOP;
                PERFORM engine.batch_write(
                    v_ids, v_held, v_limit, v_version, v_legs, v_collected, v_payments, v_keys,
                    v_before, v_now
                );
                v_legs := ARRAY[]::engine.batch_leg[];
                v_count := 0;
                v_collected := ARRAY[]::engine.batch_leg[];
                v_payments := ARRAY[]::engine.batch_payment[];
                v_keys := ARRAY[]::engine.batch_key[];
            END IF;
            FOREACH v_result IN ARRAY CASE
                WHEN v_apart THEN engine.batch_chain(operations, v_first, v_last)
                ELSE engine.batch_failed(
                    operations, v_first, v_last, v_item.item, v_refusal,
                    engine.debit_detail(
                        v_refusal,
                        CASE
                            WHEN v_item.missing IS NOT NULL THEN v_item.missing
                            WHEN v_refusal = 'insufficient_funds' OR v_status[p] <> 'active'
                                THEN v_item.payer
                            ELSE v_item.payee
                        END,
                        v_balance[p] - v_held[p] + v_limit[p], v_item.amount + v_item.fee
                    )
                )
            END LOOP
                v_results[v_result.item] := v_result;
            END LOOP;
            IF (v_apart OR v_first < v_item.item) AND v_last < c_count THEN
                v_now := engine.now();
                v_places := coalesce(v_places, (
                    SELECT jsonb_object_agg(n.id, n.place)
                    FROM unnest(v_ids) WITH ORDINALITY AS n (id, place)
                ));
                v_touched := ARRAY(
                    SELECT t.account_id
                    FROM generate_series(v_first, v_last) AS n (item)
                    CROSS JOIN LATERAL engine.batch_accounts(operations -> n.item - 1) AS t
                    WHERE v_places ? t.account_id
                );
                FOR v_account IN
                    SELECT
                        (v_places -> a.account_id)::integer AS place, a.version, a.head, a.balance,
                        a.held, a.pending_cashback, a.last_timestamp, a.next_due_at
                    FROM ledger.accounts AS a
                    WHERE a.account_id = ANY(v_touched) AND NOT a.collecting
                LOOP
                    v_at := v_account.place;
                    v_version[v_at] := v_account.version;
                    v_head[v_at] := v_account.head;
                    v_balance[v_at] := v_account.balance;
                    v_held[v_at] := v_account.held;
                    v_pending[v_at] := v_account.pending_cashback;
                    v_time[v_at] := v_account.last_timestamp;
                    v_due[v_at] := v_account.next_due_at;
                END LOOP;
            END IF;
            v_linked := false;
            CONTINUE;
        END IF;

        -- It may: post it, in memory.
        v_transaction_id := nextval('ledger.transaction_seq');
        v_payment_id := NULL;
        IF v_item.operation = 'pay' THEN
            v_payment_number := nextval('ledger.payment_seq');
            v_payment_id := 'payment' || v_payment_number;
            v_payments := v_payments || ROW(
                v_payment_number, v_item.payer, v_transaction_id, v_timestamp, v_item.amount,
                v_item.fee, v_item.payee, v_cashback, v_cashback_due,
                v_rate_bps, v_max_amount
            )::engine.batch_payment;
            IF v_cashback > 0 THEN
                v_pending[p] := v_pending[p] + v_cashback;
                v_due[p] := least(v_due[p], v_cashback_due);
            END IF;
        END IF;
        v_at := coalesce(p, q);
        v_change := CASE WHEN p IS NULL THEN v_item.amount ELSE -v_item.amount - v_item.fee END;
        v_results[v_item.item] := ROW(
            v_item.item, 'posted', v_item.operation, v_transaction_id, v_payment_id, v_ids[v_at],
            v_balance[v_at] + v_change, v_balance[v_at] + v_change - v_held[v_at] + v_limit[v_at],
            v_timestamp,
            CASE WHEN v_item.operation = 'pay' AND v_cashback > 0 THEN json_build_object(
                'amount', v_cashback, 'due_at', v_cashback_due
            ) END, NULL, NULL, NULL
        )::bank.batch_result;
        v_key_hash := NULL;
        IF v_item.idempotency_key IS NOT NULL THEN
            -- The named values of the single function, in its order: those it has not are NULL.
            v_hash := engine.request_hash(json_build_object(
                'target_account_id',
                CASE WHEN v_item.operation = 'transfer' THEN v_item.payee END,
                'amount', v_item.amount,
                'merchant_account_id',
                CASE WHEN v_item.operation = 'pay' THEN v_item.payee END,
                'fee', CASE WHEN v_item.operation = 'pay' THEN v_item.fee END,
                'value_at', v_item.value_at,
                'timestamp', v_item."timestamp",
                'metadata', v_item.metadata::text
            ));
            v_receipt := engine.batch_receipt(
                v_results[v_item.item], v_item.amount, v_item.fee, v_item.payee,
                v_currency[v_at]
            );
            v_keys := v_keys || ROW(
                v_transaction_id, v_ids[v_at], v_item.idempotency_key, v_item.operation, v_hash,
                v_receipt
            )::engine.batch_key;
            v_key_hash := engine.key_hash(
                v_ids[v_at], v_item.idempotency_key, v_item.operation, v_hash, v_receipt,
                v_now
            );
        END IF;
        FOR v_leg IN 1..3 LOOP
            IF v_leg = 1 THEN
                v_number := 1;
                v_at := coalesce(p, q);
                v_operation := v_item.operation;
                v_amount := CASE WHEN p IS NULL THEN v_item.amount ELSE -v_item.amount END;
                v_contra := CASE v_operation
                    WHEN 'transfer' THEN v_item.payee
                    WHEN 'pay' THEN coalesce(v_item.payee, '@payments')
                    ELSE '@external'
                END;
                v_metadata := v_item.metadata;
                v_details := CASE WHEN v_operation = 'pay' AND v_cashback > 0
                    THEN jsonb_build_object(
                        'cashback', v_cashback, 'due_at', v_cashback_due, 'rate_bps', v_rate_bps,
                        'max_amount', v_max_amount
                    )
                END;
            ELSIF v_leg = 2 THEN
                CONTINUE WHEN p IS NULL OR q IS NULL;
                v_number := 2;
                v_at := q;
                v_amount := v_item.amount;
                v_contra := v_item.payer;
                v_details := NULL;
                v_key_hash := NULL;
                IF v_collecting[q] THEN
                    v_collected := v_collected || ROW(
                        q, NULL, v_transaction_id, v_number, v_timestamp, v_item.value_at,
                        v_operation, v_amount, NULL, NULL, v_contra, v_payment_id, v_metadata,
                        NULL, NULL, NULL, NULL
                    )::engine.batch_leg;
                    CONTINUE;
                END IF;
            ELSE
                CONTINUE WHEN v_item.fee = 0;
                v_number := CASE WHEN q IS NULL THEN 2 ELSE 3 END;
                v_at := p;
                v_operation := 'fee';
                v_amount := -v_item.fee;
                v_contra := '@fees';
                v_metadata := NULL;
                v_details := NULL;
                v_key_hash := NULL;
            END IF;
            v_version[v_at] := v_version[v_at] + 1;
            v_balance[v_at] := v_balance[v_at] + v_amount;
            v_time[v_at] := v_timestamp;
            v_head[v_at] := engine.seal(v_head[v_at], engine.leg_content(
                v_ids[v_at], v_version[v_at], v_transaction_id, v_number, v_timestamp,
                v_item.value_at, v_now, v_operation, v_amount, v_balance[v_at], v_held[v_at],
                v_pending[v_at], v_limit[v_at], v_contra, v_payment_id, NULL, NULL, c_actor, c_for,
                v_metadata, NULL, v_details, v_key_hash
            ));
            v_count := v_count + 1;
            v_legs[v_count] := ROW(
                v_at, v_version[v_at], v_transaction_id, v_number, v_timestamp, v_item.value_at,
                v_operation, v_amount, v_balance[v_at], v_pending[v_at], v_contra, v_payment_id,
                v_metadata, v_details, v_key_hash, v_head[v_at], v_due[v_at]
            )::engine.batch_leg;
        END LOOP;
    END LOOP;
    PERFORM engine.batch_write(
        v_ids, v_held, v_limit, v_version, v_legs, v_collected, v_payments, v_keys,
        v_transaction_id, v_now
    );
    RETURN v_results;
END;
$function$;

COMMENT ON FUNCTION engine.batch_run(jsonb, boolean) IS
    'Internal: decides a batch in memory where it can, and runs the single functions where not.';
REVOKE ALL ON FUNCTION engine.batch_run(jsonb, boolean) FROM PUBLIC;
