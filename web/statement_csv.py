"""A statement as CSV (RFC 4180): a row for the opening balance, one per entry, one for the closing.

Amounts stand in major units, exactly, and in minor units. Spreadsheets take text that begins with
one of a few characters for a formula, and account ids are anybody's choice: such text gets an
apostrophe in front.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from web.money import major, moment

COLUMNS = (
    "row",
    "version",
    "timestamp",
    "time",
    "transaction_id",
    "operation",
    "amount",
    "amount_minor",
    "balance",
    "balance_minor",
    "currency",
    "contra_account_id",
    "payment_ref",
    "deposited",
    "refers_to",
    "metadata",
    "details",
)

# As ASCII, as full-width forms, and what a spreadsheet skips before it looks for them.
DANGEROUS = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n")


def render(statement: bytes) -> bytes:
    """The function's JSON as CSV in UTF-8."""
    document = json.loads(statement)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerow(_balance_row(document, "opening", document["since"]))
    for line in document["transactions"]:
        writer.writerow(_row(document, line))
    writer.writerow(_balance_row(document, "closing", document["until"]))
    return text.getvalue().encode()


def harmless(text: str | None) -> str:
    """Text that no spreadsheet takes for a formula."""
    if text is None:
        return ""
    return "'" + text if text.lstrip(" ").startswith(DANGEROUS) else text


def _balance_row(document: dict[str, Any], row: str, timestamp: int) -> dict[str, object]:
    return {
        "row": row,
        "timestamp": timestamp,
        "time": moment(timestamp),
        "balance": major(document[row], document["exponent"]),
        "balance_minor": document[row],
        "currency": document["currency"],
    }


def _row(document: dict[str, Any], line: dict[str, Any]) -> dict[str, object]:
    return {
        "row": "transaction",
        "version": line["version"],
        "timestamp": line["timestamp"],
        "time": moment(line["timestamp"]),
        "transaction_id": line["transaction_id"],
        "operation": harmless(line["operation"]),
        "amount": major(line["amount"], document["exponent"]),
        "amount_minor": line["amount"],
        "balance": major(line["balance_after"], document["exponent"]),
        "balance_minor": line["balance_after"],
        "currency": document["currency"],
        "contra_account_id": harmless(line["contra_account_id"]),
        "payment_ref": harmless(line["payment_ref"]),
        "deposited": {None: "", True: "true", False: "false"}[line["deposited"]],
        "refers_to": line["refers_to"],
        "metadata": _json(line["metadata"]),
        "details": _json(line["details"]),
    }


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
