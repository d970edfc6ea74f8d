-- value_shifts: by how much value dates move what an account had at the end of each part of a
--            period.
--
--   Returns  for each part, the first one first, what engine.value_shift tells of its last
--            millisecond, but for the number of legs
--
-- All legs with a value date of their own are read once, whatever the period, and no others: an
-- index holds these, and all that is asked of them. Each adds its amount to the part that it counts
-- in by value date, and to all after it, and takes it off again from that by timestamp on. Planned
-- for each call: where PostgreSQL knows the account and the period, each leg takes half as long.
CREATE OR REPLACE FUNCTION engine.value_shifts(
    account ledger.accounts, since bigint, until bigint, parts bigint
)
RETURNS numeric[]
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_custom_plan
AS $function$
BEGIN
    RETURN ARRAY(
        WITH moved AS MATERIALIZED (
            SELECT
                engine.part_of(dated.value_at, since, until, parts) AS by_value,
                engine.part_of(dated.counts_at, since, until, parts) AS by_time,
                sum(dated.amount) AS amount
            FROM (
                SELECT
                    t.value_at,
                    engine.counts_from(
                        account.rewound, t.account_id, t.version, t."timestamp"
                    ) AS counts_at,
                    t.amount
                FROM ledger.ledger_transactions AS t
                WHERE t.account_id = account.account_id AND t.value_at IS NOT NULL
                UNION ALL
                SELECT d.value_at, greatest(d.due_at, account.last_timestamp), d.amount
                FROM engine.due AS d
                WHERE d.account_id = account.account_id AND d.value_at IS NOT NULL
            ) AS dated
            -- What counts before the period either way, or after it, moves nothing in it.
            WHERE (dated.value_at >= since OR dated.counts_at >= since)
                AND (dated.value_at < until OR dated.counts_at < until)
            GROUP BY 1, 2
        )

        SELECT sum(coalesce(sum(step.amount), 0)) OVER (ORDER BY part.n)
        FROM generate_series(0, parts - 1) AS part (n)
        LEFT JOIN (
            SELECT m.by_value AS n, m.amount FROM moved AS m
            UNION ALL
            SELECT m.by_time, -m.amount FROM moved AS m
        ) AS step ON part.n = step.n
        GROUP BY part.n
        ORDER BY part.n
    );
END;
$function$;

COMMENT ON FUNCTION engine.value_shifts(ledger.accounts, bigint, bigint, bigint) IS
    'Internal: by how much money an account by value date differs from the account by timestamp, '
    'at the end of each part of a period (ms).';
REVOKE ALL ON FUNCTION engine.value_shifts(ledger.accounts, bigint, bigint, bigint) FROM PUBLIC;
