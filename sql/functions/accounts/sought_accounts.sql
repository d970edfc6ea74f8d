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
-- In capitals texts are compared as the database's locale has it: capitals, since those of a letter
-- do not depend on where in a word it stands, as the small letters of sigma do.
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
    v_sought text := upper(search);
    -- As it stands in JSON, where quotes, backslashes and control characters are escaped.
    v_escaped text := upper(substr(to_json(search)::text, 2, length(to_json(search)::text) - 2));
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
                OR strpos(upper(a.account_id COLLATE "default"), v_sought) > 0
                -- What is nowhere in the JSON need not be looked for in each of its values.
                OR strpos(upper(a.metadata::text), v_escaped) > 0
                AND EXISTS (
                    SELECT
                    FROM jsonb_path_query(a.metadata, '$.**') AS m (value)
                    WHERE jsonb_typeof(m.value) IN ('string', 'number')
                        AND strpos(upper(m.value #>> '{}'), v_sought) > 0
                )
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
