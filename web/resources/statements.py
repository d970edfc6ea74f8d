"""Statements of account, as JSON, as a table and on paper."""

from __future__ import annotations

from web import db, statement_csv, statement_pdf
from web.db import Arguments
from web.fields import (
    AccountId,
    Answer,
    Balance,
    Count,
    Currency,
    NotNegative,
    Operation,
    Query,
    Since,
    Sum,
    Until,
)
from web.resources.transactions import HistoryLine
from web.routes import Route


class OperationTotal(Answer):
    """All entries of one operation."""

    operation: Operation
    count: Count
    credits: Sum
    debits: Sum


class Statement(Answer):
    """closing = opening + credits - debits; exponent is the number of decimals of the currency."""

    account_id: AccountId
    currency: Currency
    exponent: NotNegative
    since: Since
    until: Until
    opening: Balance
    credits: Sum
    debits: Sum
    closing: Balance
    totals: list[OperationTotal]
    transactions: list[HistoryLine]


class Period(Query):
    """From when, included, until when, not included; all up to now if left out."""

    since: Since | None = None
    until: Until | None = None


@Route(
    "GET",
    "/accounts/{account_id}/statement",
    query=Period,
    answer=Statement,
    also={"text/csv": statement_csv.render, "application/pdf": statement_pdf.render},
    refusals=("invalid_timestamp", "invalid_period", "account_not_found", "statement_too_long"),
)
def get_statement(arguments: Arguments) -> bytes:
    """Show what happened on an account in a period, and what it had before and after.

    As JSON, or as CSV or PDF where Accept asks for it. Cashback due by the end of the period counts
    whether or not it has been posted. 10000 entries at most.
    """
    return db.row("get_statement", arguments)
