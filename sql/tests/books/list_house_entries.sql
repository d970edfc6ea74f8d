-- Tests of bank.list_house_entries.
BEGIN;
SELECT plan(37);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_house_entries'::regproc),
    'house_account_id text, currency text DEFAULT NULL::text, operation text DEFAULT NULL::text, '
    || 'since bigint DEFAULT NULL::bigint, until bigint DEFAULT NULL::bigint, '
    || '"limit" bigint DEFAULT 100, after text DEFAULT NULL::text, "order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_house_entries'::regproc), 'SETOF bank.house_entry',
    'what it returns'
);
SELECT volatility_is('bank', 'list_house_entries', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_house_entries', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.list_house_entries'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_house_entries'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_house_entries'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given money from outside in two currencies, fees, a reversal, and what a collecting account has
-- not folded
SELECT count(bank.create_account_at('he.' || a, "timestamp" => 1000))
FROM unnest('{a,b,tin}'::text[]) AS a;
SELECT count(bank.create_account_at('he.usd', 'USD', "timestamp" => 1000));
CREATE TEMP TABLE given (
    nr bigint GENERATED ALWAYS AS IDENTITY, moved bigint, amount bigint, currency text, account_id text
);
INSERT INTO given (moved, amount, currency, account_id)
SELECT (bank.deposit_at('he.a', 5000, "timestamp" => 2000, metadata => '{"description": "Cash"}'))
    .transaction_id, -5000, 'EUR', 'he.a';
INSERT INTO given (moved, amount, currency, account_id)
SELECT (bank.deposit_at('he.usd', 700, "timestamp" => 2000)).transaction_id, -700, 'USD', 'he.usd';
INSERT INTO given (moved, amount, currency, account_id)
SELECT (bank.withdraw_at('he.a', 40, "timestamp" => 3000)).transaction_id, 40, 'EUR', 'he.a';
SELECT count(bank.set_collecting('he.tin', true));
INSERT INTO given (moved, amount, currency, account_id)
SELECT (bank.deposit('he.tin', 9)).transaction_id, -9, 'EUR', 'he.tin';
CREATE TEMP TABLE posted AS
SELECT (bank.post_at(
    '[{"source_account_id": "he.a", "target_account_id": "@he_fees", "amount": 1},
      {"source_account_id": "he.b", "target_account_id": "he.a", "amount": 2},
      {"source_account_id": "@he_fees", "target_account_id": "he.b", "amount": 3}]'::json,
    "timestamp" => 4000
)).transaction_id AS id
FROM (SELECT bank.deposit_at('he.b', 10, "timestamp" => 3500)) AS d;
CREATE FUNCTION pg_temp.external(
    currency text DEFAULT NULL, operation text DEFAULT NULL, since bigint DEFAULT NULL,
    until bigint DEFAULT NULL, "limit" bigint DEFAULT NULL, after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
) RETURNS bigint[] LANGUAGE sql AS $function$
    SELECT array_agg(f.amount ORDER BY f.nr)
    FROM (
        SELECT l.*, row_number() OVER () AS nr
        FROM bank.list_house_entries(
            '@external', currency, operation, since, until, "limit", after, "order"
        ) AS l
    ) AS f
    WHERE f.contra_account_id LIKE 'he.%' AND f.amount <> -10
$function$;

