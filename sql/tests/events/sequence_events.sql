-- Tests of engine.sequence_events.
BEGIN;
SELECT plan(20);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.sequence_events'::regproc),
    '"limit" bigint DEFAULT 10000',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.sequence_events'::regproc), 'bigint', 'what it returns');
SELECT volatility_is('engine', 'sequence_events', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'sequence_events', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.sequence_events'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given everything that others have committed numbered, and nobody else numbering
LOCK TABLE ledger.event_sequencer IN SHARE UPDATE EXCLUSIVE MODE;
SELECT engine.sequence_events(9007199254740991) AS numbered \gset
CREATE TEMP TABLE before AS SELECT coalesce(max(e.event_id), 0) AS id FROM ledger.events AS e;
DO $given$
BEGIN
    PERFORM bank.create_account('seq.alice', "timestamp" => 1000);
    PERFORM bank.create_account('seq.bob', "timestamp" => 1000);
    PERFORM bank.create_account('seq.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'seq.shop';
    PERFORM bank.deposit('seq.alice', 1000, "timestamp" => 1000);
END;
$given$;
PREPARE numbered AS
SELECT e.event_id - b.id, e.account_id COLLATE "default", e.version
FROM ledger.events AS e
CROSS JOIN before AS b
WHERE e.event_id > b.id
ORDER BY e.event_id;

-- Works
SELECT is(engine.sequence_events(), 4::bigint, 'it tells how many it has numbered');
SELECT results_eq(
    'EXECUTE numbered',
    $$
        VALUES
        (1::bigint, 'seq.alice', 1::bigint), (2::bigint, 'seq.bob', 1::bigint),
        (3::bigint, 'seq.shop', 1::bigint), (4::bigint, 'seq.alice', 2::bigint)
    $$,
    'every leg has its event, in the order of transactions, without a gap'
);
SELECT is(engine.sequence_events(), 0::bigint, 'none is numbered twice');
SELECT is(
    (SELECT s.mark FROM ledger.event_sequencer AS s),
    (
        SELECT max(t.transaction_id)
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'seq.alice'
    ),
    'the mark is the newest id'
);

-- Both legs of a transfer; then two at once, of which one leg belongs to a collecting account
SELECT bank.transfer('seq.alice', 'seq.bob', 100, "timestamp" => 2000) AS moved \gset
SELECT bank.pay('seq.alice', 10, fee => 1, "timestamp" => 2000) AS paid \gset
SELECT bank.transfer('seq.alice', 'seq.shop', 50, "timestamp" => 3000) AS collected \gset
SELECT bank.transfer('seq.bob', 'seq.shop', 50, "timestamp" => 3000) AS collected \gset
SELECT is(engine.sequence_events(1), 2::bigint, 'the legs of a transaction are never parted by limit');
SELECT is(engine.sequence_events(1), 2::bigint, 'two legs of one account neither');
SELECT is(engine.sequence_events(), 2::bigint, 'what is collected waits for its leg');
SELECT results_eq(
    'EXECUTE numbered',
    $$
        VALUES
        (1::bigint, 'seq.alice', 1::bigint), (2::bigint, 'seq.bob', 1::bigint),
        (3::bigint, 'seq.shop', 1::bigint), (4::bigint, 'seq.alice', 2::bigint),
        (5::bigint, 'seq.alice', 3::bigint), (6::bigint, 'seq.bob', 2::bigint),
        (7::bigint, 'seq.alice', 4::bigint), (8::bigint, 'seq.alice', 5::bigint),
        (9::bigint, 'seq.alice', 6::bigint), (10::bigint, 'seq.bob', 3::bigint)
    $$,
    'of each account in the order of its versions'
);
SELECT bank.deposit('seq.alice', 1, "timestamp" => 3000) AS later \gset
SELECT is(engine.sequence_events(), 1::bigint, 'the mark is above the collected ids now');
SELECT engine.lock_account('seq.shop') AS folded \gset
SELECT is(engine.sequence_events(1), 1::bigint, 'folded credits are found, limit of them at once');
SELECT is(engine.sequence_events(1), 1::bigint, 'and the next');
SELECT is(engine.sequence_events(), 0::bigint, 'until there is none');
SELECT is(
    (SELECT array_agg(e.version ORDER BY e.event_id) FROM ledger.events AS e
    WHERE e.account_id = 'seq.shop'),
    '{1,2,3}'::bigint[], 'also in the order of versions'
);

-- An account that has stopped collecting is known by its next leg
SELECT bank.transfer('seq.alice', 'seq.shop', 7, "timestamp" => 3000) AS collected \gset
SELECT bank.deposit('seq.alice', 1, "timestamp" => 3000) AS later \gset
SELECT engine.sequence_events() AS numbered \gset
SELECT engine.lock_account('seq.shop') AS folded \gset
UPDATE ledger.accounts AS a SET collecting = false WHERE a.account_id = 'seq.shop';
SELECT bank.deposit('seq.shop', 1, "timestamp" => 3000) AS later \gset
SELECT is(engine.sequence_events(), 2::bigint, 'what it folded before is numbered with that');
SELECT is(
    (SELECT array_agg(e.version ORDER BY e.event_id) FROM ledger.events AS e
    WHERE e.account_id = 'seq.shop'),
    '{1,2,3,4,5}'::bigint[], 'and before that'
);

SELECT * FROM finish();
ROLLBACK;
