-- Tests of bank.verify_digest.
BEGIN;
SELECT plan(46);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.verify_digest'::regproc),
    'digest json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.verify_digest'::regproc),
    'bank.digest_verification',
    'what it returns'
);
SELECT volatility_is('bank', 'verify_digest', 'stable', 'it is stable');
SELECT is_definer('bank', 'verify_digest', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.verify_digest'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.verify_digest'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.verify_digest'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given accounts with some history, and a digest of it
SET LOCAL session_replication_role = replica;  -- the guards are asleep
DO $given$
BEGIN
    PERFORM bank.create_account_at('vd.' || n, "timestamp" => 1000)
        FROM unnest(ARRAY['a', 'b', 'c']) AS n;
    PERFORM bank.deposit_at('vd.' || n, 500, "timestamp" => 2000, metadata => '{"m": 1}')
    FROM unnest(ARRAY['a', 'b', 'c']) AS n;
    PERFORM bank.transfer_at('vd.a', 'vd.b', 200, "timestamp" => 3000);
    PERFORM bank.withdraw_at('vd.b', 100, "timestamp" => 4000);
END;
$given$;
CREATE TEMP TABLE digest AS SELECT bank.ledger_digest(3600000) AS digest;
DO $later$
BEGIN
    PERFORM bank.deposit_at('vd.b', 1, "timestamp" => 5000);
    PERFORM bank.create_account_at('vd.d', "timestamp" => 5000);
END;
$later$;
CREATE TEMP VIEW leg AS SELECT t.* FROM ledger.ledger_transactions AS t WHERE t.account_id = 'vd.b';
CREATE FUNCTION pg_temp.finding(damage text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_found text;
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT concat_ws(' ', v.ok, v.finding, v.account_id, v.version) INTO v_found
        FROM digest AS d CROSS JOIN bank.verify_digest(d.digest) AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;
-- What a forger with a computer does: hashes of vd.b from a version on, and its head
CREATE FUNCTION pg_temp.rehash(from_version bigint) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
    UPDATE leg AS l SET hash = forged.hash
    FROM (
        SELECT t.version, engine.chain(
            (SELECT b.hash FROM leg AS b WHERE b.version = from_version - 1),
            engine.leg_content(
                t.account_id, t.version, t.transaction_id, t.leg, t."timestamp", t.value_at,
                t.recorded_at, t.operation, t.amount, t.balance_after, t.held_after,
                t.pending_cashback_after, t.overdraft_limit_after, t.contra_account_id,
                t.payment_ref, t.refers_to, t.folded_in, t.actor, t.on_behalf_of, t.metadata,
                t.posting_metadata, t.details, t.key_hash
            )
        ) OVER (ORDER BY t.version) AS hash
        FROM leg AS t WHERE t.version >= from_version
    ) AS forged
    WHERE l.version = forged.version;
    UPDATE ledger.accounts AS a SET head = l.hash
    FROM leg AS l
    WHERE a.account_id = 'vd.b' AND l.version = (SELECT max(m.version) FROM leg AS m);
END;
$function$;

-- Works
SELECT is(
    pg_temp.finding('SELECT 1'),
    't',
    'all that was sealed is there; what came later does not matter'
);
SELECT ok(
    v.transaction_id = (d.digest ->> 'transaction_id')::bigint
    AND v."timestamp" = (d.digest ->> 'timestamp')::bigint
    AND v.accounts = (d.digest ->> 'accounts')::bigint AND v.legs = (d.digest ->> 'legs')::bigint,
    'it says which digest, and how much of what it covers is there'
) FROM digest AS d CROSS JOIN bank.verify_digest(d.digest) AS v;
SELECT is(pg_temp.finding('UPDATE leg SET ' || c.damage), 'f chain_broken vd.b ' || c.version,
    c.name)
FROM (
    VALUES ('amount = 501 WHERE version = 2', 2, 'an edited amount'),
    ('metadata = ''{"m": 2}'' WHERE version = 2', 2, 'edited metadata'),
    ('value_at = 1999 WHERE version = 2', 2, 'an edited value date'),
    ('actor = ''somebody'' WHERE version = 3', 3, 'somebody else who posted it'),
    ('hash_version = 2 WHERE version = 3', 3, 'a rule of hashing that there is not'),
    ('version = 9 WHERE version = 3', 4, 'a leg taken out of the middle'),
    ('version = -version WHERE version = 3; UPDATE leg SET version = 3 WHERE version = 4; '
        'UPDATE leg SET version = 4 WHERE version = -3', 3, 'two legs swapped')
) AS c (damage, version, name);
SELECT is(
    pg_temp.finding('DELETE FROM leg WHERE version = 2'), 'f chain_broken vd.b 3',
    'a leg removed from the middle'
);
SELECT is(
    pg_temp.finding($$
        DELETE FROM leg WHERE version >= 4;
        UPDATE ledger.accounts AS a SET (version, balance, head, last_timestamp) = (
            SELECT l.version, l.balance_after, l.hash, l."timestamp" FROM leg AS l
                WHERE l.version = 3
        ) WHERE a.account_id = 'vd.b'
    $$),
    'f history_differs vd.b', 'the newest legs removed, and the account put back to match'
);
SELECT is(
    pg_temp.finding('DELETE FROM ledger.accounts AS a WHERE a.account_id = ''vd.b'''),
    'f account_missing vd.b', 'an account removed'
);
SELECT is(
    pg_temp.finding(
        'DELETE FROM ledger.accounts AS a WHERE a.account_id = ''vd.b''; DELETE FROM leg'
    ),
    'f account_missing vd.b', 'an account removed with all its legs'
);
SELECT is(
    pg_temp.finding(
        'UPDATE leg SET metadata = ''{"m": 2}'' WHERE version = 2; SELECT pg_temp.rehash(2)'
    ),
    'f history_differs vd.b', 'an edit with every hash made anew'
);
SELECT is(
    pg_temp.finding('UPDATE leg SET amount = 2 WHERE version = 5; SELECT pg_temp.rehash(5)'), 't',
    'what happened after the digest is none of its business'
);
SELECT is(
    pg_temp.finding('UPDATE leg SET amount = 2 WHERE version = 5'), 't', 'broken or not'
);
SELECT is(
    pg_temp.finding($$
        UPDATE ledger.ledger_transactions AS t SET metadata = '{"m": 2}'
        WHERE t.account_id IN ('vd.c', 'vd.a') AND t.version = 2
    $$),
    'f chain_broken vd.a 2', 'of several accounts the first is named'
);
SELECT is(
    pg_temp.finding($$
        UPDATE leg SET metadata = '{"m": 2}' WHERE version = 2; SELECT pg_temp.rehash(2);
        UPDATE ledger.ledger_transactions AS t SET amount = 3 WHERE t.account_id = 'vd.c'
            AND t.version = 2
    $$),
    'f history_differs vd.b', 'however each was damaged'
);
SELECT is(
    pg_temp.finding($$
        INSERT INTO leg SELECT (jsonb_populate_record(l, '{"version": 6, "leg": 2}')).* FROM leg AS l
            WHERE l.version = 4;
        SELECT pg_temp.rehash(6)
    $$),
    'f history_differs vd.b', 'a leg smuggled in under an old id'
);
SELECT is(
    (
        SELECT concat_ws(' ', v.ok, v.finding, v.account_id)
        FROM digest AS d
        CROSS JOIN bank.verify_digest((d.digest::jsonb || c.change)::json) AS v
    ),
    'f root_differs', 'a digest that was edited: ' || left(c.change::text, 20)
) FROM digest AS d CROSS JOIN LATERAL (
    VALUES (jsonb_build_object('root', repeat('0', 64))), ('{"timestamp": 1}'),
    (jsonb_build_object('accounts', (d.digest ->> 'accounts')::bigint + 1)),
    (jsonb_build_object('legs', (d.digest ->> 'legs')::bigint - 1))
) AS c (change);
SELECT is(
    (
        SELECT concat_ws(' ', v.ok, v.finding)
        FROM digest AS d
        CROSS JOIN bank.verify_digest((d.digest::jsonb || jsonb_build_object(
            'sums', array_fill(5, ARRAY[256]), 'weighted_sums', array_fill(7, ARRAY[256])
        ))::json) AS v
    ),
    'f history_differs', 'a digest of another ledger: no account can be named'
);
SELECT is(
    pg_temp.finding($$
        INSERT INTO leg SELECT (jsonb_populate_record(l, jsonb_build_object(
            'version', 6, 'recorded_at', 1000, 'amount', 0,
            'transaction_id', nextval('ledger.transaction_seq')
        ))).* FROM leg AS l WHERE l.version = 5;
        SELECT pg_temp.rehash(6)
    $$),
    'f recorded_before vd.b 6', 'a leg slipped in later that says it is older than the digest'
);

-- Refuses
SELECT throws_ok(
    format('SELECT v.ok FROM bank.verify_digest(%L) AS v', bad.digest), 'TL007', 'invalid_argument',
    'refuses ' || left(coalesce(bad.digest::text, 'NULL'), 40)
) FROM digest AS d CROSS JOIN LATERAL (
    VALUES (NULL::jsonb), ('[]'), ('{}'), (d.digest::jsonb - 'root'),
    (d.digest::jsonb || '{"root": "x", "transaction_id": 1}'),
    (d.digest::jsonb || '{"sums": [1], "a": 1}'), (d.digest::jsonb - 'legs'),
    (d.digest::jsonb || '{"more": 1}'), (d.digest::jsonb || '{"accounts": -1}'),
    (d.digest::jsonb || '{"accounts": "1"}')
) AS bad (digest);
SELECT throws_ok(
    format('SELECT v.ok FROM bank.verify_digest(%L) AS v', bad.digest), 'TL007', 'invalid_argument',
    'refuses ' || bad.digest
) FROM unnest(ARRAY[
    '{"sums": [1.5]}', '{"legs": 9223372036854775808}', '{"root": "\u0000"}', '{"a": "\ud800"}'
]) AS bad (digest);

SELECT * FROM finish();
ROLLBACK;
