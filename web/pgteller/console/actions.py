"""The table of actions: what can be done from a page, each a form for one function.

What the form asks for, the contract says; a row says where it is offered, and under which word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pgteller.console import hints
from pgteller.console.asking import exponent, may
from pgteller.console.fields import Field
from pgteller.console.kinds import Flag, Metadata, Place, Time
from pgteller.contract import FUNCTIONS, Function, Json

ANYTIME: Callable[[Json], bool] = lambda _: True  # noqa: E731


def _status(*words: str) -> Callable[[Json], bool]:
    return lambda row: row["status"] in words


@dataclass(frozen=True)
class Action:
    """A button, and the form behind it."""

    name: str  # of the function
    label: str  # on the button
    place: str  # on what it is offered: an account, a hold, a page
    given: dict[str, str] = field(default_factory=dict)  # argument: column of that
    when: Callable[[Json], bool] = ANYTIME  # whether it is offered on this one
    grave: bool = False  # what cannot be undone, or stops somebody
    note: str = ""  # the member of metadata that has a field of its own
    rare: bool = False  # whether it stands behind "More"
    twice: str = ""  # without a key: what is refused by then if it is sent a second time

    @property
    def function(self) -> Function:
        """What the contract says of it."""
        return FUNCTIONS[self.name]

    @property
    def title(self) -> str:
        """What it is called where nothing around it says on what it is done."""
        return hints.HEADINGS.get(self.name, self.label)

    def mark(self, row: Json | None) -> str:
        """What the button is known by in its page, so that the focus finds it again."""
        known = next(iter(self.prefilled(row).values()), "") if row else ""
        return f"do-{self.name}-{known}".rstrip("-").replace(" ", "_")

    def prefilled(self, row: Json) -> dict[str, str]:
        """What the form's address has of that, as it is typed, but for metadata."""
        place = Place(exponent(row["currency"]) if "currency" in row else None)
        found: dict[str, str] = {}
        for argument, column in self.given.items():
            asked = Field(argument, self.function.arguments[argument], required=False)
            if not isinstance(asked.kind, Metadata | Flag | Time):
                found |= asked.written(row[column], place)
        return found


ACCOUNT = {"account_id": "account_id"}
SOURCE = {"source_account_id": "account_id"}
HOLD, SCHEDULE, MONITOR = ({f"{word}_id": f"{word}_id"} for word in ("hold", "schedule", "monitor"))
WEBHOOK = {"webhook_id": "webhook_id"}
DELIVERY = WEBHOOK | {"event_id": "event_id"}
LIVES, OPEN, ACTIVE = _status("active", "frozen", "blocked"), _status("open"), _status("active")
# What of operations the ledger takes back by their mirror image; payments are refunded.
REVERSIBLE = {"deposit", "withdraw", "transfer", "capture", "refund_hold", "post"}
CREDITABLE = _status("active", "frozen")

ACTIONS = {
    action.name: action
    for action in (
        Action("create_account", "Open an account", "accounts", note="name"),
        # on an account
        Action("deposit", "Deposit", "account", ACCOUNT, CREDITABLE, note="description"),
        Action("withdraw", "Withdraw", "account", ACCOUNT, ACTIVE, note="description"),
        Action("transfer", "Transfer", "account", SOURCE, ACTIVE, note="description"),
        Action("pay", "Pay", "account", ACCOUNT, ACTIVE, note="description"),
        Action("hold", "Hold", "account", ACCOUNT, ACTIVE, note="description"),
        Action(
            "schedule_transfer", "Schedule", "account", SOURCE, LIVES, note="description", rare=True
        ),
        Action("exchange", "Exchange", "account", SOURCE, ACTIVE, note="description", rare=True),
        Action("create_monitor", "Watch", "account", ACCOUNT, LIVES, rare=True),
        Action("set_overdraft_limit", "Overdraft limit", "account", ACCOUNT, LIVES, rare=True),
        Action(
            "set_account_metadata",
            "Metadata",
            "account",
            ACCOUNT | {"metadata": "metadata"},
            rare=True,
        ),
        Action(
            "set_collecting",
            "Collecting",
            "account",
            ACCOUNT | {"collecting": "collecting"},
            ACTIVE,
            rare=True,
        ),
        Action(
            "freeze_account", "Freeze", "account", ACCOUNT, _status("active", "blocked"), rare=True
        ),
        Action(
            "block_account",
            "Block",
            "account",
            ACCOUNT,
            _status("active", "frozen"),
            grave=True,
            rare=True,
        ),
        Action(
            "unfreeze_account",
            "Unfreeze",
            "account",
            ACCOUNT,
            _status("frozen", "blocked"),
            rare=True,
        ),
        Action("close_account", "Close", "account", ACCOUNT, LIVES, grave=True, rare=True),
        # on what belongs to one
        Action("capture_hold", "Capture", "hold", HOLD, OPEN),
        Action("raise_hold", "Raise", "hold", HOLD, OPEN),
        Action("release_hold", "Release", "hold", HOLD, OPEN),
        Action("refund_hold", "Refund", "hold", HOLD, lambda row: row["captured"] > 0),
        Action("cancel_schedule", "Cancel", "schedule", SCHEDULE, ACTIVE, grave=True),
        Action("delete_monitor", "Delete", "monitor", MONITOR, grave=True),
        # on a transaction, a payment
        Action(
            "reverse_transaction",
            "Reverse",
            "transaction",
            {"transaction_id": "transaction_id"},
            lambda row: row["operation"] in REVERSIBLE,
            grave=True,
        ),
        Action(
            "refund_payment",
            "Refund",
            "payment",
            {"payment_id": "payment_id"},
            lambda row: row.get("refunded") is None or row["refunded"] < row["amount"],
            note="description",
        ),
        # on webhooks
        Action("create_webhook", "Add a webhook", "webhooks"),
        Action("pause_webhooks", "Pause all", "webhooks", grave=True),
        Action("pause_webhook", "Pause", "webhook", WEBHOOK, lambda row: row["paused_at"] is None),
        Action("resume_webhook", "Resume", "webhook", WEBHOOK, lambda row: bool(row["paused_at"])),
        Action(
            "update_webhook",
            "Change",
            "webhook",
            WEBHOOK | {"url": "url", "types": "types", "account_id": "account_id"},
        ),
        Action("rotate_webhook_secret", "New secret", "webhook", WEBHOOK),
        Action(
            "delete_webhook", "Delete", "webhook", WEBHOOK, grave=True, twice="webhook_not_found"
        ),
        Action("retry_delivery", "Retry", "delivery", DELIVERY, _status("pending")),
        Action("skip_delivery", "Skip", "delivery", DELIVERY, _status("pending"), grave=True),
        # on the ledger
        Action("create_api_key", "Make a key", "keys", twice="api_key_exists"),
        Action(
            "revoke_api_key",
            "Revoke",
            "key",
            {"name": "name"},
            lambda row: row["revoked_at"] is None,
            grave=True,
        ),
        Action("create_currency", "Make a currency", "settings"),
        Action(
            "set_cashback_policy",
            "Change",
            "policy",
            {
                "currency": "currency",
                "rate_bps": "rate_bps",
                "delay_ms": "delay_ms",
                "max_amount": "max_amount",
            },
        ),
    )
}


def offered(place: str, row: Json | None = None) -> list[Action]:
    """Those that whoever asks may do on such a thing, as it is now."""
    return [
        action
        for action in ACTIONS.values()
        if action.place == place and may(action.name) and action.when(row or {})
    ]
