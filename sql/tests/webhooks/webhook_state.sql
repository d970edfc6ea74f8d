-- Tests of engine.webhook_state.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.webhook_state'::regproc),
    'webhook ledger.webhooks',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.webhook_state'::regproc), 'jsonb', 'what it returns');
SELECT volatility_is('engine', 'webhook_state', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'webhook_state', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.webhook_state'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE TEMP TABLE made AS
SELECT w.* FROM jsonb_populate_record(NULL::ledger.webhooks, '{
    "webhook_number": 7, "url": "http://x", "secret": "s", "types": ["pay"], "after": 3, "queued": 7, "created_at": 1000
}') AS w;

-- Works
SELECT is(
    jsonb_strip_nulls(engine.webhook_state(m::text::ledger.webhooks)),
    jsonb_strip_nulls(engine.webhook_details(m::text::ledger.webhooks)), 'as it was made'
) FROM made AS m;
UPDATE made SET secret_before = 's', secret_until = 5, paused_at = 6, paused_reason = 'why', failing_since = 7;
SELECT is(
    engine.webhook_state(m::text::ledger.webhooks),
    engine.webhook_details(m::text::ledger.webhooks) || jsonb_build_object(
        'secret_before_sha256', engine.webhook_details(m::text::ledger.webhooks) -> 'secret_sha256',
        'secret_until', 5, 'paused_at', 6, 'paused_reason', 'why'
    ), 'and what was said of it since; that it fails nobody seals'
) FROM made AS m;

SELECT * FROM finish();
ROLLBACK;
