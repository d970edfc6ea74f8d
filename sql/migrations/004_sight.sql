-- What whoever runs the ledger can see: what was refused, and when it was last proved.

ALTER TABLE ledger.settings
ADD COLUMN refusals bigint NOT NULL DEFAULT 100000 CHECK (refusals BETWEEN 0 AND 10000000);
COMMENT ON COLUMN ledger.settings.refusals IS
    'How many refused requests are kept, the newest ones; at most a tenth of them of strangers.';

CREATE TABLE ledger.refused_requests (
    refusal_id bigint PRIMARY KEY,
    refused_at bigint NOT NULL,
    status bigint NOT NULL,
    request_id text NOT NULL,
    method text NOT NULL,
    route text,
    code text NOT NULL,
    actor text,
    account_ids text[] NOT NULL,
    detail json NOT NULL
);
CREATE INDEX refused_requests_of_strangers
ON ledger.refused_requests (refusal_id) WHERE status = 401;
COMMENT ON TABLE ledger.refused_requests IS
    'Requests that web servers have refused lately, as they tell it. No part of the books: nothing '
    'seals it, and what is older goes.';
COMMENT ON COLUMN ledger.refused_requests.actor IS
    'The login, and after a slash the API key; NULL where nobody knows who it was.';
COMMENT ON COLUMN ledger.refused_requests.account_ids IS
    'Those that the request names, and that of the refusal, whether they exist or not.';

CREATE TABLE ledger.refusal_counter (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    newest bigint NOT NULL
);
COMMENT ON TABLE ledger.refusal_counter IS
    'The refusal_id given last; its lock has whoever writes refusals.';
INSERT INTO ledger.refusal_counter (newest) VALUES (0);

CREATE TABLE ledger.proof_counter (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    newest bigint NOT NULL
);
COMMENT ON TABLE ledger.proof_counter IS
    'The proof_number given last; its lock has whoever decides whether a proof is due.';
INSERT INTO ledger.proof_counter (newest) VALUES (0);

CREATE TABLE ledger.proofs (
    proof_number bigint PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('verification', 'digest')),
    begun_at bigint NOT NULL,
    lost_at bigint NOT NULL,
    ended_at bigint,
    violations bigint,
    clean boolean,
    actor text NOT NULL,
    sha256 text,
    finding text
);
CREATE INDEX proofs_of_kind ON ledger.proofs (kind, proof_number);
COMMENT ON TABLE ledger.proofs IS
    'When the ledger was verified, and digests were taken, and what came of it, as those tell who '
    'did it. No part of the books: nothing seals it.';
COMMENT ON COLUMN ledger.proofs.lost_at IS
    'When it is taken for lost, ms, unless it has ended before.';
COMMENT ON COLUMN ledger.proofs.clean IS
    'Whether all was well; NULL while it goes on, and where it could not be done.';
