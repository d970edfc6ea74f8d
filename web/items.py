"""The operations that come many at a time, over HTTP and from files."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from web.fields import NO_METADATA, AccountId, Amount, Body, GivenTimestamp, Metadata, NotNegative

ItemKey = Annotated[
    str,
    Meta(
        description="A key of this item alone, as that of the operation by itself.",
        extra_json_schema={"minLength": 1, "maxLength": 255, "examples": ["invoice-77"]},
    ),
]
Linked = Annotated[
    bool,
    Meta(description="Joined to the next item: such a chain is posted whole or not at all."),
]


class _Item(Body, tag_field="operation", kw_only=True):
    """What every item may have besides its operation's own members."""

    amount: Amount
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA
    idempotency_key: ItemKey | None = None
    linked: Linked | None = None


class DepositItem(_Item, tag="deposit", kw_only=True):
    """Credit an account with money from outside."""

    account_id: AccountId


class WithdrawItem(_Item, tag="withdraw", kw_only=True):
    """Debit an account with money that leaves."""

    account_id: AccountId


class TransferItem(_Item, tag="transfer", kw_only=True):
    """Move money between two accounts."""

    source_account_id: AccountId
    target_account_id: AccountId


class PayItem(_Item, tag="pay", kw_only=True):
    """Debit an account for a purchase."""

    account_id: AccountId
    merchant_account_id: AccountId | None = None
    fee: NotNegative | None = None


MOST = 10_000
BatchItem = DepositItem | WithdrawItem | TransferItem | PayItem
Batch = Annotated[list[BatchItem], Meta(extra_json_schema={"minItems": 1, "maxItems": MOST})]
