-- Tests of engine.note_gaps.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.note_gaps'::regproc),
    'first_id bigint, last_id bigint, seen bigint[], ended xid8, without_xid boolean',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.note_gaps'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'note_gaps', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'note_gaps', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.note_gaps'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given nobody else numbering, and no gaps
LOCK TABLE ledger.event_sequencer IN SHARE UPDATE EXCLUSIVE MODE;
DELETE FROM ledger.event_gaps;
CREATE FUNCTION pg_temp.gaps() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(concat_ws('-', g.first_id, nullif(g.last_id, g.first_id)), ' '
        ORDER BY g.first_id)
    FROM ledger.event_gaps AS g
$function$;
CREATE FUNCTION pg_temp.note(low bigint, high bigint, seen bigint[], ended xid8 DEFAULT '1')
RETURNS text LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM engine.note_gaps(low, high, seen, ended, false);
    RETURN pg_temp.gaps();
END;
$function$;

-- Works
SELECT is(pg_temp.note(1, NULL, NULL), NULL, 'where nothing is new there are no gaps');
SELECT is(pg_temp.note(1, 3, '{1,2,2,3}'), NULL, 'nor where all ids were seen');
SELECT is(
    pg_temp.note(4, 20, '{5,6,20,9}'), '4 7-8 10-19',
    'what was not seen: at the beginning, in between'
);
SELECT is(pg_temp.note(21, NULL, '{7,8,12}'), '4 10-11 13-19', 'what has come since is taken out');
SELECT is(
    pg_temp.note(21, 22, '{4,19,22}'), '10-11 13-18 21', 'new ones beside it'
);
SELECT is(
    (SELECT count(*) FROM ledger.event_gaps AS g WHERE g.horizon IS NOT NULL), 0::bigint,
    'a transaction that had an xid before cannot tell their horizon'
);
SELECT engine.note_gaps(30, NULL, NULL, '1', true) AS noted \gset
SELECT is(
    (SELECT array_agg(DISTINCT g.horizon::text) FROM ledger.event_gaps AS g),
    ARRAY[pg_current_xact_id()::text], 'another gives them its own xid'
);
UPDATE ledger.event_gaps AS g SET horizon = '500' WHERE g.first_id = 10;
UPDATE ledger.event_gaps AS g SET horizon = '501' WHERE g.first_id = 13;
SELECT is(
    pg_temp.note(30, NULL, '{14}', '500'), '13 15-18 21',
    'a gap is forgotten once all that are older than its horizon have ended'
);
SELECT is(
    (
        SELECT array_agg(g.horizon::text ORDER BY g.first_id)
        FROM ledger.event_gaps AS g WHERE g.first_id < 20
    ),
    '{501,501}'::text[], 'what is left of a gap has its horizon'
);
UPDATE ledger.event_gaps AS g SET horizon = '9000000000000000000' WHERE g.first_id = 13;
SELECT engine.note_gaps(30, NULL, NULL, '1', true) AS noted \gset
SELECT is(
    (SELECT g.horizon FROM ledger.event_gaps AS g WHERE g.first_id = 13), pg_current_xact_id(),
    'a horizon of another server''s future, out of a backup, is set again'
);

SELECT * FROM finish();
ROLLBACK;
