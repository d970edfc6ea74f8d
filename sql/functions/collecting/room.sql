-- Room collecting: Collecting accounts.
-- Accounts that many pay into at once.
-- What its functions return, and what they refuse.

CREATE TYPE bank.folding AS (
    folded bigint,
    amount bigint,
    remaining bigint
);
COMMENT ON TYPE bank.folding IS 'How many credits were posted, and how many remain.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('folded', '{}', '{}', 'How many were posted.'),
('amount', '{expiration,folding,settlement}', '{"minimum": 0, "maximum": null}', 'Their sum in minor units, over all currencies.');

INSERT INTO engine.operations (operation, title, about) VALUES
('set_collecting', 'Collecting begun or ended', 'It began or ceased to collect its credits.');
