-- Tests of bank.list_events.
BEGIN;
SELECT plan(20);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_events'::regproc),
    'after bigint DEFAULT NULL::bigint, "limit" bigint DEFAULT 100, '
    || '"order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_events'::regproc), 'SETOF bank.event', 'what it returns'
);
SELECT ok(
    (SELECT p.proconfig FROM pg_proc AS p WHERE p.oid = 'bank.list_events'::regproc)
    @> ARRAY['jit=off'], 'a page is not compiled'
);
SELECT volatility_is('bank', 'list_events', 'stable', 'it only reads');
SELECT is_definer('bank', 'list_events', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.list_events'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_events'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_events'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given everything that others have committed numbered, and nobody else numbering
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
SELECT n.newest AS cursor FROM bank.number_events(100000) AS n \gset
DO $given$
BEGIN
    PERFORM bank.create_account_at('events.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('events.bob', "timestamp" => 1000);
    PERFORM bank.deposit_at('events.alice', 1000, "timestamp" => 2000, metadata => '{"order": 7}');
END;
$given$;

-- Works
SELECT is(
    (SELECT count(*) FROM bank.list_events(:cursor)), 0::bigint,
    'what is new is not told until it is numbered'
);
SELECT bank.number_events() AS numbered \gset
SELECT is((SELECT count(*) FROM bank.list_events(:cursor)), 3::bigint, 'then it is');
SELECT is(
    (SELECT to_jsonb(e) - 'recorded_at' FROM bank.list_events(:cursor + 2) AS e),
    (
        SELECT jsonb_build_object(
            'event_id', :cursor + 3, 'type', 'deposit', 'account_id', 'events.alice', 'version', 2,
            'transaction_id', t.transaction_id, 'timestamp', 2000, 'currency', 'EUR', 'amount', 1000,
            'balance_after', 1000, 'contra_account_id', '@external', 'payment_ref', NULL,
            'refers_to', NULL, 'details', NULL, 'metadata', '{"order": 7}'::jsonb,
            'hash', encode(t.hash, 'hex')
        )
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'events.alice' AND t.version = 2
    ),
    'an event tells everything of its leg'
);
SELECT results_eq(
    format('SELECT e.event_id, e.type, e.account_id FROM bank.list_events(%s, 2) AS e', :cursor),
    format(
        $$ VALUES (%s::bigint, 'open', 'events.alice'), (%s, 'open', 'events.bob') $$,
        :cursor + 1, :cursor + 2
    ),
    'at most limit'
);
SELECT bank.withdraw_at('events.alice', 1, "timestamp" => 3000) AS taken \gset
SELECT bank.number_events() AS numbered \gset
SELECT results_eq(
    format('SELECT e.event_id, e.type FROM bank.list_events(%s, 2) AS e', :cursor + 2),
    format($$ VALUES (%s::bigint, 'deposit'), (%s, 'withdraw') $$, :cursor + 3, :cursor + 4),
    'a page goes on into the next batch'
);
SELECT is(
    (SELECT count(*) FROM bank.list_events(:cursor, 9223372036854775807)), 4::bigint,
    'a limit may be as large as it likes'
);
SELECT is(
    (SELECT count(*) FROM bank.list_events(:cursor, NULL)), 4::bigint, 'NULL is no limit'
);
SELECT is_empty(
    format('SELECT e.event_id FROM bank.list_events(%s) AS e', :cursor + 4),
    'after the newest there is none'
);
SELECT is_empty(
    'SELECT e.event_id FROM bank.list_events(9223372036854775807) AS e', 'nor after any other id'
);
SELECT is(
    (SELECT min(e.event_id) FROM bank.list_events(-9223372036854775808, 1) AS e), 1::bigint,
    'the first has id 1'
);
SELECT is(
    (SELECT min(e.event_id) FROM bank.list_events(NULL, 1) AS e), 1::bigint,
    'NULL is the beginning'
);

-- Refuses
SELECT throws_ok(
    'SELECT bank.list_events("limit" => 0)', 'TL007', 'invalid_argument', 'refuses a limit of zero'
);

SELECT * FROM finish();
ROLLBACK;
