-- verify_turnovers: see that turnovers are what the numbered legs say.
--
--   Returns  the violations of turnovers_add_up
--
-- What is left of periods that are not kept any more nobody reads, so it may say anything.
--
-- PostgreSQL takes a set of ids for few, and would look for accounts one by one and sort all legs,
-- which takes twice as long as hashing both.
CREATE OR REPLACE FUNCTION engine.verify_turnovers()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET enable_nestloop = off
SET enable_sort = off
AS $function$
DECLARE
    v_mark ledger.turnover_mark;
    v_ids int8multirange;
    v_event_id bigint;
    v_minutes bigint;
    v_hours bigint;
BEGIN
    SELECT m.* INTO v_mark FROM ledger.turnover_mark AS m;
    SELECT
        coalesce(range_agg(b.transaction_ids), '{}'),
        coalesce(max(b.first_event_id + b.events - 1), 0)
    INTO v_ids, v_event_id
    FROM ledger.event_batches AS b
    WHERE b.first_event_id <= v_mark.event_id;
    -- Added up by the shortest period that is kept: else there would be a sum for every minute of
    -- many years.
    SELECT
        v_mark.recorded_at - max(p.kept) FILTER (WHERE p.every = 'minute'),
        v_mark.recorded_at - max(p.kept) FILTER (WHERE p.every = 'hour')
    INTO v_minutes, v_hours
    FROM engine.periods AS p;

    RETURN QUERY
    WITH moved AS MATERIALIZED (
        SELECT
            l.since, l.currency, l.operation, l.house,
            count(*) AS legs,
            count(*) FILTER (WHERE l.leg = 1) AS transactions,
            coalesce(-sum(l.amount) FILTER (WHERE l.amount < 0), 0) AS debits,
            coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0) AS credits,
            max(l.recorded_at) AS recorded_at
        FROM (
            SELECT
                t."timestamp" - t."timestamp" % CASE
                    WHEN t."timestamp" >= v_minutes THEN 60000
                    WHEN t."timestamp" >= v_hours THEN 3600000
                    ELSE 86400000
                END AS since,
                coalesce(a.currency, '') AS currency,
                t.operation,
                CASE
                    WHEN t.contra_account_id LIKE '@%' THEN t.contra_account_id ELSE ''
                END AS house,
                t.leg, t.amount, t.recorded_at
            FROM ledger.ledger_transactions AS t
            LEFT JOIN ledger.accounts AS a ON t.account_id = a.account_id
            WHERE coalesce(t.folded_in, t.transaction_id) <@ v_ids
        ) AS l
        GROUP BY l.since, l.currency, l.operation, l.house
    ), said AS (
        SELECT
            p.every, m.since - m.since % p.length AS since, m.currency, m.operation, m.house,
            engine.total(m.legs) AS legs,
            engine.total(m.transactions) AS transactions,
            sum(m.debits) AS debits,
            sum(m.credits) AS credits
        FROM moved AS m
        CROSS JOIN engine.periods AS p
        WHERE p.kept IS NULL OR m.since - m.since % p.length >= v_mark.recorded_at - p.kept
        GROUP BY 1, 2, 3, 4, 5
    ), kept AS (
        SELECT t.*
        FROM ledger.turnovers AS t
        LEFT JOIN engine.periods AS p ON p.every = t.every
        WHERE p.kept IS NULL OR t.since >= v_mark.recorded_at - p.kept
    )

    SELECT 'turnovers_add_up', NULL, json_build_object(
        'every', coalesce(k.every, s.every), 'since', coalesce(k.since, s.since),
        'currency', coalesce(k.currency, s.currency),
        'operation', coalesce(k.operation, s.operation), 'house', coalesce(k.house, s.house),
        'kept', CASE
            WHEN k.every IS NOT NULL THEN ARRAY[k.legs, k.transactions, k.debits, k.credits]
        END,
        'legs_say', CASE
            WHEN s.every IS NOT NULL THEN ARRAY[s.legs, s.transactions, s.debits, s.credits]
        END
    )
    FROM kept AS k
    FULL JOIN said AS s
        ON k.every = s.every
            AND k.since = s.since
            AND k.currency = s.currency
            AND k.operation = s.operation
            AND k.house = s.house
    WHERE (k.legs, k.transactions, k.debits, k.credits)
        IS DISTINCT FROM (s.legs, s.transactions, s.debits, s.credits)
    UNION ALL
    SELECT 'turnovers_add_up', NULL, json_build_object(
        'event_id', v_mark.event_id, 'should_be_event', v_event_id,
        'recorded_at', v_mark.recorded_at, 'legs_say', n.recorded_at
    )
    FROM (SELECT coalesce(max(m.recorded_at), 0) AS recorded_at FROM moved AS m) AS n
    WHERE (v_mark.event_id, v_mark.recorded_at) IS DISTINCT FROM (v_event_id, n.recorded_at);
END;
$function$;

COMMENT ON FUNCTION engine.verify_turnovers() IS
    'Internal: the violations of turnovers.';
REVOKE ALL ON FUNCTION engine.verify_turnovers() FROM PUBLIC;

INSERT INTO engine.checks ("check", promise, finder) VALUES
(
    'turnovers_add_up',
    'Turnovers of each period are what the numbered legs say, and no period is missing.',
    'verify_turnovers'
);
