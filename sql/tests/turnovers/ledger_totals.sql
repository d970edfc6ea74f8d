-- Tests of bank.ledger_totals.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.ledger_totals'::regproc), '', 'it has no arguments'
);
SELECT is(
    pg_get_function_result('bank.ledger_totals'::regproc), 'SETOF bank.ledger_total',
    'what it returns'
);
SELECT volatility_is('bank', 'ledger_totals', 'stable', 'it is stable');
SELECT is_definer('bank', 'ledger_totals', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.ledger_totals'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.ledger_totals'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.ledger_totals'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given nobody else numbering, a currency of our own, and a collecting account
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
INSERT INTO ledger.currencies VALUES ('TAP_TOTALS', 2);
INSERT INTO ledger.cashback_policies VALUES ('TAP_TOTALS', 1000, 5000);
DO $given$
BEGIN
    PERFORM bank.create_account_at(a.id, 'TAP_TOTALS', "timestamp" => 1000)
    FROM unnest('{total.alice,total.shop,total.gone}'::text[]) AS a (id);
    PERFORM bank.close_account('total.gone', 'asked for', "timestamp" => 1000);
    PERFORM bank.deposit_at('total.alice', 1000, "timestamp" => 2000);
    PERFORM bank.withdraw_at('total.alice', 50, "timestamp" => 2000);
    PERFORM bank.pay_at('total.alice', 100, fee => 7, "timestamp" => 3000);
    PERFORM bank.settle_cashbacks();
    WHILE (bank.number_events(100000)).numbered > 0 LOOP
    END LOOP;
END;
$given$;
CREATE FUNCTION pg_temp.totals() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        concat_ws(
            ' ', t.account_id, t.accounts, t.legs, t.transactions, t.debits, t.credits, t.balance
        ), ', '
    )
    FROM bank.ledger_totals() AS t
    WHERE t.currency = 'TAP_TOTALS'
$function$;

-- Works
SELECT is(
    pg_temp.totals(),
    '@cashback 1 1 10 0 -10, @customers 2 9 8 157 1010 853, @external 2 2 1000 50 -950, '
    || '@fees 1 0 0 7 7, @payments 1 1 0 100 100',
    'customers together, and each house account'
);
SELECT results_eq(
    $$
        SELECT t.account_id, t.balance
        FROM bank.ledger_totals() AS t
        WHERE t.currency = 'TAP_TOTALS'
    $$, $$SELECT b.account_id, b.balance FROM bank.trial_balance('TAP_TOTALS') AS b$$,
    'which is the trial balance'
);
SELECT results_eq(
    $$SELECT DISTINCT t.event_id, t.recorded_at FROM bank.ledger_totals() AS t$$,
    $$
        SELECT engine.newest_event(), max(t.recorded_at)
        FROM ledger.ledger_transactions AS t
    $$, 'it tells as of which event'
);
SELECT is_empty(
    $$SELECT t.* FROM bank.ledger_totals() AS t WHERE t.currency = 'XXX'$$,
    'what is about no account has no line'
);

-- What is in transit
SELECT bank.set_collecting('total.shop', true) AS collecting \gset
SELECT bank.transfer('total.alice', 'total.shop', 5) AS collected \gset
SELECT bank.number_events() AS numbered \gset
SELECT is(
    pg_temp.totals(),
    '@cashback 1 1 10 0 -10, @customers 2 11 10 162 1010 848, @external 2 2 1000 50 -950, '
    || '@fees 1 0 0 7 7, @payments 1 1 0 100 100, @transit 6 6 0 5 5',
    'is told, so that all comes to zero'
);
SELECT is_empty(
    $$
        SELECT t.currency FROM bank.ledger_totals() AS t
        GROUP BY t.currency HAVING sum(t.balance) <> 0 OR sum(t.debits) <> sum(t.credits)
    $$, 'of each currency'
);

-- Refusals
SELECT set_config('pgteller.accounts', '{total.alice}', true) AS limited \gset
SELECT throws_ok(
    'SELECT bank.ledger_totals()', 'TL201', 'limited_to_accounts',
    'it is not for who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
