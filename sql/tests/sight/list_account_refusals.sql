-- Tests of bank.list_account_refusals.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_account_refusals'::regproc),
    'account_id text, since bigint DEFAULT NULL::bigint, '
    || 'until bigint DEFAULT NULL::bigint, code text DEFAULT NULL::text, '
    || 'request_id text DEFAULT NULL::text, "limit" bigint DEFAULT 100, after bigint DEFAULT NULL::bigint, '
    || '"order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_account_refusals'::regproc), 'SETOF bank.account_refusal', 'what it returns'
);
SELECT volatility_is('bank', 'list_account_refusals', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_account_refusals', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_account_refusals'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_account_refusals'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_account_refusals'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
SELECT count(bank.create_account('sight.' || a)) FROM unnest('{a,b}'::text[]) AS a;
CREATE TEMP TABLE seen AS SELECT c.newest FROM ledger.refusal_counter AS c;
GRANT SELECT ON seen TO PUBLIC;
SELECT bank.note_refusals(json_agg(json_build_object(
    'refused_at', r.at, 'request_id', 'r' || r.at, 'method', 'POST', 'route', '/transfers',
    'status', 409, 'code', r.code, 'caller', r.caller, 'account_ids', r.accounts::text[],
    'detail', json_build_object('required', r.at)
)))
FROM (
    VALUES (1, 'insufficient_funds', 'till', '{sight.a}'),
    (2, 'insufficient_funds', 'desk', '{sight.a,sight.b}'),
    (3, 'account_frozen', 'till', '{sight.b}'),
    (4, 'invalid_request', 'till', '{}'),
    (5, 'insufficient_funds', NULL, '{sight.a}')
) AS r (at, code, caller, accounts);

-- Works
SELECT results_eq(
    $$SELECT r.refused_at FROM bank.list_account_refusals('sight.a') AS r$$, ARRAY[1, 2, 5]::bigint[],
    'of the account'
);
SELECT results_eq(
    $$SELECT r.refused_at FROM bank.list_account_refusals(
        'sight.a', 2, 9, 'insufficient_funds', NULL, 1, "order" => 'desc'
    ) AS r$$, ARRAY[5]::bigint[], 'narrowed'
);
SELECT results_eq(
    $$SELECT r.refused_at FROM bank.list_account_refusals(
        'sight.a', after => (SELECT s.newest + 1 FROM seen AS s)
    ) AS r$$, ARRAY[2, 5]::bigint[], 'the next page'
);
SELECT results_eq(
    $$SELECT r.refused_at FROM bank.list_account_refusals('sight.a', request_id => 'r2') AS r$$,
    ARRAY[2]::bigint[], 'of a request'
);
SELECT ok(
    NOT to_jsonb(r) ? 'actor', 'does not tell who asked'
) FROM bank.list_account_refusals('sight.a', "limit" => 1) AS r;

-- Refuses
SELECT throws_ok(
    $$SELECT bank.list_account_refusals('sight.a', "limit" => 0)$$, 'TL007', 'invalid_argument', 'a limit that is none'
);
SELECT throws_ok(
    $$SELECT bank.list_account_refusals('sight.a', "order" => 'x')$$, 'TL007', 'invalid_argument',
    'an order that is none'
);
SELECT throws_ok(
    $$SELECT bank.list_account_refusals('sight.a', since => -1)$$, 'TL003', 'invalid_timestamp', 'a time that is none'
);
SELECT throws_ok(
    $$SELECT bank.list_account_refusals('sight.a', since => 2, until => 1)$$, 'TL020', 'invalid_period',
    'a period that ends before it begins'
);
SELECT throws_ok(
    $$SELECT bank.list_account_refusals('nobody')$$, 'TL101', 'account_not_found', 'no such account'
);
SET LOCAL pgteller.accounts = '{sight.b}';
SELECT throws_ok(
    $$SELECT bank.list_account_refusals('sight.a')$$, 'TL101', 'account_not_found',
    'an account that the caller is not for'
);

SELECT * FROM finish();
ROLLBACK;
