-- Tests of engine.verify_accounts.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_accounts'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_accounts'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_accounts', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_accounts', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_accounts'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two accounts with some history
DO $given$
BEGIN
    PERFORM bank.create_account_at('accounts.alice', overdraft_limit => 30, "timestamp" => 1000);
    PERFORM bank.create_account_at('accounts.bob', "timestamp" => 1000);
    PERFORM bank.deposit_at('accounts.alice', 500, "timestamp" => 2000);
    PERFORM bank.transfer_at('accounts.alice', 'accounts.bob', 200, "timestamp" => 3000);
END;
$given$;
CREATE TEMP VIEW alice AS SELECT a.* FROM ledger.accounts AS a
    WHERE a.account_id = 'accounts.alice';
CREATE TEMP VIEW leg AS
SELECT t.* FROM ledger.ledger_transactions AS t WHERE t.account_id = 'accounts.alice';

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT array_agg(
            concat_ws(' ', v."check", v.account_id, v.found)
            ORDER BY v."check", v.account_id, v.found::text
        )
        INTO v_found
        FROM engine.verify_accounts() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;

-- Works
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found('UPDATE alice SET balance = 301'),
    ARRAY[
        'accounts_match_newest_leg accounts.alice {"version" : 3, "newest_version" : 3, '
        || '"balance" : 301, "newest_balance" : 300}',
        'balances_are_sums accounts.alice {"balance" : 301, "sum" : 300}'
    ],
    'an edited balance'
);
SELECT is(
    pg_temp.found('UPDATE alice SET ' || c.change),
    ARRAY[
        'accounts_match_newest_leg accounts.alice {"version" : 3, "newest_version" : 3, '
        || '"balance" : 300, "newest_balance" : 300}'
    ],
    'an account with another ' || c.name
) FROM (
    VALUES ('held', 'held = 1'), ('pending_cashback', 'pending_cashback = 1'),
    ('last_timestamp', 'last_timestamp = 3001'), ('head', 'head = sha256(head)')
) AS c (name, change);
SELECT is(
    pg_temp.found('DELETE FROM leg WHERE version = 3'),
    ARRAY[
        'accounts_match_newest_leg accounts.alice {"version" : 3, "newest_version" : 2, '
        || '"balance" : 300, "newest_balance" : 500}',
        'balances_are_sums accounts.alice {"balance" : 300, "sum" : 500}'
    ],
    'the newest leg removed'
);
SELECT is(
    pg_temp.found('DELETE FROM alice'),
    ARRAY['legs_have_accounts accounts.alice {"version" : 3}'], 'an account removed'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.collected_credits (
            account_id, transaction_id, leg, "timestamp", operation, amount, contra_account_id, actor
        )
        VALUES ('accounts.nobody', 77, 2, 1, 'pay', 5, 'accounts.bob', 'x')
    $$),
    ARRAY['legs_have_accounts accounts.nobody {"transaction_id" : 77}'],
    'a collected credit of nobody'
);
SELECT is(
    pg_temp.found('UPDATE alice SET overdraft_limit = 31'),
    ARRAY[
        'accounts_match_newest_leg accounts.alice {"version" : 3, "newest_version" : 3, '
        || '"balance" : 300, "newest_balance" : 300}'
    ],
    'an overdraft that nobody granted'
);

SELECT * FROM finish();
ROLLBACK;
