"""What forms are called and say, to people who know no SQL, and how they sort kinds of events.

What is not said here the contract's description says, which is written for programs.
"""

from __future__ import annotations

from pgteller.console.fields import Field
from pgteller.contract import OPERATIONS, Function

# Of an argument of one function, or of all that have one of this name.
HINTS = {
    "create_account.account_id": (
        "Yours to choose, and unique for ever: 1 to 64 letters, digits and signs."
    ),
    "currency": "A code such as EUR or USD, or one that was made under Settings.",
    "create_currency.currency": "3 to 12 of A to Z, 0 to 9 and _, a letter first.",
    "create_webhook.account_id": "Its events alone; those of all accounts if left empty.",
    "update_webhook.account_id": "Its events alone; those of all accounts if left empty.",
    "hold.target_account_id": "Who gets what is taken of it; the bank if left empty.",
    "hold.expires_at": "When it ends by itself; never if left empty.",
    "raise_hold.amount": "How much more to reserve.",
    "raise_hold.expires_at": "When it ends by itself, put off; as it is if left empty.",
    "capture_hold.amount": "How much to take; all that is left if left empty.",
    "refund_hold.amount": "How much to give back; all that is left if left empty.",
    "refund_payment.amount": "How much to give back; all that is left if left empty.",
    "exchange.amount": "What is given, in the currency of the account that gives it.",
    "target_amount": "What is got, in the currency of the account that gets it.",
    "name": (
        "Of the key, and of whoever comes in with it: letters, digits and . _ : @ -, unique for "
        "ever."
    ),
    "create_api_key.expires_at": "When it ends by itself; never if left empty.",
    "role": "A teller serves customers, an operator does that and looks after the bank, an auditor "
    "only reads.",
    "accounts": "The only accounts it is for, one on a line: ids, or beginnings of ids with a * at "
    "the end. All if left empty.",
    "merchant_account_id": "Who is paid; the bank if left empty.",
    "fee": "On top of the amount; the bank keeps it.",
    "overdraft_limit": "How far below zero the account may go.",
    "max_amount": "The most that one payment earns; without a limit if left empty.",
    "rate_bps": "Of the amount paid: 0 to 100, with two decimals at most. 0 ends it.",
    "delay_ms": "From a payment until its cashback is paid; 1 day if left empty.",
    "overlap_ms": "For so long the secret before signs as well; 1 day if left empty.",
    "exponent": "Of its amounts: 2 if it has cents, 0 if it has no parts. They never change.",
    "value_at": (
        "When it counts for the bookkeeper, where that is another time; it may lie in the past."
    ),
    "timestamp": "When it counts; now if left empty. Not before the newest entry of an account.",
    "metadata": "Names and values of your own. A row that is emptied is taken away.",
    "run_at": "When the first transfer is made.",
    "every": "By the calendar: the 31st is the last day of a shorter month, and the 31st again.",
    "until": "No transfer on it or after it; for ever if left empty.",
    "time_zone": "By whose calendar and clocks it is repeated, such as Europe/Berlin.",
    "field": "Which number of the account is watched.",
    "comparison": "How it is compared to the value.",
    "value": "What it is compared to.",
    "collecting": "Many can pay it at once; what it gets shows a moment later.",
    "final": "What is not taken is available again; else it stays reserved.",
    "force": "Otherwise that is refused. In the API this is called force.",
    "reason": "For whoever reads the log.",
    "url": "Where they are sent: an address that begins with https://.",
    "secret": "Signs what is sent: 16 to 255 letters, digits and signs; made if left empty.",
    "types": "Which events are sent; all of them if no box is checked.",
    "after": "Events after the one of this number are sent; those to come if left empty.",
}

# What a form is called, where the word on its button needs what is around it.
HEADINGS = {
    "schedule_transfer": "Schedule a transfer",
    "create_monitor": "Watch the account",
    "set_overdraft_limit": "Change the overdraft limit",
    "set_account_metadata": "Change the metadata",
    "set_collecting": "Change how it collects",
    "freeze_account": "Freeze the account",
    "block_account": "Block the account",
    "unfreeze_account": "Unfreeze the account",
    "close_account": "Close the account",
    "capture_hold": "Capture the hold",
    "raise_hold": "Raise the hold",
    "release_hold": "Release the hold",
    "refund_hold": "Refund what was captured",
    "cancel_schedule": "Cancel the scheduled transfer",
    "delete_monitor": "Delete the monitor",
    "reverse_transaction": "Reverse the transaction",
    "refund_payment": "Refund the payment",
    "pause_webhooks": "Pause all webhooks",
    "pause_webhook": "Pause the webhook",
    "resume_webhook": "Resume the webhook",
    "update_webhook": "Change the webhook",
    "rotate_webhook_secret": "Give the webhook a new secret",
    "delete_webhook": "Delete the webhook",
    "retry_delivery": "Retry the delivery",
    "skip_delivery": "Skip the event",
    "revoke_api_key": "Revoke the key",
    "set_cashback_policy": "Change the cashback policy",
}

# What a form is for, where the function's own first sentence is for programs.
SUMMARIES = {
    "deposit": "Add money that comes from outside the bank.",
    "withdraw": "Take out money that leaves the bank.",
    "pay": "Pay for a purchase, and promise its cashback.",
    "hold": "Set money aside, so that it is there when it is taken later.",
    "set_collecting": "Have an account get many credits at once, or no longer.",
    "freeze_account": "Nothing can be taken from the account any more; it still gets money.",
    "block_account": "Nothing can be taken from the account any more, and it gets no money.",
    "reverse_transaction": "Undo a transaction by its opposite; the original stays as it is.",
    "create_webhook": "Have events sent to another system.",
    "create_api_key": "Let a person or a program in.",
}

# Kinds of events by what they are about; what is in none of these comes last.
GROUPS = {
    "Money": "deposit withdraw transfer pay refund exchange post reversal fee batch",
    "Cashback": "cashback cashback_clawback set_cashback_policy",
    "Reserved money": "hold raise_hold capture refund_hold release_hold expire_hold",
    "Accounts": (
        "open set_account_metadata set_overdraft_limit set_collecting freeze_account block_account "
        "unfreeze_account close_account rewind_account"
    ),
    "Scheduled transfers": ("schedule_transfer schedule_postponed schedule_failed cancel_schedule"),
    "Monitors": "create_monitor monitor delete_monitor",
    "Webhooks": (
        "create_webhook update_webhook rotate_webhook_secret pause_webhook resume_webhook "
        "retry_delivery skip_delivery delete_webhook"
    ),
    "Keys and currencies": "create_api_key revoke_api_key create_currency",
}


def summary(function: Function) -> str:
    """What a form says first."""
    return SUMMARIES.get(function.name, function.summary)


def hint(field: Field) -> str:
    """What a form says below a field."""
    found = HINTS.get(f"{field.function}.{field.name}") or HINTS.get(field.name)
    if found is not None or field.name.endswith("_id"):
        return found or ""
    return "" if field.name == "amount" else field.value.description


def event_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Each kind of event and what it is in words, by what they are about."""
    grouped = {title: names.split() for title, names in GROUPS.items()}
    known = {name for names in grouped.values() for name in names}
    grouped["Others"] = [name for name in OPERATIONS if name not in known]
    return [
        (title, [(name, OPERATIONS[name]["title"]) for name in names if name in OPERATIONS])
        for title, names in grouped.items()
        if names
    ]
