-- Tests of engine.open_ledger.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.open_ledger'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.open_ledger'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'open_ledger', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'open_ledger', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.open_ledger'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    (t.operation, t.amount, t.details ->> 'currency')::text, '(open,0,XXX)',
    'a reload has begun the chain of @ledger'
) FROM ledger.ledger_transactions AS t WHERE t.account_id = '@ledger' AND t.version = 1;
SELECT is(a.status::text, 'closed', 'nothing moves there') FROM ledger.accounts AS a
WHERE a.account_id = '@ledger';
SELECT is(
    (t.details #>> '{currencies,JPY}') || (t.details #>> '{cashback_policies,JPY}'),
    '0{"delay_ms": 86400000, "rate_bps": 200, "max_amount": null}',
    'it tells of what there was: currencies, with their exponents, and policies'
) FROM ledger.ledger_transactions AS t WHERE t.account_id = '@ledger' AND t.version = 1;
SELECT lives_ok('SELECT engine.open_ledger()', 'the next reload');
SELECT is(
    count(*), 1::bigint, 'begins nothing anew'
) FROM ledger.ledger_transactions AS t WHERE t.account_id = '@ledger' AND t.operation = 'open';

SELECT * FROM finish();
ROLLBACK;
