-- Tests of bank.list_cashbacks.
BEGIN;
SELECT plan(32);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_cashbacks'::regproc),
    'account_id text, status text DEFAULT NULL::text, "limit" bigint DEFAULT 100, after '
    || 'text DEFAULT NULL::text, "order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_cashbacks'::regproc), 'SETOF bank.cashback',
    'what it returns'
);
SELECT volatility_is('bank', 'list_cashbacks', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_cashbacks', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_cashbacks'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_cashbacks'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_cashbacks'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given five cashbacks: two deposited, one cancelled, two pending; and one of somebody else
DO $given$
BEGIN
    PERFORM bank.create_account_at('rewards.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('rewards.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('rewards.none', "timestamp" => 1000);
    PERFORM bank.deposit_at('rewards.alice', 100000, "timestamp" => 1000);
    PERFORM bank.deposit_at('rewards.bob', 100000, "timestamp" => 1000);
    FOR i IN 1..5 LOOP
        PERFORM bank.pay_at('rewards.alice', 100 * i, "timestamp" => 1000 * i);
        PERFORM bank.pay_at('rewards.bob', 100 * i, "timestamp" => 1000 * i);
        PERFORM bank.pay_at('rewards.alice', 49, "timestamp" => 1000 * i);
    END LOOP;
    UPDATE ledger.payments AS p SET cashback_status = 'cancelled'
    WHERE p.account_id = 'rewards.alice' AND p.cashback = 4;
    PERFORM bank.settle_cashbacks(86403000);
END;
$given$;
CREATE TEMP TABLE paid AS
SELECT p.amount, 'payment' || p.payment_number AS id
FROM ledger.payments AS p
WHERE p.account_id = 'rewards.alice' AND p.amount <> 49;
CREATE FUNCTION pg_temp.amounts(
    status text DEFAULT NULL, "limit" bigint DEFAULT NULL, after text DEFAULT NULL
) RETURNS bigint[] LANGUAGE sql AS $function$
    SELECT array_agg(c.amount ORDER BY c.nr)
    FROM (
        SELECT l.amount, row_number() OVER () AS nr
        FROM bank.list_cashbacks('rewards.alice', status, "limit", after) AS l
    ) AS c
$function$;
CREATE FUNCTION pg_temp.id_of(amount bigint) RETURNS text LANGUAGE sql AS $function$
    SELECT p.id FROM paid AS p WHERE p.amount = id_of.amount
$function$;

-- Works
SELECT is(pg_temp.amounts(), ARRAY[2, 4, 6, 8, 10]::bigint[], 'all of one account, by payment');
SELECT is(
    (
        SELECT jsonb_agg(to_jsonb(c) - 'transaction_id')
        FROM bank.list_cashbacks('rewards.alice', "limit" => 3) AS c
    ),
    jsonb_build_array(
        jsonb_build_object('payment_id', pg_temp.id_of(100)) || '{"account_id": "rewards.alice",
            "promised": 2, "amount": 2, "clawed_back": 0, "created_at": 1000, "due_at": 86401000,
            "status": "deposited"}',
        jsonb_build_object('payment_id', pg_temp.id_of(200)) || '{"account_id": "rewards.alice",
            "promised": 4, "amount": 4, "clawed_back": 0, "created_at": 2000, "due_at": 86402000,
            "status": "cancelled"}',
        jsonb_build_object('payment_id', pg_temp.id_of(300)) || '{"account_id": "rewards.alice",
            "promised": 6, "amount": 6, "clawed_back": 0, "created_at": 3000, "due_at": 86403000,
            "status": "deposited"}'
    ),
    'each with its payment, times and status'
);
SELECT results_eq(
    $$
        SELECT c.transaction_id
        FROM bank.list_cashbacks('rewards.alice', 'deposited') AS c
    $$,
    $$
        SELECT t.transaction_id
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'rewards.alice' AND t.operation = 'cashback'
        ORDER BY t.version
    $$, 'deposited ones name their transaction'
);
SELECT is(pg_temp.amounts('pending'), ARRAY[8, 10]::bigint[], 'pending ones alone');
SELECT is(pg_temp.amounts('deposited'), ARRAY[2, 6]::bigint[], 'deposited ones alone');
SELECT is(pg_temp.amounts('cancelled'), ARRAY[4]::bigint[], 'cancelled ones alone');
SELECT is(pg_temp.amounts("limit" => 1), ARRAY[2]::bigint[], 'a page of 1');
SELECT is(
    pg_temp.amounts("limit" => 2, after => pg_temp.id_of(200)), ARRAY[6, 8]::bigint[],
    'a page of 2 after a payment'
);
SELECT is(
    pg_temp.amounts('pending', 2, pg_temp.id_of(400)), ARRAY[10]::bigint[],
    'the last page of one status'
);
SELECT is(pg_temp.amounts(after => pg_temp.id_of(500)), NULL, 'nothing follows the last');
SELECT is_empty(
    $$SELECT c.* FROM bank.list_cashbacks('rewards.none') AS c$$, 'an account without cashbacks'
);
SELECT lives_ok(
    format('SET ROLE %I; SELECT bank.list_cashbacks(%L); RESET ROLE', r.role, 'rewards.alice'),
    'readable by ' || r.role
) FROM unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (role);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_cashbacks(%L, "limit" => %s)', 'rewards.alice', l.n),
    'TL007', 'invalid_argument', 'refuses a limit of ' || l.n
) FROM unnest(ARRAY[0, -1]) AS l (n);
SELECT throws_ok(
    format('SELECT bank.list_cashbacks(%L, %L)', 'rewards.alice', s.status),
    'TL007', 'invalid_argument', format('refuses the status %L', s.status)
) FROM unnest(ARRAY['', 'Pending', 'paid']) AS s (status);
SELECT throws_ok(
    format('SELECT bank.list_cashbacks(%L, after => %L)', 'rewards.alice', p.id),
    'TL102', 'payment_not_found', format('refuses to start after %L', p.id)
) FROM unnest(ARRAY['', '7', 'payment0']) AS p (id);
SELECT throws_ok(
    format('SELECT bank.list_cashbacks(%L)', a.id), 'TL101', 'account_not_found',
    'refuses the account ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['rewards.nobody', '@cashback', NULL]) AS a (id);

SELECT * FROM finish();
ROLLBACK;
