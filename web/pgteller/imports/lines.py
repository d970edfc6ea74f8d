"""The lines of a file of operations, and the key that each is posted under.

A key is made of the import's name, of what the line says, and of how many lines before it in the
file say the same. So it stays the same wherever the line moves, and however it is written; and the
second of two equal lines is an operation of its own. Lines that are linked are posted whole or not
at all, so a chain says one thing, and each of its lines has a place in it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import msgspec
from msgspec import Raw, Struct

from pgteller.shell import parsing
from pgteller.shell.errors import ProblemError
from pgteller.shell.shapes import ITEM

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_NAME = 200  # leaves room for the rest of a key
MOST_DIGITS = 131_072  # before the point of a number of PostgreSQL's

# Of what cannot be read as an item: whether it may have meant to be linked to the next line.
_LINKED = re.compile(r'"linked"\s*:(?!\s*(?:false|null)\b)')


class OriginalMissingError(Exception):
    """The file that lines were refused from is not there to be counted."""


class Refused(Struct):
    """A line of a file of refusals, whose item may have been corrected since."""

    file: str
    line: int
    key: str
    item: Raw


@dataclass
class Line:
    """One line of the file, and the code and numbers of its refusal, if there is one."""

    number: int
    text: str
    said: bytes = b""
    key: str = ""
    item: Any = None
    code: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    refused: Refused | None = None  # where the file is one of refusals

    @property
    def linked(self) -> bool:
        """Whether it is joined to the next line."""
        if self.item is None:
            return _LINKED.search(self.text) is not None
        return bool(self.item.linked)

    def refuse(self, code: str, detail: dict[str, Any] | None = None) -> None:
        """Note why it was not posted; the first reason counts."""
        if not self.code:
            self.code, self.detail = code, detail or {}

    def refusal(self, file: str) -> str:
        """As it stands in the file of refusals: the item as it was written, to the letter."""
        told = {
            "file": file,
            "line": self.number,
            "code": self.code,
            "detail": self.detail,
            "key": self.key,
        }
        is_object = self.code != "malformed_json" and self.text.startswith("{")
        item = self.text if is_object else json.dumps(self.text, ensure_ascii=False)
        return f'{json.dumps(told, ensure_ascii=False)[:-1]}, "item": {item}}}\n'


Chain = list[Line]  # lines linked to each other


class Keys:
    """Gives the lines of one import their keys."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._seen: dict[bytes, int] = {}  # of each chain, how many were like it

    def give(self, chain: Chain) -> None:
        """The next keys of chains that say this."""
        digest = digest_of(chain)
        count = self._seen[digest] = self._seen.get(digest, 0) + 1
        for line, key in zip(chain, self._keys(chain, digest, count), strict=True):
            line.key = key

    def keep(self, chain: Chain) -> bool:
        """Leave a chain the keys that it was refused under, if it still is what was refused."""
        kept = [line.refused.key for line in chain if line.refused]
        count = kept[0].split(":")[2:3] if kept else []
        if not count or kept != self._keys(chain, digest_of(chain), count[0]):
            return False
        for line, key in zip(chain, kept, strict=True):
            line.key = key
        return True

    def _keys(self, chain: Chain, digest: bytes, count: int | str) -> list[str]:
        start = f"{self.name}:{digest.hex()}:{count}"
        return [f"{start}:{place}" for place in range(1, len(chain) + 1)]


def digest_of(chain: Chain) -> bytes:
    """What a chain says, in few bytes, since those of the whole file are kept in memory."""
    return blake2b(b"\n".join([line.said for line in chain]), digest_size=16).digest()


def name_of(path: Path, given: str | None = None) -> str:
    """The import's name as it stands in keys: the given one, or else that of the file.

    Lines that were refused belong to the import that refused them. Whoever gives a name as it
    stands in keys means that one, so a percent sign stays as it is.
    """
    name = quote(os.fsencode(given or path.stem), safe="%")
    if first := first_refused(path):
        was = first.key.split(":")[0]
        if given and name != was:
            raise ValueError(f"These lines were refused by the import {was}, and keep its name.")
        return was
    if len(name) > LONGEST_NAME:
        raise ValueError(f"The name {name} is longer than {LONGEST_NAME} characters.")
    return name


def count_lines(path: Path) -> int:
    """How many lines the file has."""
    with opened(path) as file:
        return sum(not line.isspace() for line in file)


