-- Tests of engine.book.
BEGIN;
SELECT plan(26);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.book'::regproc),
    'parties engine.parties, transaction_id bigint, operation text, amount bigint, '
    || 'contra_account_id text DEFAULT NULL::text, metadata jsonb DEFAULT NULL::jsonb, '
    || 'value_at bigint DEFAULT NULL::bigint, details jsonb DEFAULT NULL::jsonb, '
    || 'payment_ref text DEFAULT NULL::text, refers_to bigint DEFAULT NULL::bigint, '
    || 'other_amount bigint DEFAULT NULL::bigint, leg integer DEFAULT 1, more boolean '
    || 'DEFAULT false, other_details jsonb DEFAULT NULL::jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.book'::regproc), 'bigint', 'what it returns'
);
SELECT volatility_is('engine', 'book', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'book', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.book'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at(
        'leg.alice', overdraft_limit => 5, "timestamp" => 1000, metadata => '{"name": "Alice"}'
    );
    PERFORM bank.deposit_at('leg.alice', 500, "timestamp" => 2000);
    PERFORM bank.create_account_at('leg.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('leg.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET held = 9, pending_cashback = 8, next_due_at = 9000
    WHERE a.account_id = 'leg.bob';
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'leg.shop';
END;
$given$;
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
        WHERE starts_with(t.account_id, 'leg.')
        WINDOW so_far AS (PARTITION BY t.account_id ORDER BY t.version)
    ) AS l
    WHERE NOT l.ok
