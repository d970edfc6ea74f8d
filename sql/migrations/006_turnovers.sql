-- What moved in each period, so that totals are there without reading the log.

CREATE TABLE ledger.turnovers (
    every text COLLATE "C" NOT NULL CHECK (every IN ('minute', 'hour', 'day', 'ever')),
    since bigint NOT NULL,
    currency text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    house text COLLATE "C" NOT NULL,
    legs bigint NOT NULL,
    transactions bigint NOT NULL,
    debits numeric NOT NULL,
    credits numeric NOT NULL,
    PRIMARY KEY (every, since, currency, operation, house)
)
WITH (fillfactor = 70);  -- the newest change with every run, and find room beside them
COMMENT ON TABLE ledger.turnovers IS
    'What the legs of each period come to, those that have their event_ids up to '
    'ledger.turnover_mark. By timestamp, in UTC. Minutes are kept for two days and hours for 93, '
    'counted back from the newest leg.';
COMMENT ON COLUMN ledger.turnovers.since IS 'Where the period begins, ms; 0 of what is for ever.';
COMMENT ON COLUMN ledger.turnovers.house IS
    'The house account on the other side; empty between customers, and where nothing moved.';
COMMENT ON COLUMN ledger.turnovers.transactions IS
    'How many of the legs are the first of their transaction.';
COMMENT ON COLUMN ledger.turnovers.debits IS
    'What went out of accounts, minor units; many legs may come to more than a bigint holds.';
COMMENT ON COLUMN ledger.turnovers.credits IS 'What came into accounts, minor units.';

CREATE TABLE ledger.turnover_mark (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    event_id bigint NOT NULL,
    recorded_at bigint NOT NULL
);
COMMENT ON TABLE ledger.turnover_mark IS
    'Up to which event the legs are in ledger.turnovers: the newest one, but after the upgrade '
    'that brought this table, while bank.number_events catches up.';
COMMENT ON COLUMN ledger.turnover_mark.recorded_at IS
    'The newest recorded_at of these legs, ms: how long minutes and hours are kept counts from it.';
INSERT INTO ledger.turnover_mark (event_id, recorded_at) VALUES (0, 0);

CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.turnover_mark
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
