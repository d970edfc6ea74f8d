"""What is checked, and what each check proves.

Those that bank.verify_ledger has too are named as there, so that both reports read alike.
"""

from __future__ import annotations

CHECKS = {
    # Every account's legs
    "versions_gapless": "An account's legs are numbered 1, 2, 3 ... without a gap.",
    "balances_continuous": "Each balance_after is the one before it plus the leg's amount.",
    "timestamps_in_order": (
        "No leg of an account is older than the one before it, but those that rewind it."
    ),
    "ids_in_order": (
        "An account's legs come in the order of their ids; collected ones by that of their folding."
    ),
    "value_dates_in_bounds": "A value date, where a leg has one, is 0 to 2^53-1 ms.",
    "operations_declared": "Each leg is of an operation that the release has.",
    "hash_versions_known": "Each leg names a rule of hashing that there is.",
    "hashes_recompute": "Each hash is the SHA-256 of the hash before it and of its leg.",
    "amounts_have_a_contra": "A leg names another side where it moves money, and only there.",
    # Every account's row
    "accounts_match_newest_leg": (
        "An account's balances, version, head and last_timestamp are its newest leg's."
    ),
    "balances_are_sums": "An account's balance is the sum of its legs.",
    "legs_have_accounts": "Each leg and each collected credit belongs to an account.",
    "accounts_match_opening": (
        "An account's currency and created_at are those it was opened with, once."
    ),
    "overdraft_limits_logged": "An account's overdraft limit is the one logged last.",
    "statuses_logged": "An account's status is the one logged last.",
    "collecting_logged": "An account is collecting where its legs say so last.",
    "metadata_logged": "An account's metadata are those logged last.",
    "rewinds_logged": "Where an account was brought back to the clock, its legs tell.",
    # Every transaction
    "legs_numbered": "A transaction's legs are numbered 1, 2, 3 ... without a gap.",
    "legs_read_alike": "The legs found by account are those found by transaction.",
    "transactions_pair": (
        "What one customer's leg moves, the other's leg moves back, in one currency, on one value "
        "date."
    ),
    "books_balance": "All balances of a currency, the house's included, sum to zero.",
    "credits_collected_rightly": (
        "Only a collecting account has credits that are not folded, and each, folded or not, is as "
        "its payer's leg says."
    ),
    # Other tables, derived from sealed legs
    "keys_sealed": "Each idempotency key, its request and its answer are as a leg has sealed them.",
    "payments_posted": "Each payment, with the cashback that it promised, is as its legs say.",
    "payments_consistent": "What a payment says of itself and its cashback goes together.",
    "refunds_within_payments": "Nothing is refunded beyond what was paid.",
    "refunds_posted": "What was refunded of a payment, and cancelled, is what its legs say.",
    "cashbacks_posted_once": "A deposited cashback has exactly one leg; others have none.",
    "cashbacks_within_policy": "No cashback exceeds what the policy of its time gives.",
    "claw_backs_posted": "What was clawed back of a cashback is what its legs took.",
    "pending_cashbacks_add_up": (
        "An account's pending cashback is that of its pending ones, none of which falls due before "
        "it knows."
    ),
    "holds_logged": (
        "A hold is what its legs say, each leg of a hold has its hold, and none gives back more "
        "than was captured."
    ),
    "holds_consistent": "What a hold says of itself goes together.",
    "holds_add_up": (
        "What an account holds back is that of its open holds, none of which expires before it "
        "knows."
    ),
    "hold_targets_open": "An open hold is captured to an account that is there and not closed.",
    "schedules_logged": (
        "A schedule pays whom, what and when the leg says that made it, once for each."
    ),
    "schedules_follow_legs": (
        "Where a schedule stands, and when it is tried next, is what its legs and attempts have "
        "led to."
    ),
    "schedules_have_turns": (
        "An account that pays schedules is looked at no later than one is due, or than now."
    ),
    "schedules_keep_runs": "Each schedule has all its runs.",
    "runs_posted": (
        "Each occurrence that is over has one leg, its transfer as it was scheduled or why it was "
        "given up, and each such leg its run."
    ),
    "runs_in_time": (
        "Each occurrence is due when run_at and every say, and tried again 1, 4 and 24 hours "
        "later, where it lacked money."
    ),
    "monitors_logged": (
        "A monitor watches what the leg says that made it, once for each, until the one that "
        "deletes it."
    ),
    "monitors_evaluated": "Each monitor knows whether its condition holds.",
    "accounts_know_monitors": (
        "The accounts whose legs have made monitors, and have not deleted them, say so."
    ),
    "webhooks_logged": (
        "Events are sent where a leg of @ledger says that made a webhook, those that it says, "
        "under the secret whose hash it has, until the leg that deletes it."
    ),
    "reversals_mirror": "Each reversal is the mirror image of the transaction that it names.",
    "currencies_logged": "Currencies are those that the chain of @ledger has told of.",
    "cashback_policies_logged": "Each cashback policy is the one that @ledger has told last.",
    # Events
    "events_gapless": "Events are numbered 1, 2, 3 ... without a gap.",
    "events_tell_of_legs": "Each batch of events has as many as its transactions have legs.",
    "legs_have_events": (
        "Each leg has one event, up to where the numbering has come, and none beyond."
    ),
    "events_in_order": "The events of an account come in the order of its versions.",
    # Whatever else
    "rows_readable": "Each row has such values as its table can hold.",
    "sequences_lead": "No sequence is behind the largest number in use.",
    "exchanges_as_agreed": (
        "Each exchange takes from one account and gives to another what the legs of both say was "
        "agreed."
    ),
    "installed_as_released": (
        "Functions, types, guards, constraints, owners, privileges and the rights of the four "
        "roles are those of the release."
    ),
}
