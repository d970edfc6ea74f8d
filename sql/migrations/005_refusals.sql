-- Who was refused is told apart exactly, strangers are whoever nobody knows, and digests that were
-- handed out are noted.

ALTER TABLE ledger.refused_requests ADD COLUMN caller text;
-- Of those that are there the login is what stands before the first slash.
UPDATE ledger.refused_requests AS r
SET caller = substr(r.actor, strpos(r.actor, '/') + 1)
WHERE strpos(r.actor, '/') > 0;
COMMENT ON COLUMN ledger.refused_requests.caller IS
    'Of actor, whom the login let in: the name of an API key, or token/ and that of a token.';

DROP INDEX ledger.refused_requests_of_strangers;
ALTER TABLE ledger.refused_requests ADD COLUMN number bigint;
UPDATE ledger.refused_requests AS r
SET number = n.number
FROM (
    SELECT
        k.refusal_id,
        row_number() OVER (PARTITION BY k.actor IS NULL ORDER BY k.refusal_id) AS number
    FROM ledger.refused_requests AS k
) AS n
WHERE n.refusal_id = r.refusal_id;
ALTER TABLE ledger.refused_requests ALTER COLUMN number SET NOT NULL;
COMMENT ON COLUMN ledger.refused_requests.number IS
    'Among those of strangers, whose actor is NULL, or among all others: each kind is counted by '
    'itself, so that none drives out the other.';
CREATE UNIQUE INDEX refused_requests_of_strangers
ON ledger.refused_requests (number) WHERE actor IS NULL;
CREATE UNIQUE INDEX refused_requests_of_others
ON ledger.refused_requests (number) WHERE actor IS NOT NULL;
ALTER TABLE ledger.refusal_counter
ADD COLUMN known bigint NOT NULL DEFAULT 0,
ADD COLUMN strangers bigint NOT NULL DEFAULT 0;
UPDATE ledger.refusal_counter AS c
SET known = n.known, strangers = n.strangers
FROM (
    SELECT
        count(*) FILTER (WHERE r.actor IS NOT NULL) AS known,
        count(*) FILTER (WHERE r.actor IS NULL) AS strangers
    FROM ledger.refused_requests AS r
) AS n
WHERE c.only_row;
COMMENT ON COLUMN ledger.refusal_counter.known IS
    'The number given last to one of somebody who was known.';
COMMENT ON COLUMN ledger.refusal_counter.strangers IS
    'The number given last to one of a stranger.';
COMMENT ON COLUMN ledger.settings.refusals IS
    'How many refusals are kept, the newest ones: a tenth of the places is for those of strangers, '
    'the rest for all others.';

ALTER TABLE ledger.proofs
DROP CONSTRAINT proofs_kind_check,
ADD CONSTRAINT proofs_kind_check CHECK (kind IN ('verification', 'digest', 'digest_handed_out'));
COMMENT ON COLUMN ledger.proofs.kind IS
    'A digest is one that was kept, as whoever took it tells; of one that was handed out nobody '
    'knows.';
