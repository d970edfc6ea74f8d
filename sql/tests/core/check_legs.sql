-- Tests of engine.check_legs.
BEGIN;
SELECT plan(29);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_legs'::regproc),
    'drafts engine.draft[], force boolean',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_legs'::regproc), 'engine.refusal', 'what it returns'
);
SELECT volatility_is('engine', 'check_legs', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_legs', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_legs'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an account that has 130 available, and one that has nothing
DO $given$
BEGIN
    PERFORM bank.create_account_at('legs.alice', overdraft_limit => 50, "timestamp" => 1000);
    PERFORM bank.create_account_at('legs.bob', "timestamp" => 1000);
    PERFORM bank.deposit_at('legs.alice', 100, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET held = 20, pending_cashback = 7
    WHERE a.account_id = 'legs.alice';
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
CREATE FUNCTION pg_temp.check(changes jsonb, force boolean, bob text DEFAULT 'active')
RETURNS jsonb LANGUAGE sql AS $function$
    UPDATE ledger.accounts AS a SET status = bob WHERE a.account_id = 'legs.bob';
    SELECT nullif(to_jsonb(engine.check_legs(pg_temp.drafts(changes), force)), '{
        "name": null, "detail": null
    }')
$function$;

-- Works
SELECT is(pg_temp.check(c.changes, false), NULL, 'lets pass: ' || c.what) FROM (
    VALUES ('[]'::jsonb, 'no leg'),
    ('[{"account_id": "legs.alice", "amount": -130}]', 'all that is available'),
    ('[{"account_id": "legs.alice", "amount": -100}, {"account_id": "legs.alice", "amount": -30}]',
        'in two'),
    ('[{"account_id": "legs.bob", "amount": 10}, {"account_id": "legs.bob", "amount": -10}]',
        'what comes in first and goes out then'),
    ('[{"account_id": "legs.alice", "held": -20}, {"account_id": "legs.alice", "amount": -150}]',
        'what was held before'),
    ('[{"account_id": "legs.alice", "amount": 9007199254740834}]', 'all that there is room for')
) AS c (changes, what);
SELECT is(
    pg_temp.check(c.changes, false), jsonb_build_object('name', c.name, 'detail', c.detail),
    'refuses ' || c.what
) FROM (
    VALUES (
        '[{"account_id": "legs.alice", "amount": -131}]'::jsonb, 'insufficient_funds',
        '{"account_id": "legs.alice", "available": 130, "required": 131}'::jsonb, 'one more'
    ), (
        '[{"account_id": "legs.alice", "amount": -100}, {"account_id": "legs.alice", "amount": -31}]',
        'insufficient_funds',
        '{"account_id": "legs.alice", "available": 30, "required": 31}', 'one more in two'
    ), (
        '[{"account_id": "legs.bob", "amount": -10}, {"account_id": "legs.bob", "amount": 10}]',
        'insufficient_funds',
        '{"account_id": "legs.bob", "available": 0, "required": 10}', 'what comes in too late'
    ), (
        '[{"account_id": "legs.alice", "held": 1}, {"account_id": "legs.alice", "amount": -130}]',
        'insufficient_funds',
        '{"account_id": "legs.alice", "available": 129, "required": 130}', 'what is held by then'
    ), (
        $$[{"account_id": "legs.alice", "pending_cashback": 1},
            {"account_id": "legs.alice", "amount": 9007199254740834}]$$, 'balance_limit_exceeded',
        $${"account_id": "legs.alice", "balance": 100, "pending_cashback": 8, "overdraft_limit": 50,
            "amount": 9007199254740834}$$, 'what leaves no room for what is pending by then'
    ), (
        '[{"account_id": "legs.bob", "amount": -5}, {"account_id": "legs.alice", "amount": -131}]',
        'insufficient_funds',
        '{"account_id": "legs.bob", "available": 0, "required": 5}', 'the first in their order'
    )
) AS c (changes, name, detail, what);

-- The status of an account, with force and without
SELECT is(
    pg_temp.check(jsonb_build_array(jsonb_build_object('account_id', 'legs.bob', 'amount', c.amount)),
        c.force, c.status) ->> 'name', c.name,
    format('%s of one that is %s%s: %s', c.amount, c.status, CASE WHEN c.force THEN ', by force' END,
        coalesce(c.name, 'passes'))
) FROM (
    VALUES (1, 'frozen', false, NULL), (-1, 'frozen', false, 'account_frozen'),
    (-1, 'frozen', true, NULL), (-1, 'active', true, NULL),
    (1, 'blocked', false, 'account_blocked'), (1, 'blocked', true, 'account_blocked'),
    (-1, 'blocked', true, 'account_blocked'), (0, 'closed', false, 'account_closed'),
    (-1, 'closed', true, 'account_closed'), (-9007199254740991, 'active', true, NULL),
    (-9007199254740992, 'active', true, 'balance_limit_exceeded'),
    (9007199254740992, 'active', true, 'balance_limit_exceeded')
) AS c (amount, status, force, name);

SELECT * FROM finish();
ROLLBACK;
