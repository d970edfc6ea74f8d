-- Tests of bank.note_progress.
BEGIN;
SELECT plan(22);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.note_progress'::regproc),
    'proof_number bigint, legs_seen bigint, legs bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.note_progress'::regproc), 'bank.proof', 'what it returns');
SELECT volatility_is('bank', 'note_progress', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'note_progress', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.note_progress'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.note_progress'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.note_progress'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
SELECT p.proof_number AS number FROM bank.begin_proof('verification') AS p \gset
CREATE FUNCTION pg_temp.far(proof bank.proof) RETURNS bigint[] LANGUAGE sql
AS $$SELECT ARRAY[(proof).legs_seen, (proof).legs]$$;

-- Works
SELECT is(
    pg_temp.far(p), ARRAY[NULL, NULL]::bigint[], 'nothing is known at first'
) FROM bank.list_proofs(after => :number - 1) AS p;
SELECT is(
    pg_temp.far(bank.note_progress(:number, n.seen, n.legs)), n.kept, n.what
) FROM (
    VALUES
    (0, 10, ARRAY[0, 10]::bigint[], 'that it has begun'),
    (5, 10, ARRAY[5, 10]::bigint[], 'how far it is'),
    (5, 11, ARRAY[5, 10]::bigint[], 'no news'),
    (4, 10, ARRAY[5, 10]::bigint[], 'it never goes back'),
    (10, 10, ARRAY[10, 10]::bigint[], 'the last leg')
) AS n (seen, legs, kept, what);
SELECT is(
    pg_temp.far(p), ARRAY[10, 10]::bigint[], 'others see it'
) FROM bank.list_proofs(after => :number - 1) AS p;
SELECT count(bank.finish_proof(:number, 0));
SELECT is(
    pg_temp.far(bank.note_progress(:number, 11, 11)), ARRAY[10, 10]::bigint[],
    'one that has ended stays as it is'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.note_progress(%s, %L, %L)', :number, n.seen, n.legs),
    'TL007', 'invalid_argument', n.what
) FROM (
    VALUES (-1, 10, 'less than none'), (11, 10, 'more than there are'), (NULL, 10, 'nothing'),
    (1, NULL, 'of nothing'), (1, 9007199254740992, 'of too many')
) AS n (seen, legs, what);
SELECT throws_ok(
    $$SELECT bank.note_progress(9000000000000000, 1, 1)$$, 'TL007', 'invalid_argument',
    'a proof that is not there'
);
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    format('SELECT bank.note_progress(%s, 1, 1)', :number), 'TL201', 'limited_to_accounts',
    'one who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
