-- Tests of engine.digest_of.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.digest_of'::regproc),
    'transaction_id bigint, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.digest_of'::regproc), 'bank.digest', 'what it returns');
SELECT volatility_is('engine', 'digest_of', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'digest_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.digest_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given, in a ledger of one's own
SET LOCAL session_replication_role = replica;  -- the guards are asleep
DO $given$
BEGIN
    DELETE FROM ledger.accounts;
    PERFORM bank.create_account_at(n, "timestamp" => 1000)
        FROM unnest(ARRAY['digest.b', 'digest.a']) AS n;
    PERFORM bank.deposit_at('digest.a', 500, "timestamp" => 2000);
END;
$given$;
CREATE FUNCTION pg_temp.number(bytes bytea) RETURNS bigint LANGUAGE sql AS $function$
    SELECT (
        get_byte(bytes, 0) * 16777216::bigint + get_byte(bytes, 1) * 65536
        + get_byte(bytes, 2) * 256 + get_byte(bytes, 3)
    ) % 2147483647
$function$;
CREATE FUNCTION pg_temp.id(account_id text) RETURNS bytea LANGUAGE sql AS $function$
    SELECT sha256(convert_to(account_id, 'UTF8'))
$function$;
CREATE FUNCTION pg_temp.state(account_id text) RETURNS bytea LANGUAGE sql AS $function$
    SELECT sha256(convert_to(
        concat_ws(',', quote_literal(a.account_id), a.version, encode(a.head, 'hex')), 'UTF8'
    ))
    FROM ledger.accounts AS a WHERE a.account_id = state.account_id
$function$;
CREATE TEMP TABLE digest AS SELECT d.* FROM engine.digest_of(
    nextval('ledger.transaction_seq'), 5000
) AS d;

-- Works
SELECT is(d.accounts, 2::bigint, 'how many accounts') FROM digest AS d;
SELECT is(d.legs, 3::bigint, 'how many legs') FROM digest AS d;
SELECT is(
    d.root,
    (
        SELECT encode(sha256(
            string_agg(sha256(coalesce(pg_temp.state(a.id), '')), '' ORDER BY b.n)
            || convert_to(concat_ws(
                ',', d.transaction_id, 5000, 2, 3, array_to_string(d.sums || d.weighted_sums, ',')
            ), 'UTF8')
        ), 'hex')
        FROM generate_series(0, 255) AS b (n)
        LEFT JOIN unnest(ARRAY['digest.a', 'digest.b']) AS a (id)
            ON get_byte(pg_temp.id(a.id), 31) = b.n
    ),
    'the root is what the comment says, which any other program can compute too'
) FROM digest AS d;
SELECT is(
    d.sums[get_byte(pg_temp.id(a.id), 31) + 1], pg_temp.number(pg_temp.state(a.id)),
    'the sum of the bucket of ' || a.id
) FROM digest AS d CROSS JOIN unnest(ARRAY['digest.a', 'digest.b']) AS a (id);
SELECT is(
    d.weighted_sums[get_byte(pg_temp.id('digest.a'), 31) + 1],
    pg_temp.number(pg_temp.state('digest.a')) * pg_temp.number(pg_temp.id('digest.a')) % 2147483647,
    'and its weighted sum'
) FROM digest AS d;
SELECT is(
    (SELECT count(*) FROM unnest(d.sums || d.weighted_sums) AS s (n) WHERE s.n <> 0), 4::bigint,
    'all others are zero'
) FROM digest AS d;
DO $later$
BEGIN
    PERFORM bank.deposit_at('digest.b', 1, "timestamp" => 2000);
    PERFORM bank.create_account_at('digest.c', "timestamp" => 2000);
END;
$later$;
SELECT is(
    (SELECT to_jsonb(e) FROM engine.digest_of(d.transaction_id, d."timestamp") AS e), to_jsonb(d),
    'it stays the same for ever'
) FROM digest AS d;

SELECT * FROM finish();
ROLLBACK;
