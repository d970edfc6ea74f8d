-- Room collecting: accounts that many pay into at once.
-- What its functions return, and what they refuse.

-- fold_collected
CREATE TYPE bank.folding AS (
    folded bigint,
    amount bigint,
    remaining bigint
);
