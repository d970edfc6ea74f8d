-- digest_of: the digest of what the ledger has under ids below a transaction_id.
--
--   Returns  the digest: `root` proves, `sums` and `weighted_sums` find
--
-- Accounts are spread over 256 buckets by the last byte of SHA-256(account_id). root is the SHA-256
-- of the buckets' hashes, and these are of their accounts' ids, versions and heads in byte order.
-- Per bucket there are also the sum of its accounts' numbers h and the sum of h * k, modulo the
-- prime 2^31 - 1, where h stands for an account's state and k for its id. If one account of a
-- bucket changes, h by d, then the sums change by d and d * k, which gives its k away.
CREATE OR REPLACE FUNCTION engine.digest_of(transaction_id bigint)
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
        NULL::bigint,
        coalesce(sum(filled.accounts), 0),
        coalesce(sum(filled.legs), 0),
        encode(sha256(string_agg(
            coalesce(filled.hash, sha256('')), ''::bytea ORDER BY bucket.number
        )), 'hex'),
        array_agg(coalesce(filled.sum, 0) ORDER BY bucket.number),
        array_agg(coalesce(filled.weighted_sum, 0) ORDER BY bucket.number)
    INTO v_digest
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
                engine.digest_number(hashed.state) * engine.digest_number(hashed.id) % 2147483647
            ) % 2147483647 AS weighted_sum
        FROM (
            SELECT
                s.account_id,
                s.version,
                sha256(convert_to(s.account_id, 'UTF8')) AS id,
                sha256(convert_to(
                    ROW(s.account_id, s.version, encode(s.head, 'hex'))::text, 'UTF8'
                )) AS state
            FROM engine.sealed(digest_of.transaction_id) AS s
        ) AS hashed
        GROUP BY get_byte(hashed.id, 31)
    ) AS filled ON filled.number = bucket.number;
    RETURN v_digest;
END;
$function$;

COMMENT ON FUNCTION engine.digest_of(bigint) IS
    'Internal: the digest of every leg posted under an id below transaction_id.';
REVOKE ALL ON FUNCTION engine.digest_of(bigint) FROM PUBLIC;
