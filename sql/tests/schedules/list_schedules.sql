-- Tests of bank.list_schedules.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_schedules'::regproc),
    'account_id text, status text DEFAULT NULL::text, "limit" bigint DEFAULT 100, '
    || 'after text DEFAULT NULL::text, "order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_schedules'::regproc), 'SETOF bank.schedule',
    'what it returns'
);
SELECT volatility_is('bank', 'list_schedules', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_schedules', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_schedules'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_schedules'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_schedules'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('schedules.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b']) AS n;
    PERFORM bank.schedule_transfer('schedules.a', 'schedules.b', n, 9007199254740)
    FROM generate_series(1, 4) AS n;
    PERFORM bank.schedule_transfer('schedules.b', 'schedules.a', 9, 9007199254740);
END;
$given$;
CREATE TEMP TABLE made AS
SELECT 'schedule' || s.schedule_number AS id, s.amount FROM ledger.schedules AS s
WHERE s.account_id = 'schedules.a';
SELECT bank.cancel_schedule(m.id) AS cancelled FROM made AS m WHERE m.amount = 2 \gset

-- Works
SELECT results_eq(
    $$SELECT l.amount FROM bank.list_schedules('schedules.a') AS l$$,
    'VALUES (1::bigint), (2), (3), (4)', 'those that the account pays, oldest first'
);
SELECT results_eq(
    $$SELECT l.amount FROM bank.list_schedules('schedules.a', 'active', 2) AS l$$,
    'VALUES (1::bigint), (3)', 'of one status, at most limit'
);
SELECT results_eq(
    format('SELECT l.amount FROM bank.list_schedules(%L, NULL, NULL, %L) AS l', 'schedules.a', m.id),
    'VALUES (3::bigint), (4)', 'after the given one'
) FROM made AS m WHERE m.amount = 2;

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_schedules(%s)', r.arguments), r.code, r.name, 'refuses ' || r.what
) FROM (
    VALUES ('''schedules.a'', "limit" => 0', 'TL007', 'invalid_argument', 'a limit of zero'),
    ('''schedules.a'', ''open''', 'TL007', 'invalid_argument', 'an unknown status'),
    ('''schedules.a'', after => ''x''', 'TL132', 'schedule_not_found', 'to begin after an unknown one'),
    ('''schedules.nobody''', 'TL101', 'account_not_found', 'an unknown account')
) AS r (arguments, code, name, what);

SELECT * FROM finish();
ROLLBACK;
