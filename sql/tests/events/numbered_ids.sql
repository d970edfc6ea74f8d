-- Tests of view engine.numbered_ids.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT has_view('engine', 'numbered_ids', 'it is there');
SELECT columns_are('engine', 'numbered_ids', ARRAY['batch', 'id'], 'its columns');
SELECT ok(
    NOT has_table_privilege('bank_operator', 'engine.numbered_ids', 'SELECT'),
    'nobody but the owner may read it'
);

-- Given nobody else numbering, and a transfer that is numbered
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
DO $given$
BEGIN
    PERFORM bank.create_account_at(a.id, "timestamp" => 1000)
    FROM unnest('{ids.alice,ids.bob}'::text[]) AS a (id);
    PERFORM bank.deposit_at('ids.alice', 500, "timestamp" => 1000);
    PERFORM bank.transfer_at('ids.alice', 'ids.bob', 5, "timestamp" => 1000);
    PERFORM bank.number_events(100000);
END;
$given$;

-- Works
SELECT bag_eq(
    $$
        SELECT n.id FROM engine.numbered_ids AS n
        INNER JOIN ledger.ledger_transactions AS t ON t.transaction_id = n.id
        WHERE t.account_id = 'ids.alice'
    $$,
    $$
        SELECT t.transaction_id FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'ids.alice'
    $$, 'an id for each transaction, however many legs it has'
);
SELECT is(
    (SELECT count(*) FROM engine.numbered_ids AS n),
    (
        SELECT sum(upper(i.ids) - lower(i.ids))::bigint
        FROM ledger.event_batches AS b CROSS JOIN LATERAL unnest(b.transaction_ids) AS i (ids)
    ), 'all that batches tell of'
);
SET LOCAL session_replication_role = replica;  -- the guards are asleep
INSERT INTO ledger.event_batches (first_event_id, events, transaction_ids)
SELECT max(b.first_event_id + b.events), 1, '{[1000000,9000000000000)}'
FROM ledger.event_batches AS b;
SELECT is(
    (SELECT count(*) FROM engine.numbered_ids AS n), 0::bigint,
    'none where they are more than there can be'
);

SELECT * FROM finish();
ROLLBACK;
