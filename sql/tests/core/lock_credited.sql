-- Tests of engine.lock_credited.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lock_credited'::regproc),
    'account_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.lock_credited'::regproc), 'ledger.accounts',
    'what it returns'
);
SELECT volatility_is('engine', 'lock_credited', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'lock_credited', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.lock_credited'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an ordinary account and a collecting one with something collected
DO $given$
BEGIN
    PERFORM bank.create_account('lock_c.alice', "timestamp" => 1000);
    PERFORM bank.create_account('lock_c.shop', "timestamp" => 1000);
    PERFORM bank.deposit('lock_c.alice', 100, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'lock_c.shop';
    PERFORM bank.transfer('lock_c.alice', 'lock_c.shop', 5, 2000);
END;
$given$;

-- Works
SELECT is(
    engine.lock_credited('lock_c.alice'),
    (SELECT a FROM ledger.accounts AS a WHERE a.account_id = 'lock_c.alice'),
    'an ordinary account''s row'
);
SELECT is(
    engine.lock_credited('lock_c.shop'),
    (SELECT a FROM ledger.accounts AS a WHERE a.account_id = 'lock_c.shop'),
    'a collecting account''s row'
);
SELECT is(
    (engine.lock_credited('lock_c.shop')).version, 1::bigint, 'without folding what it collected'
);
SELECT matches(
    (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = 'engine.lock_credited'::regproc),
    'NOT a.collecting\s+FOR NO KEY UPDATE;', 'only the ordinary one is locked'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.lock_credited(%L)', a.id), 'TL101', 'account_not_found',
    'refuses ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['lock_c.nobody', '@payments', NULL]) AS a (id);

SELECT * FROM finish();
ROLLBACK;
