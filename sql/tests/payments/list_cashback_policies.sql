-- Tests of bank.list_cashback_policies.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_cashback_policies'::regproc),
    '"limit" bigint DEFAULT 100, after text DEFAULT NULL::text, '
    || '"order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.list_cashback_policies'::regproc), 'SETOF bank.cashback_policy', 'what it returns');
SELECT volatility_is('bank', 'list_cashback_policies', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_cashback_policies', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_cashback_policies'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_cashback_policies'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_cashback_policies'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given three policies of units that sort last
INSERT INTO ledger.currencies VALUES ('ZZZ_A', 2), ('ZZZ_B', 2), ('ZZZ_C', 2), ('ZZZ_D', 2);
INSERT INTO ledger.cashback_policies
VALUES ('ZZZ_C', 3, 3, 3), ('ZZZ_A', 1, 1, NULL), ('ZZZ_B', 2, 2, 2);

-- Works
SELECT results_eq(
    $$SELECT p.* FROM bank.list_cashback_policies(after => 'ZZZ') AS p$$,
    $$
        VALUES ('ZZZ_A', 1, 1::bigint, NULL::bigint), ('ZZZ_B', 2, 2, 2),
        ('ZZZ_C', 3, 3, 3)
    $$, 'by currency, only those that have one'
);
SELECT results_eq(
    $$SELECT p.currency FROM bank.list_cashback_policies(1, 'ZZZ_A') AS p$$, $$VALUES ('ZZZ_B')$$,
    'a page'
);
SELECT is_empty($$SELECT FROM bank.list_cashback_policies(after => 'ZZZ_C')$$, 'after the last');
SELECT is(
    (SELECT count(*) FROM bank.list_cashback_policies(NULL)),
    (SELECT count(*) FROM ledger.cashback_policies), 'all of them'
);
SELECT is(
    (SELECT count(*) FROM bank.list_cashback_policies()), 100::bigint, '100 unless told'
);
SELECT lives_ok(
    'SET ROLE bank_auditor; SELECT bank.list_cashback_policies(); RESET ROLE', 'auditors read it'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_cashback_policies(%s)', l.n), 'TL007', 'invalid_argument',
    'refuses a limit of ' || l.n
) FROM unnest(ARRAY[0, -1]) AS l (n);

SELECT * FROM finish();
ROLLBACK;
