-- Tests of engine.note_handed_out.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.note_handed_out'::regproc), 'digest text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.note_handed_out'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'note_handed_out', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'note_handed_out', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.note_handed_out'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DELETE FROM ledger.proofs;
SET LOCAL pgteller.on_behalf_of = 'night';

-- Works
SELECT c.newest AS number FROM ledger.proof_counter AS c \gset
SELECT count(engine.note_handed_out('{}'));
SELECT results_eq(
    $$SELECT p.kind, p.proof_number, p.actor, p.sha256, p.clean FROM ledger.proofs AS p$$,
    format(
        $$VALUES ('digest_handed_out'::text, %s::bigint, %L::text COLLATE "default",
        'ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356'::text, NULL::boolean)$$,
        :number + 1, session_user || '/night'
    ), 'that it was handed out, and the hash of it and a line''s end'
);
SELECT ok(
    p.begun_at = p.ended_at AND p.ended_at BETWEEN engine.now() - 60000 AND engine.now(), 'when'
) FROM ledger.proofs AS p;
SELECT isnt_empty($$SELECT bank.begin_proof('digest', 100000)$$, 'a worker takes one all the same');
SELECT count(engine.note_handed_out('{}'));
SELECT is(
    (SELECT count(*) FROM ledger.proofs AS p WHERE p.kind = 'digest_handed_out'), 1::bigint,
    'who takes one tells of it himself'
);
UPDATE ledger.proofs SET lost_at = 0 WHERE kind = 'digest';
SELECT count(engine.note_handed_out('{}'));
SELECT is(
    (SELECT count(*) FROM ledger.proofs AS p WHERE p.kind = 'digest_handed_out'), 2::bigint,
    'unless he has not for long'
);
SELECT is(
    max(p.proof_number), (SELECT c.newest FROM ledger.proof_counter AS c), 'numbers are counted'
) FROM ledger.proofs AS p;
SET TRANSACTION READ ONLY;
SELECT lives_ok(
    $$SELECT engine.note_handed_out('{}')$$, 'where nothing may be written nothing is'
);

SELECT * FROM finish();
ROLLBACK;
