-- Tests of engine.post_legs.
BEGIN;
SELECT plan(27);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.post_legs'::regproc),
    'drafts engine.draft[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.post_legs'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'post_legs', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'post_legs', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.post_legs'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('legs.alice', overdraft_limit => 5, "timestamp" => 1000);
    PERFORM bank.create_account_at('legs.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('legs.twin', overdraft_limit => 5, "timestamp" => 1000);
    PERFORM bank.deposit_at('legs.alice', 500, "timestamp" => 2000);
END;
$given$;
CREATE FUNCTION pg_temp.draft(changes jsonb) RETURNS engine.draft LANGUAGE sql AS $function$
    SELECT jsonb_populate_record(NULL::engine.draft, '{
        "transaction_id": 2000000001, "leg": 1, "timestamp": 3000, "operation": "tap", "amount": 0,
        "held": 0, "pending_cashback": 0
    }'::jsonb || changes)
$function$;
CREATE FUNCTION pg_temp.drafts(changes jsonb) RETURNS engine.draft[] LANGUAGE sql AS $function$
    SELECT coalesce(array_agg(
        pg_temp.draft(jsonb_build_object('leg', c.number) || c.change) ORDER BY c.number
    ), '{}')
    FROM jsonb_array_elements(changes) WITH ORDINALITY AS c (change, number)
$function$;
CREATE FUNCTION pg_temp.broken() RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(l.account_id || ' ' || l.version ORDER BY l.account_id, l.version)
    FROM (
        SELECT
            t.account_id,
            t.version,
            t.hash = engine.seal(lag(t.hash, 1, '') OVER so_far, engine.leg_content(
                t.account_id, t.version, t.transaction_id, t.leg, t."timestamp", t.value_at, t.recorded_at,
                t.operation, t.amount, t.balance_after, t.held_after, t.pending_cashback_after,
                t.overdraft_limit_after, t.contra_account_id, t.payment_ref, t.refers_to, t.folded_in, t.actor,
                t.on_behalf_of, t.metadata, t.posting_metadata, t.details, t.key_hash
            ))
            AND t.version = row_number() OVER so_far
            AND t.balance_after = sum(t.amount) OVER so_far
            AND CASE WHEN t.version = a.version
                THEN (t.hash, t.balance_after, t.held_after, t."timestamp")
                    = (a.head, a.balance::bigint, a.held, a.last_timestamp)
                ELSE true
            END AS ok
        FROM ledger.ledger_transactions AS t
        INNER JOIN ledger.accounts AS a ON a.account_id = t.account_id
        WHERE starts_with(t.account_id, 'legs.')
        WINDOW so_far AS (PARTITION BY t.account_id ORDER BY t.version)
    ) AS l
    WHERE NOT l.ok
$function$;
CREATE FUNCTION pg_temp.stored(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(a) - 'head' FROM ledger.accounts AS a WHERE a.account_id = who
$function$;
CREATE TEMP TABLE before AS SELECT pg_temp.stored('legs.alice') AS alice;

-- Works: one leg
SELECT lives_ok($$
    SELECT engine.post_legs(pg_temp.drafts('[{
        "account_id": "legs.alice", "transaction_id": 2000000001, "leg": 7, "timestamp": 3000,
        "value_at": 900, "operation": "deposit", "amount": 25, "held": 40, "pending_cashback": 3,
        "due_at": 5000, "contra_account_id": "@external", "payment_ref": "payment7",
        "refers_to": 99, "folded_in": 98, "metadata": {"m": 1}, "posting_metadata": {"p": 1},
        "details": {"d": 2}
    }]'))
$$, 'a draft with all that it may say');
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY['hash', 'key_hash', 'recorded_at']
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'legs.alice' AND t.version = 3
    ),
    jsonb_build_object('actor', session_user) || $${
        "account_id": "legs.alice", "version": 3, "transaction_id": 2000000001, "leg": 7,
        "timestamp": 3000, "value_at": 900, "operation": "deposit", "amount": 25,
        "balance_after": 525, "held_after": 40, "pending_cashback_after": 3,
        "overdraft_limit_after": 5, "contra_account_id": "@external", "payment_ref": "payment7",
        "refers_to": 99, "folded_in": 98, "on_behalf_of": null, "metadata": {"m": 1},
        "posting_metadata": {"p": 1}, "details": {"d": 2}, "hash_version": 1
    }$$::jsonb, 'the leg says all of it'
);
SELECT ok(
    t.recorded_at BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'recorded_at is the server clock'
) FROM ledger.ledger_transactions AS t WHERE t.account_id = 'legs.alice' AND t.version = 3;
SELECT is(
    pg_temp.stored('legs.alice'),
    b.alice || $${
        "balance": 525, "held": 40, "pending_cashback": 3, "version": 3, "last_timestamp": 3000,
        "next_due_at": 5000
    }$$::jsonb, 'the account''s row follows, and nothing else in it has changed'
) FROM before AS b;
SELECT is(pg_temp.broken(), NULL, 'hashes follow one from the other, and the head is the newest');

