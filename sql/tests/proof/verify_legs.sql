-- Tests of engine.verify_legs.
BEGIN;
SELECT plan(40);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_legs'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_legs'::regproc), 'SETOF engine.violation', 'what it returns'
);
SELECT volatility_is('engine', 'verify_legs', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_legs', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_legs'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two accounts with some history
DO $given$
BEGIN
    PERFORM bank.create_account_at('legs.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('legs.bob', "timestamp" => 1000);
    PERFORM bank.deposit_at('legs.alice', 500, "timestamp" => 2000, metadata => '{"a": 1}');
    PERFORM bank.transfer_at('legs.alice', 'legs.bob', 200, "timestamp" => 3000);
    PERFORM bank.withdraw_at('legs.alice', 100, "timestamp" => 4000);
END;
$given$;
CREATE TEMP VIEW leg AS SELECT t.* FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'legs.alice';
CREATE FUNCTION pg_temp.reseal() RETURNS void LANGUAGE sql AS $function$
    UPDATE leg AS l SET hash = sealed.hash
    FROM (
        SELECT t.version, engine.chain(
            '', engine.leg_content(
                t.account_id, t.version, t.transaction_id, t.leg, t."timestamp", t.value_at,
                t.recorded_at, t.operation, t.amount, t.balance_after, t.held_after,
                t.pending_cashback_after, t.overdraft_limit_after, t.contra_account_id,
                t.payment_ref, t.refers_to, t.folded_in, t.actor, t.on_behalf_of, t.metadata,
                t.posting_metadata, t.details, t.key_hash
            )
        ) OVER (ORDER BY t.version) AS hash
        FROM leg AS t
    ) AS sealed
    WHERE l.version = sealed.version;
$function$;

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT array_agg(
            concat_ws(' ', v."check", v.account_id, v.found)
            ORDER BY v."check", v.account_id, v.found::text
        )
        INTO v_found
        FROM engine.verify_legs() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;

-- Works
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found($$UPDATE leg SET metadata = '{"a": 2}' WHERE version = 2$$),
    ARRAY[(
        SELECT 'hashes_recompute legs.alice {"version" : 2, "transaction_id" : '
            || l.transaction_id || '}'
        FROM leg AS l WHERE l.version = 2
    )],
    'edited metadata: the hash of that leg, and of no other, is wrong'
);
CREATE FUNCTION pg_temp.wrong(damage text) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(regexp_replace(f, ',.*', ''), '; ') FROM unnest(pg_temp.found(damage)) AS f
$function$;
SELECT is(
    pg_temp.wrong('UPDATE leg SET amount = 501 WHERE version = 2'),
    'balances_continuous legs.alice {"version" : 2; hashes_recompute legs.alice {"version" : 2',
    'an edited amount'
);
SELECT is(
    pg_temp.wrong('UPDATE leg SET amount = 501, balance_after = 501 WHERE version = 2'),
    'balances_continuous legs.alice {"version" : 3; hashes_recompute legs.alice {"version" : 2',
    'with the balance after it'
);
SELECT is(
    -- An id out of order is told of as well.
    split_part(
        pg_temp.wrong(format('UPDATE leg SET %s WHERE version = 3', c.damage)), ';', 1
    ),
    'hashes_recompute legs.alice {"version" : 3', 'an edit of what a leg says: ' || c.damage
) FROM unnest(ARRAY[
    'transaction_id = 2000000001', 'leg = 7', 'value_at = 2', 'value_at = "timestamp"',
    'recorded_at = recorded_at + 1', 'operation = ''pay''', 'held_after = 1',
    'pending_cashback_after = 1', 'overdraft_limit_after = 1',
    'contra_account_id = ''legs.carol''', 'payment_ref = ''payment1''', 'refers_to = 1',
    'folded_in = 1', 'actor = ''nobody''', 'on_behalf_of = ''nobody''', 'metadata = ''{}''',
    'posting_metadata = ''{}''', 'details = ''{}'''
]) AS c (damage);
SELECT is(
    pg_temp.wrong('UPDATE leg SET hash = sha256(hash) WHERE version = 3'),
    'hashes_recompute legs.alice {"version" : 3; hashes_recompute legs.alice {"version" : 4',
    'an edited hash breaks the chain'
);
SELECT is(
    pg_temp.wrong('UPDATE leg SET operation = ''donate'' WHERE version = 3; SELECT pg_temp.reseal()'),
    'operations_declared legs.alice {"operation" : "donate"', 'an operation that no room has declared'
);
SELECT is(
    pg_temp.wrong('UPDATE leg SET hash_version = 2 WHERE version = 3'),
    'hash_versions_known legs.alice {"version" : 3; hashes_recompute legs.alice {"version" : 3',
    'a rule that nobody knows gives no hash'
);
SELECT is(
    pg_temp.wrong(format(
        'UPDATE leg SET value_at = %s WHERE version = 3; SELECT pg_temp.reseal()', v.value_at
    )),
    CASE WHEN NOT v.holds THEN 'value_dates_in_bounds legs.alice {"version" : 3' END,
    'a value date of ' || v.value_at
) FROM (
    VALUES (-1, false), (0, true), (9007199254740991, true), (9007199254740992, false)
) AS v (value_at, holds);
SELECT is(
    pg_temp.wrong('DELETE FROM leg WHERE version = 3'),
    'balances_continuous legs.alice {"version" : 4; hashes_recompute legs.alice {"version" : 4; '
    || 'versions_gapless legs.alice {"version" : 4',
    'a leg removed from the middle'
);
SELECT is(
    pg_temp.wrong('DELETE FROM leg WHERE version = 1'),
    'hashes_recompute legs.alice {"version" : 2; versions_gapless legs.alice {"version" : 2',
    'the first leg removed'
);
SELECT is(
    pg_temp.wrong($$
        UPDATE leg SET version = 9 WHERE version = 3;
        UPDATE leg SET version = 3 WHERE version = 4;
        UPDATE leg SET version = 4 WHERE version = 9
    $$),
    'balances_continuous legs.alice {"version" : 3; balances_continuous legs.alice {"version" : 4; '
    || 'hashes_recompute legs.alice {"version" : 3; hashes_recompute legs.alice {"version" : 4; '
    || 'ids_in_order legs.alice {"version" : 4; timestamps_in_order legs.alice {"version" : 4',
    'two legs swapped'
);
SELECT is(
    pg_temp.wrong('UPDATE leg SET "timestamp" = 1999 WHERE version = 3; SELECT pg_temp.reseal()'),
    'timestamps_in_order legs.alice {"version" : 3',
    'a time that goes back, however well it is sealed'
);
SELECT is(
    pg_temp.wrong(
        'UPDATE leg SET contra_account_id = NULL WHERE version = 3; SELECT pg_temp.reseal()'
    ),
    'amounts_have_a_contra legs.alice {"version" : 3', 'money from nowhere'
);
SELECT is(
    pg_temp.wrong('UPDATE leg SET amount = 0, balance_after = 500 WHERE version = 3'),
    'amounts_have_a_contra legs.alice {"version" : 3; '
    || 'balances_continuous legs.alice {"version" : 4; '
    || 'hashes_recompute legs.alice {"version" : 3', 'a side named where nothing moves'
);

SELECT * FROM finish();
ROLLBACK;
