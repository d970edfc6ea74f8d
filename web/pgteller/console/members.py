"""Metadata as rows of a name and a value, and back: what is not changed stays what it was.

A value that is a text stands there as that, any other one as JSON: so 1.10 and 9007199254740993
stay as they were written, and 5 does not become "5".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from pgteller.console.typed import unclear
from pgteller.shell import parsing
from pgteller.shell.errors import ProblemError

TEXT, JSON = "text", "json"
MOST = 100  # rows; longer metadata is shown as JSON

_PART = re.compile(r"([0-9]{1,4})\.(?:name|value|kind)")
_LOST = re.compile(r"[\0\r\n]")  # what a browser takes out of what stands on one line


class Row(NamedTuple):
    """A member of an object."""

    name: str
    value: str
    kind: str = TEXT


def rows(document: str) -> list[Row] | None:
    """Of an object; None where it is none, or has what no row can show."""
    try:
        parsing.document(document.encode())
        found = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    except (ProblemError, msgspec.DecodeError):
        return None
    if len(found) > MOST or any(not name or _LOST.search(name) for name in found):
        return None
    return [_row(name, bytes(raw).decode()) for name, raw in found.items()]


def _row(name: str, raw: str) -> Row:
    if raw.startswith('"'):
        text = json.loads(raw)
        if not _LOST.search(text):
            return Row(name, text)
    return Row(name, raw, JSON)


def document(given: Iterable[Row], field: str) -> str:
    """The object that rows make; a name stands in one of them alone."""
    found: dict[str, str] = {}
    for number, row in enumerate(given):
        where = f"{field}.{number}"
        if not row.name:
            unclear(f"Give the value {row.value[:64]} a name, or empty its row.", f"{where}.name")
        if row.name in found:
            unclear(f"There are two rows of the name {row.name[:64]}.", f"{where}.name")
        found[row.name] = _value(row, f"{where}.value")
    return f"{{{', '.join(f'{_text(name)}: {value}' for name, value in found.items())}}}"


def _value(row: Row, field: str) -> str:
    """As JSON: what is said to be that, only if it is one value and nothing besides."""
    if row.kind != JSON:
        return _text(row.value)
    try:
        parsing.document(row.value.encode())
    except ProblemError:
        unclear(
            f"The value of {row.name[:64]} is no JSON: write 5, true, [1, 2] or the like, or "
            "choose Text.",
            field,
        )
    return row.value


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def typed(given: Mapping[str, str]) -> list[Row]:
    """The rows of a form in which there is anything, in their order."""
    numbers = sorted({int(found[1]) for found in map(_PART.fullmatch, given) if found})
    all_rows = (
        Row(*(given.get(f"{number}.{part}", "") for part in Row._fields)) for number in numbers
    )
    return [row for row in all_rows if row.name or row.value]


def parts(given: Iterable[Row]) -> dict[str, str]:
    """The other way round: what stands in the fields of a form, by their names."""
    return {
        f"{number}.{part}": text
        for number, row in enumerate(given)
        for part, text in row._asdict().items()
    }
