-- Tests of bank.find.
BEGIN;
SELECT plan(40);

-- Shape and privileges
SELECT is(pg_get_function_arguments('bank.find'::regproc), 'search text', 'its arguments, by name');
SELECT is(pg_get_function_result('bank.find'::regproc), 'SETOF bank.found', 'what it returns');
SELECT volatility_is('bank', 'find', 'stable', 'it is stable');
SELECT is_definer('bank', 'find', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.find'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.find'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.find'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given one of everything, and accounts that are called as other things are
SELECT count(bank.create_account_at(a.id, a.currency, "timestamp" => 1000))
FROM (
    VALUES ('find.ann', 'EUR'), ('find.Ann', 'EUR'), ('FIND.BOB', 'USD'), ('find.é', 'EUR')
) AS a (id, currency);
CREATE TEMP TABLE made AS
SELECT d.transaction_id AS deposit, p.payment_id, h.hold_id, s.schedule_id, m.monitor_id
FROM bank.deposit_at('find.ann', 5000, "timestamp" => 2000) AS d
CROSS JOIN LATERAL bank.pay_at('find.ann', d.amount / 10, "timestamp" => 3000) AS p
CROSS JOIN LATERAL bank.hold_at('find.ann', p.amount / 10, "timestamp" => 4000) AS h
CROSS JOIN LATERAL bank.schedule_transfer_at(
    'find.ann', 'find.Ann', h.amount / 10, 9000, "timestamp" => 5000
) AS s
CROSS JOIN LATERAL bank.create_monitor_at(
    'find.ann', 'balance', 'lt', s.amount, "timestamp" => 6000
) AS m;
CREATE FUNCTION pg_temp.found(search text) RETURNS text LANGUAGE sql AS $function$
    SELECT coalesce(
        string_agg(concat_ws(' ', f.kind, f.account_id, f.amount, f.timestamp), '; '), ''
    )
    FROM bank.find(search) AS f
$function$;

-- Works
SELECT is(pg_temp.found(m.deposit::text), 'transaction find.ann 5000 2000', 'a transaction')
FROM made AS m;
SELECT is(pg_temp.found(m.payment_id), 'payment find.ann 500 3000', 'a payment') FROM made AS m;
SELECT is(pg_temp.found(m.hold_id), 'hold find.ann 50 4000', 'a hold') FROM made AS m;
SELECT is(pg_temp.found(m.schedule_id), 'schedule find.ann 5 5000', 'a schedule') FROM made AS m;
SELECT is(pg_temp.found(m.monitor_id), 'monitor find.ann 6000', 'a monitor') FROM made AS m;
SELECT is(pg_temp.found('FIND.BOB'), 'account FIND.BOB 1000', 'an account');
SELECT results_eq(
    format('SELECT f.id, f.transaction_id, f.currency FROM bank.find(%L) AS f', g.search),
    format('VALUES (%L, %L::bigint, %L)', g.id, g.transaction_id, 'EUR'), 'tells of ' || g.what
)
FROM (
    SELECT upper(m.payment_id), m.payment_id, p.transaction_id, 'a payment'
    FROM made AS m INNER JOIN ledger.payments AS p ON 'payment' || p.payment_number = m.payment_id
    UNION ALL
    SELECT upper(m.hold_id), m.hold_id, h.transaction_id, 'a hold'
    FROM made AS m INNER JOIN ledger.holds AS h ON 'hold' || h.hold_number = m.hold_id
    UNION ALL
    SELECT 'Transaction' || m.deposit, m.deposit::text, m.deposit, 'a transaction by its word'
    FROM made AS m
    UNION ALL
    SELECT 'find.e' || chr(769), 'find.é', NULL, 'an account, however its accent is written'
) AS g (search, id, transaction_id, what);
SELECT is(
    pg_temp.found(E' \t' || upper(m.schedule_id) || E'\n'), 'schedule find.ann 5 5000',
    'in capitals, between blanks'
) FROM made AS m;
SELECT is(
    pg_temp.found(n.search), 'transaction find.ann 5000 2000', 'a transaction as ' || n.search
)
FROM made AS m
CROSS JOIN LATERAL unnest(ARRAY['#' || m.deposit, ' #Transaction' || m.deposit]) AS n (search);
SELECT is(pg_temp.found('find.bob'), 'account FIND.BOB 1000', 'an account in capitals');
SELECT is(
    pg_temp.found('find.Ann'), 'account find.Ann 1000; account find.ann 1000',
    'all that are called so'
);
SELECT is(pg_temp.found(n.search), '', 'nothing is called ' || n.search)
FROM unnest(ARRAY[
    'find.an', 'find.%', 'payment0', 'payment01', 'payment9007199254740991', 'hold-1',
    'hold99999999999999999', 'deposit1', '0', '#', '##1', ' ', 'payment', repeat('9', 100)
]) AS n (search);
SET LOCAL pgteller.accounts = '{find.A*}';
SELECT is(
    (
        SELECT string_agg(pg_temp.found(u.search), '')
        FROM made AS m
        CROSS JOIN LATERAL unnest(ARRAY[
            m.deposit::text, m.payment_id, m.hold_id, m.schedule_id, m.monitor_id, 'find.Ann'
        ]) AS u (search)
    ), 'account find.Ann 1000', 'who is for some accounts finds what is of these'
);
RESET pgteller.accounts;

-- Refuses
SELECT throws_ok(
    format('SELECT bank.find(%L)', r.search), 'TL007', 'invalid_argument', r.what
)
FROM (
    VALUES (NULL, 'nothing'), ('', 'no text'), (repeat('9', 101), 'too much')
) AS r (search, what);

SELECT * FROM finish();
ROLLBACK;
