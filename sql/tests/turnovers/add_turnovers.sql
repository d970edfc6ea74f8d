-- Tests of engine.add_turnovers.
BEGIN;
SELECT plan(23);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.add_turnovers'::regproc), 'most bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.add_turnovers'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'add_turnovers', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'add_turnovers', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.add_turnovers'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);
SELECT ok(
    (SELECT p.proconfig FROM pg_proc AS p WHERE p.oid = 'engine.add_turnovers'::regproc)
    @> ARRAY['jit=off'], 'what few legs come to is not compiled'
);

-- Given everything that others have committed numbered, and nobody else numbering; and legs of
-- today, of some days ago, and of long ago
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
DO $given$
BEGIN
    WHILE (bank.number_events(100000)).numbered > 0 LOOP
    END LOOP;
END;
$given$;
CREATE TEMP TABLE moments AS
SELECT
    d.today,
    d.today - 3 * 86400000 AS lately,
    d.today - 100 * 86400000::bigint AS earlier
FROM (SELECT engine.now() AS today) AS d;
INSERT INTO ledger.currencies VALUES ('TAP_TURNED', 2);
DO $given$
DECLARE
    m record;
BEGIN
    SELECT t.* INTO m FROM moments AS t;
    PERFORM bank.create_account_at('turn.alice', 'TAP_TURNED', "timestamp" => m.earlier);
    PERFORM bank.create_account_at('turn.bob', 'TAP_TURNED', "timestamp" => m.earlier);
    PERFORM bank.create_account_at('turn.shop', 'TAP_TURNED', "timestamp" => m.earlier);
    PERFORM bank.set_collecting('turn.shop', true, "timestamp" => m.earlier);
    PERFORM bank.deposit_at('turn.alice', 1000, "timestamp" => m.earlier);
    PERFORM bank.transfer_at('turn.alice', 'turn.bob', 300, "timestamp" => m.lately);
    PERFORM bank.withdraw_at('turn.bob', 100, "timestamp" => m.today);
END;
$given$;
CREATE FUNCTION pg_temp.turned(every text) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        concat_ws(
            ' ', CASE t.since / p.length
                WHEN m.today / p.length THEN 'today'
                WHEN m.lately / p.length THEN 'lately'
                WHEN m.earlier / p.length THEN 'earlier'
            END,
            t.operation, nullif(t.house, ''), t.legs, t.transactions, t.debits, t.credits
        ), ', ' ORDER BY t.since, t.operation COLLATE "C", t.house
    )
    FROM ledger.turnovers AS t
    INNER JOIN engine.periods AS p ON p.every = t.every
    CROSS JOIN moments AS m
    WHERE t.currency = 'TAP_TURNED' AND t.every = turned.every
$function$;

-- Works
SELECT lives_ok('SELECT bank.number_events(100000)', 'number_events calls it');
SELECT is(
    pg_temp.turned('day'),
    'earlier deposit @external 1 1 0 1000, earlier open 3 3 0 0, '
    || 'earlier set_collecting 1 1 0 0, '
    || 'lately transfer 2 1 300 300, today withdraw @external 1 1 100 0',
    'every day has its own'
);
SELECT is(
    pg_temp.turned('hour'), 'lately transfer 2 1 300 300, today withdraw @external 1 1 100 0',
    'hours are kept for 93 days'
);
SELECT is(
    pg_temp.turned('minute'), 'today withdraw @external 1 1 100 0',
    'minutes are kept for two days'
);
SELECT is(
    pg_temp.turned('ever'),
    'today deposit @external 1 1 0 1000, today open 3 3 0 0, today set_collecting 1 1 0 0, '
    || 'today transfer 2 1 300 300, today withdraw @external 1 1 100 0',
    'and all of it, for ever'
);
SELECT is(
    (SELECT k.event_id FROM ledger.turnover_mark AS k), engine.newest_event(),
    'the mark is the newest event'
);
SELECT is(
    (SELECT k.recorded_at FROM ledger.turnover_mark AS k),
    (SELECT max(t.recorded_at) FROM ledger.ledger_transactions AS t),
    'and the newest time of recording'
);

