-- Scheduled transfers: once, or again and again.

SELECT account_id, balance
FROM bank.create_account_at('schedules.alice', "timestamp" => 1767225600000);
SELECT account_id, balance
FROM bank.create_account_at('schedules.landlord', "timestamp" => 1767225600000);
SELECT account_id, balance
FROM bank.deposit_at('schedules.alice', 120000, "timestamp" => 1767225600000);

-- The rent, on the last day of January 2026 and every month from then on until the end of May.
SELECT schedule_id AS rent
FROM bank.schedule_transfer_at(
    'schedules.alice', 'schedules.landlord', 50000, run_at => 1769817600000, every => 'P1M',
    until => 1780272000000, "timestamp" => 1767225600000, metadata => '{"for": "rent"}'
) \gset
SELECT amount, every, status, to_timestamp(next_run_at / 1000) AT TIME ZONE 'UTC' AS next_run_at
FROM bank.get_schedule(:'rent');

-- A worker runs what is due; this one comes late, on the second of March.
SELECT succeeded, refused, remaining FROM bank.run_schedules(1772409600000);

-- Both transfers count from when they were due: a month after January 31 is February 28.
SELECT operation, amount, balance_after, to_timestamp("timestamp" / 1000) AT TIME ZONE 'UTC' AS "when"
FROM bank.list_transactions('schedules.alice', "timestamp" => 1772409600000);

-- In March there is too little money. The run is refused, and tried again an hour later.
SELECT succeeded, refused, remaining FROM bank.run_schedules(1774915200000);
SELECT account_id, balance FROM bank.deposit_at('schedules.alice', 100000, "timestamp" => 1774916000000);
SELECT succeeded, refused, remaining FROM bank.run_schedules(1774918800000);

SELECT run_number, occurrence, attempt, status, code, detail
FROM bank.list_schedule_runs(:'rent');

SELECT status, occurrence, runs FROM bank.cancel_schedule(:'rent');
