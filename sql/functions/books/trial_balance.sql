-- trial_balance: the balances of the house, and of all customers together, by currency.
--
--   Returns  a line per house account that was ever used, and the line @customers; the lines of a
--            currency sum to zero, or the books are broken
--   Errors   limited_to_accounts, invalid_argument (by), unknown_currency, invalid_timestamp
--
-- The two sides come from different places, so that their sum is a proof: the house's from the legs
-- that name it, the customers' from their accounts by the rule of every other balance. What is due
-- but unposted counts on both. @transit is what one customer sent before it counts with the other:
-- a collecting account that had a later leg already gets it only then, and an account that was
-- ahead of the clock may have been brought back sooner than whom it paid. Of legs that touch one
-- that was, it is whatever one side has and the other not; once nobody is ahead it must be gone
-- (that each leg has its other side, bank.verify_ledger proves). It is there only where it is not
-- zero, and never of what has a value date of its own, which is the same for both sides.
--
-- Without a moment it is now, for an account ahead of the clock its newest leg; but by value_at now
-- is the same for all, since both sides of a transaction must count at once.
CREATE OR REPLACE FUNCTION bank.trial_balance(
    currency text DEFAULT NULL, "timestamp" bigint DEFAULT NULL, by text DEFAULT 'timestamp'
)
RETURNS SETOF bank.trial_line
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_moment bigint := coalesce(
        trial_balance."timestamp", CASE WHEN by = 'value_at' THEN v_now END
    );
    v_rewound text[] := ARRAY(SELECT r.account_id FROM ledger.rewinds AS r);
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_by(by);
    PERFORM engine.check_timestamp(trial_balance."timestamp");
    IF trial_balance.currency IS NOT NULL THEN
        PERFORM engine.check_currency(trial_balance.currency);
    END IF;

    RETURN QUERY
    WITH moments AS MATERIALIZED (
        SELECT
            a AS account,
            coalesce(v_moment, greatest(v_now, a.last_timestamp)) AS moment
        FROM ledger.accounts AS a
        WHERE a.account_id <> '@ledger'
            AND (trial_balance.currency IS NULL OR a.currency = trial_balance.currency)
    )

    SELECT
        line.currency,
        line.account_id,
        sum(line.balance)
    FROM (
        SELECT
            b.currency,
            '@customers' AS account_id,
            b.balance::numeric
        FROM moments AS m
        CROSS JOIN LATERAL engine.balance_at(m.account, m.moment, trial_balance.by) AS b
        UNION ALL
        SELECT
            e.currency,
            CASE WHEN e.house THEN e.contra_account_id ELSE '@transit' END,
            CASE
                WHEN e.house OR e.rewound THEN CASE WHEN e.counted THEN -e.amount END
                WHEN NOT e.counted AND e.sent_at <= coalesce(v_moment, e.sent_at) THEN e.amount
            END
        FROM (
            SELECT
                (m.account).currency AS currency,
                t.contra_account_id,
                t.amount,
                t.contra_account_id LIKE '@%' AS house,
                t.account_id = ANY(v_rewound) OR t.contra_account_id = ANY(v_rewound) AS rewound,
                engine.counts_at(
                    trial_balance.by,
                    engine.counts_from(
                        (m.account).rewound, t.account_id, t.version, t."timestamp"
                    ),
                    t.value_at
                ) <= m.moment AS counted,
                CASE WHEN trial_balance.by = 'timestamp' OR t.value_at IS NULL
                    THEN (t.details ->> 'credited_at')::bigint
                END AS sent_at
            FROM moments AS m
            INNER JOIN ledger.ledger_transactions AS t ON t.account_id = (m.account).account_id
            WHERE t.contra_account_id IS NOT NULL
            UNION ALL
            SELECT
                (m.account).currency,
                d.contra_account_id,
                d.amount,
                d.contra_account_id LIKE '@%',
                d.account_id = ANY(v_rewound) OR d.contra_account_id = ANY(v_rewound),
                engine.counts_at(
                    trial_balance.by, greatest(d.due_at, (m.account).last_timestamp), d.value_at
                ) <= m.moment,
                CASE WHEN trial_balance.by = 'timestamp' OR d.value_at IS NULL THEN d.due_at END
            FROM moments AS m
            INNER JOIN engine.due AS d ON d.account_id = (m.account).account_id
            WHERE d.contra_account_id IS NOT NULL
        ) AS e
    ) AS line
    WHERE line.balance IS NOT NULL
    GROUP BY line.currency, line.account_id
    HAVING line.account_id <> '@transit' OR sum(line.balance) <> 0
    ORDER BY line.currency, line.account_id COLLATE "C";
END;
$function$;

COMMENT ON FUNCTION bank.trial_balance(text, bigint, text) IS
    'The balances of the house, and of all customers together, by currency. Each currency sums to '
    'zero, or the books are broken. Reads the whole log. '
    'By value date, each leg counts from its value_at on.';
REVOKE ALL ON FUNCTION bank.trial_balance(text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.trial_balance(text, bigint, text) TO bank_operator, bank_auditor;
