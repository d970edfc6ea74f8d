-- balance_history: the balance of an account over a period, in parts of equal length, for charts.
--
--   Returns  a row per part, oldest first: the balance at its end, and the lowest and the highest
--            it was in it, the one it began with included; without extremes these are NULL
--   Errors   invalid_timestamp, invalid_period, invalid_argument (buckets, by), account_not_found
--
-- A part is at least a millisecond long, so there are fewer than asked for in a period shorter than
-- that, and none in an empty one. Cashback due counts from its due time on, also where unposted.
--
-- For the extremes all legs of the period are read. Without them each part is one search of the
-- primary key, however many legs there are; and by value date, which has no such order, those legs
-- are read besides that have one of their own.
CREATE OR REPLACE FUNCTION bank.balance_history(
    account_id text,
    since bigint,
    until bigint,
    buckets bigint DEFAULT 100,
    by text DEFAULT 'timestamp',
    extremes boolean DEFAULT true
)
RETURNS SETOF bank.balance_bucket
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts;
    v_length bigint;
    v_count bigint;
    v_shifts numeric[];
    v_balance bigint;
    v_part record;
    v_bucket bank.balance_bucket;
BEGIN
    PERFORM engine.check_period(coalesce(since, -1), coalesce(until, -1));
    IF (buckets BETWEEN 1 AND 1000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'buckets', 'value', buckets,
            'expected', '1 to 1000'
        ));
    END IF;
    PERFORM engine.check_by(by);
    v_account := engine.read_account(balance_history.account_id);
    v_length := until - since;
    v_count := least(buckets, v_length);
    IF v_count = 0 THEN
        RETURN;
    END IF;
    IF NOT coalesce(extremes, true) THEN
        IF by = 'value_at' THEN
            v_shifts := engine.value_shifts(v_account, since, until, v_count);
        END IF;
        RETURN QUERY
        SELECT
            balance_history.since + v_length * part.n / v_count,
            u.until,
            (
                engine.balance_at(
                    v_account, u.until - 1, balance_history.by, v_shifts[part.n + 1]
                )
            ).balance,
            NULL::bigint,
            NULL::bigint
        FROM generate_series(0, v_count - 1) AS part (n)
        CROSS JOIN LATERAL (
            VALUES (balance_history.since + v_length * (part.n + 1) / v_count)
        ) AS u (until)
        ORDER BY part.n;
        RETURN;
    END IF;
    v_balance := (engine.balance_at(v_account, since - 1, by)).balance;

    FOR v_part IN
        SELECT
            part.n,
            min(line.balance_after) AS lowest,
            max(line.balance_after) AS highest,
            -- of the last line: arrays compare by their first elements, and no two versions are
            -- equal
            (max(ARRAY[line.counts_at, line.version, line.balance_after]))[3] AS closing
        FROM generate_series(0, v_count - 1) AS part (n)
        LEFT JOIN (
            SELECT
                engine.counts_from(
                    v_account.rewound, t.account_id, t.version, t."timestamp"
                ) AS counts_at,
                t.version,
                t.balance_after
            FROM ledger.ledger_transactions AS t
            WHERE balance_history.by = 'timestamp'
                AND t.account_id = v_account.account_id
                AND t.version > engine.version_at(v_account, balance_history.since - 1)
                AND t.version <= engine.version_at(v_account, balance_history.until - 1)
            UNION ALL
            SELECT u."timestamp", u.version, u.balance_after
            FROM engine.unposted(v_account, balance_history.until - 1) AS u
            WHERE balance_history.by = 'timestamp' AND u."timestamp" >= balance_history.since
            UNION ALL
            SELECT l.value_at, l.version, l.balance_after
            FROM engine.lines_by_value(
                v_account, balance_history.since, balance_history.until
            ) AS l
            WHERE balance_history.by = 'value_at'
        ) AS line
            ON part.n = engine.part_of(
                line.counts_at, balance_history.since, balance_history.until, v_count
            )
        GROUP BY part.n
        ORDER BY part.n
    LOOP
        v_bucket.since := balance_history.since + v_length * v_part.n / v_count;
        v_bucket.until := balance_history.since + v_length * (v_part.n + 1) / v_count;
        v_bucket.lowest := least(v_balance, v_part.lowest);
        v_bucket.highest := greatest(v_balance, v_part.highest);
        v_balance := coalesce(v_part.closing, v_balance);
        v_bucket.closing := v_balance;
        RETURN NEXT v_bucket;
    END LOOP;
END;
$function$;

COMMENT ON FUNCTION bank.balance_history(text, bigint, bigint, bigint, text, boolean) IS
    'The balance of an account over a period, in parts of equal length, for charts. Each part has '
    'the balance at its end, and the lowest and the highest in it. Cashback counts from when it '
    'is due, whether or not it has been posted. By value date, each leg counts from its value_at '
    'on. Without extremes it takes no longer on an account of millions of entries than on others, '
    'unless by value date millions have one of their own.';
REVOKE ALL ON FUNCTION bank.balance_history(text, bigint, bigint, bigint, text, boolean)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.balance_history(text, bigint, bigint, bigint, text, boolean)
TO bank_teller, bank_auditor;
