-- Tests of engine.read_monitor.
BEGIN;
SELECT plan(17);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.read_monitor'::regproc),
    'monitor_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.read_monitor'::regproc), 'ledger.monitors',
    'what it returns'
);
SELECT volatility_is('engine', 'read_monitor', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'read_monitor', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.read_monitor'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('monitor_read.alice', "timestamp" => 1000);
    PERFORM bank.create_monitor_at('monitor_read.alice', 'balance', 'lt', 0, 1000);
    PERFORM bank.create_monitor_at('monitor_read.alice', 'balance', 'lt', -1, 1000);
END;
$given$;
SELECT min(m.monitor_number) AS number FROM ledger.monitors AS m
WHERE m.account_id = 'monitor_read.alice' \gset

-- Works
SELECT is(
    (engine.read_monitor('monitor' || :number)).value, 0::bigint, 'returns the row'
);
SELECT bank.delete_monitor('monitor' || :number) AS deleted \gset
SELECT is((engine.read_monitor('monitor' || :number)).active, false, 'of a deleted one too');

-- Refuses
SELECT throws_ok(
    format('SELECT engine.read_monitor(%L)', w.id), 'TL133', 'monitor_not_found',
    'refuses ' || coalesce(w.id, 'NULL')
) FROM unnest(ARRAY[
    'monitor0', 'monitor07', 'monitor9999999999999999', 'monitor99999999999999999', 'Monitor1',
    'monitor', 'monitor1 ', '7', '', NULL
]) AS w (id);

SELECT * FROM finish();
ROLLBACK;
