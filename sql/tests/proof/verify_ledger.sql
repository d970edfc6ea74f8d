-- Tests of bank.verify_ledger.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(pg_get_function_arguments('bank.verify_ledger'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('bank.verify_ledger'::regproc), 'SETOF bank.verification',
    'what it returns'
);
SELECT volatility_is(
    'bank', 'verify_ledger', 'stable', 'it is stable: all of it sees the snapshot of its caller'
);
SELECT is_definer('bank', 'verify_ledger', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.verify_ledger'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.verify_ledger'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.verify_ledger'::regproc, 'EXECUTE'),
    'an auditor may call it'
);
SELECT is(
    (
        SELECT array_agg(c."check" ORDER BY c."check" COLLATE "C")
        FROM bank.checks AS c
        WHERE NOT EXISTS (
            SELECT FROM pg_proc AS p
            WHERE p.pronamespace = 'engine'::regnamespace AND p.proname LIKE 'verify\_%'
                AND p.prosrc LIKE '%''' || c."check" || '''%'
        )
    ),
    NULL, 'each check of the list is made somewhere'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('proved.' || n, "timestamp" => 1000)
        FROM generate_series(1, 5) AS n;
    PERFORM bank.deposit_at('proved.' || n, 500, "timestamp" => 2000) FROM generate_series(1, 5) AS n;
    PERFORM bank.transfer_at('proved.1', 'proved.2', 100, "timestamp" => 3000, idempotency_key => 'a');
    PERFORM bank.pay_at('proved.1', 100, "timestamp" => 3000);
END;
$given$;
CREATE TEMP VIEW leg AS
SELECT t.* FROM ledger.ledger_transactions AS t WHERE t.account_id LIKE 'proved.%';
SET LOCAL session_replication_role = replica;  -- the guards are asleep

-- Works
SELECT results_eq(
    'SELECT v."check" COLLATE "default" FROM bank.verify_ledger() AS v',
    'SELECT c."check" COLLATE "default" FROM bank.checks AS c ORDER BY 1',
    'a row per check'
);
SELECT is_empty(
    $$
        SELECT v."check" FROM bank.verify_ledger() AS v
        WHERE NOT v.ok OR v.violations <> 0 OR v.sample::text <> '[]'
    $$,
    'all is well'
);
SAVEPOINT undamaged;
UPDATE leg SET metadata = '{"edited": true}' WHERE operation = 'deposit';
SELECT results_eq(
    $$
        SELECT v."check" COLLATE "default", v.violations, json_array_length(v.sample)
        FROM bank.verify_ledger() AS v WHERE NOT v.ok
    $$,
    $$VALUES ('hashes_recompute', 5::bigint, 3)$$,
    'all violations are counted, three are shown'
);
SELECT is(
    (
        SELECT jsonb_agg(s -> 'account_id') FROM bank.verify_ledger() AS v,
            jsonb_array_elements(v.sample::jsonb) AS s WHERE NOT v.ok
    ),
    '["proved.1", "proved.2", "proved.3"]', 'the first by account'
);
ROLLBACK TO undamaged;
DELETE FROM leg WHERE account_id = 'proved.2' AND version = 3;
SELECT is(
    (SELECT array_agg(v."check" ORDER BY v."check" COLLATE "C") FROM bank.verify_ledger() AS v
        WHERE NOT v.ok),
    ARRAY['accounts_match_newest_leg', 'balances_are_sums', 'transactions_pair'],
    'every check tells for itself'
);
ROLLBACK TO undamaged;
DELETE FROM leg WHERE account_id = 'proved.1';
DELETE FROM leg WHERE account_id = 'proved.2';
SELECT is(
    (SELECT array_agg(v."check" ORDER BY v."check" COLLATE "C") FROM bank.verify_ledger() AS v
        WHERE NOT v.ok),
    ARRAY[
        'accounts_match_newest_leg', 'accounts_match_opening', 'balances_are_sums', 'books_balance',
        'collecting_logged', 'keys_sealed', 'metadata_logged', 'overdraft_limits_logged',
        'payments_posted', 'statuses_logged'
    ],
    'whatever is missing, a check misses it'
);
ROLLBACK TO undamaged;
SELECT is_empty(
    'SELECT v."check" FROM bank.verify_ledger() AS v WHERE NOT v.ok', 'undone, all is well again'
);

SELECT * FROM finish();
ROLLBACK;
