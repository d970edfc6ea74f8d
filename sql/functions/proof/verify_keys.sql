-- verify_keys: see that each idempotency key is the one that a leg has sealed.
--
--   Returns  the violations of keys_sealed
--
-- The hash of a key covers the request that it stands for and the answer, so that what was changed,
-- forged or removed leaves a key without a seal, or a seal without a key.
CREATE OR REPLACE FUNCTION engine.verify_keys()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'keys_sealed', coalesce(keyed.owner, sealed.account_id), json_build_object(
        'idempotency_key', keyed.idempotency_key, 'operation', keyed.operation,
        'transaction_id', sealed.transaction_id,
        'found', CASE
            WHEN sealed.key_hash IS NULL THEN 'a key that no leg seals'
            WHEN keyed.key_hash IS NULL THEN 'a seal whose key is gone or changed'
            ELSE 'one key sealed twice'
        END
    )
    FROM (
        SELECT
            k.owner, k.idempotency_key, k.operation,
            engine.key_hash(
                k.owner, k.idempotency_key, k.operation, k.request_hash, k.response, k.created_at
            ) AS key_hash
        FROM ledger.idempotency_keys AS k
    ) AS keyed
    FULL JOIN (
        SELECT
            t.key_hash, min(t.account_id) AS account_id, min(t.transaction_id) AS transaction_id,
            count(*) AS legs
        FROM ledger.ledger_transactions AS t
        WHERE t.key_hash IS NOT NULL
        GROUP BY t.key_hash
    ) AS sealed ON sealed.key_hash = keyed.key_hash
    WHERE keyed.key_hash IS NULL OR sealed.key_hash IS NULL OR sealed.legs > 1;
END;
$function$;

COMMENT ON FUNCTION engine.verify_keys() IS
    'Internal: the violations of idempotency keys.';
REVOKE ALL ON FUNCTION engine.verify_keys() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('keys_sealed', 'Each idempotency key, its request and its answer are as a leg has sealed them, and no such key is gone.', 'verify_keys');
