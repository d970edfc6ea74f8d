-- Tests of engine.told_of.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.told_of'::regproc),
    'finished jsonb',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.told_of'::regproc), 'SETOF engine.told_delivery', 'what it returns');
SELECT volatility_is('engine', 'told_of', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'told_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.told_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT results_eq(
    $$SELECT t.* FROM engine.told_of('[
        {"webhook_id": "webhook7", "event_id": 5, "attempt": 1, "http_status": 500},
        {"webhook_id": "webhook7", "event_id": 3, "attempt": 2, "http_status": 204},
        {"webhook_id": "webhook7", "event_id": 5, "attempt": 2, "error": "cut", "http_status": 200},
        {"webhook_id": "webhook", "event_id": 5, "attempt": 2, "http_status": 200}, {}
    ]') AS t$$,
    $$VALUES (7::bigint, 3::bigint, 2::bigint, 204::bigint, NULL, true), (7, 5, 2, 200, 'cut', false)$$,
    'the last word on each, and what is none is passed over'
);

SELECT * FROM finish();
ROLLBACK;