$function$;
CREATE FUNCTION pg_temp.stored(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(a) - 'head' FROM ledger.accounts AS a WHERE a.account_id = who
$function$;
CREATE FUNCTION pg_temp.parties(other text, changes jsonb DEFAULT '{}') RETURNS engine.parties
LANGUAGE plpgsql AS $function$
DECLARE
    v engine.parties := engine.prepare('leg.alice', other, 3000, NULL, 'tap', NULL);
BEGIN
    v.account := jsonb_populate_record(v.account, changes);
    v.recorded_at := 3001;
    RETURN v;
END;
$function$;
CREATE FUNCTION pg_temp.legs(id bigint) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT jsonb_agg(to_jsonb(t) - ARRAY['hash', 'key_hash', 'actor'] ORDER BY t.leg)
    FROM ledger.ledger_transactions AS t WHERE t.transaction_id = id
$function$;
CREATE TEMP TABLE before AS
SELECT pg_temp.stored('leg.alice') AS alice, pg_temp.stored('leg.bob') AS bob,
    pg_temp.stored('leg.shop') AS shop;

-- Works: with the house
SELECT lives_ok($$
    SELECT engine.book(
        pg_temp.parties(NULL, '{"held": 40, "pending_cashback": 3, "next_due_at": 5000}'),
        2000000001, 'deposit', 25, '@external', '{"m": 1}', 900, '{"d": 2}', 'payment7', 99
    )
$$, 'with all that it may say');
SELECT is(
    pg_temp.legs(2000000001),
    $$[{
        "account_id": "leg.alice", "version": 3, "transaction_id": 2000000001, "leg": 1,
        "timestamp": 3000, "value_at": 900, "recorded_at": 3001, "operation": "deposit",
        "amount": 25, "balance_after": 525, "held_after": 40, "pending_cashback_after": 3,
        "overdraft_limit_after": 5, "contra_account_id": "@external", "payment_ref": "payment7",
        "refers_to": 99, "folded_in": null, "on_behalf_of": null, "metadata": {"m": 1},
        "posting_metadata": null, "details": {"d": 2}, "hash_version": 1
    }]$$::jsonb, 'the leg says all of it'
);
SELECT is(
    pg_temp.stored('leg.alice'), b.alice || $${
        "balance": 525, "held": 40, "pending_cashback": 3, "version": 3, "last_timestamp": 3000,
        "next_due_at": 5000
    }$$::jsonb, 'the row has what the caller set in it, and nothing else has changed'
) FROM before AS b;

-- Works: with another account
SELECT lives_ok($$
    SELECT engine.book(
        pg_temp.parties('leg.bob', '{"held": 30, "next_due_at": null}'), 2000000002, 'transfer',
        -20, metadata => '{"m": 2}', value_at => 901, details => '{"d": 3}',
        other_details => '{"o": 3}',
        payment_ref => 'payment8', refers_to => 98, leg => 4
    )
$$, 'likewise');
SELECT is(
    pg_temp.legs(2000000002),
    (
        SELECT jsonb_agg(l.leg || $${
            "transaction_id": 2000000002, "timestamp": 3000, "value_at": 901, "recorded_at": 3001,
            "operation": "transfer", "payment_ref": "payment8", "refers_to": 98, "folded_in": null,
            "on_behalf_of": null, "metadata": {"m": 2}, "posting_metadata": null, "hash_version": 1
        }$$) FROM (
            VALUES ($${
                "account_id": "leg.alice", "version": 4, "leg": 4, "amount": -20,
                "balance_after": 505, "held_after": 30, "pending_cashback_after": 3,
                "overdraft_limit_after": 5, "contra_account_id": "leg.bob", "details": {"d": 3}
            }$$::jsonb), ($${
                "account_id": "leg.bob", "version": 2, "leg": 5, "amount": 20,
                "balance_after": 20, "held_after": 9, "pending_cashback_after": 8,
                "overdraft_limit_after": 0, "contra_account_id": "leg.alice", "details": {"o": 3}
            }$$)
        ) AS l (leg)
    ), 'two legs, which name each other'
);
SELECT is(
    pg_temp.stored('leg.alice'), b.alice || $${
        "balance": 505, "held": 30, "pending_cashback": 3, "version": 4, "last_timestamp": 3000,
        "next_due_at": null
    }$$::jsonb, 'the one row'
) FROM before AS b;
SELECT is(
    pg_temp.stored('leg.bob'), b.bob || '{"balance": 20, "version": 2, "last_timestamp": 3000}',
    'and the other'
) FROM before AS b;
SELECT lives_ok($$
    SELECT engine.book(
        pg_temp.parties('leg.bob'), 2000000003, 'exchange', -5, '@exchange', other_amount => 7
    )
$$, 'through the house, which takes and gives another amount');
SELECT is(
    (
        SELECT array_agg(
            format('%s %s %s', t.account_id, t.amount, t.contra_account_id) ORDER BY t.leg
        ) FROM ledger.ledger_transactions AS t WHERE t.transaction_id = 2000000003
    ), ARRAY['leg.alice -5 @exchange', 'leg.bob 7 @exchange'], 'neither names the other'
);

-- Works: with one that collects
SELECT lives_ok($$
    SELECT engine.book(
        pg_temp.parties('leg.shop'), 2000000004, 'pay', -6, metadata => '{"m": 3}',
        value_at => 902, details => '{"d": 4}', other_details => '{"o": 4}', payment_ref => 'payment9', leg => 2
    )
$$, 'a collecting account');
SELECT is(
    (
        SELECT array_agg(format('%s %s %s %s', t.account_id, t.leg, t.amount, t.contra_account_id))
        FROM ledger.ledger_transactions AS t WHERE t.transaction_id = 2000000004
    ), ARRAY['leg.alice 2 -6 leg.shop'], 'gets no leg'
);
SELECT is(pg_temp.stored('leg.shop'), b.shop, 'its row stays') FROM before AS b;
SELECT is(
    (
        SELECT jsonb_agg(to_jsonb(c) - 'actor') FROM ledger.collected_credits AS c
        WHERE c.account_id = 'leg.shop'
    ),
    $$[{
        "account_id": "leg.shop", "transaction_id": 2000000004, "leg": 3, "timestamp": 3000,
        "operation": "pay", "amount": 6, "contra_account_id": "leg.alice", "value_at": 902,
        "payment_ref": "payment9", "on_behalf_of": null, "metadata": {"m": 3},
        "posting_metadata": null, "details": {"o": 4}
    }]$$::jsonb, 'the credit is put aside'
);

-- Works: who
SET LOCAL pgteller.on_behalf_of = 'eve';
SELECT engine.book(pg_temp.parties('leg.bob'), 2000000005, 'tap', -1);
SET LOCAL pgteller.on_behalf_of = '';
SELECT engine.book(pg_temp.parties('leg.bob'), 2000000006, 'tap', 1);
SELECT is(
    (
        SELECT array_agg(DISTINCT concat_ws('/', t.actor, t.on_behalf_of))
        FROM ledger.ledger_transactions AS t WHERE t.transaction_id = i.id
    ), i.actors, 'whoever calls: ' || i.actors::text
) FROM (
    VALUES (2000000005, ARRAY[session_user || '/eve']), (2000000006, ARRAY[session_user::text])
) AS i (id, actors);
SELECT is(pg_temp.broken(), NULL, 'hashes follow one from the other, and the head is the newest');

-- Works: monitors
DO $given$
BEGIN
    PERFORM bank.create_monitor_at('leg.alice', 'balance', 'lt', 480, "timestamp" => 3000);
    PERFORM bank.create_monitor_at('leg.bob', 'balance', 'gt', 30, "timestamp" => 3000);
END;
$given$;
SELECT lives_ok($$
    SELECT engine.book(pg_temp.parties('leg.bob'), 2000000007, 'tap', -50, more => true)
$$, 'while more legs follow');
SELECT is(
    jsonb_array_length(pg_temp.legs(2000000007)), 2, 'no monitor looks'
);
SELECT lives_ok($$
    SELECT engine.book(pg_temp.parties('leg.bob'), 2000000007, 'tap', 48, leg => 3)
$$, 'with the last of them');
SELECT is(
    jsonb_array_length(pg_temp.legs(2000000007)), 4, 'they see what there is at the end'
);
SELECT engine.book(pg_temp.parties('leg.bob'), 2000000008, 'tap', -50);
SELECT is(
    (
        SELECT array_agg(format('%s %s %s', t.account_id, t.leg, t.operation) ORDER BY t.leg)
        FROM ledger.ledger_transactions AS t WHERE t.transaction_id = 2000000008
    ), ARRAY['leg.alice 1 tap', 'leg.bob 2 tap', 'leg.alice 3 monitor', 'leg.bob 4 monitor'],
    'those of both accounts'
);

SELECT * FROM finish();
ROLLBACK;
