-- Tests of engine.lock_account.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lock_account'::regproc),
    'account_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.lock_account'::regproc), 'ledger.accounts',
    'what it returns'
);
SELECT volatility_is('engine', 'lock_account', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'lock_account', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.lock_account'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('lock.alice', "timestamp" => 1000);
    PERFORM bank.deposit('lock.alice', 5, "timestamp" => 1000);
END;
$given$;

-- Works
SELECT is(
    engine.lock_account('lock.alice'),
    (SELECT a FROM ledger.accounts AS a WHERE a.account_id = 'lock.alice'),
    'returns the whole row'
);
SELECT matches(
    (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = 'engine.lock_account'::regproc),
    'FOR NO KEY UPDATE;', 'the lock lets foreign keys through and waits for the holder'
);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.lock_account('lock.nobody')$$, 'TL101', 'account_not_found',
    'refuses an unknown account'
);
SELECT throws_ok(
    $$SELECT engine.lock_account('TAP.ALICE')$$, 'TL101', 'account_not_found',
    'capitals make another id'
);
SELECT throws_ok(
    $$SELECT engine.lock_account('@external')$$, 'TL101', 'account_not_found',
    'refuses a house account'
);
SELECT throws_ok(
    'SELECT engine.lock_account(NULL)', 'TL101', 'account_not_found', 'refuses NULL'
);

SELECT * FROM finish();
ROLLBACK;
