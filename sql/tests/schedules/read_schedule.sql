-- Tests of engine.read_schedule.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.read_schedule'::regproc),
    'schedule_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.read_schedule'::regproc), 'ledger.schedules',
    'what it returns'
);
SELECT volatility_is('engine', 'read_schedule', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'read_schedule', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.read_schedule'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('schedule_read.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b']) AS n;
    PERFORM bank.schedule_transfer_at(
        'schedule_read.a', 'schedule_read.b', 5, 1000, "timestamp" => 1000
    );
END;
$given$;

-- Works
SELECT is(
    (engine.read_schedule('schedule' || s.schedule_number)).amount, 5::bigint, 'returns the row'
) FROM ledger.schedules AS s WHERE s.account_id = 'schedule_read.a';

-- Refuses
SELECT throws_ok(
    format('SELECT engine.read_schedule(%L)', w.id), 'TL132', 'schedule_not_found',
    'refuses ' || coalesce(w.id, 'NULL')
) FROM unnest(ARRAY[
    'schedule0', 'schedule07', 'schedule9999999999999999', 'schedule99999999999999999',
    'Schedule1', 'schedule', '7', '', NULL
]) AS w (id);

SELECT * FROM finish();
ROLLBACK;
