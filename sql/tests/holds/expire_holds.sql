-- Tests of bank.expire_holds.
BEGIN;
SELECT plan(23);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.expire_holds'::regproc),
    '"timestamp" bigint DEFAULT NULL::bigint, "limit" bigint DEFAULT 1000',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.expire_holds'::regproc), 'bank.expiration', 'what it returns'
);
SELECT volatility_is('bank', 'expire_holds', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'expire_holds', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.expire_holds'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.expire_holds'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.expire_holds'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given holds of three accounts, one of them with a cashback due in between
DO $given$
BEGIN
    PERFORM bank.expire_holds("limit" => 100000);
    PERFORM bank.create_account_at('expire.' || who, "timestamp" => 1000),
        bank.deposit_at('expire.' || who, 1000, "timestamp" => 1000),
        bank.pay_at('expire.' || who, 100, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'carol']) AS w (who);
    PERFORM bank.hold_at('expire.alice', 10, 90000000, "timestamp" => 2000);
    PERFORM bank.hold_at('expire.alice', 20, 80000000, "timestamp" => 2000);
    PERFORM bank.hold_at('expire.bob', 30, 85000000, "timestamp" => 2000);
    PERFORM bank.hold_at('expire.carol', 40, "timestamp" => 2000);
    PERFORM bank.capture_hold_at(h.hold_id, 5, false, "timestamp" => 2000)
    FROM bank.list_holds('expire.bob') AS h;
END;
$given$;
PREPARE expire (bigint, bigint) AS
SELECT e.expired, e.amount, e.remaining FROM bank.expire_holds($1, $2) AS e;
PREPARE legs AS
SELECT t.operation COLLATE "default", t."timestamp", +t.amount, +t.held_after,
    (t.details ->> 'released')::bigint
FROM ledger.ledger_transactions AS t
WHERE t.account_id = 'expire.alice' AND t.version > 5
ORDER BY t.version;

-- Works
SELECT results_eq(
    'EXECUTE expire(79999999, 10)', 'VALUES (0::bigint, 0::bigint, 0::bigint)',
    'nothing one millisecond before'
);
SELECT results_eq(
    'EXECUTE expire(80000000, 10)', 'VALUES (1::bigint, 20::bigint, 0::bigint)',
    'at its end a hold expires'
);
SELECT results_eq(
    'EXECUTE expire(99999999, 1)', 'VALUES (1::bigint, 25::bigint, 1::bigint)',
    'at most limit, oldest first: of what is captured in part, the rest'
);
SELECT results_eq(
    'EXECUTE expire(99999999, 1000)', 'VALUES (1::bigint, 10::bigint, 0::bigint)', 'then the rest'
);
SELECT results_eq(
    'EXECUTE legs',
    $$VALUES ('expire_hold', 80000000::bigint, 0::bigint, 10::bigint, 20::bigint),
    ('cashback', 86401000, 2, 10, NULL), ('expire_hold', 90000000, 0, 0, 10)$$,
    'each at its own time, and the cashback that was due before it, uncounted'
);
SELECT results_eq(
    'EXECUTE expire(1500000000000, 1000)', 'VALUES (0::bigint, 0::bigint, 0::bigint)',
    'none twice, and none that has no end'
);
SELECT results_eq(
    $$
        SELECT h.status::text, h.closed_at, h.captured
        FROM ledger.holds AS h
        WHERE h.account_id IN ('expire.alice', 'expire.bob', 'expire.carol')
        ORDER BY h.hold_number
    $$,
    $$VALUES ('expired', 90000000::bigint, 0::bigint), ('expired', 80000000, 0),
    ('expired', 85000000, 5), ('open', NULL, 0)$$,
    'the holds say when'
);
SELECT results_eq(
    $$
        SELECT a.account_id::text COLLATE "default", +a.held, a.next_due_at
        FROM ledger.accounts AS a
        WHERE a.account_id IN ('expire.alice', 'expire.bob', 'expire.carol')
        ORDER BY a.account_id
    $$,
    $$VALUES ('expire.alice', 0::bigint, NULL::bigint), ('expire.bob', 0, 86401000),
    ('expire.carol', 40, 86401000)$$, 'and the accounts hold no more than what is open'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.expire_holds(%s)', t.t), 'TL003', 'invalid_timestamp',
    'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    'SELECT bank.expire_holds(9007199254740991)', 'TL308', 'timestamp_in_future',
    'refuses a time ahead of the clock: it would lead every account there'
);
SELECT throws_ok(
    format('SELECT bank.expire_holds("limit" => %s)', l.l), 'TL007', 'invalid_argument',
    'refuses the limit ' || l.l
) FROM unnest(ARRAY['0', '-1', '100001', 'NULL']) AS l (l);
SELECT throws_ok(
    'SET ROLE bank_teller; SELECT bank.expire_holds()', '42501', NULL, 'a teller does not'
);

SELECT * FROM finish();
ROLLBACK;
