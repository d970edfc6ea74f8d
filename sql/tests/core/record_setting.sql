-- Tests of engine.record_setting.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.record_setting'::regproc),
    'operation text, details jsonb, key_hash bytea DEFAULT NULL::bytea',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.record_setting'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'record_setting', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'record_setting', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.record_setting'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(
    $$SELECT engine.record_setting('set_cashback_policy', '{"tap": 1}')$$, 'the first one'
);
SELECT lives_ok(
    $$SELECT engine.record_setting('create_currency', '{"tap": 2}')$$, 'and another one'
);
SELECT results_eq(
    $$
        SELECT t.operation COLLATE "default", t.amount, t.details
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger'
        ORDER BY t.version DESC LIMIT 2
    $$,
    $$VALUES ('create_currency', 0::bigint, '{"tap": 2}'::jsonb),
    ('set_cashback_policy', 0, '{"tap": 1}')$$, 'are legs of the house''s own chain'
);
SELECT is(
    (SELECT t.operation FROM ledger.ledger_transactions AS t
    WHERE t.account_id = '@ledger' AND t.version = 1),
    'open', 'which is opened like any other'
);
SELECT is_empty(
    'SELECT * FROM bank.verify_ledger() WHERE NOT ok', 'and proved like any other'
);
SELECT is_empty(
    $$SELECT FROM bank.list_accounts(NULL) AS a WHERE a.account_id = '@ledger'$$, 'it is not listed'
);
SELECT throws_ok(
    $$SELECT bank.deposit('@ledger', 1)$$, 'TL305', 'account_closed', 'nothing can be put into it'
);
SELECT is_empty(
    $$SELECT FROM bank.trial_balance() AS b WHERE b.currency = 'XXX'$$,
    'it stands in no trial balance'
);

SELECT * FROM finish();
ROLLBACK;
