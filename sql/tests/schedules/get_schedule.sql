-- Tests of bank.get_schedule.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.get_schedule'::regproc),
    'schedule_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.get_schedule'::regproc), 'bank.schedule',
    'what it returns'
);
SELECT volatility_is('bank', 'get_schedule', 'stable', 'it is stable');
SELECT is_definer('bank', 'get_schedule', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.get_schedule'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.get_schedule'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.get_schedule'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('schedule_get.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b']) AS n;
    PERFORM bank.schedule_transfer('schedule_get.a', 'schedule_get.b', 5, 9007199254740);
END;
$given$;

-- Works
SELECT is(
    to_jsonb(bank.get_schedule('schedule' || s.schedule_number)),
    to_jsonb(engine.show_schedule(s)), 'returns the schedule'
) FROM ledger.schedules AS s WHERE s.account_id = 'schedule_get.a';

-- Refuses
SELECT throws_ok(
    'SELECT bank.get_schedule(''schedule0'')', 'TL132', 'schedule_not_found',
    'refuses an unknown schedule'
);

SELECT * FROM finish();
ROLLBACK;
