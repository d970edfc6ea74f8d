"""Items of a batch that were refused: noted as if each had come by itself.

A batch is answered with 200 whatever becomes of its items, so nothing is raised for these.  What is
looked at of every answer are its first bytes, which have the counts.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import msgspec
from flask import g
from msgspec import Raw, Struct

from pgteller.shell import seen
from pgteller.shell.db import Arguments
from pgteller.shell.errors import STATUS

log = logging.getLogger(__name__)

MOST = 100  # of one batch that are noted
LINKED = "linked_failed"  # of an item that fails only because another one has

# As PostgreSQL writes what `calls.SUMMARIES` asks for.
_ALL_WELL = re.compile(rb'\{"posted" : [0-9]+, "replayed" : [0-9]+, "refused" : 0,')

Json = dict[str, Any]


class Result(Struct):
    """What became of an item, as far as that matters here."""

    item: int
    code: str | None
    detail: Raw


class Answer(Struct):
    """Of a batch."""

    results: list[Result]


# Of an item the accounts alone: its numbers may be larger than msgspec takes.
Item = msgspec.defstruct("Item", [(name, str | None, None) for name in seen.ACCOUNTS])


def note(answer: bytes, arguments: Arguments) -> None:
    """Note what was refused, unless it was only tried, or is answered for the second time."""
    if _ALL_WELL.match(answer) or arguments.get("dry_run") or g.get("replayed"):
        return
    try:
        _note(answer, str(arguments["operations"]))
    except Exception:  # a mistake of ours: what has been done is answered all the same
        log.exception("refused items not noted")


def _note(answer: bytes, operations: str) -> None:
    results = msgspec.json.decode(answer, type=Answer).results
    refused = [result for result in results if result.code is not None]
    refused.sort(key=lambda result: result.code == LINKED)  # these matter least
    items = msgspec.json.decode(operations, type=list[Raw])
    for result in refused[:MOST]:
        assert result.code
        detail = (json.loads(bytes(result.detail)) or {}) | {"item": result.item}
        detail["refused"] = len(refused)
        given = msgspec.structs.asdict(msgspec.json.decode(items[result.item - 1], type=Item))
        seen.refused(result.code, STATUS[result.code], detail, given)
