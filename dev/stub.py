"""methods.pyi: what type checkers and editors know of pgteller.Client and Direct.

`make contract` makes it, for their methods are made when they are called.
"""

from __future__ import annotations

from collections.abc import Iterator

from pgteller.contract import FUNCTIONS, TYPES, Value
from pgteller.shell.routes import ROUTES, Route

HEAD = '''\
"""Made by `make contract` from the functions' SQL. Rows are types here alone: who names one imports
it where `TYPE_CHECKING` is."""

from typing import Any, Literal, TypedDict

from pgteller.shell.routes import Route

Json = dict[str, Any]
'''
PLAIN = {"integer": "int", "number": "float", "string": "str", "boolean": "bool", "object": "Json"}


def stub() -> str:
    """The whole file."""
    lines = [HEAD]
    for name in sorted({_row(route) for route in ROUTES} - {""}):
        lines.append(f"class {_class(name)}(TypedDict):")
        columns = TYPES[name].columns.items()
        lines += [f"    {column}: {_type(value, value.nullable)}" for column, value in columns]
        lines.append("")
    lines += ["class Methods:", "    def _call(self, route: Route, arguments: Json) -> Json: ..."]
    for route in sorted(ROUTES, key=lambda route: route.name):
        lines += _method(route)
    return "\n".join(lines) + "\n"


def _method(route: Route) -> Iterator[str]:
    function = FUNCTIONS[route.name]
    row = _row(route)
    answer = _class(row) if row and not route.items else "Json"
    yield f"    def {route.name}("
    yield "        self,"
    for name, value in function.arguments.items():
        default = "" if value.required else " = ..."
        yield f"        {name}: {_type(value, not value.required)}{default},"
    yield f"    ) -> {answer}:"
    yield f'        """{function.summary}"""'


def _row(route: Route) -> str:
    """The type of the rows that it answers with."""
    returns = FUNCTIONS[route.name].returns
    return returns if isinstance(returns, str) else ""


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _type(value: Value, optional: bool) -> str:
    schema = value.schema
    if "enum" in schema:
        found = f"Literal[{', '.join(repr(one) for one in schema['enum'])}]".replace("'", '"')
    elif schema.get("type") == "array":
        items = schema.get("items", {})
        found = f"list[{PLAIN.get(items.get('type', ''), 'Any')}]"
    else:
        found = PLAIN.get(schema.get("type", ""), "Any")
    return f"{found} | None" if optional and found != "Any" else found
