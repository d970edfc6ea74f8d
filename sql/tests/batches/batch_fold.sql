-- Tests of engine.batch_fold.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_fold'::regproc),
    'account ledger.accounts, settle boolean',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_fold'::regproc), 'ledger.accounts', 'what it returns'
);
SELECT volatility_is('engine', 'batch_fold', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_fold', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_fold'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given collecting accounts
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_BFOLD', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_BFOLD', 1000, 5000);
    PERFORM bank.create_account('bfold.' || n.name, 'TAP_BFOLD', 1000, 1000)
    FROM unnest(ARRAY['past', 'none', 'ahead', 'due', 'full']) AS n (name);
    PERFORM bank.pay('bfold.due', 100, "timestamp" => 1000);
    PERFORM bank.deposit('bfold.full', 9007199254739990, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id LIKE 'bfold.%';
    INSERT INTO ledger.collected_credits
        (account_id, transaction_id, "timestamp", operation, amount, contra_account_id)
    VALUES ('bfold.past', 2000000031, 2000, 'transfer', 1, 'bfold.x'),
        ('bfold.past', 2000000032, 3000, 'transfer', 2, 'bfold.x'),
        ('bfold.ahead', 2000000033, 2000, 'transfer', 3, 'bfold.x'),
        ('bfold.ahead', 2000000034, 9007199254740991, 'transfer', 4, 'bfold.x'),
        ('bfold.due', 2000000035, 2000, 'transfer', 5, 'bfold.x'),
        ('bfold.full', 2000000036, 2000, 'transfer', 1, 'bfold.x'),
        ('bfold.full', 2000000037, 2000, 'transfer', 6, 'bfold.x');
END;
$given$;
CREATE FUNCTION pg_temp.fold(who text, settle boolean) RETURNS text LANGUAGE sql AS $function$
    SELECT format('version %s, balance %s, expiry %s', f.version, f.balance, f.next_hold_expiry)
    FROM engine.batch_fold(engine.read_account('bfold.' || who), settle) AS f
$function$;
CREATE FUNCTION pg_temp.left_of(who text) RETURNS bigint LANGUAGE sql AS $function$
    SELECT count(*) FROM ledger.collected_credits AS c WHERE c.account_id = 'bfold.' || who
$function$;

-- Works
SELECT is(
    pg_temp.fold('none', s.settle), 'version 1, balance 0, expiry ',
    'nothing collected, nothing to do: ' || s.settle
) FROM unnest(ARRAY[true, false]) AS s (settle);
SELECT is(
    pg_temp.fold('past', false), 'version 1, balance 0, expiry 0', 'where not to settle it marks'
);
SELECT is(pg_temp.left_of('past'), 2::bigint, 'and leaves what is collected');
SELECT is(
    pg_temp.fold('past', true), 'version 3, balance 3, expiry ', 'where to settle it folds'
);
SELECT is(pg_temp.left_of('past'), 0::bigint, 'and nothing is left');
SELECT is(
    (SELECT a.next_hold_expiry FROM ledger.accounts AS a WHERE a.account_id = 'bfold.past'), NULL,
    'a mark is never stored'
);
SELECT is(
    pg_temp.fold('ahead', true), 'version 1, balance 0, expiry 0',
    'what was credited at a future time waits, and all with it'
);
SELECT is(
    pg_temp.fold('due', true), 'version 2, balance -100, expiry 0',
    'so it does where a cashback is due, for its item to tell which comes first'
);
SELECT is(
    pg_temp.fold('full', true), 'version 3, balance 9007199254739991, expiry 0',
    'what does not fit keeps the mark'
);

SELECT * FROM finish();
ROLLBACK;
