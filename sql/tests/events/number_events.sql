-- Tests of bank.number_events.
BEGIN;
SELECT plan(23);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.number_events'::regproc),
    '"limit" bigint DEFAULT 10000',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.number_events'::regproc), 'bank.numbering', 'what it returns'
);
SELECT volatility_is('bank', 'number_events', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'number_events', 'it runs as the owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.number_events'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.number_events'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.number_events'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given everything that others have committed numbered, and nobody else numbering
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
SELECT n.* FROM bank.number_events(100000) AS n \gset
CREATE TEMP TABLE before AS SELECT engine.newest_event() AS id;
DO $given$
BEGIN
    PERFORM bank.create_account_at('seq.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('seq.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('seq.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'seq.shop';
    PERFORM bank.deposit_at('seq.alice', 1000, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.stream(after bigint DEFAULT 0) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(substr(e.account_id, 5) || e.version, ' ' ORDER BY e.event_id)
    FROM bank.events AS e
    CROSS JOIN before AS b
    WHERE e.event_id > b.id + after
$function$;
CREATE FUNCTION pg_temp.numbered(most bigint DEFAULT 10000) RETURNS bigint LANGUAGE sql
AS $function$
    SELECT n.numbered FROM bank.number_events(most) AS n
$function$;

-- Refusals
SELECT throws_ok(
    'SELECT bank.number_events(0)', 'TL007', 'invalid_argument', 'limit is at least 1'
);
SELECT throws_ok(
    'SELECT bank.number_events(NULL)', 'TL007', 'invalid_argument', 'limit may not be NULL'
);

-- Works
SELECT is(
    (SELECT ROW(n.numbered, n.newest - b.id)::text FROM bank.number_events() AS n
    CROSS JOIN before AS b),
    '(4,4)', 'it tells how many it has numbered, and where the stream ends'
);
SELECT is(
    pg_temp.stream(), 'alice1 bob1 shop1 alice2',
    'every leg has its event, in the order of transactions'
);
SELECT is(pg_temp.numbered(), 0::bigint, 'none is numbered twice');
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
SELECT bank.transfer_at('seq.alice', 'seq.bob', 100, "timestamp" => 2000) AS moved \gset
SELECT bank.pay_at('seq.alice', 10, fee => 1, "timestamp" => 2000) AS paid \gset
SELECT bank.transfer_at('seq.alice', 'seq.shop', 50, "timestamp" => 3000) AS collected \gset
SELECT bank.transfer_at('seq.bob', 'seq.shop', 50, "timestamp" => 3000) AS collected \gset
SELECT is(
    pg_temp.numbered(1), 2::bigint, 'the legs of a transaction are never parted by limit'
);
SELECT is(pg_temp.numbered(1), 2::bigint, 'two legs of one account neither');
SELECT is(pg_temp.numbered(), 2::bigint, 'what is collected waits for its leg');
SELECT is(
    pg_temp.stream(4), 'alice3 bob2 alice4 alice5 alice6 bob3',
    'of each account in the order of its versions'
);
SELECT bank.deposit_at('seq.alice', 1, "timestamp" => 3000) AS later \gset
SELECT is(pg_temp.numbered(), 1::bigint, 'the mark is above the collected ids now');
SELECT bank.fold_collected() AS folded \gset
SELECT is(pg_temp.numbered(), 2::bigint, 'folded credits are found by the id they are folded in');
SELECT is(
    pg_temp.stream(11), 'shop2 shop3', 'also in the order of versions'
);

-- An account that has stopped collecting
SELECT bank.transfer_at('seq.alice', 'seq.shop', 7, "timestamp" => 3000) AS collected \gset
SELECT bank.set_collecting('seq.shop', false) AS stopped \gset
SELECT bank.deposit('seq.shop', 1) AS later \gset
SELECT pg_temp.numbered() AS numbered \gset
SELECT is(
    pg_temp.stream(13), 'alice8 shop4 shop5 shop6', 'what it folded before is numbered with the rest'
);

-- Many at once
SELECT count(bank.deposit('seq.bob', 1)) AS deposits FROM generate_series(1, 600) \gset
SELECT pg_temp.numbered() AS numbered \gset
SELECT is(
    (
        SELECT array_agg(b.events ORDER BY b.first_event_id)
        FROM ledger.event_batches AS b
        CROSS JOIN before AS n
        WHERE b.first_event_id > n.id + 17
    ),
    '{256,256,88}'::bigint[], 'they are kept in batches'
);
SELECT is(
    (SELECT max(e.event_id) FROM bank.events AS e), engine.newest_event(), 'the newest of all'
);

SELECT * FROM finish();
ROLLBACK;
