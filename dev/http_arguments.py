"""What a route takes, as rows of a table for people."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dev.markdown import number
from dev.sql_pages import type_link
from pgteller.contract import Json, Value
from pgteller.shell import shapes
from pgteller.shell.parsing import LINES
from pgteller.shell.routes import Route

KINDS = {"string": "text"}  # of JSON Schema, where people have another word


def arguments(route: Route) -> Iterator[tuple[str, str, str, str, str]]:
    """Each: its name, where it stands, its type, whether it is required, what it is."""
    for name, one in route.in_path.items():
        yield f"`{name}`", "path", kind(one), "yes", one.about
    for name, one in route.in_query.items():
        yield f"`{name}`", "query", kind(one), _required(one), one.about
    if route.idempotent:
        one = route.function.arguments["idempotency_key"]
        yield "`Idempotency-Key`", "header", kind(one), "no", one.about
    for name, one in route.in_body.items():
        required = "yes" if name in route.required else _required(one)
        yield f"`{name}`", "body", kind(one), required, one.about
    if route.lines:
        one = route.function.arguments[route.lines]
        about = f"{one.about} As an array, or one item a line as `{LINES}`."
        yield f"`{route.lines}`", "the whole body", kind(one), "yes", about


def _required(argument: Value) -> str:
    """Or what it is where it is left out; what is for operators has no default of its own."""
    if argument.required:
        return "yes"
    if argument.default is None or argument.privileged:
        return "no"
    default = argument.default
    return f"default `{default if isinstance(default, str) else json.dumps(default)}`"


def kind(argument: Value) -> str:
    """Its type, with the unit and the range that it has."""
    if shapes.is_time(argument):
        return "integer, ms since the epoch"
    unit = ", minor units" if shapes.is_money(argument) else ""
    return _kind(argument.schema) + unit + _range(argument.schema)


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}]({type_link(name, '../sql/')})"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return f"array of {_kind(schema['items'])}" if "items" in schema else "array"
    return KINDS.get(schema["type"], str(schema["type"]))


def _range(schema: Json) -> str:
    if "minimum" in schema and "maximum" in schema:
        return f", {number(schema['minimum'])} to {number(schema['maximum'])}"
    return ""
