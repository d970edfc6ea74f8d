-- Tests of engine.read_account.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.read_account'::regproc),
    'account_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.read_account'::regproc), 'ledger.accounts',
    'what it returns'
);
SELECT volatility_is('engine', 'read_account', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'read_account', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.read_account'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('read_account.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('read_account.alice', 5, "timestamp" => 1000);
END;
$given$;

-- Works
SELECT is(
    engine.read_account('read_account.alice'),
    (SELECT a FROM ledger.accounts AS a WHERE a.account_id = 'read_account.alice'),
    'returns the whole row'
);
SELECT doesnt_match(
    (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = 'engine.read_account'::regproc),
    'FOR (NO KEY )?(UPDATE|SHARE)', 'without a lock'
);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.read_account('read_account.nobody')$$, 'TL101', 'account_not_found',
    'refuses an unknown account'
);
SELECT throws_ok(
    $$SELECT engine.read_account('@external')$$, 'TL101', 'account_not_found',
    'refuses a house account'
);
SELECT throws_ok(
    'SELECT engine.read_account(NULL)', 'TL101', 'account_not_found', 'refuses NULL'
);

SELECT * FROM finish();
ROLLBACK;
