-- Tests of what all lists have in common: pages of any size, from the beginning or from the end.
BEGIN;
SELECT plan(260);

-- Given three or more of everything
DO $given$
DECLARE
    v_id text;
    v_webhook text;
    v_transaction bigint;
BEGIN
    PERFORM bank.create_account_at('order.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'carol', 'dan']) AS n;
    PERFORM bank.deposit_at('order.alice', 2000, "timestamp" => 2000);
    PERFORM bank.pay_at(
        'order.alice', 100 * n, "timestamp" => 2000 + n,
        metadata => jsonb_build_object('even', n % 2 = 0)
    ) FROM generate_series(1, 4) AS n;
    PERFORM bank.hold_at('order.alice', n, 5000 + n, "timestamp" => 3000)
    FROM generate_series(1, 4) AS n;
    v_transaction := (bank.post_at(
        '[{"source_account_id": "order.alice", "target_account_id": "order.carol", "amount": 9}]',
        "timestamp" => 3000
    )).transaction_id;
    PERFORM bank.post_at(
        '[{"source_account_id": "order.carol", "target_account_id": "order.alice", "amount": 1}]',
        refers_to => v_transaction, "timestamp" => 3000
    ) FROM generate_series(1, 4);
    PERFORM bank.create_monitor_at('order.alice', 'balance', 'lt', n, "timestamp" => 3000)
    FROM generate_series(-3, 0) AS n;
    FOR i IN 1..3 LOOP
        v_id := (bank.schedule_transfer_at(
            'order.dan', 'order.bob', 10000, 3000, 'P1D', "timestamp" => 3000
        )).schedule_id;
    END LOOP;
    FOR i IN 1..4 LOOP
        PERFORM engine.run_schedule(s.schedule_number, s.next_run_at)
        FROM ledger.schedules AS s
        WHERE s.schedule_number = substr(v_id, 9)::bigint;
    END LOOP;
    WHILE (bank.number_events()).numbered > 0 LOOP
    END LOOP;
    FOR i IN 1..3 LOOP
        v_webhook := (bank.create_webhook('https://example.com/' || i)).webhook_id;
    END LOOP;
    PERFORM bank.begin_worker('order/' || n, '1.0') FROM generate_series(1, 3) AS n;
    PERFORM bank.create_api_key('order.' || n, 'teller') FROM generate_series(1, 3) AS n;
    PERFORM bank.begin_proof('digest') FROM generate_series(1, 3) AS n;
    PERFORM bank.note_refusals(json_agg(json_build_object(
        'refused_at', n, 'request_id', 'order', 'method', 'POST', 'route', '/deposits',
        'status', 409, 'code', 'account_frozen', 'account_ids', '{order.alice}'::text[],
        'detail', json_build_object()
    ))) FROM generate_series(1, 4) AS n;
    INSERT INTO ledger.webhook_deliveries (account_id, webhook_number, event_id)
    SELECT e.account_id, substr(v_webhook, 8)::bigint, e.event_id
    FROM bank.list_events("order" => 'desc', "limit" => 4) AS e;
END;
$given$;

-- Every list that is called, with what `after` goes on from.
CREATE TEMP TABLE lists AS
SELECT l.*
FROM (
    SELECT v.name, v.given, v.cursor
    FROM (
        VALUES
        ('list_accounts', NULL, 'account_id'),
        ('list_accounts', 'sort => ''balance''', 'account_id'),
        ('list_accounts', 'search => ''ORDER.''', 'account_id'),
        ('list_api_keys', NULL, 'name'),
        ('list_balances', NULL, 'account_id'),
        ('list_balances', '"timestamp" => 1000', 'account_id'),
        ('list_balances', '"timestamp" => 1000, by => ''value_at''', 'account_id'),
        ('list_cashback_policies', NULL, 'currency'),
        ('list_cashbacks', 'account_id => ''order.alice''', 'payment_id'),
        ('list_cashbacks', 'account_id => ''order.alice'', status => ''pending''', 'payment_id'),
        ('list_payments', 'account_id => ''order.alice''', 'payment_id'),
        ('list_house_entries', 'house_account_id => ''@payments''', 'entry_id'),
        ('list_house_entries', 'house_account_id => ''@payments'', operation => ''pay''', 'entry_id'),
        ('list_house_entries', 'house_account_id => ''@payments'', since => 0', 'entry_id'),
        ('list_currencies', NULL, 'currency'),
        ('list_events', NULL, 'event_id'),
        ('list_holds', 'account_id => ''order.alice''', 'hold_id'),
        ('list_holds', 'account_id => ''order.alice'', status => ''expired''', 'hold_id'),
        ('list_monitors', 'account_id => ''order.alice''', 'monitor_id'),
        ('list_account_refusals', 'account_id => ''order.alice''', 'refusal_id'),
        ('list_proofs', NULL, 'proof_number'),
        ('list_proofs', 'kind => ''digest''', 'proof_number'),
        ('list_refusals', NULL, 'refusal_id'),
        ('list_refusals', 'code => ''account_frozen''', 'refusal_id'),
        ('list_schedules', 'account_id => ''order.dan''', 'schedule_id'),
        ('list_schedules', 'account_id => ''order.dan'', status => ''active''', 'schedule_id'),
        ('list_transactions', 'account_id => ''order.alice''', 'version'),
        ('list_transactions', 'account_id => ''order.alice'', operation => ''pay''', 'version'),
        ('list_transactions', 'account_id => ''order.alice'', operation => ''expire_hold''', 'version'),
        ('list_transactions', 'account_id => ''order.alice'', amount_min => 0', 'version'),
        ('list_transactions', 'account_id => ''order.alice'', metadata => ''{"even": true}''', 'version'),
        ('list_transactions', 'account_id => ''order.alice'', contra_account_id => ''@cashback''', 'version'),
        ('list_transactions', 'account_id => ''order.alice'', since => 2003', 'version'),
        ('list_transactions', 'account_id => ''order.alice'', since => 2003, until => 5003', 'version'),
        ('list_transactions', 'account_id => ''order.alice'', "timestamp" => 5002', 'version'),
        ('list_transactions', 'account_id => ''order.alice'', "timestamp" => 2002', 'version'),
        ('list_webhooks', NULL, 'webhook_id'),
        ('list_workers', NULL, 'worker_number')
    ) AS v (name, given, cursor)
    UNION ALL
    SELECT 'list_schedule_runs', format('schedule_id => %L', 'schedule' || max(r.schedule_number)), 'run_number'
    FROM ledger.schedule_runs AS r
    UNION ALL
    SELECT 'list_references', format('transaction_id => %s', max(t.refers_to)), 'transaction_id'
    FROM ledger.ledger_transactions AS t WHERE t.account_id = 'order.carol'
    UNION ALL
    SELECT 'list_deliveries', format('webhook_id => %L', 'webhook' || max(d.webhook_number)), 'event_id'
    FROM ledger.webhook_deliveries AS d
) AS l;

-- A page, or all pages of a size one after the other, as ids.
CREATE FUNCTION pg_temp.page(
    list lists, "order" text, "limit" bigint DEFAULT NULL, after text DEFAULT NULL
) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_page text[];
BEGIN
    EXECUTE format(
        'SELECT array_agg(l.%I::text ORDER BY l.number) FROM (SELECT r.*, row_number() OVER () AS number '
        'FROM bank.%I(%s "order" => %L, "limit" => %s, after => %L) AS r) AS l',
        list.cursor, list.name, list.given || ',', "order", coalesce("limit"::text, 'NULL'), after
    ) INTO v_page;
    RETURN coalesce(v_page, '{}');
END;
$function$;
CREATE FUNCTION pg_temp.pages(list lists, "order" text, size bigint) RETURNS text[]
LANGUAGE plpgsql AS $function$
DECLARE
    v_page text[];
    v_all text[] := '{}';
BEGIN
    LOOP
        v_page := pg_temp.page(list, "order", size, v_all[cardinality(v_all)]);
        v_all := v_all || v_page;
        EXIT WHEN cardinality(v_page) < size OR cardinality(v_all) > 10000;
        IF cardinality(v_page) > size THEN
            RETURN NULL;
        END IF;
    END LOOP;
    RETURN v_all;
END;
$function$;
CREATE FUNCTION pg_temp.reversed(ids text[]) RETURNS text[] LANGUAGE sql AS $function$
    SELECT coalesce(array_agg(i.id ORDER BY i.place DESC), '{}')
    FROM unnest(ids) WITH ORDINALITY AS i (id, place)
$function$;

-- Shape
SELECT set_eq(
    $$
        SELECT p.proname::text FROM pg_proc AS p
        WHERE p.pronamespace = 'bank'::regnamespace AND p.proargnames @> ARRAY['after', 'limit']
    $$,
    'SELECT l.name FROM lists AS l', 'every list that comes in pages is here'
);
SELECT is(
    (
        SELECT array_agg(DISTINCT pg_get_function_arg_default(p.oid, array_position(p.proargnames, 'order')))
        FROM pg_proc AS p
        WHERE p.pronamespace = 'bank'::regnamespace AND p.proargnames @> ARRAY['after', 'limit', 'order']
        HAVING count(*) = (SELECT count(DISTINCT l.name) FROM lists AS l)
    ),
    ARRAY['''asc''::text'], 'each takes an order, and is as it was without'
);

-- Works
SELECT cmp_ok(
    cardinality(pg_temp.page(l, 'asc')), '>=', 2, format('there is something in %s%s', l.name, ' ' || l.given)
) FROM lists AS l;
SELECT is(
    pg_temp.page(l, 'desc'), pg_temp.reversed(pg_temp.page(l, 'asc')),
    format('%s from its end%s', l.name, ', ' || l.given)
) FROM lists AS l;
SELECT is(
    ARRAY[pg_temp.pages(l, 'asc', s), pg_temp.reversed(pg_temp.pages(l, 'desc', s))],
    ARRAY[pg_temp.page(l, 'asc'), pg_temp.page(l, 'asc')],
    format('%s in pages of %s, both ways%s', l.name, s, ', ' || l.given)
) FROM lists AS l CROSS JOIN generate_series(1, 3) AS s;
SELECT is(
    pg_temp.page(l, 'desc', 9223372036854775807), pg_temp.page(l, 'desc'),
    format('the largest limit of %s', l.name)
) FROM lists AS l WHERE l.given IS NULL;

-- What is due and not posted is the newest
SELECT results_eq(
    $$
        SELECT t.operation, t.version, t.hash IS NULL
        FROM bank.list_transactions('order.alice', "timestamp" => 5002, "order" => 'desc', "limit" => 3) AS t
    $$,
    $$
        SELECT v.operation, a.version + v.ahead, v.ahead > 0
        FROM (VALUES ('expire_hold', 2), ('expire_hold', 1), ('create_monitor', 0)) AS v (operation, ahead)
        CROSS JOIN (
            SELECT max(t.version) AS version FROM ledger.ledger_transactions AS t
            WHERE t.account_id = 'order.alice'
        ) AS a
    $$, 'what is due comes first, then what is posted'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.%I(%s "order" => %L)', l.name, l.given || ',', o.o), 'TL007', 'invalid_argument',
    format('%s refuses the order %s', l.name, coalesce(quote_literal(o.o), 'NULL'))
) FROM (SELECT DISTINCT ON (l.name) l.* FROM lists AS l ORDER BY l.name, l.given) AS l
CROSS JOIN unnest(ARRAY['descending', NULL]) AS o (o);

SELECT * FROM finish();
ROLLBACK;