def keyed(path: Path, keys: Keys, *above: Path) -> Iterator[Chain]:
    """The chains of a file with their keys, in order; `above` are files that came of its refusals.

    In a file of refusals a line that is as it was keeps its key. One that was corrected counts as
    if it was the last of the file that it was refused from. So it gets a key that it would also
    have if it was corrected there; and whichever is done first, the other posts nothing twice.
    """
    first = first_refused(path)
    if not first:
        for chain in chains_of(lines_of(path)):
            keys.give(chain)
            yield chain
        return

    corrected: dict[int, str] = {}  # lines of the original, and their keys
    for chain in chains_of(lines_of(path)):
        if not keys.keep(chain):
            corrected |= {line.refused.line: line.refused.key for line in chain if line.refused}
    unchanged: set[str] = set()
    if corrected or above:
        original = path.with_name(Path(first.file).name)
        if not original.is_file() or original in (path, *above):
            raise OriginalMissingError(
                f"{path.name} has lines that were corrected. Put {first.file}, which they were "
                "refused from, beside it: they are counted among its lines."
            )
        for chain in keyed(original, keys, path, *above):
            unchanged |= {line.key for line in chain if corrected.get(line.number) == line.key}
    said = {key.split(":")[1] for key in unchanged}

    for chain in chains_of(lines_of(path)):
        if keys.keep(chain):
            pass
        elif flaw := _flaw(chain, unchanged, said):
            for line in chain:
                line.refuse("invalid_request", {"detail": flaw})
        else:
            keys.give(chain)
        yield chain


def _flaw(chain: Chain, unchanged: set[str], said: set[str]) -> str:
    """What keeps a corrected chain from being counted, if anything does."""
    for line in chain:
        if line.refused and line.refused.key not in unchanged:
            place = f"Line {line.refused.line} of {line.refused.file}"
            return f"{place} is not what was refused. Correct it there, and import that file."
    if digest_of(chain).hex() in said:
        return (
            "This is what another line said that is corrected here too. Correct both in the file "
            "that they were refused from, and import that."
        )
    return ""


def chains_of(lines: Iterable[Line]) -> Iterator[Chain]:
    """Lines together with those that they are linked to."""
    chain: Chain = []
    for line in lines:
        chain.append(line)
        if not line.linked:
            yield chain
            chain = []
    if chain:
        chain[-1].refuse("invalid_request", {"detail": "The last line is linked to nothing."})
        yield chain


def lines_of(path: Path) -> Iterator[Line]:
    """The lines that are not empty, checked."""
    of_refusals: bool | None = None
    with opened(path) as file:
        for number, raw in enumerate(file, 1):
            if not raw.strip():
                continue
            if of_refusals is None:
                of_refusals = _refused(raw) is not None
            yield _refused_line(number, raw) if of_refusals else _line(number, raw)


def first_refused(path: Path) -> Refused | None:
    """The first line of a file of refusals; nothing where the file is another one."""
    with opened(path) as file:
        return next((_refused(raw) for raw in file if raw.strip()), None)


def opened(path: Path) -> IO[bytes]:
    """The file, after its byte order mark if it has one."""
    file = path.open("rb")
    if file.read(len(BYTE_ORDER_MARK)) != BYTE_ORDER_MARK:
        file.seek(0)
    return file


def _line(number: int, raw: bytes) -> Line:
    line = Line(number, raw.decode(errors="replace").strip())
    try:
        line.item = parsing.item(raw, ITEM)
    except ProblemError as problem:
        line.refuse(problem.name, {"detail": problem.detail, **problem.members})
        line.said = line.text.encode()
    else:
        line.said = said_by(line.item)
    return line


def _refused_line(number: int, raw: bytes) -> Line:
    """The item of a refused line; one that was no JSON object stands in a string."""
    refused = _refused(raw)
    if not refused:
        line = _line(number, raw)
        line.refuse("invalid_request", {"detail": "A refused line has a file, line, key and item."})
        line.item = None
        return line
    item = bytes(refused.item)
    line = _line(number, json.loads(item).encode() if item.startswith(b'"') else item)
    line.refused, line.key = refused, refused.key
    return line


def _refused(raw: bytes) -> Refused | None:
    try:
        return msgspec.json.decode(raw.decode(), type=Refused)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return None


def said_by(item: Struct) -> bytes:
    """What an item says, written in one way: equal where PostgreSQL would see equal values.

    NULL is the same as leaving out, as it is for the functions; so an argument that is added to one
    changes nothing. Whether it is linked shows in its chain.
    """
    said: dict[str, Any] = {"operation": item.__struct_config__.tag}
    for name in item.__struct_fields__:
        value = getattr(item, name)
        if isinstance(value, Raw):
            value = _plain(value)
        if value is not None and name != "linked":
            said[name] = value
    return msgspec.json.encode(said, order="sorted")


def _plain(value: Raw) -> Any:  # noqa: ANN401, it is any JSON
    text = bytes(value).decode()
    return _DECODER.decode(text) if text != "null" else None


def _number(text: str) -> Raw:
    """A number as jsonb has it: without an exponent, with the zeros that it ends in."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Raw(text)  # as it is: PostgreSQL takes none that is nearly as large
    if number.adjusted() < -MOST_DIGITS or (number and number.adjusted() > MOST_DIGITS):
        return Raw(text)
    return Raw(format(number or number.copy_abs(), "f"))


_DECODER = json.JSONDecoder(parse_int=_number, parse_float=_number)
