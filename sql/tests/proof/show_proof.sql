-- Tests of engine.show_proof.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.show_proof'::regproc),
    'proof ledger.proofs',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.show_proof'::regproc), 'bank.proof', 'what it returns'
);
SELECT volatility_is('engine', 'show_proof', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'show_proof', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.show_proof'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    to_jsonb(engine.show_proof(ROW(
        7, 'digest', 1000, 2000, 1500, 0, true, 'bank_web', 'ab', NULL, 5, 9, NULL
    )::ledger.proofs)),
    '{
        "proof_number": 7, "kind": "digest", "begun_at": 1000, "ended_at": 1500, "violations": 0,
        "clean": true, "actor": "bank_web", "sha256": "ab", "finding": null, "lost_at": 2000,
        "legs_seen": 5, "legs": 9
    }', 'all of it'
);

SELECT * FROM finish();
ROLLBACK;
