-- Tests of engine.verify_holds.
BEGIN;
SELECT plan(79);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_holds'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_holds'::regproc), 'SETOF engine.violation', 'what it returns'
);
SELECT volatility_is('engine', 'verify_holds', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_holds', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_holds'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two open holds, one of them captured in part, and one that was released
DO $given$
BEGIN
    PERFORM bank.create_account_at('holds.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('holds.alice', 500, "timestamp" => 1000);
    PERFORM bank.hold_at('holds.alice', 30, 9000, "timestamp" => 1000);
    PERFORM bank.hold_at('holds.alice', 20, 8000, "timestamp" => 1000);
    PERFORM bank.release_hold_at(
        (bank.hold_at('holds.alice', 7, "timestamp" => 1000)).hold_id, "timestamp" => 1000
    );
    INSERT INTO ledger.holds (account_id, hold_number, transaction_id, created_at, amount, captured)
    VALUES ('holds.bob', 2000000001, 1, 1, 10, 4);
    PERFORM bank.create_account_at('holds.bob', "timestamp" => 1000);
END;
$given$;
CREATE TEMP VIEW hold AS SELECT h.* FROM ledger.holds AS h WHERE h.account_id = 'holds.alice';
CREATE FUNCTION pg_temp.found() RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(concat_ws(' ', v."check", v.account_id, v.found) ORDER BY v.account_id)
    FROM engine.verify_holds() AS v
    WHERE v."check" <> 'holds_logged'
$function$;

-- Works: what accounts reserve
SELECT is(
    pg_temp.found(),
    ARRAY[
        'holds_add_up holds.bob {"held" : 0, "sum" : 6, "next_due_at" : null, '
        || '"expires_at" : null}'
    ],
    'what was captured is not held; nothing is wrong with what the functions write'
);
SET LOCAL session_replication_role = replica;  -- the guards are asleep
DELETE FROM ledger.holds AS h WHERE h.account_id = 'holds.bob';
SELECT is(pg_temp.found(), NULL, 'nothing at all');
UPDATE hold SET amount = 31 WHERE amount = 30;
SELECT is(
    pg_temp.found(),
    ARRAY[
        'holds_add_up holds.alice {"held" : 50, "sum" : 51, "next_due_at" : 8000, '
        || '"expires_at" : 8000}'
    ],
    'a hold of another amount'
);
UPDATE hold SET amount = 30 WHERE amount = 31;
UPDATE hold SET expires_at = 7999 WHERE amount = 20;
SELECT is(
    pg_temp.found(),
    ARRAY[
        'holds_add_up holds.alice {"held" : 50, "sum" : 50, "next_due_at" : 8000, '
        || '"expires_at" : 7999}'
    ],
    'a hold that the account would let expire too late'
);
UPDATE hold SET status = 'released', closed_at = 1 WHERE amount = 20;
SELECT is(
    pg_temp.found(),
    ARRAY[
        'holds_add_up holds.alice {"held" : 50, "sum" : 30, "next_due_at" : 8000, '
        || '"expires_at" : 9000}'
    ],
    'a hold ended behind the account''s back'
);

-- Given one hold of each kind, and one of which all has happened
UPDATE hold SET status = 'open', closed_at = NULL, expires_at = 8000 WHERE amount = 20;
DO $given$
DECLARE
    v_hold text;
BEGIN
    PERFORM bank.create_account_at('holds.shop', "timestamp" => 1000);
    PERFORM bank.create_account_at('holds.carol', "timestamp" => 1000);
    PERFORM bank.deposit_at('holds.carol', 1000, "timestamp" => 1000);
    v_hold := (bank.hold_at(
        'holds.carol', 100, 9000, 'holds.shop', "timestamp" => 1000, metadata => '{"order": 1}'
    )).hold_id;
    PERFORM bank.capture_hold_at(v_hold, 40, false, "timestamp" => 2000);
    PERFORM bank.raise_hold_at(v_hold, 20, 9500, "timestamp" => 2000);
    PERFORM bank.raise_hold_at(v_hold, 5, "timestamp" => 2000);
    PERFORM bank.refund_hold_at(v_hold, 15, "timestamp" => 2000);
    PERFORM bank.reverse_transaction(
        (bank.refund_hold_at(v_hold, 10, "timestamp" => 2000)).transaction_id, 'slip',
        "timestamp" => 2000
    );
    PERFORM bank.capture_hold_at(v_hold, 30, "timestamp" => 3000);
    PERFORM bank.hold_at('holds.carol', 200, 99000, "timestamp" => 3000);
    PERFORM bank.release_hold_at(
        (bank.hold_at('holds.carol', 300, "timestamp" => 3000)).hold_id, "timestamp" => 4000
    );
    v_hold := (bank.hold_at('holds.carol', 400, 5000, "timestamp" => 4000)).hold_id;
    PERFORM bank.capture_hold_at(v_hold, 1, false, "timestamp" => 4000);
    PERFORM bank.deposit_at('holds.carol', 1, "timestamp" => 6000);
END;
$given$;
CREATE TEMP VIEW carols AS SELECT h.* FROM ledger.holds AS h WHERE h.account_id = 'holds.carol';
CREATE TEMP TABLE kinds AS
SELECT h.status::text AS kind, h.hold_number, h.amount::bigint AS amount FROM carols AS h;
-- What holds_logged finds of a change that is then undone: of each hold what differs, or that the
-- row or the legs are not there.
CREATE FUNCTION pg_temp.differs(change text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_differs text[];
BEGIN
    BEGIN
        EXECUTE change;
        v_differs := ARRAY(
            SELECT concat(k.kind, ' ', CASE
                WHEN d.found -> 'row' = 'null' THEN 'no row'
                WHEN d.found -> 'legs' = 'null' THEN 'no legs'
                ELSE (
                    SELECT string_agg(r.key, ' ' ORDER BY r.key)
                    FROM jsonb_each(d.found -> 'row') AS r
                    WHERE r.value <> d.found -> 'legs' -> r.key
                )
            END) COLLATE "C" AS told
            FROM (
                SELECT v.found::jsonb AS found FROM engine.verify_holds() AS v
                WHERE v."check" = 'holds_logged'
            ) AS d
            LEFT JOIN kinds AS k ON 'hold' || k.hold_number = d.found ->> 'hold_id'
            ORDER BY told
        );
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_differs;
    END;
END;
$function$;

-- Works: what a hold's row says, by its legs
SELECT is(pg_temp.differs('SELECT'), '{}', 'nothing differs in what the functions write');
SELECT results_eq(
    'SELECT k.kind, k.amount FROM kinds AS k ORDER BY k.amount',
    $$VALUES ('captured', 125::bigint), ('open', 200), ('released', 300), ('expired', 400)$$,
    'of which there is each kind, one of them raised'
);
SELECT is(
    pg_temp.differs(format(
        'UPDATE ledger.holds SET %1$s = %2$s WHERE hold_number = %3$s; '
        || 'UPDATE ledger.accounts SET held = (SELECT coalesce(sum(h.amount - h.captured), 0) '
        || 'FROM carols AS h WHERE h.status = ''open'') WHERE account_id = ''holds.carol''',
        c.fact, c.value, k.hold_number
    )),
    ARRAY[k.kind || ' ' || c.fact],
    format('sees another %s, of one that is %s', c.fact, k.kind)
) FROM kinds AS k
CROSS JOIN (
    VALUES ('transaction_id', '7'), ('created_at', '7'), ('expires_at', '99001'),
    ('expires_at', 'CASE WHEN expires_at IS NULL THEN 1 END'),
    ('target_account_id', '''holds.alice'''), ('amount', 'amount + 1'), ('captured', 'captured + 1'),
    ('captures', 'captures || 7::bigint'),
    ('status', '(ARRAY[''open'', ''captured'', ''released'', ''expired''])'
    || '[array_position(ARRAY[''captured'', ''released'', ''expired'', ''open''], status::text)]'),
    ('closed_at', 'coalesce(closed_at, 0) + 1'), ('metadata', '''{"order": 2}''')
) AS c (fact, value)
ORDER BY k.kind, c.fact, c.value;
SELECT is(
    pg_temp.differs(format(
        'UPDATE ledger.holds SET %1$s = NULL WHERE hold_number = %2$s', c.fact, k.hold_number
    )),
    ARRAY['captured ' || c.fact], 'sees that it has no ' || c.fact || ' any more'
) FROM kinds AS k
CROSS JOIN unnest(ARRAY['target_account_id', 'metadata', 'closed_at']) AS c (fact)
WHERE k.kind = 'captured';
SELECT is(
    pg_temp.differs(
        'UPDATE ledger.holds SET captures = array_remove(captures, captures[1]) WHERE hold_number = '
        || k.hold_number
    ), ARRAY['captured captures'], 'sees a capture forgotten, which would not be refunded'
) FROM kinds AS k WHERE k.kind = 'captured';
SELECT is(
    pg_temp.differs('DELETE FROM ledger.holds WHERE hold_number = ' || k.hold_number),
    ARRAY[k.kind || ' no row'], 'sees one removed that was ' || k.kind
) FROM kinds AS k ORDER BY k.kind;
SELECT is(
    pg_temp.differs(format(
        'INSERT INTO ledger.holds SELECT (jsonb_populate_record(h, %L)).* FROM carols AS h '
        'WHERE h.hold_number = %s', '{"hold_number": 2000000001}', k.hold_number
    )), ARRAY[' no legs'], 'sees one more that is ' || k.kind
) FROM kinds AS k ORDER BY k.kind;
SELECT is(
    pg_temp.differs(
        'UPDATE ledger.holds SET account_id = ''holds.bob'' WHERE hold_number = ' || k.hold_number
    ), ARRAY[k.kind || ' no legs', k.kind || ' no row'],
    'sees one become another''s that is ' || k.kind
) FROM kinds AS k ORDER BY k.kind;
SELECT is(
    pg_temp.differs(format(
        'UPDATE ledger.holds SET hold_number = 2000000001 WHERE hold_number = %s', k.hold_number
    )), ARRAY[' no legs', k.kind || ' no row'], 'sees one renumbered that is ' || k.kind
) FROM kinds AS k ORDER BY k.kind;

-- Works: what legs say, whoever wrote them
SELECT is(
    pg_temp.differs(
        'UPDATE ledger.ledger_transactions SET amount = 71 WHERE account_id = ''holds.carol'' '
        || 'AND operation = ''refund_hold'' AND amount = 15'
    ), ARRAY['captured refunds_fit'], 'sees more given back than was captured'
);
SELECT is(
    pg_temp.differs(format(
        'UPDATE ledger.ledger_transactions SET details = jsonb_set(details, ''{%s}'', ''"x"'') '
        'WHERE account_id = ''holds.carol'' AND operation = ''raise_hold''', d.detail
    )), ARRAY['captured ' || d.detail], 'is not stopped by a leg whose ' || d.detail || ' is no number'
) FROM unnest(ARRAY['amount', 'expires_at']) AS d (detail);

SELECT * FROM finish();
ROLLBACK;
