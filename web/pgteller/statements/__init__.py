"""A statement in the forms in which people take it, each of them made from the function's JSON.

Whatever a statement says, the function has said: a form lays it out. What a form alone asks
for is told here, as the contract tells the arguments of functions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from flask import Response

from pgteller.contract import Json, Value
from pgteller.shell import shapes
from pgteller.shell.db import Arguments
from pgteller.statements import csv as statement_csv
from pgteller.statements import pdf as statement_pdf

# What some system's names of files may not hold, and how many bytes of them an id may take.
UNFIT = re.compile(r'[\x00-\x20\x7f"*/:<>?\\|]+')
MOST_OF_ID = 160


@dataclass(frozen=True)
class Form:
    """One media type, and how it is made; `parameters` is what a request may say of it."""

    media_type: str
    extension: str
    render: Callable[..., bytes]
    parameters: shapes.Arguments
    about: str

    def respond(self, answer: bytes, arguments: Arguments) -> Response:
        """The function's JSON in this form, as a file; what is meant for other forms is let be."""
        document = json.loads(answer)
        own = {name: value for name, value in arguments.items() if name in self.parameters}
        response = Response(self.render(document, **own), mimetype=self.media_type)
        name = file_name(document, self.extension)
        response.headers["Content-Disposition"] = attachment(name)
        return response


def file_name(document: Json, extension: str) -> str:
    """statement-alice-2026-10-01-2026-10-31.csv: the first day, if there is one, and the last.

    That of a period that is not over is not mistaken for the later one of the whole of it.
    """
    account = document["account_id"].encode()[:MOST_OF_ID].decode(errors="ignore")
    days = [document[moment].partition("T")[0] for moment in ("opening_time", "closing_time")]
    parts = ["statement", UNFIT.sub("_", account), *days[document["since"] == 0 :]]
    if document["as_of"] is not None:
        parts.append("not-over")
    return "-".join(parts) + f".{extension}"


def attachment(name: str) -> str:
    """The header that has a browser save a file under this name (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^\w.@+-]+", "_", name, flags=re.ASCII)
    exact = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{exact}'


def _flag(description: str) -> Value:
    return Value("boolean", {"type": "boolean"}, description, required=False, default=False)


ALL_ENTRIES = _flag(
    "In CSV and PDF: whether entries that move no money, such as holds, are there too."
)
SEPARATOR = Value(
    "text",
    {"type": "string", "enum": [",", ";"]},
    "In CSV: what stands between cells. With `;` amounts have a decimal comma, as spreadsheets "
    "expect it where they expect `;`.",
    checked=True,
    required=False,
    default=",",
)
BOM = _flag("In CSV: whether a byte order mark stands first, by which Excel knows UTF-8.")

FORMS = {
    form.media_type: form
    for form in (
        Form(
            "text/csv",
            "csv",
            statement_csv.render,
            {"all_entries": ALL_ENTRIES, "separator": SEPARATOR, "bom": BOM},
            "A text that a spreadsheet would take for a formula begins with an apostrophe, "
            "`'@external` for one.",
        ),
        Form(
            "application/pdf",
            "pdf",
            statement_pdf.render,
            {"all_entries": ALL_ENTRIES},
            "What a bank hands to the holder of an account.",
        ),
    )
}
