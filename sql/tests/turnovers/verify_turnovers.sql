-- Tests of engine.verify_turnovers.
BEGIN;
SELECT plan(20);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.verify_turnovers'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('engine.verify_turnovers'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_turnovers', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_turnovers', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_turnovers'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given nobody else numbering, legs of now and of long ago, and one that is not numbered yet
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
INSERT INTO ledger.currencies VALUES ('TAP_SUMS', 2);
DO $given$
BEGIN
    PERFORM bank.create_account_at('sums.alice', 'TAP_SUMS', "timestamp" => 1000);
    PERFORM bank.create_account_at('sums.shop', 'TAP_SUMS', "timestamp" => 1000);
    PERFORM bank.set_collecting('sums.shop', true, "timestamp" => 1000);
    PERFORM bank.deposit_at('sums.alice', 500, "timestamp" => 1000);
    PERFORM bank.deposit('sums.alice', 70);
    PERFORM bank.transfer('sums.alice', 'sums.shop', 5);
    PERFORM bank.fold_collected();
    WHILE (bank.number_events(100000)).numbered > 0 LOOP
    END LOOP;
    PERFORM bank.deposit('sums.alice', 1);
END;
$given$;

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
SET LOCAL jit = off;  -- as bank.verify_ledger has it
CREATE FUNCTION pg_temp.found(damage text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_found text;
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT string_agg(
            coalesce(
                concat_ws(
                    ' ', v.found ->> 'every', v.found ->> 'operation',
                    (v.found ->> 'kept') || '<>' || (v.found ->> 'legs_say')
                ), 'mark'
            ), ', ' ORDER BY v.found ->> 'every', v.found ->> 'operation'
        )
        INTO v_found
        FROM engine.verify_turnovers() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;
CREATE FUNCTION pg_temp.changed(change text) RETURNS text LANGUAGE sql AS $function$
    SELECT pg_temp.found(format(
        'UPDATE ledger.turnovers SET %s
        WHERE currency = ''TAP_SUMS'' AND operation = ''deposit'' AND every = ''day''
            AND since = 0',
        change
    ))
$function$;

-- Works
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(pg_temp.found('SELECT bank.number_events()'), NULL, 'nor when everything is numbered');
SELECT is(pg_temp.changed('legs = legs + 1'), 'day deposit [2,1,0,500]<>[1,1,0,500]', 'legs');
SELECT is(
    pg_temp.changed('transactions = 0'), 'day deposit [1,0,0,500]<>[1,1,0,500]', 'transactions'
);
SELECT is(pg_temp.changed('debits = 1'), 'day deposit [1,1,1,500]<>[1,1,0,500]', 'debits');
SELECT is(pg_temp.changed('credits = 7'), 'day deposit [1,1,0,7]<>[1,1,0,500]', 'credits');
SELECT is(
    pg_temp.changed('operation = ''pay'''), 'day deposit, day pay', 'an operation'
);
SELECT is(pg_temp.changed('house = ''@fees'''), 'day deposit, day deposit', 'a house account');
SELECT is(pg_temp.changed('since = 86400000'), 'day deposit, day deposit', 'a day');
SELECT is(pg_temp.changed('currency = ''TAP_OTHER'''), 'day deposit, day deposit', 'a currency');
SELECT is(
    pg_temp.found($$
        DELETE FROM ledger.turnovers AS t
        WHERE t.currency = 'TAP_SUMS' AND t.operation = 'transfer'
    $$), 'day transfer, ever transfer, hour transfer, minute transfer', 'rows removed'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.turnovers
        SELECT p.every, 0, 'TAP_SUMS', 'fee', '', 0, 0, 0, 0
        FROM unnest('{minute,hour,day,ever}'::text[]) AS p (every)
    $$), 'day fee, ever fee', 'rows too many, but for what is not kept'
);
SELECT is(
    pg_temp.found('UPDATE ledger.turnover_mark SET recorded_at = recorded_at + 1'), '',
    'until when they have been added'
);
SELECT is(
    pg_temp.found('DELETE FROM ledger.turnover_mark') ~ 'ever', true, 'a mark removed'
);
SELECT is(
    pg_temp.found(
        'UPDATE ledger.turnover_mark SET event_id = (SELECT max(b.first_event_id) - 1 '
        || 'FROM ledger.event_batches AS b)'
    ) ~ 'ever', true, 'events that have been added already'
);

SELECT * FROM finish();
ROLLBACK;
