-- Tests of engine.next_event_mark.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.next_event_mark'::regproc), 'mark bigint, "limit" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.next_event_mark'::regproc), 'bigint', 'what it returns'
);
SELECT volatility_is('engine', 'next_event_mark', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'next_event_mark', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.next_event_mark'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a transfer, a collected credit, a deposit, and the credit folded
SELECT bank.create_account('mark.alice') AS opened \gset
SELECT bank.create_account('mark.shop') AS opened \gset
SELECT bank.set_collecting('mark.shop', true) AS collecting \gset
SELECT (bank.deposit('mark.alice', 100)).transaction_id AS deposited \gset
SELECT (bank.transfer('mark.alice', 'mark.shop', 1)).transaction_id AS collected \gset
SELECT (bank.deposit('mark.alice', 100)).transaction_id AS again \gset
SELECT bank.fold_collected() AS folded \gset
SELECT t.folded_in FROM ledger.ledger_transactions AS t
WHERE t.transaction_id = :collected AND t.leg = 2 \gset

-- Works
SELECT is(
    engine.next_event_mark(:deposited - 1, 1), :deposited::bigint, 'one leg further'
);
SELECT is(engine.next_event_mark(:deposited, 1), :collected::bigint, 'the leg of the payer');
SELECT is(
    engine.next_event_mark(:deposited, 2), :again::bigint,
    'the folded credit does not count where its id was drawn'
);
SELECT is(engine.next_event_mark(:deposited, 3), :folded_in::bigint, 'but where it was folded');
SELECT is(engine.next_event_mark(:deposited, 100), :folded_in::bigint, 'all there are');
SELECT is(
    engine.next_event_mark(:folded_in, 100), :folded_in::bigint, 'the mark where there is none'
);

SELECT * FROM finish();
ROLLBACK;
