-- Tests of engine.show_worker.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.show_worker'::regproc),
    'worker ledger.worker_heartbeats',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.show_worker'::regproc), 'bank.worker', 'what it returns');
SELECT volatility_is('engine', 'show_worker', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'show_worker', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.show_worker'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    to_jsonb(engine.show_worker(ROW(7, 'host/1', '1.0', 5, 6, 7)::ledger.worker_heartbeats)),
    '{"worker_number": 7, "name": "host/1", "version": "1.0", "started_at": 5, "beat_at": 6, "alive": false}',
    'one that was killed'
);
SELECT ok(
    (engine.show_worker(ROW(7, 'host/1', '1.0', 5, 6, 9007199254740991)::ledger.worker_heartbeats)).alive,
    'one that lives'
);

SELECT * FROM finish();
ROLLBACK;
