-- Tests of bank.set_cashback_policy.
BEGIN;
SELECT plan(29);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.set_cashback_policy'::regproc),
    'currency text, rate_bps bigint, delay_ms bigint DEFAULT 86400000, '
    || 'max_amount bigint DEFAULT NULL::bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.set_cashback_policy'::regproc), 'bank.cashback_policy', 'what it returns');
SELECT volatility_is('bank', 'set_cashback_policy', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'set_cashback_policy', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.set_cashback_policy'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.set_cashback_policy'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.set_cashback_policy'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
INSERT INTO ledger.currencies VALUES ('TAP_POL', 2);
DO $given$
BEGIN
    PERFORM bank.create_account_at('pol.alice', 'TAP_POL', "timestamp" => 1000);
    PERFORM bank.deposit_at('pol.alice', 100000, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.promise() RETURNS jsonb LANGUAGE sql AS $function$
    SELECT r.cashback::jsonb FROM bank.pay_at('pol.alice', 1000, "timestamp" => 2000) AS r
$function$;

-- Works
SELECT is(pg_temp.promise(), NULL, 'without a policy there is no cashback');
SELECT is(
    to_jsonb(bank.set_cashback_policy('TAP_POL', 500)),
    '{"currency": "TAP_POL", "rate_bps": 500, "delay_ms": 86400000, "max_amount": null}'::jsonb,
    'a day and no cap unless told'
);
SELECT is(pg_temp.promise(), '{"amount": 50, "due_at": 86402000}'::jsonb, 'payments follow it');
SELECT is(
    to_jsonb(bank.set_cashback_policy('TAP_POL', 10000, 0, 7)),
    '{"currency": "TAP_POL", "rate_bps": 10000, "delay_ms": 0, "max_amount": 7}'::jsonb,
    'the whole policy is replaced'
);
SELECT is(pg_temp.promise(), '{"amount": 7, "due_at": 2000}'::jsonb, 'payments follow that');
SELECT is(
    (
        SELECT array_agg(c.amount ORDER BY c.payment_number) FROM engine.cashbacks AS c
        WHERE c.account_id = 'pol.alice'
    ),
    ARRAY[50, 7]::bigint[], 'what was promised stays promised'
);
SELECT is(
    (bank.set_cashback_policy('TAP_POL', 0)).rate_bps, 0, 'a rate of zero'
);
SELECT is(pg_temp.promise(), NULL, 'ends it');
SELECT is(
    to_jsonb(bank.set_cashback_policy('TAP_POL', 1, 315576000000, 9007199254740991)),
    $${
        "currency": "TAP_POL", "rate_bps": 1, "delay_ms": 315576000000,
        "max_amount": 9007199254740991
    }$$::jsonb, 'the largest delay and cap'
);

SELECT is(
    (
        SELECT count(*) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.details ->> 'currency' = 'TAP_POL'
    ), 4::bigint, 'each change has left its entry'
);
SELECT lives_ok(
    $$SELECT bank.set_cashback_policy('TAP_POL', 1, 315576000000, 9007199254740991)$$, 'a repeat'
);
SELECT results_eq(
    $$
        SELECT count(*) OVER (), t.operation COLLATE "default", t.details
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.details ->> 'currency' = 'TAP_POL'
        ORDER BY t.version DESC LIMIT 1
    $$, $$
        VALUES (4::bigint, 'set_cashback_policy', '{
            "currency": "TAP_POL", "rate_bps": 1, "delay_ms": 315576000000,
            "max_amount": 9007199254740991
        }'::jsonb)
    $$, 'leaves none'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.set_cashback_policy(%L, 1)', c.currency), 'TL004', 'unknown_currency',
    'refuses the currency ' || coalesce(c.currency, 'NULL')
) FROM unnest(ARRAY['XXX', NULL]) AS c (currency);
SELECT throws_ok(
    format('SELECT bank.set_cashback_policy(%L, %s)', 'TAP_POL', a.rest), 'TL007',
    'invalid_argument', 'refuses ' || a.rest
) FROM unnest(ARRAY[
    '-1', '10001', 'NULL', '1, -1', '1, 315576000001', '1, 1, -1', '1, 1, 9007199254740992'
]) AS a (rest);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.set_cashback_policy('TAP_POL', 1)$$, '42501', NULL,
    'a teller may not'
);

SELECT * FROM finish();
ROLLBACK;
