-- Tests of bank.advance_sequences.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(pg_get_function_arguments('bank.advance_sequences'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('bank.advance_sequences'::regproc), 'SETOF bank.sequence_advance',
    'what it returns'
);
SELECT volatility_is('bank', 'advance_sequences', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'advance_sequences', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.advance_sequences'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.advance_sequences'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.advance_sequences'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);
SELECT is(
    has_function_privilege(r.name, 'bank.advance_sequences'::regproc, 'EXECUTE'), r.may,
    r.name || CASE WHEN r.may THEN ' may' ELSE ' may not' END || ' call it'
) FROM (
    VALUES ('bank_operator', true), ('bank_auditor', false), ('bank_teller', false)
) AS r (name, may);

-- Given numbers that two sequences have not reached; others may be drawing from them
SELECT is_empty('SELECT * FROM bank.advance_sequences()', 'with nothing to do it does nothing');
CREATE TEMP TABLE before AS
SELECT w.last_value AS webhook, m.last_value AS monitor
FROM ledger.webhook_seq AS w CROSS JOIN ledger.monitor_seq AS m;
INSERT INTO ledger.webhooks (webhook_number, url, secret, after, queued, created_at)
SELECT b.webhook + 1000, 'https://advance.example', 'secret', 0, 0, 1 FROM before AS b;
INSERT INTO ledger.monitors
    (account_id, monitor_number, transaction_id, created_at, field, comparison, value, triggered)
SELECT 'advance.alice', b.monitor + 1000, 1, 1, 'balance', 'lt', 0, false FROM before AS b;
CREATE TEMP TABLE done AS SELECT * FROM bank.advance_sequences();

-- Works
SELECT set_eq(
    'SELECT d.sequence, d.new_value FROM done AS d',
    $$
        SELECT 'ledger.webhook_seq' AS sequence, b.webhook + 1000 AS new_value FROM before AS b
        UNION ALL
        SELECT 'ledger.monitor_seq', b.monitor + 1000 FROM before AS b
    $$, 'those that lagged are brought to the largest number in use'
);
SELECT is_empty('SELECT * FROM done AS d WHERE d.old_value >= d.new_value', 'from where they were');
SELECT cmp_ok(
    nextval('ledger.webhook_seq'), '>', b.webhook + 1000, 'so that the next one is free'
) FROM before AS b;
SELECT is_empty('SELECT * FROM bank.lagging_sequences()', 'and none lags any more');

SELECT * FROM finish();
ROLLBACK;
