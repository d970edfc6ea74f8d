-- sought_accounts: which accounts pass filters, in an order.
--
--   Returns  the ids of at most limit accounts that follow `after`, by what sort names and among
--            equals by account_id
--   Errors   invalid_argument (order, sort, search, status), unknown_currency,
--            account_not_found (after, where sort is not account_id)
--
-- One statement for every filter and order there is: it is planned for each call, when what was
-- given is known, and PostgreSQL leaves out the rest. So by account_id it walks along the primary
-- key and stops where the page is full; else it keeps the best of all accounts while it reads them.
--
-- A search looks in ledger.account_texts, where a trigger keeps what there is of an account as
-- ledger.folded has it: in narrow rows, which are not written anew with every posting.
CREATE OR REPLACE FUNCTION engine.sought_accounts(
    "limit" bigint,
    after text,
    "order" text,
    search text,
    status text,
    currency text,
    sort text
)
RETURNS text[]
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $function$
DECLARE
    v_ascending boolean := "order" = 'asc';
    v_limited boolean := (current_setting('pgteller.accounts', true) <> '') IS TRUE;
    v_from bigint;
    -- Its words as patterns, in which nothing but the ends stands for something else. A comma or a
    -- semicolon after one is no part of it.
    v_words text[] := ARRAY(
        SELECT '%' || regexp_replace(w.word, E'[\\\\%_]', E'\\\\\\&', 'g') || '%'
        FROM regexp_split_to_table(
            ledger.folded(search), E'((?<=[[:alnum:]])[,;]+)?(\\s+|$)'
        ) AS w (word)
        WHERE w.word <> ''
    );
BEGIN
    PERFORM engine.check_order("order");
    PERFORM engine.check_one_of(
        'sort', sort, ARRAY['account_id', 'balance', 'created_at', 'last_timestamp']
    );
    IF char_length(search) NOT BETWEEN 1 AND 100 THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'search', 'value', left(search, 64), 'expected', '1 to 100 characters'
        ));
    END IF;
    IF status IS NOT NULL THEN
        PERFORM engine.check_one_of('status', status, ARRAY[
            'active', 'frozen', 'blocked', 'closed'
        ]);
    END IF;
    IF currency IS NOT NULL THEN
        PERFORM engine.check_currency(currency);
    END IF;
    IF after IS NOT NULL AND sort <> 'account_id' THEN
        v_from := engine.account_rank(engine.read_account(after), sort);
    END IF;

    RETURN ARRAY(
        SELECT a.account_id
        FROM ledger.accounts AS a
        LEFT JOIN ledger.account_texts AS t ON a.account_id = t.account_id
        CROSS JOIN LATERAL (SELECT engine.account_rank(a, sort) AS rank) AS s
        WHERE a.account_id <> '@ledger'
            AND (NOT v_limited OR engine.is_own(a.account_id))
            AND (sought_accounts.status IS NULL OR a.status = sought_accounts.status)
            AND (sought_accounts.currency IS NULL OR a.currency = sought_accounts.currency)
            AND CASE
                WHEN after IS NULL THEN true
                WHEN sort = 'account_id' AND v_ascending THEN a.account_id > after
                WHEN sort = 'account_id' THEN a.account_id < after
                WHEN v_ascending THEN (s.rank, a.account_id) > (v_from, after)
                ELSE (s.rank, a.account_id) < (v_from, after)
            END
            AND (
                search IS NULL
                -- In this order, or the time it takes would tell how many others' accounts match.
                OR CASE
                    WHEN NOT v_limited OR engine.is_own(t.account_id)
                        THEN t.folded LIKE ALL(v_words)
                END
                -- Said of both tables, so that neither is read up to where the page begins.
                AND CASE
                    WHEN after IS NULL OR sort <> 'account_id' THEN true
                    WHEN v_ascending THEN t.account_id > after
                    ELSE t.account_id < after
                END
            )
        ORDER BY
            CASE WHEN v_ascending THEN s.rank END,
            CASE WHEN NOT v_ascending THEN s.rank END DESC,
            CASE WHEN v_ascending THEN a.account_id END,
            CASE WHEN NOT v_ascending THEN a.account_id END DESC
        LIMIT sought_accounts."limit"
    );
END;
$function$;

COMMENT ON FUNCTION engine.sought_accounts(bigint, text, text, text, text, text, text) IS
    'Internal: the ids of accounts that pass filters, in an order.';
REVOKE ALL ON FUNCTION engine.sought_accounts(bigint, text, text, text, text, text, text)
FROM PUBLIC;
