-- Tests of bank.exchange.
BEGIN;
SELECT plan(53);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.exchange'::regproc),
    'source_account_id text, target_account_id text, amount bigint, '
    || 'target_amount bigint, value_at bigint DEFAULT NULL::bigint, "timestamp" bigint '
    || 'DEFAULT NULL::bigint, metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.exchange'::regproc), 'bank.exchange_receipt', 'what it returns');
SELECT volatility_is('bank', 'exchange', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'exchange', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.exchange'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.exchange'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.exchange'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('fx.eur', "timestamp" => 1000);
    PERFORM bank.create_account_at('fx.eur2', "timestamp" => 1000);
    PERFORM bank.create_account_at('fx.jpy', 'JPY', overdraft_limit => 100, "timestamp" => 1000);
    PERFORM bank.create_account_at('fx.cash', "timestamp" => 1000);
    PERFORM bank.deposit_at('fx.eur', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('fx.cash', 100, "timestamp" => 1000);
    PERFORM bank.pay_at('fx.cash', 100, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.become(who text, new_status text) RETURNS void
LANGUAGE sql AS $function$
    UPDATE ledger.accounts AS a SET status = new_status WHERE a.account_id = who
$function$;
CREATE TEMP TABLE first AS
SELECT r.* FROM bank.exchange(
    'fx.eur', 'fx.jpy', 200, 335, 500, 2000, metadata => '{"quote": 7}',
    idempotency_key => 'k'
) AS r;

-- Works
SELECT is(
    (SELECT to_jsonb(f) - 'transaction_id' FROM first AS f),
    $${
        "source_account_id": "fx.eur", "target_account_id": "fx.jpy", "amount": 200,
        "source_currency": "EUR", "target_amount": 335, "target_currency": "JPY", "rate": "167.5",
        "balance": 800, "available": 800, "timestamp": 2000
    }$$::jsonb, 'the receipt'
);
SELECT results_eq(
    $$
        SELECT l.account_id COLLATE "default", l.currency COLLATE "default", l.amount,
            l.contra_account_id COLLATE "default"
        FROM bank.legs AS l INNER JOIN first AS f ON f.transaction_id = l.transaction_id
        ORDER BY l.currency, l.amount
    $$,
    $$
        VALUES ('fx.eur', 'EUR', -200::bigint, '@exchange'), ('@exchange', 'EUR', 200, 'fx.eur'),
        ('@exchange', 'JPY', -335, 'fx.jpy'), ('fx.jpy', 'JPY', 335, '@exchange')
    $$, 'four sides that sum to zero in each currency'
);
SELECT is(
    (
        SELECT jsonb_agg(
            DISTINCT t.details || jsonb_build_object('m', t.metadata, 'v', t.value_at)
        )
        FROM ledger.ledger_transactions AS t INNER JOIN first AS f
            ON f.transaction_id = t.transaction_id
    ),
    $$[{
        "source_account_id": "fx.eur", "source_currency": "EUR", "source_amount": 200,
        "target_account_id": "fx.jpy", "target_currency": "JPY", "target_amount": 335,
        "rate": "167.5", "m": {"quote": 7}, "v": 500
    }]$$::jsonb, 'both legs hold the rate, both amounts and the value date'
);
SELECT results_eq(
    $$
        SELECT r.* FROM bank.exchange(
            'fx.eur', 'fx.jpy', 200, 335, 500, 2000, metadata => '{"quote": 7}',
            idempotency_key => 'k'
        ) AS r
    $$, 'SELECT f.* FROM first AS f', 'a repeat under the key gets the first receipt again'
);
SELECT is((bank.get_balance('fx.eur')).balance, 800::bigint, 'and posts nothing');
SELECT is(
    (bank.exchange('fx.jpy', 'fx.eur', 435, 1, "timestamp" => 2000)).available, 0::bigint,
    'the way back, into the overdraft'
);
SELECT is(
    (bank.exchange('fx.cash', 'fx.jpy', 2, 1, "timestamp" => 86401000)).balance, 0::bigint,
    'cashback that is due can be exchanged'
);
SELECT lives_ok(
    $$
        SELECT bank.set_collecting('fx.jpy', true, "timestamp" => 86401000),
            bank.exchange('fx.eur', 'fx.jpy', 1, 1, "timestamp" => 86401000),
            bank.set_collecting('fx.jpy', false, "timestamp" => 86401000)
    $$, 'to a collecting account, details and all'
);
SELECT pg_temp.become('fx.jpy', 'frozen');
SELECT lives_ok($$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1)$$, 'to a frozen account');
SELECT pg_temp.become('fx.jpy', 'active');
SELECT is_empty(
    $$
        SELECT t.currency FROM bank.trial_balance() AS t
        GROUP BY t.currency HAVING sum(t.balance) <> 0
    $$, 'the books of each currency sum to zero'
);
SELECT is_empty(
    $$
        SELECT c."check" FROM bank.verify_ledger() AS c
        WHERE NOT c.ok AND c.sample::text ~ 'fx\.'
    $$, 'and the ledger is intact'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.exchange(%L, %L, %s, %s)', 'fx.eur', 'fx.jpy', a.n, a.m), 'TL002',
    'invalid_amount', format('refuses %s for %s', a.n, a.m)
) FROM (
    VALUES ('0', '1'), ('1', '0'), ('-1', '1'), ('1', '-1'), ('NULL', '1'), ('1', 'NULL'),
    ('9007199254740992', '1'), ('1', '9007199254740992')
) AS a (n, m);
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1, metadata => '[]')$$, 'TL005',
    'invalid_metadata', 'refuses metadata that is no object'
);
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1, idempotency_key => '')$$, 'TL006',
    'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1, value_at => -1)$$, 'TL003',
    'invalid_timestamp', 'refuses a value date before the epoch'
);
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.eur', 1, 1)$$, 'TL008', 'same_account',
    'refuses one account twice'
);
SELECT throws_ok(
    format('SELECT bank.exchange(%L, %L, 1, 1)', a.source, a.target), 'TL101',
    'account_not_found', format('refuses %s to %s', a.source, a.target)
) FROM (
    VALUES ('fx.eur', 'nobody'), ('nobody', 'fx.jpy'), ('@exchange', 'fx.jpy'), (NULL, 'fx.jpy'),
    ('fx.eur', NULL)
) AS a (source, target);
SELECT throws_ok(
    format(
        'SELECT bank.exchange(%L, %L, %s, %s, %s, 2000, %L, %L)',
        'fx.eur', k.target, k.n, k.m, k.value_at, '{"quote": 7}', 'k'
    ), 'TL010', 'idempotency_key_reused',
    'refuses the key for another ' || k.what
) FROM (
    VALUES ('fx.eur2', 200, 335, 500, 'target'), ('fx.jpy', 201, 335, 500, 'amount'),
    ('fx.jpy', 200, 336, 500, 'target amount'), ('fx.jpy', 200, 335, 501, 'value date')
) AS k (target, n, m, value_at, what);
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1, "timestamp" => -1)$$, 'TL003',
    'invalid_timestamp', 'refuses a time before the epoch'
);
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur2', 'fx.jpy', 1, 1, "timestamp" => 2000)$$, 'TL306',
    'timestamp_in_past', 'refuses a time before the newest leg of either'
);
SELECT throws_ok(
    format(
        'SELECT bank.exchange(%L, %L, 1, 1, "timestamp" => %s)',
        'fx.eur', 'fx.jpy', engine.now() + 3600000
    ), 'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.eur2', 1, 1)$$, 'TL022', 'same_currency',
    'refuses two accounts of one currency'
);
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 800, 1)$$, 'TL302', 'insufficient_funds',
    'refuses more than there is'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.exchange('fx.eur', 'fx.jpy', 800, 1)$$),
    '{"account_id": "fx.eur", "available": 799, "required": 800}'::jsonb, 'and says how much'
);
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 9007199254740991)$$, 'TL307',
    'balance_limit_exceeded', 'refuses what does not fit the target'
);
SELECT pg_temp.become('fx.eur', s.status), pg_temp.become('fx.jpy', 'active')
FROM (VALUES ('frozen')) AS s (status);
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1)$$, 'TL303', 'account_frozen',
    'refuses a frozen source'
);
SELECT pg_temp.become('fx.eur', 'blocked');
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1)$$, 'TL304', 'account_blocked',
    'refuses a blocked source'
);
SELECT pg_temp.become('fx.eur', 'closed');
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1)$$, 'TL305', 'account_closed',
    'refuses a closed source'
);
SELECT pg_temp.become('fx.eur', 'active');
SELECT pg_temp.become('fx.jpy', 'blocked');
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1)$$, 'TL304', 'account_blocked',
    'refuses a blocked target'
);
SELECT pg_temp.become('fx.jpy', 'closed');
SELECT throws_ok(
    $$SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1)$$, 'TL305', 'account_closed',
    'refuses a closed target'
);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1)$$, '42501', NULL,
    'a teller may not'
);
SELECT throws_ok(
    $$SET ROLE bank_auditor; SELECT bank.exchange('fx.eur', 'fx.jpy', 1, 1)$$, '42501', NULL,
    'an auditor may not'
);

SELECT * FROM finish();
ROLLBACK;
