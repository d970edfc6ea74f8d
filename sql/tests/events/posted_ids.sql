-- Tests of engine.posted_ids.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.posted_ids'::regproc), 'transaction_ids int8multirange',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.posted_ids'::regproc), 'TABLE(id bigint, legs bigint)',
    'what it returns'
);
SELECT volatility_is('engine', 'posted_ids', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'posted_ids', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.posted_ids'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a transfer of two legs, a number that nobody used, and a credit folded
SELECT bank.create_account('ids.alice') AS opened \gset
SELECT bank.create_account('ids.bob') AS opened \gset
SELECT bank.create_account('ids.shop') AS opened \gset
SELECT bank.set_collecting('ids.shop', true) AS collecting \gset
SELECT (bank.deposit('ids.alice', 100)).transaction_id AS deposited \gset
SELECT nextval('ledger.transaction_seq') AS unused \gset
SELECT (bank.transfer('ids.alice', 'ids.bob', 1)).transaction_id AS moved \gset
SELECT (bank.transfer('ids.alice', 'ids.shop', 1)).transaction_id AS collected \gset
SELECT bank.fold_collected() AS folded \gset
SELECT t.folded_in FROM ledger.ledger_transactions AS t
WHERE t.transaction_id = :collected AND t.leg = 2 \gset

-- Works
SELECT set_eq(
    format(
        'SELECT * FROM engine.posted_ids(int8multirange(int8range(%s, %s)))', :deposited,
        :folded_in + 1
    ),
    format(
        'VALUES (%s::bigint, 1::bigint), (%s, 2), (%s, 1), (%s, 1)',
        :deposited, :moved, :collected, :folded_in
    ),
    'how many legs came into the log under each id'
);
SELECT set_eq(
    format('SELECT p.id FROM engine.posted_ids(''{[%1$s,%1$s],[%2$s,%2$s]}'') AS p', :deposited, :moved),
    format('VALUES (%s::bigint), (%s)', :deposited, :moved), 'of those ids alone'
);
SELECT is_empty($$SELECT FROM engine.posted_ids('{}')$$, 'of none, none');

SELECT * FROM finish();
ROLLBACK;
