-- Tests of bank._lock_account.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank._lock_account'::regproc),
    'account_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank._lock_account'::regproc), 'ledger.accounts',
    'what it returns'
);
SELECT volatility_is('bank', '_lock_account', 'volatile', 'it is volatile');
SELECT isnt_definer('bank', '_lock_account', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'bank._lock_account'::regproc, 'EXECUTE'),
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
    bank._lock_account('lock.alice'),
    (SELECT a FROM ledger.accounts AS a WHERE a.account_id = 'lock.alice'),
    'returns the whole row'
);
SELECT matches(
    (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = 'bank._lock_account'::regproc),
    'FOR NO KEY UPDATE;', 'the lock lets foreign keys through and waits for the holder'
);

-- Refuses
SELECT throws_ok(
    $$SELECT bank._lock_account('lock.nobody')$$, 'TL101', 'account_not_found',
    'refuses an unknown account'
);
SELECT throws_ok(
    $$SELECT bank._lock_account('TAP.ALICE')$$, 'TL101', 'account_not_found',
    'capitals make another id'
);
SELECT throws_ok(
    $$SELECT bank._lock_account('@external')$$, 'TL101', 'account_not_found',
    'refuses a house account'
);
SELECT throws_ok(
    'SELECT bank._lock_account(NULL)', 'TL101', 'account_not_found', 'refuses NULL'
);

SELECT * FROM finish();
ROLLBACK;
