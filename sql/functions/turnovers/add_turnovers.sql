-- add_turnovers: add what the newest events say to the turnovers.
--
--   Writes   ledger.turnovers, ledger.turnover_mark
--   Locks    nothing: bank.number_events, which calls it, has a lock against others of its kind
--
-- Of the events behind the mark it takes those whose batches begin within `most`. That is one whole
-- batch at least, and all of them where `most` is how many there are; more are there only after the
-- upgrade that brought turnovers to a ledger, which so catches up run by run.
--
-- What a period comes to is the same whoever adds when: a sum. Periods that are too old by the
-- newest recorded_at among the legs are not kept. As that never goes back, of those that are kept
-- all legs have been added, and the others can be removed little by little.
--
-- All that is looked for is one row of an index or a few that lie together, and nothing twice: so
-- there are neither bitmaps nor Memoize, which take a third of the time. PostgreSQL cannot know how
-- few ids a batch has, and would compile the query, for 0.3 s: no JIT.
CREATE OR REPLACE FUNCTION engine.add_turnovers(most bigint)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET enable_bitmapscan = off
SET enable_memoize = off
SET jit = off
AS $function$
DECLARE
    c_removed CONSTANT bigint := 10000;  -- of each length at once
    v_mark ledger.turnover_mark;
    v_minutes bigint;
    v_hours bigint;
    v_event_id bigint;
    v_recorded_at bigint;
BEGIN
    SELECT m.* INTO v_mark FROM ledger.turnover_mark AS m;
    SELECT b.first_event_id + b.events - 1
    INTO v_event_id
    FROM ledger.event_batches AS b
    WHERE b.first_event_id > v_mark.event_id AND b.first_event_id <= v_mark.event_id + most
    ORDER BY b.first_event_id DESC
    LIMIT 1;
    IF v_event_id IS NULL THEN
        RETURN;
    END IF;

    -- Added up by the shortest period that is kept: else there would be a sum for every minute of
    -- many years.
    SELECT
        v_mark.recorded_at - max(p.kept) FILTER (WHERE p.every = 'minute'),
        v_mark.recorded_at - max(p.kept) FILTER (WHERE p.every = 'hour')
    INTO v_minutes, v_hours
    FROM engine.periods AS p;

    WITH moved AS MATERIALIZED (
        SELECT
            l."timestamp" - l."timestamp" % CASE
                WHEN l."timestamp" >= v_minutes THEN 60000
                WHEN l."timestamp" >= v_hours THEN 3600000
                ELSE 86400000
            END AS since,
            l.currency,
            l.operation,
            l.house,
            count(*) AS legs,
            count(*) FILTER (WHERE l.leg = 1) AS transactions,
            coalesce(-sum(l.amount) FILTER (WHERE l.amount < 0), 0) AS debits,
            coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0) AS credits,
            max(l.recorded_at) AS recorded_at
        FROM (
            SELECT
                t."timestamp", t.operation, t.leg, t.amount, t.recorded_at,
                -- Looked up by leg: joined, all accounts might be read for a few legs.
                coalesce((
                    SELECT a.currency
                    FROM ledger.accounts AS a
                    WHERE a.account_id = t.account_id
                ), '') AS currency,
                CASE
                    WHEN t.contra_account_id LIKE '@%' THEN t.contra_account_id ELSE ''
                END AS house
            FROM ledger.event_batches AS b
            CROSS JOIN LATERAL unnest(b.transaction_ids) AS i (ids)
            CROSS JOIN LATERAL (
                -- In the order of ids, so that they are looked up in the index.
                (
                    SELECT
                        o."timestamp", o.operation, o.leg, o.amount, o.recorded_at,
                        o.account_id, o.contra_account_id
                    FROM ledger.ledger_transactions AS o
                    WHERE o.transaction_id >= lower(i.ids)
                        AND o.transaction_id < upper(i.ids)
                        AND o.folded_in IS NULL
                    ORDER BY o.transaction_id
                )
                UNION ALL
                (
                    SELECT
                        f."timestamp", f.operation, f.leg, f.amount, f.recorded_at,
                        f.account_id, f.contra_account_id
                    FROM ledger.ledger_transactions AS f
                    WHERE f.folded_in >= lower(i.ids)
                        AND f.folded_in < upper(i.ids)
                    ORDER BY f.folded_in
                )
            ) AS t
            WHERE b.first_event_id > v_mark.event_id AND b.first_event_id <= v_event_id
        ) AS l
        GROUP BY 1, 2, 3, 4
    ), newest AS (
        SELECT greatest(v_mark.recorded_at, max(m.recorded_at)) AS recorded_at FROM moved AS m
    ), added AS (
        INSERT INTO ledger.turnovers AS t (
            every, since, currency, operation, house, legs, transactions, debits, credits
        )
        SELECT
            p.every, m.since - m.since % p.length, m.currency, m.operation, m.house,
            engine.total(m.legs), engine.total(m.transactions), sum(m.debits), sum(m.credits)
        FROM moved AS m
        CROSS JOIN newest AS n
        CROSS JOIN engine.periods AS p
        WHERE p.kept IS NULL OR m.since - m.since % p.length >= n.recorded_at - p.kept
        GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT ON CONSTRAINT turnovers_pkey DO UPDATE SET
            legs = t.legs + excluded.legs,
            transactions = t.transactions + excluded.transactions,
            debits = t.debits + excluded.debits,
            credits = t.credits + excluded.credits
    )

    UPDATE ledger.turnover_mark AS k
    SET event_id = v_event_id, recorded_at = n.recorded_at
    FROM newest AS n
    WHERE k.only_row
    RETURNING k.recorded_at INTO v_recorded_at;

    IF v_recorded_at / 60000 > v_mark.recorded_at / 60000 THEN
        DELETE FROM ledger.turnovers AS t
        WHERE t.ctid = ANY(ARRAY(
            SELECT o.at
            FROM engine.periods AS p
            CROSS JOIN LATERAL (
                SELECT r.ctid AS at
                FROM ledger.turnovers AS r
                WHERE r.every = p.every AND r.since < v_recorded_at - p.kept
                ORDER BY r.since
                LIMIT c_removed
            ) AS o
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.add_turnovers(bigint) IS
    'Internal: adds what the newest events say to the turnovers.';
REVOKE ALL ON FUNCTION engine.add_turnovers(bigint) FROM PUBLIC;
