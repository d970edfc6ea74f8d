-- differing_account: which account is it whose change makes one digest of another.
--
--   Returns  the first id, by bytes, that explains the change of its bucket alone; NULL where every
--            bucket that differs holds more than one account that does
--
-- An account that is gone is looked for by the traces it left elsewhere.
CREATE OR REPLACE FUNCTION engine.differing_account(sealed bank.digest, found bank.digest)
RETURNS text
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN (
        SELECT min(named.account_id COLLATE "C")
        FROM (
            SELECT a.account_id::text AS account_id FROM ledger.accounts AS a
            UNION
            SELECT t.account_id FROM ledger.ledger_transactions AS t
            UNION
            SELECT t.contra_account_id FROM ledger.ledger_transactions AS t
            UNION
            SELECT p.account_id FROM ledger.payments AS p
            UNION
            SELECT k.owner FROM ledger.idempotency_keys AS k
        ) AS named
        CROSS JOIN LATERAL (SELECT sha256(convert_to(named.account_id, 'UTF8')) AS hash) AS id
        CROSS JOIN LATERAL (SELECT get_byte(id.hash, 31) + 1 AS number) AS bucket
        CROSS JOIN LATERAL (
            SELECT
                found.sums[bucket.number] - sealed.sums[bucket.number] AS d,
                found.weighted_sums[bucket.number] - sealed.weighted_sums[bucket.number] AS dk
        ) AS change
        WHERE change.d <> 0
            AND (change.d % 2147483647 * engine.digest_number(id.hash) - change.dk) % 2147483647 = 0
    );
END;
$function$;

COMMENT ON FUNCTION engine.differing_account(bank.digest, bank.digest) IS
    'Internal: the first account whose change alone turns a bucket of one digest into another''s.';
REVOKE ALL ON FUNCTION engine.differing_account(bank.digest, bank.digest) FROM PUBLIC;
