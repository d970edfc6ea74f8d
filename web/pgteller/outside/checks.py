"""What is checked: bank.checks says what each of them proves, and two there are here alone.

`legs_read_alike`: the legs found by account are those found by transaction.
`rows_readable`: each row has such values as its table can hold.
"""

from __future__ import annotations

CHECKS = frozenset(
    {
        # Every account's legs
        "versions_gapless",
        "balances_continuous",
        "timestamps_in_order",
        "ids_in_order",
        "value_dates_in_bounds",
        "operations_declared",
        "hash_versions_known",
        "hashes_recompute",
        "amounts_have_a_contra",
        # Every account's row
        "accounts_match_newest_leg",
        "balances_are_sums",
        "legs_have_accounts",
        "accounts_match_opening",
        "overdraft_limits_logged",
        "statuses_logged",
        "collecting_logged",
        "metadata_logged",
        "rewinds_logged",
        # Every transaction
        "legs_numbered",
        "legs_read_alike",
        "transactions_pair",
        "books_balance",
        "credits_collected_rightly",
        # Other tables, derived from sealed legs
        "keys_sealed",
        "payments_posted",
        "payments_consistent",
        "refunds_within_payments",
        "refunds_posted",
        "cashbacks_posted_once",
        "cashbacks_within_policy",
        "claw_backs_posted",
        "pending_cashbacks_add_up",
        "holds_logged",
        "holds_consistent",
        "holds_add_up",
        "hold_targets_open",
        "schedules_logged",
        "schedules_follow_legs",
        "schedules_have_turns",
        "schedules_keep_runs",
        "runs_posted",
        "runs_in_time",
        "monitors_logged",
        "monitors_evaluated",
        "accounts_know_monitors",
        "webhooks_logged",
        "deliveries_skipped_logged",
        "api_keys_logged",
        "reversals_mirror",
        "currencies_logged",
        "cashback_policies_logged",
        # Events
        "events_gapless",
        "events_tell_of_legs",
        "legs_have_events",
        "events_in_order",
        "turnovers_add_up",
        # Whatever else
        "rows_readable",
        "sequences_lead",
        "exchanges_as_agreed",
        "installed_as_released",
    }
)
