-- Tests of bank.list_schedule_runs.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_schedule_runs'::regproc),
    'schedule_id text, "limit" bigint DEFAULT 100, after bigint DEFAULT NULL::bigint, '
    || '"order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_schedule_runs'::regproc), 'SETOF bank.schedule_run',
    'what it returns'
);
SELECT volatility_is('bank', 'list_schedule_runs', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_schedule_runs', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_schedule_runs'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_schedule_runs'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_schedule_runs'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given a schedule that succeeds, is refused, and succeeds
DO $given$
BEGIN
    PERFORM bank.create_account_at('runs.' || n, "timestamp" => 1000) FROM unnest(ARRAY['a', 'b']) AS n;
    PERFORM bank.deposit_at('runs.a', 5, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at(
        'runs.a', 'runs.b', 5, 2000, 'PT1M', "timestamp" => 1000
    );
    PERFORM engine.run_schedule(s.schedule_number, 2000)
    FROM ledger.schedules AS s WHERE s.account_id = 'runs.a';
    PERFORM engine.run_schedule(s.schedule_number, 62000)
    FROM ledger.schedules AS s WHERE s.account_id = 'runs.a';
    PERFORM bank.deposit_at('runs.a', 5, "timestamp" => 62000);
    PERFORM engine.run_schedule(s.schedule_number, 122000)
    FROM ledger.schedules AS s WHERE s.account_id = 'runs.a';
END;
$given$;
SELECT 'schedule' || s.schedule_number AS id FROM ledger.schedules AS s
WHERE s.account_id = 'runs.a' \gset

-- Works
SELECT results_eq(
    format(
        'SELECT to_jsonb(r) - ARRAY[''recorded_at'', ''transaction_id''] '
        'FROM bank.list_schedule_runs(%L) AS r', :'id'
    ),
    $$
        SELECT jsonb_build_object(
            'run_number', e.n, 'occurrence', e.n, 'attempt', 1, 'due_at', 60000 * e.n - 58000,
            'status', CASE WHEN e.n = 2 THEN 'refused' ELSE 'succeeded' END,
            'timestamp', 60000 * e.n - 58000,
            'code', CASE WHEN e.n = 2 THEN 'insufficient_funds' END,
            'detail', CASE WHEN e.n = 2
                THEN '{"account_id": "runs.a", "available": 0, "required": 5}'::jsonb END
        )
        FROM generate_series(1, 3) AS e (n)
    $$,
    'each run and what became of it'
);
SELECT results_eq(
    format('SELECT r.run_number FROM bank.list_schedule_runs(%L, 1, 1) AS r', :'id'),
    'VALUES (2::bigint)', 'at most limit, after the given one'
);
SELECT is(
    (SELECT count(*) FROM bank.list_schedule_runs(:'id', NULL, NULL)), 3::bigint, 'NULL is no limit'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_schedule_runs(%L, 0)', :'id'), 'TL007', 'invalid_argument',
    'refuses a limit of zero'
);
SELECT throws_ok(
    'SELECT bank.list_schedule_runs(''schedule0'')', 'TL132', 'schedule_not_found',
    'refuses an unknown schedule'
);

SELECT * FROM finish();
ROLLBACK;
