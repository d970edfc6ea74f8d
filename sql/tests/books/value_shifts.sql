-- Tests of engine.value_shifts.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.value_shifts'::regproc),
    'account ledger.accounts, since bigint, until bigint, parts bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.value_shifts'::regproc), 'numeric[]', 'what it returns');
SELECT volatility_is('engine', 'value_shifts', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'value_shifts', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.value_shifts'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given legs with and without a value date of their own, in any order; of an account that was
-- brought back to 1500 when it was at 2000; and of one that has collected some, in time and late
CREATE FUNCTION pg_temp.given(who text, brought_back bigint) RETURNS void
LANGUAGE sql AS $function$
    INSERT INTO ledger.ledger_transactions (
        account_id, version, transaction_id, leg, "timestamp", recorded_at, value_at, amount,
        balance_after, held_after, pending_cashback_after, overdraft_limit_after, operation, actor,
        hash_version, hash
    )
    SELECT
        who, v.n, 2000000000 + nextval('ledger.transaction_seq'), 1, v.at, v.at,
        CASE WHEN random() < 0.6 THEN v.at + (random() * 600)::bigint - 300 END, v.amount,
        sum(v.amount) OVER (ORDER BY v.n), 0, 0, 0, 'deposit', 'x', 1, ''
    FROM (
        SELECT
            n,
            CASE WHEN n < 101 THEN 1000 + 10 * n ELSE 2000 - brought_back + 10 * (n - 101) END
            + (n % 7) AS at,
            (random() * 2000)::bigint - 900 AS amount
        FROM generate_series(1, 200) AS n
    ) AS v;
    INSERT INTO ledger.rewinds (account_id, version, "timestamp")
    SELECT who, t.version, t."timestamp" FROM ledger.ledger_transactions AS t
    WHERE t.account_id = who AND t.version = 101 AND brought_back > 0;
    INSERT INTO ledger.accounts (
        account_id, currency, version, balance, rewound, last_timestamp, created_at
    )
    SELECT who, 'EUR', t.version, t.balance_after, brought_back > 0, t."timestamp", 1000
    FROM ledger.ledger_transactions AS t WHERE t.account_id = who AND t.version = 200
$function$;
SELECT pg_temp.given('shifts.plain', 0), pg_temp.given('shifts.rewound', 500);
SELECT pg_temp.given('shifts.shop', 0);
UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'shifts.shop';
INSERT INTO ledger.collected_credits (
    transaction_id, leg, "timestamp", amount, value_at, account_id, operation, contra_account_id,
    actor
)
SELECT
    2000000000 + nextval('ledger.transaction_seq'), 1, 2900 + 5 * n, 100 + n,
    CASE n % 3 WHEN 0 THEN NULL ELSE 2000 + 40 * n END, 'shifts.shop', 'transfer', 'shifts.plain', 'x'
FROM generate_series(1, 40) AS n;

-- Works
CREATE TEMP TABLE periods AS
SELECT p.* FROM (
    VALUES (0::bigint, 5000::bigint, 1000::bigint), (0, 9007199254740992, 7), (1200, 1900, 100),
    (1400, 1600, 200), (2500, 3200, 33), (2999, 3000, 1), (0, 500, 5), (4000, 4100, 10)
) AS p (since, until, parts);
SELECT is_empty(
    format($$
        SELECT p.since, p.until, n, s.shifts[n + 1]
        FROM periods AS p
        CROSS JOIN (SELECT engine.read_account(%L)) AS a (account)
        CROSS JOIN LATERAL engine.value_shifts(a.account, p.since, p.until, p.parts) AS s (shifts)
        CROSS JOIN LATERAL generate_series(0, p.parts - 1) AS n
        CROSS JOIN LATERAL engine.value_shift(
            a.account, p.since + (p.until - p.since) * (n + 1) / p.parts - 1
        ) AS one
        WHERE s.shifts[n + 1] IS DISTINCT FROM one.amount
    $$, w.who), 'each is what value_shift tells of the part''s last millisecond, of ' || w.who
) FROM unnest('{shifts.plain,shifts.rewound,shifts.shop}'::text[]) AS w (who);
SELECT is_empty(
    format($$
        SELECT p.since, p.until, h.*
        FROM periods AS p
        CROSS JOIN LATERAL bank.balance_history(
            %1$L, p.since, p.until, p.parts, 'value_at', false
        ) AS h
        INNER JOIN LATERAL bank.balance_history(%1$L, p.since, p.until, p.parts, 'value_at') AS one
            ON one.until = h.until
        WHERE one.closing IS DISTINCT FROM h.closing
    $$, w.who), 'so a history is what it is where all legs are read, of ' || w.who
) FROM unnest('{shifts.plain,shifts.rewound,shifts.shop}'::text[]) AS w (who);
SELECT is_empty(
    $$
        SELECT p.* FROM periods AS p
        WHERE cardinality(
            engine.value_shifts(engine.read_account('shifts.plain'), p.since, p.until, p.parts)
        ) <> p.parts
    $$, 'one for each part'
);
SELECT ok(
    (SELECT count(DISTINCT s) FROM unnest(
        engine.value_shifts(engine.read_account('shifts.rewound'), 1000, 3000, 100)
    ) AS s) > 50, 'and they differ'
);
SELECT is(
    engine.value_shifts(
        ROW('shifts.nobody', 'EUR', 'active', false, false, false, 0, 0, 0, 0, 0, '', 0, NULL, 0, '{}'),
        0, 100, 3
    ), '{0,0,0}', 'nothing where no leg has a value date'
);

-- Reads nothing but an index
SELECT is(
    (
        SELECT count(*) FROM pg_index AS i
        WHERE i.indrelid = 'ledger.ledger_transactions'::regclass
            AND pg_get_indexdef(i.indexrelid) LIKE
            '%(account_id, value_at) INCLUDE (amount, "timestamp", version) WHERE (value_at IS NOT NULL)'
    ), 1::bigint, 'there is an index of the legs that have a value date, with all that is asked of them'
);

SELECT * FROM finish();
ROLLBACK;
