"""The reference pages, made from the contract, so that they cannot be wrong.

docs/sql-api.md, docs/http-api.md and the README's tables of functions, each by room.  `make
contract` writes them; a test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pgteller
from pgteller.contract import FUNCTIONS, OPERATIONS, REFUSALS, ROOMS, TYPES, VIEWS, Function, Value
from pgteller.shell import openapi
from pgteller.shell.probes import PROBES
from pgteller.shell.routes import ROUTES

Json = dict[str, Any]

MADE = "<!-- Made by `make contract`; do not edit. -->\n"
KEYWORDS = ("timestamp", "limit", "check")  # names that SQL wants in quotes


def sql_api() -> str:
    """docs/sql-api.md."""
    lines = [
        MADE,
        "# The SQL interface: schema `bank`\n",
        "Arguments are named as in JSON:",
        "`SELECT * FROM bank.deposit(account_id => 'alice', amount => 500)`.",
        "Call them in `FROM`, as here: PostgreSQL makes of `SELECT (bank.deposit(...)).*` a call",
        "for each column, which posts seven times.\n",
        "What only operators may give to a function of tellers stands in its twin, which has the",
        'same name and `_at`: `bank.deposit_at(..., "timestamp" => ...)`. Given to `bank.deposit`',
        'it gets you "function does not exist"; ignore the hint about casts and call the twin. A',
        "teller who does so is told `permission denied`.\n",
        '`"timestamp"`, `"limit"` and `"order"` need their quotes. Amounts are minor units, times',
        "milliseconds since the epoch. Both are `bigint`: a `numeric`, such as a `sum()`, finds",
        "no function until it is cast, and `::bigint` rounds halves away from zero (2.5 becomes",
        "3). Cast what is whole; for the rest say what becomes of the fraction, as in",
        "`floor(x)::bigint`.\n",
        "A refusal is an error whose MESSAGE is its name and whose DETAIL is JSON; those of a",
        "function stand here in the order in which they are checked. Of the hints below, {member}",
        "stands for that member, and what is in [brackets] is left out where there is none.\n",
    ]
    for room, about in ROOMS.items():
        functions = [function for function in FUNCTIONS.values() if function.room == room]
        types = {name: kind for name, kind in TYPES.items() if kind.room == room}
        if not functions:
            continue
        lines += [f"## {room}\n", f"{about}\n"]
        for function in functions:
            lines += _function(function)
        for name, kind in types.items():
            lines += [f"### Type `{name}`\n", f"{kind.description}\n"]
            lines += ["| column | type | what it is |", "|---|---|---|"]
            lines += [
                f"| `{one}` | {column.sql} | {column.description} |"
                for one, column in kind.columns.items()
            ]
            lines.append("")
    lines += ["## Views\n", *(f"- `bank.{name}`: {comment}" for name, comment in VIEWS.items())]
    lines += ["\n## Operations\n", "| operation | what it says |", "|---|---|"]
    lines += [f"| `{operation}` | {about} |" for operation, about in OPERATIONS.items()]
    lines += ["\n## Refusals\n", "| SQLSTATE | name | hint |", "|---|---|---|"]
    lines += [
        f"| {refusal['code']} | `{name}` | {refusal['hint']} |"
        for name, refusal in REFUSALS.items()
    ]
    return "\n".join(lines) + "\n"


def _function(function: Function) -> Iterator[str]:
    """Its signature, what it does and takes and refuses, and who may call it."""
    arguments = function.arguments
    plain = {name: one for name, one in arguments.items() if not one.privileged}
    yield f"### {function.name}\n"
    yield f"```sql\n{_call(function.name, plain)} RETURNS {function.sql}\n```\n"
    yield f"{function.summary} {function.description}".strip() + "\n"
    for name, argument in plain.items():
        yield f"- `{name}`: {argument.description}{_range(argument)}"
    if plain:
        yield ""
    if len(plain) < len(arguments):
        twin = f"{function.name}_at"
        yield f"For operators:\n\n```sql\n{_call(twin, arguments)} RETURNS {function.sql}\n```\n"
        for name in [name for name in arguments if name not in plain]:
            yield f"- `{name}`: {arguments[name].description}{_range(arguments[name])}"
        yield ""
    if function.refusals:
        yield f"Refuses with {_names(function.refusals)}.\n"
    yield f"Granted to {', '.join(function.roles)}.\n"


def _call(name: str, arguments: dict[str, Value]) -> str:
    """As it is called, with all these arguments."""
    signature = ",\n".join(_argument(one, argument) for one, argument in arguments.items())
    return f"bank.{name}(\n{signature}\n)" if signature else f"bank.{name}()"


def _argument(name: str, argument: Value) -> str:
    """As it stands in a signature."""
    default = ""
    if not argument.required:
        given = argument.default
        value = f"'{given}'" if isinstance(given, str) else str(given).upper()
        default = " DEFAULT " + ("NULL" if given is None else value)
    quoted = f'"{name}"' if name in KEYWORDS else name
    return f"    {quoted} {argument.sql}{default}"


def _range(argument: Value) -> str:
    """Which values it takes, where its schema says so."""
    schema = argument.schema
    if "enum" in schema:
        return f" One of {', '.join(f'`{value}`' for value in schema['enum'])}."
    if "minimum" in schema and "maximum" in schema:
        return f" {_number(schema['minimum'])} to {_number(schema['maximum'])}."
    return ""


def _names(names: Iterable[str]) -> str:
    """All of them, as code."""
    return ", ".join(f"`{name}`" for name in names)


def _number(value: int) -> str:
    """For people: the ends of what JSON reads exactly have names."""
    ends = {2**53 - 1: "2^53-1", -(2**53 - 1): "-2^53+1", 2**53: "2^53"}
    return ends.get(value, str(value))


def http_api() -> str:
    """docs/http-api.md."""
    document = openapi.document(ROUTES, PROBES, pgteller.__version__)
    lines = [
        MADE,
        "# The HTTP interface\n",
        "The server shows all of this with examples at `/docs`, and as OpenAPI 3.1 at",
        "`/openapi.json`. Errors are `application/problem+json` (RFC 9457) with a `code` and the",
        "numbers that matter. `?` marks what may be left out; what the names mean stands with the",
        "function that a route calls. Under each route stand the bank's own refusals, in the order",
        "in which they are checked. Besides them any route may answer",
        f"{_names(openapi.ALWAYS)}, one with a body",
        f"{_names(openapi.WITH_BODY)}, and one that changes anything",
        "`outcome_unknown`. An answer that was given before, under the same Idempotency-Key, comes",
        "with the header `Idempotent-Replayed: true`.\n",
        "An Idempotency-Key belongs to the account that a request is about, of a transfer the one",
        "that pays, whoever calls: two tills that both send `1` for one account take each other's",
        "requests for repeats. So begin each with a name of your own: `till-7/1`.\n",
        "Where the server has a standby, a GET may be answered by it, some seconds behind, and",
        "then comes with `Answered-By: standby`. Who must read what was just written sends the",
        "header `Prefer: primary`.\n",
    ]
    for tag in document["tags"]:
        lines += [f"## {tag['name']}\n", f"{tag['description']}\n"]
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if tag["name"] in operation["tags"]:
                    lines += _route(method.upper(), path, operation)
    return "\n".join(lines) + "\n"


def _route(method: str, path: str, operation: Json) -> Iterator[str]:
    """One route."""
    yield f"### {method} {path}\n"
    yield f"{operation['summary']} {operation.get('description', '')}".strip() + "\n"
    for place, title in ("query", "Query"), ("header", "Header"):
        names = [
            f"`{one['name']}{'' if one.get('required') else '?'}`"
            for one in operation.get("parameters", ())
            if one["in"] == place
        ]
        if names:
            yield f"- {title}: {', '.join(names)}"
    yield from _own_parameters(operation)
    content = operation.get("requestBody", {}).get("content", {})
    if schema := content.get("application/json", {}).get("schema"):
        needed = schema.get("required", ())
        names = [
            f"`{name}{'' if name in needed else '?'}`" for name in schema.get("properties", {})
        ]
        yield f"- Body: {', '.join(names) or schema.get('description', 'an empty object')}"
    for media_type, other in content.items():
        if media_type != "application/json":
            yield f"- Or as `{media_type}`: {other['schema']['description']}"
    success = min(operation["responses"])
    answers = operation["responses"][success]["content"]
    yield f"- Answers {success}: {_shape(answers['application/json']['schema'])}"
    for media_type, other in answers.items():
        if media_type != "application/json":
            yield f"- With `Accept: {media_type}`: {other['schema']['description']}"
    if function := FUNCTIONS.get(operation["operationId"]):
        if function.refusals:
            yield f"- Refuses with {_names(function.refusals)}"
        yield f"- Calls [bank.{function.name}](sql-api.md#{function.name})"
    yield ""


def _own_parameters(operation: Json) -> Iterator[str]:
    """What only HTTP takes is explained with no function."""
    function = FUNCTIONS.get(operation["operationId"])
    for one in operation.get("parameters", ()):
        if one["in"] == "query" and (function is None or one["name"] not in function.arguments):
            yield f"  - `{one['name']}`: {one['description']}"


def _shape(schema: Json) -> str:
    """What an answer is, in short."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](sql-api.md#type-{name})"
    if "anyOf" in schema:
        return " or ".join(_shape(one) for one in schema["anyOf"] if one != {"type": "null"})
    if schema.get("type") == "array":
        return f"list of {_shape(schema['items'])}"
    if schema.get("type") == "object":
        members = (
            f"`{name}`" + (f" ({_shape(member)})" if "items" in member else "")
            for name, member in schema["properties"].items()
        )
        return ", ".join(members)
    return str(schema.get("type", ""))


def function_table() -> str:
    """The README's tables, one a room: every function, its arguments, its one sentence."""
    lines: list[str] = []
    for room, about in ROOMS.items():
        rows = []
        for function in FUNCTIONS.values():
            if function.room == room:
                names = [
                    name + ("" if argument.required else "?")
                    for name, argument in function.arguments.items()
                    if not argument.privileged
                ]
                rows.append(f"| `{function.name}({', '.join(names)})` | {function.summary} |")
        if rows:
            lines += [f"**{room}**: {about}", "", "| function | what it does |", "|---|---|"]
            lines += [*rows, ""]
    return "\n".join(lines)


def with_function_table(readme: str) -> str:
    """The README with its table of functions made anew."""
    return re.sub(
        r"(?<=<!-- functions -->\n).*?(?=<!-- /functions -->)",
        lambda _: function_table(),
        readme,
        flags=re.DOTALL,
    )
