-- Tests of bank.count_refusals.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.count_refusals'::regproc),
    'since bigint DEFAULT NULL::bigint, until bigint DEFAULT NULL::bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.count_refusals'::regproc), 'SETOF bank.refusal_count', 'what it returns'
);
SELECT volatility_is('bank', 'count_refusals', 'stable', 'it is stable');
SELECT is_definer('bank', 'count_refusals', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.count_refusals'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.count_refusals'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.count_refusals'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given a ledger that has refused nothing
DELETE FROM ledger.refused_requests;
SELECT is_empty('SELECT bank.count_refusals()', 'where nothing was refused there is nothing');
SELECT count(bank.create_account('count.' || a)) FROM unnest('{a,b}'::text[]) AS a;
SELECT bank.note_refusals(json_agg(json_build_object(
    'refused_at', r.at, 'request_id', 'r' || r.at, 'method', 'POST', 'route', '/transfers',
    'status', r.status, 'code', r.code, 'caller', r.caller, 'account_ids', r.accounts::text[],
    'detail', json_build_object()
)))
FROM (
    VALUES (1, 409, 'insufficient_funds', 'till', '{count.a}'),
    (2, 409, 'insufficient_funds', 'desk', '{count.a,count.b}'),
    (3, 409, 'account_frozen', 'till', '{count.b}'),
    (4, 401, 'unauthorized', NULL, '{}'),
    (5, 422, 'invalid_request', 'till', '{}')
) AS r (at, status, code, caller, accounts);

CREATE FUNCTION pg_temp.counted(since bigint, until bigint) RETURNS jsonb LANGUAGE sql
AS $function$
    SELECT jsonb_agg(jsonb_build_array(c.code, c.count, c.newest_at)) FROM bank.count_refusals(since, until) AS c
$function$;

-- Works
SELECT is(
    pg_temp.counted(NULL, NULL),
    '[["insufficient_funds", 2, 2], ["account_frozen", 1, 3], ["invalid_request", 1, 5], ["unauthorized", 1, 4]]',
    'by code, the most frequent first, those of strangers too'
);
SELECT is(
    pg_temp.counted(2, 4), '[["account_frozen", 1, 3], ["insufficient_funds", 1, 2]]',
    'of a period, without its end'
);
SELECT is(pg_temp.counted(3, 3), NULL, 'of an empty one nothing');
SET LOCAL pgteller.accounts = '{count.a}';
SELECT is(
    pg_temp.counted(NULL, NULL), '[["insufficient_funds", 1, 1]]',
    'who is for one account counts what is about no other'
);
SET LOCAL pgteller.on_behalf_of = 'desk';
SELECT is(
    pg_temp.counted(NULL, NULL), '[["insufficient_funds", 2, 2]]', 'and what he was refused himself'
);
RESET pgteller.accounts;
RESET pgteller.on_behalf_of;

-- Refuses
SELECT throws_ok(
    format('SELECT bank.count_refusals(%s)', t.given), 'TL003', 'invalid_timestamp',
    'refuses ' || t.given
) FROM unnest(ARRAY['-1', 'NULL, -1']) AS t (given);
SELECT throws_ok(
    'SELECT bank.count_refusals(2, 1)', 'TL020', 'invalid_period',
    'a period that ends before it begins'
);

SELECT * FROM finish();
ROLLBACK;
