-- Tests of engine.keep_gaps.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.keep_gaps'::regproc),
    'mark bigint, next_mark bigint, seen bigint[], snapshot pg_snapshot, own xid8',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.keep_gaps'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'keep_gaps', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'keep_gaps', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.keep_gaps'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given nobody else numbering, and no gaps
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
DELETE FROM ledger.event_gaps;
CREATE FUNCTION pg_temp.gaps() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        concat_ws(' ', g.first_id, g.transaction_ids, 'for', g.waiting_for), '; ' ORDER BY g.first_id
    )
    FROM ledger.event_gaps AS g
$function$;
CREATE FUNCTION pg_temp.keep(
    mark bigint, next_mark bigint, seen bigint[], snapshot pg_snapshot, own xid8
) RETURNS text LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM engine.keep_gaps(mark, next_mark, seen, snapshot, own);
    RETURN pg_temp.gaps();
END;
$function$;

-- Works
SELECT is(
    pg_temp.keep(0, 0, NULL, '100:100:', '100'), NULL, 'where nothing is new there are no gaps'
);
SELECT is(pg_temp.keep(0, 3, '{1,2,3}', '90:100:90', '100'), NULL, 'nor where all ids were seen');
SELECT is(
    pg_temp.keep(3, 9, '{6,9}', '100:100:', '100'), NULL,
    'nor where nobody is at work who could bring them'
);
SELECT is(
    pg_temp.keep(9, 20, '{11,12,20}', '90:100:90,95', '102'),
    '10 {[10,11),[13,20)} for {90,95,100,101}',
    'what was not seen, and whoever was at work before the look or began until after it'
);
SELECT is(
    pg_temp.keep(20, 20, NULL, '90:103:90,95,100,101', '104'),
    '10 {[10,11),[13,20)} for {90,95,100,101}', 'nothing changes while all are at work'
);
SELECT is(
    pg_temp.keep(20, 20, '{10,13}', '90:104:90,95,101', '105'),
    '10 {[14,20)} for {90,95,101}', 'what has come is taken out, and who has ended'
);
SELECT is(
    pg_temp.keep(20, 22, '{22}', '90:110:90', NULL),
    '10 {[14,20)} for {90}; 21 {[21,22)} for',
    'a transaction that had an xid before the look cannot tell who is waited for'
);
SELECT is(
    pg_temp.keep(22, 22, NULL, '90:110:90', '112'),
    '10 {[14,20)} for {90}; 21 {[21,22)} for {90,110,111}', 'the next run does'
);
SELECT is(
    pg_temp.keep(22, 22, '{14,15,16,17,18,19}', '111:115:111', '115'),
    '21 {[21,22)} for {111}', 'a gap that is filled is gone'
);
SELECT is(
    pg_temp.keep(22, 22, NULL, '112:112:', '112'), NULL,
    'a gap is forgotten once nobody can bring it any more'
);

SELECT * FROM finish();
ROLLBACK;
