-- Tests of engine.refuse_reversal.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_reversal'::regproc),
    'transaction_id bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_reversal'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_reversal', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_reversal', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_reversal'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;

-- Given a transfer to reverse, one that is reversed, one of which a part is given back, one whose
-- refund is reversed, and one that a collecting account has no room for
DO $given$
BEGIN
    PERFORM bank.create_account_at(
        'undo.' || w.who, overdraft_limit => 9007199254740991, "timestamp" => 1000
    ) FROM unnest(ARRAY['alice', 'dave']) AS w (who);
    PERFORM bank.create_account_at('undo.' || w.who, "timestamp" => 1000)
    FROM unnest(ARRAY['bob', 'shop']) AS w (who);
    PERFORM bank.set_collecting('undo.shop', true, "timestamp" => 1000);
    PERFORM bank.transfer_at('undo.dave', 'undo.shop', 9007199254740991, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.move(target text) RETURNS bigint LANGUAGE sql AS $function$
    SELECT t.transaction_id FROM bank.transfer_at('undo.alice', target, 60, "timestamp" => 1000) AS t
$function$;
CREATE TEMP TABLE done AS
SELECT n.name, pg_temp.move('undo.' || n.target) AS id
FROM (
    VALUES ('free', 'bob'), ('reversed', 'bob'), ('partly', 'bob'), ('again', 'bob'), ('full', 'shop')
) AS n (name, target);
CREATE TEMP TABLE back AS
SELECT d.name, p.transaction_id AS id FROM done AS d
CROSS JOIN LATERAL bank.post_at(
    '[{"source_account_id": "undo.bob", "target_account_id": "undo.alice", "amount": 1}]', d.id,
    "timestamp" => 1000
) AS p
WHERE d.name IN ('partly', 'again');
CREATE TEMP TABLE undone AS
SELECT b.name, r.transaction_id AS id FROM (
    SELECT b.* FROM back AS b WHERE b.name = 'again'
    UNION ALL SELECT d.* FROM done AS d WHERE d.name = 'reversed'
) AS b
CROSS JOIN LATERAL bank.reverse_transaction(b.id, 'a slip', "timestamp" => 1000) AS r;
DO $given$
BEGIN
    PERFORM engine.settle_due('undo.shop', 1000);
END;
$given$;
CREATE FUNCTION pg_temp.refuse(what text) RETURNS void LANGUAGE sql AS $function$
    SELECT engine.refuse_reversal(d.id) FROM done AS d WHERE d.name = what
$function$;

-- Works
SELECT lives_ok(
    format('SELECT pg_temp.refuse(%L)', w.what), 'lets pass ' || w.why
) FROM (
    VALUES ('free', 'what nothing stands against'), ('again', 'where the refund is reversed')
) AS w (what, why);

-- Refuses
SELECT throws_ok(format('SELECT pg_temp.refuse(%L)', r.what), r.code, r.name, 'refuses: ' || r.name)
FROM (
    VALUES ('reversed', 'TL317', 'already_reversed'), ('partly', 'TL319', 'partly_refunded'),
    ('full', 'TL307', 'balance_limit_exceeded')
) AS r (what, code, name);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('reversed')$$),
    jsonb_build_object('transaction_id', d.id, 'reversed_by', u.id), 'and says by which'
) FROM done AS d INNER JOIN undone AS u ON u.name = d.name WHERE d.name = 'reversed';
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('partly')$$),
    jsonb_build_object('transaction_id', d.id), 'and says which'
) FROM done AS d WHERE d.name = 'partly';
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('full')$$), $${
        "account_id": "undo.shop", "balance": 9007199254740991, "pending_cashback": 0,
        "overdraft_limit": 0, "amount": 60
    }$$::jsonb, 'and says what is in the way'
);

SELECT * FROM finish();
ROLLBACK;
