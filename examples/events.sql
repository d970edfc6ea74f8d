-- The event stream: everything that happens, in an order in which nothing comes late.

-- A program that follows the stream keeps the event_id of the last event it has seen ...
SELECT coalesce(max(e.event_id), 0) AS seen FROM bank.list_events("limit" => NULL) AS e \gset

SELECT account_id, balance
FROM bank.create_account_at('events.alice', "timestamp" => 1767225600000);
SELECT account_id, balance
FROM bank.create_account_at('events.bob', "timestamp" => 1767225600000);
SELECT account_id, balance
FROM bank.deposit_at(
    'events.alice', 10000, "timestamp" => 1767225600000, metadata => '{"source": "salary"}'
);

-- ... and asks for what came after it. The worker numbers events all the time; here nobody does.
SELECT numbered FROM bank.number_events();
SELECT e.event_id - :seen AS event, e.type, e.account_id, e.version, e.amount, e.balance_after,
    e.metadata
FROM bank.list_events(after => :seen) AS e;

SELECT max(e.event_id) AS seen FROM bank.list_events(after => :seen) AS e \gset

-- Both sides of a transfer are events of their own, with one transaction_id.
SELECT source_account_id, target_account_id, amount
FROM bank.transfer_at('events.alice', 'events.bob', 2500, "timestamp" => 1767225660000);

SELECT numbered FROM bank.number_events();
SELECT e.type, e.account_id, e.version, e.amount, e.balance_after, e.contra_account_id,
    count(*) OVER (PARTITION BY e.transaction_id) AS sides
FROM bank.list_events(after => :seen) AS e;
