"""The SQL interface, for people: docs/sql-api.md, and a page under docs/sql/ for each room."""

from __future__ import annotations

from collections.abc import Iterator

from dev.markdown import MADE, anchor, names, number, table
from pgteller.contract import (
    FUNCTIONS,
    OPERATIONS,
    REFUSALS,
    ROOMS,
    TYPES,
    VIEWS,
    Function,
    Room,
    Type,
    Value,
)

KEYWORDS = ("timestamp", "limit", "check")  # names that SQL wants in quotes


def pages() -> dict[str, str]:
    """All of them, by their paths below docs/."""
    found = {f"sql/{name}.md": _room(name, room) for name, room in ROOMS.items()}
    found = {path: page for path, page in found.items() if page}
    return {"sql-api.md": _index(), **found}


def function_link(name: str, base: str) -> str:
    """Where a function is told of, below where the pages of rooms stand."""
    return f"{base}{FUNCTIONS[name].room}.md#{name}"


def type_link(name: str, base: str) -> str:
    """The same of a type."""
    return f"{base}{TYPES[name].room}.md#{anchor(f'Type {name}')}"


def _functions(room: str) -> list[Function]:
    return [function for function in FUNCTIONS.values() if function.room == room]


def _index() -> str:
    """What holds for all, and where the rest stands."""
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
        "function stand with it in the order in which they are checked. Of the hints below,",
        "{member} stands for that member, and what is in [brackets] is left out where there is",
        "none.\n",
    ]
    for name, room in ROOMS.items():
        if functions := _functions(name):
            lines += [f"## {room.title}\n", f"{room.about}\n"]
            rows = [
                (f"[`{one.name}`]({function_link(one.name, 'sql/')})", one.summary)
                for one in functions
            ]
            lines += table(("function", "what it does"), rows)
    lines += ["## Views\n", *(f"- `bank.{name}`: {comment}" for name, comment in VIEWS.items())]
    lines += ["\n## Operations\n"]
    lines += table(
        ("operation", "what it says"),
        [(f"`{operation}`", one["about"]) for operation, one in OPERATIONS.items()],
    )
    lines += ["## Refusals\n"]
    lines += table(
        ("SQLSTATE", "name", "hint"),
        [(one["code"], f"`{name}`", one["hint"]) for name, one in REFUSALS.items()],
    )
    return "\n".join(lines)


def _room(name: str, room: Room) -> str:
    """Its functions and types; nothing where it has none."""
    functions = _functions(name)
    types = {one: kind for one, kind in TYPES.items() if kind.room == name}
    if not functions and not types:
        return ""
    lines = [
        MADE,
        f"# {room.title}, in SQL\n",
        f"{room.about} What holds for all functions, and the hints of refusals, stand in",
        "[the SQL interface](../sql-api.md).\n",
    ]
    for function in functions:
        lines += _function(function)
    for one, kind in types.items():
        lines += _type(one, kind)
    return "\n".join(lines)


def _type(name: str, kind: Type) -> Iterator[str]:
    """What a function returns."""
    yield f"## Type `{name}`\n"
    yield f"{kind.description}\n"
    rows = [(f"`{one}`", column.sql, column.description) for one, column in kind.columns.items()]
    yield from table(("column", "type", "what it is"), rows)


def _function(function: Function) -> Iterator[str]:
    """Its signature, what it does and takes and refuses, and who may call it."""
    arguments = function.arguments
    plain = {name: one for name, one in arguments.items() if not one.privileged}
    yield f"## {function.name}\n"
    yield f"```sql\n{_call(function.name, plain)} RETURNS {function.sql}\n```\n"
    yield f"{function.summary} {function.description}".strip() + "\n"
    for name, argument in plain.items():
        yield f"- `{name}`: {argument.description}{range_of(argument)}"
    if plain:
        yield ""
    if len(plain) < len(arguments):
        twin = f"{function.name}_at"
        yield f"For operators:\n\n```sql\n{_call(twin, arguments)} RETURNS {function.sql}\n```\n"
        for name in [name for name in arguments if name not in plain]:
            yield f"- `{name}`: {arguments[name].description}{range_of(arguments[name])}"
        yield ""
    if function.refusals:
        yield f"Refuses with {names(function.refusals)}.\n"
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


def range_of(argument: Value) -> str:
    """Which values it takes, where its schema says so."""
    schema = argument.schema
    if "enum" in schema:
        return f" One of {', '.join(f'`{value}`' for value in schema['enum'])}."
    if "minimum" in schema and "maximum" in schema:
        return f" {number(schema['minimum'])} to {number(schema['maximum'])}."
    return ""
