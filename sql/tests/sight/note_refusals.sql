-- Tests of bank.note_refusals.
BEGIN;
SELECT plan(32);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.note_refusals'::regproc),
    'refusals json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.note_refusals'::regproc), 'bank.refusals_noted', 'what it returns'
);
SELECT volatility_is('bank', 'note_refusals', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'note_refusals', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.note_refusals'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.note_refusals'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.note_refusals'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given a ring that is empty
DELETE FROM ledger.refused_requests;
UPDATE ledger.settings SET refusals = 30;
CREATE FUNCTION pg_temp.noted(
    number bigint, status bigint, caller text DEFAULT NULL, stranger boolean DEFAULT NULL
)
RETURNS bigint
LANGUAGE sql AS $function$
    SELECT n.noted
    FROM bank.note_refusals((
        SELECT json_agg(json_build_object(
            'refused_at', 5, 'request_id', 'r' || i, 'method', 'POST', 'route', '/transfers',
            'status', status, 'code', 'insufficient_funds', 'caller', caller,
            'account_ids', '{sight.a,sight.b}'::text[], 'detail', json_build_object('required', i), 'stranger', stranger
        ))
        FROM generate_series(1, number) AS i
    )) AS n
$function$;

-- Works
SELECT is(pg_temp.noted(2, 409, 'till'), 2::bigint, 'tells how many');
SELECT results_eq(
    $$SELECT
        r.refused_at, r.request_id, r.method, r.route, r.status, r.code, r.account_ids,
        r.detail::text
    FROM ledger.refused_requests AS r ORDER BY r.refusal_id$$,
    $$VALUES (
        5::bigint, 'r1'::text, 'POST'::text, '/transfers'::text, 409::bigint,
        'insufficient_funds'::text, '{sight.a,sight.b}'::text[], '{"required" : 1}'::text
    ), (
        5, 'r2', 'POST', '/transfers', 409, 'insufficient_funds',
        '{sight.a,sight.b}', '{"required" : 2}'
    )$$, 'all of it, in the order given'
);
SELECT is(
    (SELECT array_agg(DISTINCT r.actor) FROM ledger.refused_requests AS r),
    ARRAY[session_user || '/till'], 'the login and whom it let in'
);
SELECT is(pg_temp.noted(40, 409), 40::bigint, 'more than are kept');
SELECT results_eq(
    $$SELECT count(*), min(r.detail ->> 'required'), max(r.actor) FROM ledger.refused_requests AS r$$,
    $$SELECT 27::bigint, '14'::text, session_user::text COLLATE "default"$$,
    'the newest are kept, as many as nine tenths of the places'
);
CREATE TEMP VIEW kept AS
SELECT
    count(*) FILTER (WHERE r.actor IS NULL) AS strangers,
    count(*) FILTER (WHERE r.actor IS NOT NULL) AS others,
    min(r.detail ->> 'required') FILTER (WHERE r.actor IS NOT NULL) AS oldest,
    array_agg(DISTINCT r.status) FILTER (WHERE r.actor IS NULL) AS of_strangers
FROM ledger.refused_requests AS r;
SELECT is(pg_temp.noted(20, 401, 'nobody'), 20::bigint, 'strangers');
SELECT results_eq(
    'TABLE kept', $$VALUES (3::bigint, 27::bigint, '14'::text, '{401}'::bigint[])$$,
    'have a tenth of the places and no name'
);
SELECT is(
    (SELECT sum(pg_temp.noted(100, 403, stranger => true)) FROM generate_series(1, 5)),
    500::numeric, 'nobody has been asked who he is'
);
SELECT results_eq(
    'TABLE kept', $$VALUES (3::bigint, 27::bigint, '14'::text, '{403}'::bigint[])$$,
    'so these are strangers, too, and however many they are they drive out nobody else'
);
SELECT is(pg_temp.noted(100, 409), 100::bigint, 'those whom somebody is known for');
SELECT results_eq(
    'TABLE kept', $$VALUES (3::bigint, 27::bigint, '100'::text, '{403}'::bigint[])$$,
    'leave strangers theirs'
);
SELECT is(
    bank.note_refusals(json_build_array(one.refused, one.stranger, one.refused)),
    ROW(3)::bank.refusals_noted, 'both kinds at once'
) FROM (
    SELECT
        r.refused,
        (r.refused::jsonb || '{"stranger": true, "detail": {"required": 999}}')::json AS stranger
    FROM (SELECT json_build_object(
        'refused_at', 6, 'request_id', 'm', 'method', 'GET', 'status', 409, 'code', 'x',
        'account_ids', '{}'::text[], 'detail', json_build_object('required', 7)
    )) AS r (refused)
) AS one;
SELECT results_eq(
    $$SELECT r.detail ->> 'required', r.actor IS NULL FROM ledger.refused_requests AS r
    WHERE r.refused_at = 6 ORDER BY r.refusal_id$$,
    $$VALUES ('7'::text, false), ('999', true), ('7', false)$$, 'stay in the order given'
);
SELECT results_eq(
    $$SELECT
        max(r.refusal_id), max(r.number) FILTER (WHERE r.actor IS NOT NULL),
        max(r.number) FILTER (WHERE r.actor IS NULL)
    FROM ledger.refused_requests AS r$$,
    $$SELECT c.newest, c.known, c.strangers FROM ledger.refusal_counter AS c$$,
    'the counter has the last number of each'
);
SELECT pg_stat_get_xact_numscans('ledger.refused_requests'::regclass) AS scans \gset
SELECT is(pg_temp.noted(40, 409) + pg_temp.noted(40, 401), 80::bigint, 'what comes when all is full');
SELECT is(
    pg_stat_get_xact_numscans('ledger.refused_requests'::regclass), :scans::bigint,
    'has nobody look through all that there are'
);
UPDATE ledger.settings SET refusals = 0;
SELECT is(pg_temp.noted(2, 409), 2::bigint, 'none is to be kept');
SELECT is_empty($$SELECT FROM ledger.refused_requests$$, 'none is');

-- Refuses
SELECT throws_ok(
    format($$SELECT bank.note_refusals(%L)$$, r.refusals), 'TL007', 'invalid_argument', r.what
) FROM (
    VALUES ('{}', 'no array'), (NULL, 'nothing'), ('[1]', 'no objects'), ('[{}]', 'empty ones'),
    ('[{"refused_at": "now"}]', 'no time'), ('[{"request_id": "\u0000"}]', 'what is no text'),
    (
        (SELECT json_agg(json_build_object(
            'refused_at', 5, 'request_id', 'r', 'method', 'POST', 'status', 409, 'code', 'x',
            'account_ids', '{}'::text[], 'detail', json_build_object()
        ))::text FROM generate_series(1, 1001)), 'too many'
    )
) AS r (refusals, what);

SELECT * FROM finish();
ROLLBACK;
