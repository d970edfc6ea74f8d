-- Tests of bank.list_proofs.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_proofs'::regproc),
    'kind text DEFAULT NULL::text, "limit" bigint DEFAULT 100, '
    || 'after bigint DEFAULT NULL::bigint, "order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_proofs'::regproc), 'SETOF bank.proof', 'what it returns'
);
SELECT volatility_is('bank', 'list_proofs', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_proofs', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.list_proofs'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_proofs'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_proofs'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
SELECT count(*) FROM unnest('{verification,digest,verification}'::text[]) AS k, bank.begin_proof(k);
SELECT c.newest - 3 AS before FROM ledger.proof_counter AS c \gset

-- Works
SELECT results_eq(
    format($$SELECT p.kind FROM bank.list_proofs(after => %s) AS p$$, :before),
    ARRAY['verification', 'digest', 'verification'], 'all'
);
SELECT results_eq(
    format($$SELECT p.proof_number - %1$s FROM bank.list_proofs('verification', 1, %1$s + 1) AS p$$, :before),
    ARRAY[3]::bigint[], 'of a kind, a page'
);
SELECT results_eq(
    format(
        $$SELECT p.proof_number - %1$s FROM bank.list_proofs(NULL, 2, %1$s + 3, 'desc') AS p$$, :before
    ), ARRAY[2, 1]::bigint[], 'backwards'
);

-- Refuses
SELECT throws_ok(
    $$SELECT bank.list_proofs('x')$$, 'TL007', 'invalid_argument', 'a kind that is none'
);
SELECT throws_ok(
    $$SELECT bank.list_proofs("limit" => 0)$$, 'TL007', 'invalid_argument', 'a limit that is none'
);
SELECT throws_ok(
    $$SELECT bank.list_proofs("order" => 'x')$$, 'TL007', 'invalid_argument', 'an order that is none'
);
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    $$SELECT bank.list_proofs()$$, 'TL201', 'limited_to_accounts',
    'one who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
