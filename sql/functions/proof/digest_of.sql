-- digest_of: the digest of what the ledger has under ids below a transaction_id.
--
--   Returns  the digest: `root` proves, `sums` and `weighted_sums` find
--
-- Accounts are spread over 256 buckets by the last byte of SHA-256(account_id). root is the SHA-256
-- of the buckets' hashes, and behind them the digest's other members, all numbers, joined by
-- commas: so it seals itself too. The hash of a bucket is that of its accounts' hashes, in byte
-- order of their ids, each of the id as a SQL literal, the version and the head in hexadecimal,
-- joined so.
-- Per bucket there are also the sum of its accounts' numbers h and the sum of h * k, modulo the
-- prime 2^31 - 1, where h stands for an account's state and k for its id. If one account of a
-- bucket changes, h by d, then the sums change by d and d * k, which gives its k away.
CREATE OR REPLACE FUNCTION engine.digest_of(transaction_id bigint, "timestamp" bigint)
RETURNS bank.digest
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_digest bank.digest;
BEGIN
    SELECT
        digest_of.transaction_id,
        digest_of."timestamp",
        d.accounts,
        d.legs,
        encode(sha256(d.hashes || convert_to(concat_ws(
            ',', digest_of.transaction_id, digest_of."timestamp", d.accounts, d.legs,
            array_to_string(d.sums, ','), array_to_string(d.weighted_sums, ',')
        ), 'UTF8')), 'hex'),
        d.sums,
        d.weighted_sums
    INTO v_digest
    FROM (
        SELECT
            coalesce(sum(filled.accounts), 0) AS accounts,
            coalesce(sum(filled.legs), 0) AS legs,
            string_agg(
                coalesce(filled.hash, sha256('')), ''::bytea ORDER BY bucket.number
            ) AS hashes,
            array_agg(coalesce(filled.sum, 0) ORDER BY bucket.number) AS sums,
            array_agg(coalesce(filled.weighted_sum, 0) ORDER BY bucket.number) AS weighted_sums
        FROM generate_series(0, 255) AS bucket (number)
        LEFT JOIN (
            SELECT
                get_byte(hashed.id, 31) AS number,
                count(*) AS accounts,
                sum(hashed.version) AS legs,
                sha256(
                    string_agg(hashed.state, ''::bytea ORDER BY hashed.account_id COLLATE "C")
                ) AS hash,
                sum(engine.digest_number(hashed.state)) % 2147483647 AS sum,
                sum(
                    engine.digest_number(hashed.state) * engine.digest_number(hashed.id)
                    % 2147483647
                ) % 2147483647 AS weighted_sum
            FROM (
                SELECT
                    s.account_id,
                    s.version,
                    sha256(convert_to(s.account_id, 'UTF8')) AS id,
                    sha256(convert_to(
                        format('%L,%s,%s', s.account_id, s.version, encode(s.head, 'hex')), 'UTF8'
                    )) AS state
                FROM engine.sealed(digest_of.transaction_id) AS s
            ) AS hashed
            GROUP BY get_byte(hashed.id, 31)
        ) AS filled ON filled.number = bucket.number
    ) AS d;
    RETURN v_digest;
END;
$function$;

COMMENT ON FUNCTION engine.digest_of(bigint, bigint) IS
    'Internal: the digest of every leg posted under an id below transaction_id.';
REVOKE ALL ON FUNCTION engine.digest_of(bigint, bigint) FROM PUBLIC;
