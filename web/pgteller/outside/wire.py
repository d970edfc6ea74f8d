"""Rows as COPY writes them in its text format: fields with tabs between them, a line each.

A field stays as it came wherever that will do, since most have nothing to take back. JSON is as
PostgreSQL prints jsonb, which is one way only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

NULL = rb"\N"

# What a value that its column cannot have makes of those who read it.
UNREADABLE = (ValueError, TypeError, LookupError)

_MEANINGS = {
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_SPECIAL = re.compile(rb"[\b\f\n\r\t\v\\]")
_LETTERS = {meaning: b"\\" + letter for letter, meaning in _MEANINGS.items()} | {b"\\": rb"\\"}

_FLAT = re.compile(rb'"([^"]*)": ([^",]+|"[^"]*")')
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[][{},]')


def plain(field: bytes) -> bytes:
    """The value that a field stands for, which is not NULL."""
    if b"\\" not in field:
        return field
    return _ESCAPED.sub(lambda found: _MEANINGS.get(found[1], found[1]), field)


def escaped(value: bytes) -> bytes:
    """The field that stands for a value."""
    return _SPECIAL.sub(lambda found: _LETTERS[found[0]], value)


def text(field: bytes) -> str | None:
    """For people."""
    return None if field == NULL else plain(field).decode(errors="replace")


def number(field: bytes) -> int | None:
    """A whole number; None for NULL, and for what no column of whole numbers has."""
    try:
        return int(field)
    except ValueError:
        return None


def numbers(column: Iterable[bytes]) -> list[int]:
    """Whole numbers, 0 for what is none."""
    fields = [*column]
    try:
        return [*map(int, fields)]
    except ValueError:
        return [number(field) or 0 for field in fields]


def members(field: bytes) -> dict[bytes, bytes]:
    """The members of a JSON object, each with its value's own text; none for NULL."""
    if field == NULL:
        return {}
    document = plain(field)
    inner = document[1:-1]
    if b"{" not in inner and b"[" not in inner and b"\\" not in inner:
        return dict(_FLAT.findall(inner))
    return _nested_members(document)


def _nested_members(document: bytes) -> dict[bytes, bytes]:
    """The same by brackets, however deep they are: no recursion that a document could exhaust."""
    found: dict[bytes, bytes] = {}
    depth = 0
    name: bytes | None = None
    begins = 0
    for token in _TOKEN.finditer(document):
        match token[0][:1]:
            case b"{" | b"[":
                depth += 1
            case b"}" | b"]":
                depth -= 1
                if depth == 0 and name is not None:
                    found[name] = document[begins : token.start()]
            case b",":
                if depth == 1 and name is not None:
                    found[name] = document[begins : token.start()]
                    name = None
            case _:
                if depth == 1 and name is None:
                    name = json.loads(token[0]).encode()
                    begins = token.end() + len(b": ")
    return found


def document(value: bytes | None) -> bytes:
    """A member that is JSON of any kind, as the field of a jsonb column would have it."""
    return NULL if value is None or value == b"null" else escaped(value)


def scalar(value: bytes | None) -> bytes:
    """A member that is a number, a string or null, as the field of a column would have it."""
    if value is None or value == b"null":
        return NULL
    if value.startswith(b'"'):
        return escaped(json.loads(value).encode())
    return value
