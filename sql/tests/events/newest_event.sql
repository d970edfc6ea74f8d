-- Tests of engine.newest_event.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.newest_event'::regproc), '', 'it has no arguments');
SELECT is(pg_get_function_result('engine.newest_event'::regproc), 'bigint', 'what it returns');
SELECT volatility_is('engine', 'newest_event', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'newest_event', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.newest_event'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SET LOCAL session_replication_role = replica;  -- the guards are asleep
DELETE FROM ledger.event_batches;
SELECT is(engine.newest_event(), 0::bigint, 'none in an empty stream');
INSERT INTO ledger.event_batches (first_event_id, events, transaction_ids)
VALUES (1, 256, '{[1,256]}'), (257, 3, '{[257,259]}');
SELECT is(engine.newest_event(), 259::bigint, 'the last of the newest batch');

SELECT * FROM finish();
ROLLBACK;
