"""What the bank's functions take, answer and refuse: contract.json, made from their SQL.

`make contract` writes the file; nothing here knows a function, an argument or a column by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Value:
    """An argument or a column: its type in SQL, and what JSON has for it."""

    sql: str
    schema: Json
    description: str
    nullable: bool = False  # of a column
    checked: bool = False  # of an argument: whether the shell refuses what is outside the schema
    privileged: bool = False  # of an argument: whether only operators may give it
    required: bool = True  # of an argument: whether it has no default
    default: Any = None

    @classmethod
    def read(cls, found: Json) -> Value:
        """As the file has it: what has a default, be it NULL, may be left out."""
        return cls(**found, required="default" not in found)

    @property
    def about(self) -> str:
        """All that is to be said of it."""
        return self.description + (" For operators only." if self.privileged else "")

    @property
    def json(self) -> Json:
        """Its schema with that; NULL is null in JSON."""
        described = self.schema | {"description": self.about}
        return or_null(described) if self.nullable else described


@dataclass(frozen=True)
class Function:
    """An operation."""

    name: str
    room: str
    summary: str
    description: str
    arguments: dict[str, Value]
    returns: str | Json  # a name of TYPES, or the schema of the JSON that it returns
    sql: str
    refusals: list[str]
    roles: list[str]
    reads: bool  # whether it changes nothing, by the word of its volatility

    def called_with(self, given: Iterable[str]) -> str:
        """The name to call with these arguments: operators give theirs to the twin."""
        twin = any(self.arguments[name].privileged for name in given)
        return f"{self.name}_at" if twin else self.name

    @property
    def many(self) -> bool:
        """Whether it returns any number of rows."""
        return self.sql.startswith("SETOF ")


@dataclass(frozen=True)
class Type:
    """What a function returns."""

    room: str
    description: str
    columns: dict[str, Value]

    @property
    def json(self) -> Json:
        """As an object of JSON."""
        return {
            "type": "object",
            "description": self.description,
            "properties": {name: column.json for name, column in self.columns.items()},
            "required": [*self.columns],
        }


@dataclass(frozen=True)
class Room:
    """What functions have in common."""

    title: str  # for people
    about: str


def or_null(schema: Json) -> Json:
    """The schema, or null."""
    if "$ref" in schema:
        rest = {word: value for word, value in schema.items() if word != "$ref"}
        return {"anyOf": [{"$ref": schema["$ref"]}, {"type": "null"}]} | rest
    allowed = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [schema["type"], "null"]} | allowed


def _values(found: Json) -> dict[str, Value]:
    return {name: Value.read(value) for name, value in found.items()}


_FILE: Json = json.loads(Path(__file__).with_name("contract.json").read_text())

NEWEST_MIGRATION: int = _FILE["newest_migration"]
ROOMS = {name: Room(**found) for name, found in _FILE["rooms"].items()}
FUNCTIONS = {
    name: Function(**found | {"name": name, "arguments": _values(found["arguments"])})
    for name, found in _FILE["functions"].items()
}
TYPES = {
    name: Type(**found | {"columns": _values(found["columns"])})
    for name, found in _FILE["types"].items()
}
VIEWS: dict[str, str] = _FILE["views"]
OPERATIONS: dict[str, dict[str, str]] = _FILE["operations"]
CHECKS: dict[str, str] = _FILE["checks"]
REFUSALS: dict[str, Json] = _FILE["refusals"]
