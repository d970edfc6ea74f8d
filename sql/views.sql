-- Views: what auditors read, and the list of refusals. They show the log, never a copy of it.

CREATE VIEW bank.legs AS
SELECT
    t.transaction_id,
    t."timestamp",
    t.recorded_at,
    t.operation,
    t.account_id,
    a.currency,
    t.amount,
    t.balance_after,
    t.contra_account_id,
    t.payment_ref,
    t.reverses,
    t.metadata,
    t.details,
    t.version,
    encode(t.hash, 'hex') AS hash
FROM ledger.ledger_transactions AS t
INNER JOIN ledger.accounts AS a ON t.account_id = a.account_id
UNION ALL
SELECT
    c.transaction_id,
    c."timestamp",
    NULL,
    c.operation,
    c.account_id,
    a.currency,
    c.amount,
    NULL,
    c.contra_account_id,
    c.payment_ref,
    NULL,
    c.metadata,
    NULL,
    NULL,
    NULL
FROM ledger.collected_credits AS c
INNER JOIN ledger.accounts AS a ON c.account_id = a.account_id
UNION ALL
SELECT
    t.transaction_id,
    t."timestamp",
    t.recorded_at,
    t.operation,
    t.contra_account_id,
    a.currency,
    -t.amount,
    NULL,
    t.account_id,
    t.payment_ref,
    t.reverses,
    t.metadata,
    t.details,
    NULL,
    NULL
FROM ledger.ledger_transactions AS t
INNER JOIN ledger.accounts AS a ON t.account_id = a.account_id
WHERE t.contra_account_id LIKE '@%';
COMMENT ON VIEW bank.legs IS
    'Both sides of every transaction: customer legs as posted, credits that a collecting account '
    'has not folded yet (no version, no hash), and the house sides that customer legs imply '
    '(@external, @payments, @cashback, @fees, @exchange), which are derived and have no balance '
    'or hash.';
GRANT SELECT ON bank.legs TO bank_auditor;

CREATE VIEW bank.events AS
SELECT
    e.event_id,
    t.operation AS type,
    e.account_id,
    e.version,
    e.transaction_id,
    t."timestamp",
    t.recorded_at,
    t.amount::bigint AS amount,
    t.balance_after::bigint AS balance_after,
    t.contra_account_id,
    t.payment_ref,
    t.reverses,
    t.details,
    t.metadata,
    encode(t.hash, 'hex') AS hash
FROM ledger.events AS e
INNER JOIN ledger.ledger_transactions AS t
    ON e.account_id = t.account_id AND e.version = t.version;
COMMENT ON VIEW bank.events IS
    'Every leg that has been numbered as an event; bank.list_events numbers what is new first.';
GRANT SELECT ON bank.events TO bank_auditor;

-- A line each, however long.
-- noqa: disable=LT05
CREATE VIEW bank.refusals (code, name, hint) AS
VALUES
-- Not acceptable, whatever the state of the ledger
('TL001', 'invalid_account_id', 'Use 1 to 64 characters, none of them a control character, no blank at either end, no leading @.'),
('TL002', 'invalid_amount', 'Give a whole number of minor units, 1 to 9007199254740991.'),
('TL003', 'invalid_timestamp', 'Give milliseconds since the epoch, 0 to 9007199254740991.'),
('TL004', 'unknown_currency', 'Use a code of ledger.currencies, or add yours to it.'),
('TL005', 'invalid_metadata', 'Give a JSON object of at most 16384 bytes.'),
('TL006', 'invalid_idempotency_key', 'Use 1 to 255 characters.'),
('TL007', 'invalid_argument', 'See the function''s comment for what this argument takes.'),
('TL008', 'same_account', 'Name two different accounts.'),
('TL009', 'currency_mismatch', 'Both accounts must have the same currency.'),
('TL010', 'idempotency_key_reused', 'This key was used for another request; use a new one.'),
('TL011', 'not_reversible', 'Deposits, withdrawals, transfers and captures can be reversed; refund payments.'),
('TL020', 'invalid_period', 'Give a since that is not after until.'),
('TL021', 'statement_too_long', 'Ask for a shorter period, or page through the transactions.'),
('TL022', 'same_currency', 'Both accounts have the same currency: use bank.transfer.'),
('TL030', 'invalid_url', 'Use an http or https URL of at most 2048 visible ASCII characters, without a user or fragment.'),
('TL041', 'invalid_batch', 'Send an array of 1 to 10000 items, each with a known operation and its fields.'),
('TL042', 'linked_failed', 'Another item of the same chain was refused, so none of it was posted.'),
-- Not there
('TL101', 'account_not_found', 'Open the account first, or check the spelling of its id.'),
('TL102', 'payment_not_found', 'Use a payment_id that a payment returned.'),
('TL103', 'transaction_not_found', 'Use a transaction_id that an operation returned.'),
('TL111', 'hold_not_found', 'Use a hold_id that a hold returned.'),
('TL131', 'webhook_not_found', 'Use a webhook_id that create_webhook returned and that is not deleted.'),
('TL132', 'schedule_not_found', 'Use a schedule_id that schedule_transfer returned.'),
('TL133', 'monitor_not_found', 'Use a monitor_id that create_monitor returned and that is not deleted.'),
-- Not allowed
('TL201', 'operator_required', 'Only members of bank_operator may give this argument.'),
-- Not now: the state of the ledger is against it
('TL301', 'account_exists', 'Account ids are unique for ever; choose another.'),
('TL302', 'insufficient_funds', 'The amount must not exceed what is available.'),
('TL303', 'account_frozen', 'A frozen account can be credited but not debited.'),
('TL304', 'account_blocked', 'A blocked account can be neither debited nor credited.'),
('TL305', 'account_closed', 'A closed account stays closed for ever.'),
('TL306', 'timestamp_in_past', 'Give a timestamp not older than the newest leg of each account.'),
('TL307', 'balance_limit_exceeded', 'Balance, pending cashback and overdraft limit must fit 9007199254740991.'),
('TL311', 'capture_exceeds_hold', 'Capture at most what is left of the hold.'),
('TL312', 'hold_captured', 'The hold was captured to its end; nothing of it is reserved any more.'),
('TL313', 'hold_released', 'The hold was released; place a new one.'),
('TL314', 'hold_expired', 'The hold expired at expires_at; place a new one.'),
('TL315', 'refund_exceeds_payment', 'Refund at most what is left of the payment.'),
('TL316', 'payment_refunded', 'All of the payment is refunded already.'),
('TL317', 'already_reversed', 'A transaction is reversed once; see reversed_by.'),
('TL331', 'status_unchanged', 'The account has this status already.'),
('TL332', 'account_collecting', 'Have the account stop collecting first.'),
('TL333', 'balance_not_zero', 'Move the balance away, or pay it in, first.'),
('TL334', 'hold_open', 'Capture or release the holds of the account first.'),
('TL335', 'cashback_pending', 'Wait until the pending cashback is due, or cancel it, first.'),
('TL336', 'overdraft_in_use', 'Give a limit that covers what the account has drawn and reserved.'),
('TL351', 'schedule_ended', 'The schedule has run to its end, has failed or was cancelled; make a new one.'),
('TL390', 'ledger_busy', 'A transaction that began before the digest has not ended; end it, or try again.');
COMMENT ON VIEW bank.refusals IS
    'Every refusal: its SQLSTATE, the name that is its MESSAGE, and its HINT. DETAIL is JSON.';
