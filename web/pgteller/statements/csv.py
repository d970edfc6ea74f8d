"""A statement as CSV (RFC 4180): a row for the opening balance, one per entry, one for the closing.

Amounts stand in major units, exactly, and in minor units. Where the period is not over, the row of
the closing balance says so, and as of when that is, in its description.

Spreadsheets take a cell that begins with one of a few characters for a formula, and much of a
statement is anybody's choice. What is a cell they decide: where `;` separates they split a file
with commas at every `;`, quoted or not, and the other way round. So wherever a cell could begin, at
the front of a text and after either separator, such text gets an apostrophe; text within JSON is
written with an escape, and stays what it is.
"""

from __future__ import annotations

import csv
import io
import json
import re

from pgteller.contract import Json
from pgteller.money import major

COLUMNS = (
    "row",
    "version",
    "timestamp",
    "time",
    "value_at",
    "value_time",
    "transaction_id",
    "operation",
    "title",
    "description",
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
    "posting_metadata",
    "details",
    "account_id",
    "holder",
)

# Where a cell could begin, what a spreadsheet skips there (blanks, quotes, what cannot be seen),
# and what makes a formula, as ASCII and as full-width forms.
START = r"(^|[,;\t\r\n])"
SKIPPED = r'((?:[^\S\t\r\n]|["\x00-\x08\x0b\x0c\x0e-\x1f\u200b-\u200f\u2060\ufeff])*)'
FORMULA = re.compile(rf"^(?=[\t\r\n])|{START}{SKIPPED}(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
FORMULA_IN_JSON = re.compile(rf"{START}{SKIPPED}([=+\-@\uff1d\uff0b\uff0d\uff20])")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def render(
    document: Json, separator: str = ",", bom: bool = False, all_entries: bool = False
) -> bytes:
    """The function's JSON as CSV in UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n", delimiter=separator)
    writer.writeheader()
    point = "," if separator == ";" else "."
    common = {
        "currency": document["currency"],
        "account_id": harmless(document["account_id"]),
        "holder": harmless(document["holder"]),
    }
    first = {"timestamp": document["since"], "time": document["opening_time"]}
    last = {"timestamp": document["until"] - 1, "time": document["closing_time"]}
    writer.writerow(common | first | _balance(document, "opening", point))
    for line in document["transactions"]:
        if line["amount"] or all_entries:
            writer.writerow(common | _entry(line, document["exponent"], point))
    closing = _balance(document, "closing", point)
    if document["as_of"] is not None:
        closing["description"] = f"As of {document['as_of_time']}, the period is not over"
    writer.writerow(common | last | closing)
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")


def harmless(text: str | None) -> str:
    """Text that no spreadsheet takes for a formula, or for several cells with one among them."""
    return FORMULA.sub(r"\1'\2", text) if text else ""


def harmless_json(value: object) -> str:
    """A JSON document likewise: what is in its strings is escaped, so that it reads the same."""
    if value is None:
        return ""
    return STRING.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(string: re.Match[str]) -> str:
    inner = FORMULA_IN_JSON.sub(lambda m: f"{m[1]}{m[2]}\\u{ord(m[3]):04x}", string[1])
    return f'"{inner}"'


def _balance(document: Json, row: str, point: str) -> dict[str, object]:
    return {
        "row": row,
        "balance": major(document[row], document["exponent"], point=point),
        "balance_minor": document[row],
    }


def _entry(line: Json, exponent: int, point: str) -> dict[str, object]:
    return {
        "row": "transaction",
        "version": line["version"],
        "timestamp": line["timestamp"],
        "time": line["time"],
        "value_at": line["value_at"],
        "value_time": line["value_time"],
        "transaction_id": line["transaction_id"],
        "operation": line["operation"],
        "title": line["title"],
        "description": harmless(line["description"]),
        "amount": major(line["amount"], exponent, point=point),
        "amount_minor": line["amount"],
        "balance": major(line["balance_after"], exponent, point=point),
        "balance_minor": line["balance_after"],
        "contra_account_id": harmless(line["contra_account_id"]),
        "payment_ref": line["payment_ref"],
        "deposited": {None: "", True: "true", False: "false"}[line["deposited"]],
        "refers_to": line["refers_to"],
        "metadata": harmless_json(line["metadata"]),
        "posting_metadata": harmless_json(line["posting_metadata"]),
        "details": harmless_json(line["details"]),
    }
