-- Tests of bank.begin_proof.
BEGIN;
SELECT plan(19);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.begin_proof'::regproc),
    'kind text, every_ms bigint DEFAULT 0, lost_after_ms bigint DEFAULT 3600000',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.begin_proof'::regproc), 'SETOF bank.proof', 'what it returns'
);
SELECT volatility_is('bank', 'begin_proof', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'begin_proof', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.begin_proof'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.begin_proof'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.begin_proof'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DELETE FROM ledger.proofs;
SET LOCAL pgteller.on_behalf_of = 'night';

-- Works
SELECT p.proof_number AS number FROM bank.begin_proof('digest', 100000) AS p \gset
SELECT results_eq(
    $$SELECT p.kind, p.ended_at, p.clean, p.actor FROM ledger.proofs AS p$$,
    $$SELECT
        'digest'::text, NULL::bigint, NULL::boolean,
        (session_user || '/night')::text COLLATE "default"$$, 'one goes on'
);
SELECT is_empty($$SELECT bank.begin_proof('digest', 100000)$$, 'so it is not time for another');
SELECT is(
    (SELECT p.proof_number - :number FROM bank.begin_proof('verification', 100000) AS p), 1::bigint,
    'but for one of another kind'
);
SELECT is(
    (SELECT p.proof_number - :number FROM bank.begin_proof('digest') AS p), 2::bigint,
    'and for whoever does it in any case'
);
UPDATE ledger.proofs SET lost_at = 0;
SELECT isnt_empty($$SELECT bank.begin_proof('digest', 100000)$$, 'those that are lost do not count');
SELECT count(bank.finish_proof(p.proof_number, finding => 'no disk')) FROM ledger.proofs AS p;
SELECT isnt_empty(
    $$SELECT bank.begin_proof('digest', 100000)$$, 'nor those that could not be done'
);
SELECT count(bank.finish_proof(p.proof_number, sha256 => 'ab')) FROM ledger.proofs AS p;
SELECT is_empty($$SELECT bank.begin_proof('digest', 100000)$$, 'one that was done does');
UPDATE ledger.proofs AS p SET begun_at = p.begun_at - 100000;
SELECT isnt_empty($$SELECT bank.begin_proof('digest', 100000)$$, 'for its time');

-- Refuses
SELECT throws_ok(
    $$SELECT bank.begin_proof('x')$$, 'TL007', 'invalid_argument', 'a kind that is none'
);
SELECT throws_ok(
    $$SELECT bank.begin_proof('digest', -1)$$, 'TL007', 'invalid_argument', 'a time that is none'
);
SELECT throws_ok(
    $$SELECT bank.begin_proof('digest', 1, -1)$$, 'TL007', 'invalid_argument', 'an end that is none'
);
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    $$SELECT bank.begin_proof('digest')$$, 'TL201', 'limited_to_accounts',
    'one who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