GRANT SELECT ON bank.refusals TO bank_teller, bank_operator, bank_auditor;

CREATE VIEW bank.checks ("check", promise) AS
VALUES
-- bank._verify_legs
('versions_gapless', 'An account''s legs are numbered 1, 2, 3 ... without a gap.'),
('balances_continuous', 'Each balance_after is the one before it plus the leg''s amount.'),
('timestamps_in_order', 'No leg of an account is older than the one before it.'),
('hashes_recompute', 'Each hash is the SHA-256 of the hash before it and of its leg.'),
('amounts_have_a_contra', 'A leg names another side where it moves money, and only there.'),
-- bank._verify_accounts
('accounts_match_newest_leg', 'An account''s balances, version, head and last_timestamp are its newest leg''s.'),
('balances_are_sums', 'An account''s balance is the sum of its legs.'),
('legs_have_accounts', 'Each leg and each collected credit belongs to an account.'),
('accounts_match_opening', 'An account''s currency and created_at are those it was opened with, once.'),
('overdraft_limits_logged', 'An account''s overdraft limit is the one logged last.'),
-- bank._verify_transactions
('transactions_pair', 'What one customer''s leg moves, the other''s leg moves back, in one currency.'),
('books_balance', 'All balances of a currency, the house''s included, sum to zero.'),
('credits_collected_rightly', 'Only a collecting account has credits that are not folded.'),
-- bank._verify_cashbacks
('cashbacks_posted_once', 'A deposited cashback has exactly one leg, as promised; others have none.'),
('pending_cashbacks_add_up', 'An account''s pending cashback and its next due time are those of its pending ones.'),
('claw_backs_posted', 'What was clawed back of a cashback is what its legs took.'),
('cashbacks_within_policy', 'No cashback exceeds what the policy of its time gives for the rest of the payment.'),
-- bank._verify_payments
('payments_posted', 'Each payment has its leg and that of its fee; each debit `pay` has its payment.'),
('refunds_within_payments', 'Nothing is refunded beyond what was paid.'),
('refunds_posted', 'What was refunded of a payment is what its legs gave back.'),
-- bank._verify_reversals
('reversals_mirror', 'Each reversal is the mirror image of the transaction that it names, which has no other.'),
-- bank._verify_holds
('holds_add_up', 'What an account holds back and its next expiry are those of its open holds.'),
-- bank._verify_keys
('responses_point_at_rows', 'Transactions and payments that an idempotent response names exist.'),
-- bank._verify_events
('events_gapless', 'Events are numbered 1, 2, 3 ... without a gap, those of an account in the order of its versions.'),
('events_tell_of_legs', 'Each event is a leg''s, under the transaction_id of that leg.'),
('legs_have_events', 'Each leg has its event, up to where the numbering has come.'),
-- bank._verify_monitors
('monitors_evaluated', 'Each monitor knows whether its condition holds.'),
('accounts_know_monitors', 'The accounts that have active monitors say so.'),
-- bank._verify_schedules
('schedules_keep_runs', 'Each schedule has all its runs, and no occurrence that was paid twice.'),
('runs_posted', 'Each run that succeeded has its transfer, as it was scheduled.');
COMMENT ON VIEW bank.checks IS 'What bank.verify_ledger looks at: each check and what it promises.';
GRANT SELECT ON bank.checks TO bank_operator, bank_auditor;
