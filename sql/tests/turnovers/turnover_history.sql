-- Tests of bank.turnover_history.
BEGIN;
SELECT plan(25);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.turnover_history'::regproc),
    'since bigint, until bigint, every text DEFAULT ''day''::text, '
    || 'currency text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.turnover_history'::regproc), 'SETOF bank.turnover',
    'what it returns'
);
SELECT volatility_is('bank', 'turnover_history', 'stable', 'it is stable');
SELECT is_definer('bank', 'turnover_history', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.turnover_history'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.turnover_history'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.turnover_history'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given nobody else numbering, and legs at the bounds of days and minutes
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
CREATE TEMP TABLE moments AS
SELECT n.today - n.today % 60000 AS today FROM (SELECT engine.now() AS today) AS n;
INSERT INTO ledger.currencies VALUES ('TAP_HISTORY', 2);
DO $given$
DECLARE
    v_today bigint := (SELECT m.today FROM moments AS m);
BEGIN
    PERFORM bank.create_account_at('hist.alice', 'TAP_HISTORY', "timestamp" => 86400000);
    PERFORM bank.create_account_at('hist.bob', 'TAP_HISTORY', "timestamp" => 86400000);
    PERFORM bank.deposit_at('hist.alice', 1000, "timestamp" => 172799999);
    PERFORM bank.deposit_at('hist.alice', 10, "timestamp" => 172800000);
    PERFORM bank.transfer_at('hist.alice', 'hist.bob', 1, "timestamp" => v_today - 60000);
    PERFORM bank.transfer_at('hist.alice', 'hist.bob', 2, "timestamp" => v_today - 1);
    PERFORM bank.transfer_at('hist.alice', 'hist.bob', 4, "timestamp" => v_today);
    WHILE (bank.number_events(100000)).numbered > 0 LOOP
    END LOOP;
END;
$given$;
SELECT m.today, m.today - 60000 AS before, k.recorded_at AS newest
FROM moments AS m CROSS JOIN ledger.turnover_mark AS k \gset

-- Works
SELECT results_eq(
    $$SELECT t.* FROM bank.turnover_history(0, 86400000 * 3, currency => 'TAP_HISTORY') AS t$$,
    $$
        VALUES (
            86400000::bigint, 172800000::bigint, 'TAP_HISTORY', 'deposit', '@external',
            1::bigint, 1::bigint, 0::numeric, 1000::numeric
        ),
        (86400000, 172800000, 'TAP_HISTORY', 'open', NULL, 2, 2, 0, 0),
        (172800000, 259200000, 'TAP_HISTORY', 'deposit', '@external', 1, 1, 0, 10)
    $$, 'by day, of one currency'
);
SELECT is(
    (
        SELECT array_agg(t.since)
        FROM bank.turnover_history(86400001, 172800001, currency => 'TAP_HISTORY') AS t
    ), ARRAY[172800000::bigint], 'of periods that begin in since to before until'
);
SELECT is_empty(
    $$SELECT t.* FROM bank.turnover_history(86400001, 172800000, currency => 'TAP_HISTORY') AS t$$,
    'of which there are none here'
);
SELECT is(
    (
        SELECT array_agg(
            ARRAY[t.since, t.until, t.legs, t.transactions, t.debits, t.credits] ORDER BY t.since
        )
        FROM bank.turnover_history(:before, :today + 1, 'minute', 'TAP_HISTORY') AS t
    ),
    ARRAY[
        ARRAY[:before, :today, 4, 2, 3, 3], ARRAY[:today, :today + 60000, 2, 1, 4, 4]
    ]::numeric[], 'by minute'
);
SELECT is(
    (
        SELECT array_agg(t.debits ORDER BY t.operation)
        FROM bank.turnover_history(0, 1, 'ever', 'TAP_HISTORY') AS t
    ), ARRAY[0, 0, 7]::numeric[], 'and all time'
);
SELECT is(
    (
        SELECT count(DISTINCT t.currency) > 1 AND bool_or(t.currency = 'XXX')
        FROM bank.turnover_history(0, 1, 'ever') AS t
    ), true, 'of all currencies, and of what is of none'
);
SELECT is(
    (SELECT count(*) FROM bank.turnover_history(0, 1500 * 86400000::bigint)) > 0, true,
    'of 1500 periods'
);

-- What grows too old is not shown, though it is still there
UPDATE ledger.turnover_mark SET recorded_at = :before + 2 * 86400000 + 1;
SELECT is(
    (
        SELECT array_agg(t.since)
        FROM bank.turnover_history(:before + 1, :today + 1, 'minute', 'TAP_HISTORY') AS t
    ), ARRAY[:today::bigint], 'minutes that are kept'
);
SELECT throws_ok(
    format(
        'SELECT bank.turnover_history(%s, %s, ''minute'')', :before, :today
    ), 'TL007', 'invalid_argument', 'one that is not is refused'
);
UPDATE ledger.turnover_mark SET recorded_at = :newest;

-- Refusals
SELECT throws_ok(
    'SELECT bank.turnover_history(0, 1, ''week'')', 'TL007', 'invalid_argument',
    'a period of no such length'
);
SELECT throws_ok(
    'SELECT bank.turnover_history(0, 1, NULL)', 'TL007', 'invalid_argument', 'nor of none'
);
SELECT throws_ok(
    'SELECT bank.turnover_history(-1, 1)', 'TL003', 'invalid_timestamp', 'a time before all'
);
SELECT throws_ok(
    'SELECT bank.turnover_history(NULL, 1)', 'TL003', 'invalid_timestamp', 'since must be given'
);
SELECT throws_ok(
    'SELECT bank.turnover_history(0, NULL)', 'TL003', 'invalid_timestamp', 'and until'
);
SELECT throws_ok(
    'SELECT bank.turnover_history(1, 0)', 'TL020', 'invalid_period', 'a period backwards'
);
SELECT throws_ok(
    'SELECT bank.turnover_history(0, 1500 * 86400000::bigint + 1)', 'TL007', 'invalid_argument',
    'more than 1500 periods'
);
SELECT throws_ok(
    'SELECT bank.turnover_history(0, 1, currency => ''?'')', 'TL004', 'unknown_currency',
    'a currency that is none'
);
SELECT set_config('pgteller.accounts', '{hist.alice}', true) AS limited \gset
SELECT throws_ok(
    'SELECT bank.turnover_history(0, 1)', 'TL201', 'limited_to_accounts',
    'it is not for who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