-- A collected credit comes with its leg
SELECT bank.transfer('turn.alice', 'turn.shop', 7) AS collected \gset
SELECT bank.number_events() AS numbered \gset
SELECT is(
    (
        SELECT ROW(t.legs, t.transactions, t.debits, t.credits)::text
        FROM ledger.turnovers AS t
        WHERE t.currency = 'TAP_TURNED' AND t.operation = 'transfer' AND t.every = 'ever'
    ), '(3,2,307,300)', 'what is collected is in transit'
);
SELECT bank.fold_collected() AS folded \gset
SELECT bank.number_events() AS numbered \gset
SELECT is(
    (
        SELECT ROW(t.legs, t.transactions, t.debits, t.credits)::text
        FROM ledger.turnovers AS t
        WHERE t.currency = 'TAP_TURNED' AND t.operation = 'transfer' AND t.every = 'ever'
    ), '(4,2,307,307)', 'until it is folded'
);

-- Sums beyond what a bigint holds
DO $given$
BEGIN
    PERFORM bank.deposit('turn.bob', 9007199254740991 - 200);
    FOR n IN 1..520 LOOP
        PERFORM bank.transfer('turn.bob', 'turn.alice', 9007199254740000 - 1000);
        PERFORM bank.transfer('turn.alice', 'turn.bob', 9007199254740000 - 1000);
    END LOOP;
    PERFORM bank.number_events(100000);
END;
$given$;
SELECT is(
    (
        SELECT t.debits
        FROM ledger.turnovers AS t
        WHERE t.currency = 'TAP_TURNED' AND t.operation = 'transfer' AND t.every = 'ever'
    ), 1040 * 9007199254739000::numeric + 307, 'stay exact'
);

SET LOCAL jit = off;  -- as bank.verify_ledger has it

-- What was there before the upgrade is added run by run, in the order of events
CREATE TEMP TABLE before AS SELECT t.* FROM ledger.turnovers AS t;
CREATE TEMP TABLE mark_before AS SELECT k.* FROM ledger.turnover_mark AS k;
DELETE FROM ledger.turnovers;
UPDATE ledger.turnover_mark SET event_id = 0, recorded_at = 0;
SELECT engine.add_turnovers(1) AS added \gset
SELECT is(
    (SELECT k.event_id FROM ledger.turnover_mark AS k),
    (SELECT b.events FROM ledger.event_batches AS b WHERE b.first_event_id = 1),
    'one batch at least'
);
SELECT engine.add_turnovers(600) AS added \gset
SELECT is(
    (SELECT k.event_id FROM ledger.turnover_mark AS k),
    (
        SELECT max(b.first_event_id + b.events - 1)
        FROM ledger.event_batches AS b
        WHERE b.first_event_id <= 600 + (
            SELECT o.events FROM ledger.event_batches AS o WHERE o.first_event_id = 1
        )
    ),
    'whole batches'
);
SELECT is(
    (SELECT count(*) FROM engine.verify_turnovers()), 0::bigint, 'which is right at every step'
);
SELECT is((bank.number_events(100000)).numbered, 0::bigint, 'number_events goes on');
SELECT results_eq(
    'SELECT k.event_id, k.recorded_at FROM ledger.turnover_mark AS k',
    'SELECT k.event_id, k.recorded_at FROM mark_before AS k',
    'to the end'
);
SELECT is_empty(
    $$
        SELECT t.* FROM ledger.turnovers AS t
        INNER JOIN engine.periods AS p ON p.every = t.every
        CROSS JOIN ledger.turnover_mark AS k
        WHERE p.kept IS NULL OR t.since >= k.recorded_at - p.kept
        EXCEPT
        SELECT t.* FROM before AS t
    $$, 'and comes to the same'
);

-- What has grown too old is removed
UPDATE ledger.turnover_mark SET recorded_at = recorded_at - 86400000;
INSERT INTO ledger.turnovers
SELECT p.every, 60000 * n, 'TAP_TURNED', 'open', '', 1, 1, 0, 0
FROM generate_series(1, 10001) AS n
CROSS JOIN unnest('{minute,hour,day}'::text[]) AS p (every);
SELECT bank.deposit('turn.alice', 1) AS deposited \gset
SELECT bank.number_events() AS numbered \gset
SELECT results_eq(
    $$
        SELECT t.every, count(*)
        FROM ledger.turnovers AS t
        WHERE t.since BETWEEN 1 AND 1000000000 AND t.currency = 'TAP_TURNED'
        GROUP BY t.every ORDER BY t.every
    $$, $$VALUES ('day' COLLATE "C", 10001::bigint), ('hour', 1), ('minute', 1)$$,
    'minutes and hours, ten thousand at once'
);

SELECT * FROM finish();
ROLLBACK;