-- Works
SELECT is(
    pg_temp.external(), ARRAY[-5000, -700, 40, -9]::bigint[],
    'all, by transaction, with the sign of the house''s side, credits not folded yet too'
);
SELECT is(
    pg_temp.external("order" => 'desc'), ARRAY[-9, 40, -700, -5000]::bigint[], 'the newest first'
);
SELECT is(pg_temp.external('USD'), ARRAY[-700]::bigint[], 'of one currency');
SELECT is(pg_temp.external('EUR', 'withdraw'), ARRAY[40]::bigint[], 'of one operation');
SELECT is(
    pg_temp.external(since => 2000, until => 3000, "order" => d.direction), d.amounts,
    'of a period, whose end is no part of it, ' || d.direction
)
FROM (
    VALUES ('asc', ARRAY[-5000, -700]::bigint[]), ('desc', ARRAY[-700, -5000])
) AS d (direction, amounts);
SELECT is(
    pg_temp.external(since => 2001, until => 3001), ARRAY[40]::bigint[], 'of the time posted for'
);
SELECT is(
    (
        SELECT to_jsonb(e)
        FROM bank.list_house_entries('@external') AS e
        INNER JOIN given AS g ON e.transaction_id = g.moved
        WHERE g.nr = 1
    ),
    (
        SELECT jsonb_build_object(
            'entry_id', g.moved || '-1', 'transaction_id', g.moved, 'timestamp', 2000,
            'value_at', 2000, 'operation', 'deposit', 'amount', -5000, 'currency', 'EUR',
            'contra_account_id', 'he.a', 'payment_ref', NULL, 'refers_to', NULL,
            'metadata', '{"description": "Cash"}'::jsonb, 'posting_metadata', NULL, 'details', NULL
        )
        FROM given AS g WHERE g.nr = 1
    ),
    'all that is told of one'
);
SELECT results_eq(
    $$SELECT e.transaction_id, e.amount FROM bank.list_house_entries('@he_fees') AS e$$,
    $$SELECT p.id, a.amount FROM posted AS p CROSS JOIN unnest(ARRAY[1, -3]::bigint[]) AS a (amount)$$,
    'each posting of a transaction is an entry'
);
SELECT is(
    (
        SELECT n.amount
        FROM bank.list_house_entries('@he_fees', "limit" => 1, "order" => d.direction) AS f
        CROSS JOIN LATERAL bank.list_house_entries(
            '@he_fees', "limit" => 1, after => f.entry_id, "order" => d.direction
        ) AS n
    ),
    d.amount, 'a page goes on within a transaction, ' || d.direction
) FROM (VALUES ('asc', -3::bigint), ('desc', 1)) AS d (direction, amount);
SELECT is(
    (
        SELECT jsonb_object_agg(s.currency, s.amount)
        FROM (
            SELECT e.currency, sum(e.amount) AS amount
            FROM bank.list_house_entries('@external', "limit" => NULL) AS e
            GROUP BY e.currency
        ) AS s
    ),
    (
        SELECT jsonb_object_agg(s.currency, s.amount)
        FROM (
            SELECT l.currency, sum(l.amount) AS amount
            FROM bank.legs AS l WHERE l.account_id = '@external'
            GROUP BY l.currency
        ) AS s
    ),
    'it comes to what bank.legs says'
);
SELECT is(
    (
        SELECT array_agg(e.entry_id)
        FROM bank.list_house_entries('@external', "limit" => NULL) AS e
        WHERE e.contra_account_id = 'he.tin'
    ), (SELECT ARRAY[g.moved || '-1'] FROM given AS g WHERE g.account_id = 'he.tin'),
    'a credit that is not folded is there once'
);
SELECT count(bank.fold_collected());
SELECT is(
    (
        SELECT array_agg(e.entry_id)
        FROM bank.list_house_entries('@external', "limit" => NULL) AS e
        WHERE e.contra_account_id = 'he.tin'
    ), (SELECT ARRAY[g.moved || '-1'] FROM given AS g WHERE g.account_id = 'he.tin'),
    'and once, at the same place, when it is'
);
SELECT is_empty(
    $$SELECT FROM bank.list_house_entries('@he_nothing')$$, 'a house account that nothing went through'
);
SELECT lives_ok(
    format('SET ROLE %I; SELECT bank.list_house_entries(%L); RESET ROLE', r.role, '@fees'),
    'readable by ' || r.role
) FROM unnest(ARRAY['bank_operator', 'bank_auditor']) AS r (role);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_house_entries(%s)', c.given), c.code, c.name, 'refuses ' || c.given
)
FROM (
    VALUES
    ('NULL', 'TL007', 'invalid_argument'),
    ('''he.a''', 'TL007', 'invalid_argument'),
    ('''@''', 'TL007', 'invalid_argument'),
    ('''@fees'', "limit" => 0', 'TL007', 'invalid_argument'),
    ('''@fees'', "order" => ''up''', 'TL007', 'invalid_argument'),
    ('''@fees'', after => ''7''', 'TL007', 'invalid_argument'),
    ('''@fees'', after => ''7-1-1''', 'TL007', 'invalid_argument'),
    ('''@fees'', after => ''99999999999999999999-1''', 'TL007', 'invalid_argument'),
    ('''@fees'', since => -1', 'TL003', 'invalid_timestamp'),
    ('''@fees'', since => 2, until => 1', 'TL020', 'invalid_period'),
    ('''@fees'', operation => ''steal''', 'TL007', 'invalid_argument'),
    ('''@fees'', ''NONE''', 'TL004', 'unknown_currency')
) AS c (given, code, name);
SET LOCAL pgteller.accounts = '{he.a}';
SELECT throws_ok(
    $$SELECT bank.list_house_entries('@fees')$$, NULL, 'limited_to_accounts',
    'refuses who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
