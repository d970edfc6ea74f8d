-- Room proof: showing that the books are intact.
-- What its functions return, and what they refuse.

-- What a digest seals of one account: its newest leg then.
CREATE TYPE engine.seal AS (
    account_id text,
    version bigint,
    head bytea
);

-- Kept outside the database; see bank.ledger_digest.
CREATE TYPE bank.digest AS (
    transaction_id bigint,
    "timestamp" bigint,
    accounts bigint,
    legs bigint,
    root text,
    sums bigint[],  -- noqa: LT01
    weighted_sums bigint[]  -- noqa: LT01
);

CREATE TYPE bank.digest_verification AS (
    ok boolean,
    finding text,
    account_id text,
    version bigint,
    transaction_id bigint,
    "timestamp" bigint,
    accounts bigint,
    legs bigint
);

CREATE TYPE bank.verification AS (
    "check" text,
    ok boolean,
    violations bigint,
    sample json
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL390', 'ledger_busy', 'A transaction that began before the digest has not ended; end it, or try again.');
