"""What an account's row says, against what its legs say."""

from __future__ import annotations

from typing import Any, NamedTuple

from pgteller.outside.findings import Findings
from pgteller.outside.legs import Leg
from pgteller.outside.wire import NULL, members, number, plain, scalar, text

# The legs that change what is no money.
SETTINGS = frozenset(
    b"open freeze_account block_account unfreeze_account close_account set_collecting "
    b"set_overdraft_limit set_account_metadata rewind_account".split()
)
HOUSE = b"@ledger"


class Account(NamedTuple):
    """A row of ledger.accounts, each value as the field of COPY."""

    account_id: bytes
    currency: bytes
    status: bytes
    collecting: bytes
    monitored: bytes
    rewound: bytes
    balance: bytes
    held: bytes
    pending_cashback: bytes
    overdraft_limit: bytes
    version: bytes
    head: bytes
    last_timestamp: bytes
    created_at: bytes
    metadata: bytes


SELECT = ", ".join(f'a."{name}"' for name in Account._fields)


class Story:
    """What an account's legs have told so far."""

    def __init__(self, account_id: bytes, row: Account | None) -> None:
        self.account_id = account_id
        self.row = row
        self.currency = b"" if row is None else row.currency
        self.amount = 0
        self.newest: Leg | None = None
        self.openings = 0
        self.opened: tuple[bytes, bytes] = NULL, NULL  # created_at, currency
        self.status = b"closed" if account_id == HOUSE else NULL
        self.collecting = NULL
        self.overdraft_limit = NULL
        self.metadata = NULL
        self.rewound = b"f"
        self.open: dict[bytes, Any] = {}  # what rooms remember from leg to leg

    def set_by(self, leg: Leg) -> None:
        """Go by a leg of one of SETTINGS; a detail that it does not have changes nothing."""
        details = members(leg.details)
        if leg.operation == b"rewind_account":
            self.rewound = b"t"
            return
        if leg.operation == b"open":
            self.openings += 1
            self.collecting = b"false"
            if self.account_id != HOUSE:
                self.status = b"active"
            self.metadata = b"{}" if leg.metadata == NULL else plain(leg.metadata)
            if leg.version == b"1":
                self.opened = leg.timestamp, scalar(details.get(b"currency"))
        if leg.operation == b"set_account_metadata":
            self.metadata = details.get(b"metadata", self.metadata)
        if b"status" in details and self.account_id != HOUSE:
            self.status = scalar(details[b"status"])
        self.collecting = details.get(b"collecting", self.collecting)
        self.overdraft_limit = details.get(b"overdraft_limit", self.overdraft_limit)


def compare(story: Story, findings: Findings) -> None:
    """Say where the row is not what the legs have told."""
    row, newest = story.row, story.newest
    wrong = findings.wrong
    name = story.account_id
    if row is None:
        wrong("legs_have_accounts", name, version=newest and number(newest.version))
        return
    stands = (
        row.version,
        row.balance,
        row.held,
        row.pending_cashback,
        row.overdraft_limit,
        row.last_timestamp,
        row.head,
    )
    if newest is None or stands != (
        newest.version,
        newest.balance_after,
        newest.held_after,
        newest.pending_cashback_after,
        newest.overdraft_limit_after,
        newest.timestamp,
        newest.hash,
    ):
        wrong(
            "accounts_match_newest_leg",
            name,
            version=number(row.version),
            newest_version=newest and number(newest.version),
        )
    if number(row.balance) != story.amount:
        wrong("balances_are_sums", name, balance=number(row.balance), sum=story.amount)
    if (story.openings, *story.opened) != (1, row.created_at, row.currency):
        wrong(
            "accounts_match_opening",
            name,
            currency=text(row.currency),
            created_at=number(row.created_at),
        )
    for check, member, kept, logged in (
        ("overdraft_limits_logged", "overdraft_limit", row.overdraft_limit, story.overdraft_limit),
        ("statuses_logged", "status", row.status, story.status),
        ("collecting_logged", "collecting", row.collecting, story.collecting[:1]),
        ("metadata_logged", "metadata", plain(row.metadata), story.metadata),
        ("rewinds_logged", "rewound", row.rewound, story.rewound),
    ):
        if kept != logged:
            told = {
                member: kept.decode(errors="replace"),
                "logged": logged.decode(errors="replace"),
            }
            wrong(check, name, **told)
