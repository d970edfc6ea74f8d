-- Tests of engine.verify_sequences.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.verify_sequences'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('engine.verify_sequences'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_sequences', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_sequences', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_sequences'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is_empty(
    'SELECT * FROM engine.verify_sequences()', 'nothing is wrong with what the functions write'
);
INSERT INTO ledger.webhooks (webhook_number, url, secret, after, queued, created_at)
SELECT q.last_value + 1000, 'https://sequences.example', 'secret', 0, 0, 1
FROM ledger.webhook_seq AS q;
SELECT results_eq(
    $$
        SELECT v."check", v.account_id, v.found ->> 'sequence',
            (v.found ->> 'drawn')::bigint < (v.found ->> 'in_use')::bigint
        FROM engine.verify_sequences() AS v
    $$,
    $$VALUES ('sequences_lead', NULL::text, 'ledger.webhook_seq', true)$$,
    'a sequence that was left behind'
);

SELECT * FROM finish();
ROLLBACK;
