-- Tests of engine.watch.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.watch'::regproc), 'drafts engine.draft[]',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.watch'::regproc), 'engine.draft[]', 'what it returns');
SELECT volatility_is('engine', 'watch', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'watch', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.watch'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two watched accounts, of 100 each
DO $given$
BEGIN
    PERFORM bank.create_account_at('watch_d.' || n, "timestamp" => 1000),
        bank.deposit_at('watch_d.' || n, 100, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b']) AS n;
    PERFORM bank.create_monitor_at('watch_d.a', 'balance', 'lt', 50, 1000);
    PERFORM bank.create_monitor_at('watch_d.a', 'held', 'gt', 0, 1000);
    PERFORM bank.create_monitor_at('watch_d.b', 'balance', 'gt', 100, 1000);
END;
$given$;
CREATE FUNCTION pg_temp.watched(drafts jsonb) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        concat_ws(
            ' ', d.transaction_id || '.' || d.leg, right(d.account_id, 1), d.operation, d.amount,
            d.details ->> 'actual'
        ), ', ' ORDER BY d.number
    )
    FROM unnest(engine.watch(ARRAY(
        SELECT jsonb_populate_record(
            NULL::engine.draft,
            '{"timestamp": 2000, "operation": "test", "amount": 0, "held": 0, "pending_cashback": 0}'
            || d.draft
        )
        FROM jsonb_array_elements(drafts) WITH ORDINALITY AS d (draft, number)
        ORDER BY d.number
    ))) WITH ORDINALITY AS d (
        account_id, transaction_id, leg, "timestamp", value_at, operation, amount, held,
        pending_cashback, due_at, contra_account_id, payment_ref, refers_to, folded_in,
        actor, on_behalf_of, metadata, posting_metadata, details, number
    )
$function$;
CREATE FUNCTION pg_temp.triggered() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(m.triggered::text, ' ' ORDER BY m.monitor_number)
    FROM ledger.monitors AS m WHERE m.account_id LIKE 'watch_d._'
$function$;

-- Works
SELECT is(
    pg_temp.watched($$[{"account_id": "watch_d.a", "transaction_id": 7, "leg": 1, "amount": -50}]$$),
    '7.1 a test -50', 'where nothing becomes true the drafts come back as they were'
);
SELECT is(pg_temp.triggered(), 'false false false', 'and nothing is noted');
SELECT is(
    pg_temp.watched($$[
        {"account_id": "watch_d.a", "transaction_id": 7, "leg": 1, "amount": -51, "held": 1},
        {"account_id": "watch_d.b", "transaction_id": 7, "leg": 2, "amount": 51}
    ]$$),
    '7.1 a test -51, 7.3 a monitor 0 49, 7.4 a monitor 0 1, 7.2 b test 51, 7.5 b monitor 0 151',
    'after the leg of each account, numbered after those of the transaction'
);
SELECT is(pg_temp.triggered(), 'true true true', 'and noted');
SELECT is(
    pg_temp.watched($$[
        {"account_id": "watch_d.a", "transaction_id": 8, "leg": 1, "amount": -52, "held": 1},
        {"account_id": "watch_d.b", "transaction_id": 8, "leg": 2, "amount": 52}
    ]$$),
    '8.1 a test -52, 8.2 b test 52', 'what was true before does not fire'
);
SELECT is(
    pg_temp.watched($$[
        {"account_id": "watch_d.a", "transaction_id": 9, "leg": 1, "amount": -10},
        {"account_id": "watch_d.a", "transaction_id": 10, "leg": 1, "amount": -60},
        {"account_id": "watch_d.a", "transaction_id": 10, "leg": 2, "amount": 60},
        {"account_id": "watch_d.a", "transaction_id": 11, "leg": 1, "amount": -60}
    ]$$),
    '9.1 a test -10, 10.1 a test -60, 10.2 a test 60, 11.1 a test -60, 11.2 a monitor 0 30',
    'transactions one after the other, each by its last leg: between its legs nothing is looked at'
);
SELECT is(pg_temp.triggered(), 'true false true', 'noted is how it ends');
SELECT is(
    pg_temp.watched($$[
        {"account_id": "watch_d.b", "transaction_id": 3, "leg": 2, "folded_in": 12, "amount": -1},
        {"account_id": "watch_d.b", "transaction_id": 3, "leg": 3, "folded_in": 12, "amount": 1},
        {"account_id": "watch_d.b", "transaction_id": 4, "leg": 2, "folded_in": 12, "amount": 1},
        {"account_id": "watch_d.b", "transaction_id": 5, "leg": 2, "folded_in": 12, "amount": -1},
        {"account_id": "watch_d.b", "transaction_id": 6, "leg": 2, "folded_in": 12, "amount": 1}
    ]$$),
    '3.2 b test -1, 3.3 b test 1, 4.2 b test 1, 12.1 b monitor 0 101, 5.2 b test -1, 6.2 b test 1, '
    || '12.2 b monitor 0 101',
    'after a credit that was collected it goes by the id of the folding'
);
SELECT is(
    (engine.watch(ARRAY[d.draft]))[1], d.draft, 'an account that nobody watches'
) FROM (
    SELECT jsonb_populate_record(
        NULL::engine.draft, '{"account_id": "watch_d.c", "transaction_id": 1, "leg": 1, "amount": 1}'
    ) AS draft
) AS d;
UPDATE ledger.monitors AS m SET active = false WHERE m.account_id = 'watch_d.a';
SELECT is(
    pg_temp.watched($$[{"account_id": "watch_d.a", "transaction_id": 7, "leg": 1, "held": 1}]$$),
    '7.1 a test 0', 'nor what was deleted'
);

SELECT * FROM finish();
ROLLBACK;
