"""What requests must look like: msgspec structs, made from the arguments of functions.

Types are checked here; values (is this amount positive, may this id exist?) are PostgreSQL's to
judge, so that the rules are written once and psql users meet the same ones, but for the few that
the contract marks as checked here. NULL is the same as leaving out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from pgteller.contract import FUNCTIONS, TYPES, Function, Value

Arguments = dict[str, Value]

_KINDS: dict[str, Any] = {"integer": int, "string": str, "boolean": bool}
JSON = ("json", "jsonb")
_LIMITS = {"minimum": "ge", "maximum": "le", "minLength": "min_length", "maxLength": "max_length"}
EPOCH = "milliseconds since the epoch"
MINOR_UNITS = "inor units"
MILLISECONDS = "illiseconds"
BASIS_POINTS = "asis points"
TIME = f"{EPOCH}, such as 1767225600000"
_ANYTHING = msgspec.field(default_factory=lambda: Raw(b"null"))


def struct(
    name: str,
    arguments: Arguments,
    required: Iterable[str] = (),
    tag_field: str | None = None,
    tag: str | None = None,
) -> type[Struct]:
    """A struct with these members and no others; `required` adds to those that have no default."""
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for member, argument in arguments.items():
        kind = _kind(argument)
        if argument.required or member in required:
            fields.append((member, kind))
        elif kind is Raw:
            fields.append((member, kind, _ANYTHING))
        else:
            fields.append((member, kind | None, None))
    return msgspec.defstruct(
        name, fields, kw_only=True, forbid_unknown_fields=True, tag_field=tag_field, tag=tag
    )


def query(name: str, arguments: Arguments) -> type[Struct]:
    """The same for query parameters, where JSON is text."""
    return struct(name, {member: as_parameter(value) for member, value in arguments.items()})


def is_time(value: Value) -> bool:
    """Whether it is a moment, as its description says of no other number."""
    return value.schema.get("type") == "integer" and EPOCH in value.description


def is_money(value: Value) -> bool:
    """Whether it is an amount, as its description says of no other number."""
    return value.schema.get("type") == "integer" and MINOR_UNITS in value.description


def is_length(value: Value) -> bool:
    """Whether it is how long something takes, as its description says of no other number."""
    numeric = value.schema.get("type") == "integer"
    return numeric and MILLISECONDS in value.description and not is_time(value)


def is_rate(value: Value) -> bool:
    """Whether it is a part of an amount, as its description says of no other number."""
    return value.schema.get("type") == "integer" and BASIS_POINTS in value.description


def as_parameter(argument: Value) -> Value:
    """What an argument is where it stands in a query: JSON comes as text there."""
    if argument.sql not in JSON:
        return argument
    schema = {"type": "string", "contentMediaType": "application/json"}
    return replace(argument, sql="text", schema=schema)


def _kind(argument: Value) -> Any:  # noqa: ANN401, a type may be a value of any
    """The type in Python that takes exactly what JSON has for it."""
    schema = argument.schema
    if argument.sql in JSON:
        return Raw  # is passed on as it is
    if schema["type"] == "array":
        inner = _KINDS[schema["items"]["type"]]
        return list[inner]  # type: ignore[valid-type]
    if argument.checked and "enum" in schema:
        return Literal[tuple(schema["enum"])]
    kind = _KINDS[schema["type"]]
    if is_time(argument):
        kind = Annotated[kind, Meta(description=TIME)]
    if argument.checked:
        limits = {_LIMITS[word]: schema[word] for word in _LIMITS if word in schema}
        kind = Annotated[kind, Meta(**limits)]
    return kind


# The items of batches: any function that the contract names as an operation of one.

LINKED = Value(
    "boolean",
    {"type": "boolean"},
    "Joined to the next item: such a chain is posted whole or not at all.",
    required=False,
)
BATCHED: dict[str, Function] = {
    name: FUNCTIONS[name] for name in TYPES["batch_result"].columns["operation"].schema["enum"]
}
MOST: int = FUNCTIONS["batch"].arguments["operations"].schema["maxItems"]


def item_arguments(function: Function) -> Arguments:
    """What an item has besides its operation."""
    return function.arguments | {"linked": LINKED}


ITEM: Any = reduce(
    or_,
    (
        struct(f"{name}_item", item_arguments(function), tag_field="operation", tag=name)
        for name, function in BATCHED.items()
    ),
)
