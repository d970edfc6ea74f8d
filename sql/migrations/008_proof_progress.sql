-- How far a proof is that goes on, and what each check of a verification came to.

ALTER TABLE ledger.proofs
ADD COLUMN legs_seen bigint,
ADD COLUMN legs bigint,
ADD COLUMN checks json;
COMMENT ON COLUMN ledger.proofs.legs_seen IS
    'How many entries have been looked at, as whoever does it tells; NULL where nobody has told.';
COMMENT ON COLUMN ledger.proofs.legs IS 'Of how many; NULL where nobody has told.';
COMMENT ON COLUMN ledger.proofs.checks IS
    'Of a verification, what bank.verify_ledger answered, as whoever did it tells.';
