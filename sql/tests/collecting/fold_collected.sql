-- Tests of bank.fold_collected.
BEGIN;
SELECT plan(22);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.fold_collected'::regproc),
    '"limit" bigint DEFAULT 1000',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.fold_collected'::regproc), 'bank.folding',
    'what it returns'
);
SELECT volatility_is('bank', 'fold_collected', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'fold_collected', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.fold_collected'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.fold_collected'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.fold_collected'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given two accounts that have collected
DO $given$
BEGIN
    PERFORM bank.create_account_at('fold.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'shop1', 'shop2']) AS n;
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id LIKE 'fold.shop%';
    PERFORM bank.deposit_at('fold.alice', 100, "timestamp" => 1000);
    PERFORM bank.transfer_at('fold.alice', 'fold.shop' || (1 + n % 2), n, "timestamp" => 1000 + n)
    FROM generate_series(1, 5) AS n;
END;
$given$;
CREATE FUNCTION pg_temp.folded() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(a.account_id || ' ' || a.balance || ' ' || a.version, ', ' ORDER BY a.account_id)
    FROM ledger.accounts AS a WHERE a.account_id LIKE 'fold.shop%'
$function$;

-- Works
SELECT is(
    to_jsonb(bank.fold_collected(3)) - 'remaining', '{"folded": 3, "amount": 7}', 'at most limit'
);
SELECT is(pg_temp.folded(), 'fold.shop1 6 3, fold.shop2 1 2', 'one account after the other');
SELECT is(
    to_jsonb(bank.fold_collected()), '{"folded": 2, "amount": 8, "remaining": 0}', 'then the rest'
);
SELECT is(pg_temp.folded(), 'fold.shop1 6 3, fold.shop2 9 4', 'all is in the balances');
SELECT is(
    to_jsonb(bank.fold_collected()), '{"folded": 0, "amount": 0, "remaining": 0}', 'and none twice'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.fold_collected(%L)', w.most), 'TL007', 'invalid_argument',
    'refuses a limit of ' || coalesce(w.most::text, 'NULL')
) FROM (VALUES (0), (100001), (NULL)) AS w (most);

-- More than an account can hold, as only a caller who makes money up can send it
DO $given$
BEGIN
    PERFORM bank.create_account_at(n, "timestamp" => 1000)
    FROM unnest(ARRAY['fold.rich', 'fold.full']) AS n;
    PERFORM bank.set_collecting('fold.full', true, "timestamp" => 1000);
    FOR i IN 1..1030 LOOP
        PERFORM bank.deposit_at('fold.rich', 9007199254740991, "timestamp" => 1000);
        PERFORM bank.transfer_at('fold.rich', 'fold.full', 9007199254740991, "timestamp" => 1000,
            value_at => i % 2 * 1000);
    END LOOP;
END;
$given$;
SELECT is(
    (SELECT b.balance FROM bank.get_balance('fold.full') AS b), 9007199254740991,
    'reads show what it can hold'
);
SELECT is(
    (SELECT b.balance FROM bank.get_balance('fold.full', t.moment, 'value_at') AS b), t.balance,
    format('by value date too, at %s', t.moment)
) FROM (VALUES (0::bigint, 9007199254740991), (999, 9007199254740991), (1000, 9007199254740991))
    AS t (moment, balance);
SELECT is(
    (SELECT max(t.balance_after) FROM bank.list_transactions('fold.full', "limit" => NULL) AS t),
    9007199254740991, 'so does its history'
);
SELECT is(
    (SELECT r.balance FROM bank.withdraw_at('fold.full', 5, "timestamp" => 1000) AS r),
    9007199254740986, 'what fits is folded in, and can be spent'
);
SELECT is(
    (SELECT count(*) FROM ledger.collected_credits AS c WHERE c.account_id = 'fold.full'),
    1029::bigint, 'the rest waits until there is room'
);

SELECT * FROM finish();
ROLLBACK;
