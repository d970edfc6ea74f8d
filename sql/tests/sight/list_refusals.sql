-- Tests of bank.list_refusals.
BEGIN;
SELECT plan(27);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_refusals'::regproc),
    'account_id text DEFAULT NULL::text, since bigint DEFAULT NULL::bigint, '
    || 'until bigint DEFAULT NULL::bigint, code text DEFAULT NULL::text, '
    || 'actor text DEFAULT NULL::text, request_id text DEFAULT NULL::text, '
    || '"limit" bigint DEFAULT 100, after bigint DEFAULT NULL::bigint, "order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_refusals'::regproc), 'SETOF bank.refusal', 'what it returns'
);
SELECT volatility_is('bank', 'list_refusals', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_refusals', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.list_refusals'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_refusals'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_refusals'::regproc, 'EXECUTE'),
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

CREATE FUNCTION pg_temp.seen(VARIADIC given text[]) RETURNS bigint[] LANGUAGE plpgsql AS $function$
DECLARE
    v_seen bigint[];
BEGIN
    EXECUTE format(
        'SELECT array_agg(r.refused_at) FROM bank.list_refusals(%s after => %s) AS r',
        given[1], (SELECT s.newest FROM seen AS s)
    ) INTO v_seen;
    RETURN v_seen;
END;
$function$;

-- Works
SELECT is(pg_temp.seen(f.given), f.seen::bigint[], f.what)
FROM (
    VALUES ('', '{1,2,3,4,5}', 'all'),
    ('account_id => ''sight.b'', ', '{2,3}', 'of an account'),
    ('since => 2, until => 4, ', '{2,3}', 'of a period'),
    ('code => ''insufficient_funds'', ', '{1,2,5}', 'of a code'),
    ('actor => ''till'', ', '{1,3,4}', 'of a key'),
    (format('actor => %L, ', session_user || '/desk'), '{2}', 'of a login and its key'),
    (format('actor => %L, ', session_user), '{1,2,3,4,5}', 'of a login'),
    ('request_id => ''r3'', ', '{3}', 'of a request'),
    ('"limit" => 2, ', '{1,2}', 'a page')
) AS f (given, seen, what);
SELECT results_eq(
    $$SELECT r.refused_at FROM bank.list_refusals("order" => 'desc', "limit" => 2) AS r$$,
    ARRAY[5, 4]::bigint[], 'backwards'
);
SELECT is(
    to_jsonb(r) - 'refusal_id', jsonb_build_object(
        'refused_at', 2, 'request_id', 'r2', 'method', 'POST', 'route', '/transfers',
        'status', 409, 'code', 'insufficient_funds', 'actor', session_user || '/desk',
        'account_ids', '["sight.a", "sight.b"]'::jsonb, 'detail', '{"required": 2}'::jsonb
    ), 'whole'
) FROM bank.list_refusals("order" => 'desc', code => 'insufficient_funds') AS r
WHERE r.refused_at = 2 AND r.refusal_id > (SELECT s.newest FROM seen AS s);
SET LOCAL pgteller.accounts = '{sight.a}';
SELECT is(pg_temp.seen(''), '{1,5}', 'who is for some accounts sees what is about no others');
SET LOCAL pgteller.on_behalf_of = 'desk';
SELECT is(pg_temp.seen(''), '{1,2,5}', 'and what he was refused himself');
SET LOCAL pgteller.accounts = '{sight.*}';
SELECT is(pg_temp.seen(''), '{1,2,3,5}', 'by prefixes, too');
RESET pgteller.accounts;
RESET pgteller.on_behalf_of;

-- Those who come with tokens are no more alike than keys are.
UPDATE seen AS s SET newest = c.newest FROM ledger.refusal_counter AS c;
SELECT bank.note_refusals(json_agg(json_build_object(
    'refused_at', r.at, 'request_id', 'r' || r.at, 'method', 'POST', 'route', '/transfers',
    'status', 422, 'code', 'invalid_request', 'caller', r.caller, 'account_ids', '{}'::text[],
    'detail', json_build_object()
)))
FROM (VALUES (1, 'token/ann'), (2, 'token/bob'), (3, 'token')) AS r (at, caller);
SELECT is(pg_temp.seen('actor => ''token/ann'', '), '{1}', 'of one who came with a token');
SET LOCAL pgteller.accounts = '{sight.a}';
SELECT is(
    (
        SELECT json_object_agg(self.name, pg_temp.seen(''))::jsonb
        FROM unnest('{token/ann,token/bob,token}'::text[]) AS self (name)
        CROSS JOIN LATERAL set_config('pgteller.on_behalf_of', self.name, true) AS setting
        WHERE setting = self.name
    ),
    '{"token/ann": [1], "token/bob": [2], "token": [3]}', 'each sees what he was refused himself'
);
RESET pgteller.accounts;
RESET pgteller.on_behalf_of;

-- Refuses
SELECT throws_ok(
    $$SELECT bank.list_refusals("limit" => 0)$$, 'TL007', 'invalid_argument', 'a limit that is none'
);
SELECT throws_ok(
    $$SELECT bank.list_refusals("order" => 'x')$$, 'TL007', 'invalid_argument',
    'an order that is none'
);
SELECT throws_ok(
    $$SELECT bank.list_refusals(since => -1)$$, 'TL003', 'invalid_timestamp', 'a time that is none'
);
SELECT throws_ok(
    $$SELECT bank.list_refusals(since => 2, until => 1)$$, 'TL020', 'invalid_period',
    'a period that ends before it begins'
);

SELECT * FROM finish();
ROLLBACK;
