-- Tests of engine.verify_collected.
BEGIN;
SELECT plan(60);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_collected'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_collected'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_collected', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_collected', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_collected'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a transfer and an exchange to accounts that collect: folded in time, folded late, and not
-- folded
DO $given$
BEGIN
    PERFORM bank.create_account_at(a.id, "timestamp" => 1000)
    FROM unnest('{jar.alice,jar.bob,jar.shop}'::text[]) AS a (id);
    PERFORM bank.create_account_at('jar.till', 'USD', "timestamp" => 1000);
    PERFORM bank.set_collecting(a.id, true, "timestamp" => 1000)
    FROM unnest('{jar.shop,jar.till}'::text[]) AS a (id);
    PERFORM bank.deposit_at('jar.alice', 900, "timestamp" => 2000);
    PERFORM bank.transfer_at('jar.alice', 'jar.shop', 10, "timestamp" => 3000);
    PERFORM bank.exchange('jar.alice', 'jar.till', 20, 22, "timestamp" => 3000);
    PERFORM bank.fold_collected();
    PERFORM bank.deposit_at('jar.' || a.name, 1, "timestamp" => 9000)
    FROM unnest('{shop,till}'::text[]) AS a (name);
    PERFORM bank.transfer_at('jar.alice', 'jar.shop', 30, "timestamp" => 4000);
    PERFORM bank.exchange('jar.alice', 'jar.till', 40, 44, "timestamp" => 4000);
    PERFORM bank.fold_collected();
    PERFORM bank.transfer_at('jar.alice', 'jar.shop', 70, "timestamp" => 5000);
    PERFORM bank.exchange('jar.alice', 'jar.till', 80, 88, "timestamp" => 5000);
END;
$given$;
SELECT is(
    (
        SELECT array_agg(t.details ->> 'credited_at' ORDER BY t.version)
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'jar.shop' AND t.folded_in IS NOT NULL
    ), '{NULL,4000}', 'one of those folded came late'
);
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        v_found := ARRAY(
            SELECT concat_ws(' ', v."check", v.account_id)
            FROM engine.verify_collected() AS v WHERE v.account_id LIKE 'jar.%'
            ORDER BY 1
        );
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;
CREATE FUNCTION pg_temp.changed(change text, account text, fold boolean) RETURNS text[]
LANGUAGE sql AS $function$
    SELECT pg_temp.found(
        format('UPDATE ledger.collected_credits SET %s WHERE account_id = %L', change, account)
        || CASE WHEN fold THEN '; SELECT bank.fold_collected()' ELSE '' END
    )
$function$;

-- Works
SELECT is(pg_temp.found('SELECT 1'), '{}', 'nothing is wrong with what the functions write');
SELECT is(pg_temp.found('SELECT bank.fold_collected()'), '{}', 'nor once all is folded');
SELECT is(
    pg_temp.changed(c.change, 'jar.' || c.name, f.fold),
    ARRAY['credits_collected_rightly jar.' || c.name],
    concat_ws(' ', c.name, 'changed', CASE WHEN f.fold THEN 'and folded since' END, c.change)
)
FROM (
    SELECT a.name, shared.change
    FROM unnest('{shop,till}'::text[]) AS a (name)
    CROSS JOIN unnest(ARRAY[
        'amount = 71', 'contra_account_id = ''jar.bob''', '"timestamp" = 1', 'value_at = 1',
        'operation = ''pay''', 'payment_ref = ''payment1''', 'actor = ''eve''',
        'on_behalf_of = ''eve''', 'metadata = ''{}''', 'posting_metadata = ''{}''',
        'details = ''{"gift": 1}'''
    ]) AS shared (change)
    UNION ALL
    VALUES ('till', 'amount = 89, details = details || ''{"target_amount": 89}''')
) AS c
CROSS JOIN (VALUES (false), (true)) AS f (fold);
SELECT is(
    pg_temp.changed('account_id = ''jar.bob''', 'jar.shop', true),
    '{credits_collected_rightly jar.bob}', 'another account got it'
);
SELECT is(
    pg_temp.changed('account_id = ''jar.bob''', 'jar.shop', false),
    '{credits_collected_rightly jar.bob}', 'another account is to get it'
);
SELECT is(
    pg_temp.found($$
        UPDATE ledger.accounts AS a SET collecting = false WHERE a.account_id = 'jar.shop'
    $$),
    '{credits_collected_rightly jar.shop}', 'an account that does not collect has collected'
);
SELECT is(
    pg_temp.found(format(
        'UPDATE ledger.ledger_transactions SET details = %L WHERE account_id = ''jar.shop'' '
        'AND folded_in IS NOT NULL', c.details
    )), c.found, 'a folded leg with details ' || c.details
)
FROM (
    VALUES
    ('{"credited_at": "soon"}', '{credits_collected_rightly jar.shop,credits_collected_rightly jar.shop}'::text[]),
    (
        '{"credited_at": 3000}',
        '{credits_collected_rightly jar.shop,credits_collected_rightly jar.shop}'
    ),
    ('{"credited_at": 4000, "gift": true}', '{credits_collected_rightly jar.shop,credits_collected_rightly jar.shop}')
) AS c (details, found);

SELECT * FROM finish();
ROLLBACK;
