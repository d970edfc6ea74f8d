-- Tests of bank.verify_account.
BEGIN;
SELECT plan(28);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.verify_account'::regproc), 'account_id text', 'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.verify_account'::regproc), 'SETOF bank.verification',
    'what it returns'
);
SELECT volatility_is(
    'bank', 'verify_account', 'stable', 'it is stable: all of it sees the snapshot of its caller'
);
SELECT is_definer('bank', 'verify_account', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.verify_account'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.verify_account'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.verify_account'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('own.' || n, "timestamp" => 1000)
    FROM unnest('{alice,bob,shop,idle}'::text[]) AS n;
    PERFORM bank.set_collecting('own.shop', true, "timestamp" => 1000);
    PERFORM bank.deposit_at('own.alice', 1000, "timestamp" => 2000, idempotency_key => 'own');
    PERFORM bank.transfer_at('own.alice', 'own.bob', 100, "timestamp" => 3000);                -- 3
    PERFORM bank.transfer_at('own.alice', 'own.shop', 10, "timestamp" => 3000);
    PERFORM bank.fold_collected();
    PERFORM bank.transfer_at('own.alice', 'own.shop', 11, "timestamp" => 3000);
    PERFORM bank.pay_at('own.alice', 100, 'own.bob', "timestamp" => 4000);
    PERFORM bank.hold_at('own.alice', 5, target_account_id => 'own.bob', "timestamp" => 4000);
    PERFORM bank.schedule_transfer('own.alice', 'own.bob', 5, 9000000000000);
    PERFORM bank.reverse_transaction(
        (bank.transfer('own.bob', 'own.alice', 20)).transaction_id, 'by mistake'
    );
END;
$given$;
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.broken(account_id text) RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(v."check" ORDER BY v."check" COLLATE "C")
    FROM bank.verify_account(account_id) AS v
    WHERE NOT v.ok
$function$;
-- What the accounts say after some damage, which is undone again.
CREATE FUNCTION pg_temp.after(damage text, ids text[]) RETURNS json LANGUAGE plpgsql AS $function$
DECLARE
    v_found json;
BEGIN
    BEGIN
        EXECUTE damage;
        v_found := (SELECT json_object_agg(a.id, pg_temp.broken('own.' || a.id)) FROM unnest(ids) AS a (id));
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;

-- Works
SELECT results_eq(
    $$SELECT v."check" COLLATE "default", v.ok, v.violations, v.sample::text FROM bank.verify_account('own.alice') AS v$$,
    $$SELECT c."check" COLLATE "default", true, 0::bigint, '[]' FROM bank.checks AS c WHERE c.by_account ORDER BY 1$$,
    'a row per check that is by account; all is well'
);
SELECT is(pg_temp.broken('own.' || n), NULL, 'as with ' || n) FROM unnest('{bob,shop,idle}'::text[]) AS n;
SELECT is(pg_temp.broken('@ledger'), NULL, 'and with what belongs to no account');
SELECT is(
    pg_temp.after(d.damage, '{alice,bob,shop,idle}')::jsonb,
    '{"alice": null, "bob": null, "shop": null, "idle": null}'::jsonb || d.broken::jsonb, d.what
) FROM (
    VALUES
    ('a leg edited', $$UPDATE ledger.ledger_transactions SET actor = 'x' WHERE account_id = 'own.alice' AND version = 2$$,
        '{"alice": ["hashes_recompute"]}'),
    ('a leg removed: of its transaction the other side tells',
        $$DELETE FROM ledger.ledger_transactions WHERE account_id = 'own.alice' AND version = 3$$,
        '{"alice": ["balances_are_sums", "balances_continuous", "hashes_recompute", "versions_gapless"],
        "bob": ["legs_numbered", "transactions_pair"]}'),
    ('an account''s balance', $$UPDATE ledger.accounts SET balance = 5 WHERE account_id = 'own.idle'$$,
        '{"idle": ["accounts_match_newest_leg", "balances_are_sums"]}'),
    ('its status', $$UPDATE ledger.accounts SET status = 'frozen' WHERE account_id = 'own.idle'$$,
        '{"idle": ["statuses_logged"]}'),
    ('a collected credit that is not folded',
        $$UPDATE ledger.collected_credits SET amount = 12 WHERE account_id = 'own.shop'$$,
        '{"alice": ["transactions_pair"], "shop": ["credits_collected_rightly", "transactions_pair"]}'),
    ('a hold', $$UPDATE ledger.holds SET amount = 6 WHERE account_id = 'own.alice'$$,
        '{"alice": ["holds_add_up", "holds_logged"]}'),
    ('a payment', $$UPDATE ledger.payments SET merchant_account_id = NULL WHERE account_id = 'own.alice'$$,
        '{"alice": ["payments_posted"]}'),
    ('a cashback', $$UPDATE ledger.payments SET cashback = 1 WHERE account_id = 'own.alice'$$,
        '{"alice": ["cashbacks_posted_once", "refunds_posted"]}'),
    ('a schedule', $$UPDATE ledger.schedules SET amount = 6 WHERE account_id = 'own.alice'$$,
        '{"alice": ["schedules_logged"]}'),
    ('a reversal', $$UPDATE ledger.reversals SET reversed_by = 1$$,
        '{"alice": ["reversals_mirror"], "bob": ["reversals_mirror"]}')
) AS d (what, damage, broken);
SELECT is(
    (
        SELECT json_agg(json_build_object('violations', v.violations, 'sample', v.sample))
        FROM bank.verify_account('own.alice') AS v WHERE v."check" = 'reversals_mirror'
    )::text, '[{"violations" : 0, "sample" : []}]', 'undone, all is well again'
);
UPDATE ledger.ledger_transactions AS t SET actor = 'x' WHERE t.account_id IN ('own.alice', 'own.bob');
SELECT is(
    (
        SELECT jsonb_build_array(v.violations, jsonb_array_length(v.sample::jsonb), v.sample::jsonb #> '{0,account_id}')
        FROM bank.verify_account('own.alice') AS v WHERE NOT v.ok
    ),
    jsonb_build_array((SELECT a.version FROM ledger.accounts AS a WHERE a.account_id = 'own.alice'), 3, 'own.alice'),
    'its violations are counted, and three of them shown'
);
SET LOCAL pgteller.accounts = '{own.alice}';
SELECT is(
    (SELECT count(*) FROM bank.verify_account('own.alice') AS v WHERE NOT v.ok), 1::bigint,
    'who is for some accounts alone asks about these'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.verify_account(%L)', a.id), 'TL101', 'account_not_found', a.what
) FROM (
    VALUES ('own.bob', 'and about no other'), ('own.none', 'one that is not there'), (NULL, 'none')
) AS a (id, what);

SELECT * FROM finish();
ROLLBACK;
