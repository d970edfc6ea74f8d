-- Tests of bank.list_monitors.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_monitors'::regproc),
    'account_id text, "limit" bigint DEFAULT 100, after text DEFAULT NULL::text, '
    || '"order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_monitors'::regproc), 'SETOF bank.monitor',
    'what it returns'
);
SELECT volatility_is('bank', 'list_monitors', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_monitors', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_monitors'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_monitors'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_monitors'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('watches.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('watches.bob', "timestamp" => 1000);
    PERFORM bank.create_monitor_at('watches.alice', 'balance', 'lt', n, 1000)
    FROM generate_series(1, 4) AS n;
    PERFORM bank.create_monitor_at('watches.bob', 'balance', 'lt', 5, 1000);
END;
$given$;
CREATE TEMP TABLE made AS
SELECT 'monitor' || m.monitor_number AS id, m.value FROM ledger.monitors AS m
WHERE m.account_id LIKE 'watches.%';
SELECT bank.delete_monitor(m.id) AS deleted FROM made AS m WHERE m.value = 2 \gset
PREPARE listed AS SELECT l.value FROM bank.list_monitors('watches.alice') AS l;

-- Works
SELECT results_eq(
    'EXECUTE listed', 'VALUES (1::bigint), (3), (4)', 'active ones of the account, oldest first'
);
SELECT results_eq(
    $$SELECT l.value FROM bank.list_monitors('watches.alice', 2) AS l$$,
    'VALUES (1::bigint), (3)', 'at most limit'
);
SELECT results_eq(
    format('SELECT l.value FROM bank.list_monitors(%L, NULL, %L) AS l', 'watches.alice', m.id),
    'VALUES (3::bigint), (4)', 'after the given one, be it deleted'
) FROM made AS m WHERE m.value = 2;
SELECT is(
    to_jsonb(l), to_jsonb(engine.show_monitor(engine.read_monitor(l.monitor_id))), 'as they are shown'
) FROM bank.list_monitors('watches.bob') AS l;

-- Refuses
SELECT throws_ok(
    $$SELECT bank.list_monitors('watches.alice', 0)$$, 'TL007', 'invalid_argument',
    'refuses a limit of zero'
);
SELECT throws_ok(
    $$SELECT bank.list_monitors('watches.alice', after => 'x')$$, 'TL133', 'monitor_not_found',
    'refuses to begin after an unknown one'
);
SELECT throws_ok(
    $$SELECT bank.list_monitors('watches.nobody')$$, 'TL101', 'account_not_found',
    'refuses an unknown account'
);

SELECT * FROM finish();
ROLLBACK;
