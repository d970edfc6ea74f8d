-- Tests of bank.ledger_metrics.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.ledger_metrics'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.ledger_metrics'::regproc), 'json', 'what it returns'
);
SELECT volatility_is('bank', 'ledger_metrics', 'stable', 'it is stable');
SELECT is_definer('bank', 'ledger_metrics', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.ledger_metrics'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.ledger_metrics'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.ledger_metrics'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
SELECT bank.create_account_at('sight.a', "timestamp" => 1000);
SELECT bank.deposit_at('sight.a', 5000, "timestamp" => 2000);
SELECT bank.pay('sight.a', 1000);
DO $do$ BEGIN WHILE (bank.number_events()).numbered > 0 LOOP END LOOP; END; $do$;
DELETE FROM ledger.proofs;
CREATE FUNCTION pg_temp.metrics() RETURNS jsonb LANGUAGE sql AS 'SELECT bank.ledger_metrics()::jsonb';

-- Works
SELECT is(
    (SELECT array_agg(k.key ORDER BY k.key) FROM jsonb_object_keys(pg_temp.metrics()) AS k (key)),
    '{cashbacks,lag_ms,legs,proofs,timestamp,waiting_for_locks,webhooks,workers}', 'what it tells'
);
SELECT is(
    (pg_temp.metrics() -> 'legs')::bigint,
    (SELECT e.event_id FROM bank.list_events("order" => 'desc', "limit" => 1) AS e),
    'as many legs as events'
);
SELECT ok(
    pg_temp.metrics() -> 'cashbacks' @> '[{"currency": "EUR"}]', 'what is promised, by currency'
);
SELECT is(
    pg_temp.metrics() -> 'proofs',
    '[{"kind": "digest", "clean": null, "age_ms": null},
    {"kind": "digest_handed_out", "clean": null, "age_ms": null},
    {"kind": "verification", "clean": null, "age_ms": null}]', 'nothing was proved'
);
SELECT count(engine.note_handed_out('{}'));
SELECT count(*) FROM unnest('{verification,digest}'::text[]) AS k, bank.begin_proof(k);
SELECT count(bank.finish_proof(p.proof_number, 1, CASE p.kind WHEN 'digest' THEN 'ab' END))
FROM ledger.proofs AS p;
SELECT count(*) FROM unnest('{verification,digest}'::text[]) AS k, bank.begin_proof(k);
SELECT count(bank.finish_proof(p.proof_number, sha256 => CASE p.kind WHEN 'digest' THEN 'ab' END))
FROM ledger.proofs AS p WHERE p.ended_at IS NULL;
UPDATE ledger.proofs AS p
SET ended_at = CASE WHEN p.violations IS NULL THEN engine.now() - 5000 ELSE 0 END;
SELECT results_eq(
    $$SELECT p ->> 'kind', p ->> 'clean', (p -> 'age_ms')::bigint > 1000000
    FROM jsonb_array_elements(pg_temp.metrics() -> 'proofs') AS p$$,
    $$VALUES ('digest', 'false', false), ('digest_handed_out', NULL, false),
    ('verification', 'false', true)$$,
    'the last that came to a result, and what was found last'
);
SELECT ok((pg_temp.metrics() -> 'waiting_for_locks')::bigint >= 0, 'how many wait');

-- Refuses
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    $$SELECT bank.ledger_metrics()$$, 'TL201', 'limited_to_accounts',
    'one who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