-- Works: many
CREATE TEMP TABLE updates AS
SELECT pg_stat_get_xact_tuples_updated('ledger.accounts'::regclass) AS before;
SELECT engine.post_legs(array_agg(pg_temp.draft(jsonb_build_object(
    'account_id', CASE g.i % 3 WHEN 0 THEN 'legs.bob' ELSE 'legs.alice' END,
    'transaction_id', 2000000002, 'leg', g.i, 'amount', g.i - 20, 'held', g.i % 2,
    'timestamp', 4000 + g.i / 4
)) ORDER BY g.i))
FROM generate_series(1, 100) AS g (i);
SELECT is(
    pg_stat_get_xact_tuples_updated('ledger.accounts'::regclass) - u.before, 2::bigint,
    'each account''s row is written once, however many legs there are'
) FROM updates AS u;
SELECT is(pg_temp.broken(), NULL, 'versions, balances and hashes run on');
SELECT is(
    (
        SELECT array_agg(t.leg ORDER BY t.version) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'legs.bob' AND t.version > 1
    ), ARRAY(SELECT generate_series(3, 99, 3)), 'in the order of the drafts'
);
SELECT is(
    pg_temp.stored('legs.alice') - ARRAY['created_at', 'metadata', 'currency', 'status', 'collecting'],
    $${
        "account_id": "legs.alice", "monitored": false, "rewound": false, "balance": 2552, "held": 73,
        "pending_cashback": 3, "overdraft_limit": 5, "version": 70, "last_timestamp": 4025,
        "next_due_at": 5000
    }$$::jsonb, 'the row holds the sums'
);
SELECT lives_ok('SELECT engine.post_legs(ARRAY[]::engine.draft[])', 'none');
SELECT is(pg_temp.broken(), NULL, 'is none');

-- Works: who
SET LOCAL pgteller.on_behalf_of = 'eve';
SELECT engine.post_legs(pg_temp.drafts('[
    {"account_id": "legs.bob", "transaction_id": 2000000003, "timestamp": 5000},
    {"account_id": "legs.bob", "transaction_id": 2000000003, "timestamp": 5000,
        "actor": "teller", "on_behalf_of": "dave"},
    {"account_id": "legs.bob", "transaction_id": 2000000003, "timestamp": 5000, "actor": "teller"}
]'));
SET LOCAL pgteller.on_behalf_of = '';
SELECT engine.post_legs(pg_temp.drafts(
    '[{"account_id": "legs.bob", "transaction_id": 2000000004, "timestamp": 5000}]'
));
SELECT is(
    (
        SELECT array_agg(concat_ws('/', t.actor, t.on_behalf_of) ORDER BY t.transaction_id, t.leg)
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'legs.bob' AND t."timestamp" = 5000
    ), ARRAY[session_user || '/eve', 'teller/dave', 'teller', session_user],
    'whoever calls and whom he names, or whom the draft names'
);

-- Works: when something falls due
DO $given$
BEGIN
    PERFORM bank.create_account_at('legs.due', "timestamp" => 1000);
    PERFORM bank.deposit_at('legs.due', 500, "timestamp" => 1000);
    PERFORM bank.hold_at('legs.due', 1, expires_at => 8000, "timestamp" => 1000);
    PERFORM bank.hold_at('legs.due', 1, expires_at => 9000, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.next_due(t bigint, due_at bigint, stored bigint) RETURNS bigint
LANGUAGE plpgsql AS $function$
BEGIN
    UPDATE ledger.accounts AS a SET next_due_at = stored WHERE a.account_id = 'legs.due';
    PERFORM engine.post_legs(ARRAY[pg_temp.draft(jsonb_build_object(
        'account_id', 'legs.due', 'timestamp', t, 'due_at', due_at,
        'transaction_id', nextval('ledger.transaction_seq')
    ))]);
    RETURN (SELECT a.next_due_at FROM ledger.accounts AS a WHERE a.account_id = 'legs.due');
END;
$function$;
SELECT is(
    pg_temp.next_due(d.t, d.due_at, d.stored), d.expected,
    format('at %s, new %s, known %s: %s', d.t, d.due_at, d.stored, d.expected)
) FROM (
    VALUES (2000, NULL::bigint, 5000::bigint, 5000::bigint), (2000, 4000, 5000, 4000),
    (2000, 6000, 5000, 5000), (2000, 6000, NULL, 6000), (2000, NULL, NULL, NULL),
    (5000, NULL, 5000, 8000), (5000, 6000, 5000, 6000), (5000, 8500, 5000, 8000)
) AS d (t, due_at, stored, expected);

-- Works: like engine.book
DO $given$
DECLARE
    v engine.parties := engine.prepare('legs.twin', NULL, 6000, NULL, 'tap', NULL);
BEGIN
    PERFORM engine.book(
        v, 2000000010, 'deposit', 25, '@external', '{"m": 1}', 900, '{"d": 2}', 'payment7', 99,
        leg => 7
    );
    PERFORM engine.post_legs(pg_temp.drafts('[{
        "account_id": "legs.twin", "transaction_id": 2000000011, "leg": 7, "timestamp": 6000,
        "value_at": 900, "operation": "deposit", "amount": 25, "contra_account_id": "@external",
        "payment_ref": "payment7", "refers_to": 99, "metadata": {"m": 1}, "details": {"d": 2}
    }]'));
END;
$given$;
SELECT is(pg_temp.broken(), NULL, 'its legs follow those of engine.book');
SELECT is(
    (
        SELECT count(DISTINCT to_jsonb(t) - ARRAY[
            'version', 'transaction_id', 'recorded_at', 'hash', 'balance_after'
        ]) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'legs.twin' AND t.version > 1
    ), 1::bigint, 'and say the same'
);

SELECT * FROM finish();
ROLLBACK;
