-- Tests of engine.event_batch_of.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.event_batch_of'::regproc), 'event_id bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.event_batch_of'::regproc), 'bigint', 'what it returns');
SELECT volatility_is('engine', 'event_batch_of', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'event_batch_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.event_batch_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SET LOCAL session_replication_role = replica;  -- the guards are asleep
DELETE FROM ledger.event_batches;
SELECT is(engine.event_batch_of(1), NULL, 'none in an empty stream');
INSERT INTO ledger.event_batches (first_event_id, events, transaction_ids)
VALUES (1, 256, '{[1,256]}'), (257, 3, '{[257,259]}');
SELECT is(engine.event_batch_of(1), 1::bigint, 'the first event');
SELECT is(engine.event_batch_of(256), 1::bigint, 'the last of a batch');
SELECT is(engine.event_batch_of(257), 257::bigint, 'the first of the next');
SELECT is(engine.event_batch_of(1000), 257::bigint, 'one to come');

SELECT * FROM finish();
ROLLBACK;
