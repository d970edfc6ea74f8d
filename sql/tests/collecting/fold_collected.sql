-- Tests of bank.fold_collected.
BEGIN;
SELECT plan(15);

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
    PERFORM bank.create_account('fold.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'shop1', 'shop2']) AS n;
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id LIKE 'fold.shop%';
    PERFORM bank.deposit('fold.alice', 100, "timestamp" => 1000);
    PERFORM bank.transfer('fold.alice', 'fold.shop' || (1 + n % 2), n, "timestamp" => 1000 + n)
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

SELECT * FROM finish();
ROLLBACK;
