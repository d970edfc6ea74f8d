"""The contract: all that the shell and the documentation know of schema bank, as one JSON file.

`make contract` writes contract.json of the package, and what is made from it: examples.json,
methods.pyi, docs/ and the README's tables of functions; and release.json, see dev.release.

Names, arguments, types, defaults, results, grants and comments come from the catalog of a loaded
database, meanings from engine.terms, refusals and their order from the header of each function's
file. A test holds the files to what they are made from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from dev import PROJECT
from dev.testbed import scratch_database, test_server
from pgteller.embedded.programs import preferred_bin_dir
from pgteller.install import load
from pgteller.install.migrations import migration_files

Json = dict[str, Any]

PACKAGE = PROJECT / "web" / "pgteller"
CONTRACT = PACKAGE / "contract.json"
EXAMPLES = PACKAGE / "shell" / "examples.json"
RELEASE = PACKAGE / "outside" / "release.json"
METHODS = PACKAGE / "methods.pyi"
ROOMS = PROJECT / "sql" / "functions"

FUNCTIONS = """
SELECT
    s.name,
    obj_description(p.oid, 'pg_proc'),
    coalesce(c.relname, format_type(t.oid, NULL)),
    p.proretset,
    (
        SELECT array_agg(r.rolname::text ORDER BY r.rolname)
        FROM pg_roles AS r
        WHERE r.rolname IN ('bank_teller', 'bank_operator', 'bank_auditor')
            AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
    ),
    ARRAY(
        SELECT pg_get_function_arg_default(s.whole, a.number)
        FROM generate_series(1, whole.pronargs) AS a (number)
    ),
    ARRAY(
        SELECT o.argument
        FROM engine.operator_arguments AS o
        WHERE s.whole <> s.plain AND o.argument = ANY(whole.proargnames)
    ),
    whole.provolatile <> 'v'
FROM engine.functions AS s
INNER JOIN pg_proc AS p ON p.oid = s.plain
INNER JOIN pg_proc AS whole ON whole.oid = s.whole
INNER JOIN pg_type AS t ON t.oid = p.prorettype
LEFT JOIN pg_class AS c ON c.oid = t.typrelid
ORDER BY s.name
"""
RELATIONS = """
SELECT c.relname, c.relkind = 'v', coalesce(
    obj_description(c.oid, 'pg_class'), obj_description(c.reltype, 'pg_type')
)
FROM pg_class AS c
WHERE c.relnamespace = 'bank'::regnamespace AND c.relkind IN ('c', 'v')
ORDER BY c.relname
"""
MEANINGS = """
SELECT m.place, m.kind, m.name, m.type, m.schema, m.checked, m.description
FROM engine.meanings AS m
ORDER BY m.place, m.kind, m.number
"""

MOST = 9007199254740991
TYPES: dict[str, Json] = {
    "bigint": {"type": "integer", "minimum": 0, "maximum": MOST},
    "integer": {"type": "integer", "minimum": 0, "maximum": 2147483647},
    "numeric": {"type": "integer"},
    "text": {"type": "string"},
    "boolean": {"type": "boolean"},
    "json": {"type": "object"},
    "jsonb": {"type": "object"},
    "text[]": {"type": "array", "items": {"type": "string"}},
    "bigint[]": {"type": "array", "items": {"type": "integer"}},
}


class ContractError(Exception):
    """Something of schema bank is not told, or told in a way that is not understood."""


def contract(database_url: str) -> Json:
    """All of it, from a loaded database and the files of its functions."""
    with psycopg.connect(database_url) as connection:
        refusals = connection.execute("SELECT code, name, hint FROM bank.refusals").fetchall()
        operations = connection.execute(
            "SELECT operation, title, about FROM bank.operations"
        ).fetchall()
        checks = connection.execute('SELECT "check", promise FROM bank.checks').fetchall()
        relations = connection.execute(RELATIONS).fetchall()
        meanings = list(_meanings(connection))
        functions = [
            _function(connection, meanings, {name for _, name, _ in refusals}, *row)
            for row in connection.execute(FUNCTIONS).fetchall()
        ]
    return {
        "newest_migration": max(migration.id for migration in migration_files()),
        "rooms": {room.name: _about(room) for room in sorted(ROOMS.iterdir())},
        "functions": {function.pop("name"): function for function in functions},
        "types": {
            name: {
                "room": _room(rf"CREATE TYPE bank\.{name} AS"),
                "description": comment,
                "columns": _of(meanings, name, "type"),
            }
            for name, is_view, comment in relations
            if not is_view
        },
        "views": {name: comment for name, is_view, comment in relations if is_view},
        "operations": {
            name: {"title": title, "about": about, "room": _room(rf"\('{name}', '[A-Z]")}
            for name, title, about in operations
        },
        "checks": dict(checks),
        "refusals": {name: {"code": code, "hint": hint} for code, name, hint in refusals},
    }


def _meanings(connection: psycopg.Connection) -> Iterator[Json]:
    """What every argument, result and column is, as JSON Schema too."""
    for place, kind, name, sql_type, schema, checked, description in connection.execute(MEANINGS):
        if description is None:
            raise ContractError(f"No term of engine.terms tells what {name} of {place} is.")
        base = {} if "$ref" in schema else TYPES[sql_type]
        whole = {word: value for word, value in (base | schema).items() if value is not None}
        if whole.get("type") == "object" and "properties" not in whole:
            whole["additionalProperties"] = True  # a client's own, of which nobody knows the names
        told: Json = {"sql": sql_type, "schema": whole, "description": description}
        if kind != "argument" and re.search(r"\bNULL\b", description):
            told["nullable"] = True
        if checked:
            told["checked"] = True
        yield {"place": place, "kind": kind, "name": name, "told": told}


def _of(meanings: list[Json], place: str, kind: str) -> Json:
    """Those of one function's arguments or one type's columns, in order."""
    return {m["name"]: m["told"] for m in meanings if (m["place"], m["kind"]) == (place, kind)}


def _function(  # noqa: PLR0913, PLR0917
    connection: psycopg.Connection,
    meanings: list[Json],
    refusals: set[str],
    name: str,
    comment: str,
    returns: str,
    many: bool,
    roles: list[str],
    defaults: list[str | None],
    privileged: list[str],
    reads: bool,
) -> Json:
    """One operation."""
    [file] = ROOMS.glob(f"*/{name}.sql")
    summary, errors = _header(file, refusals)
    if not comment.startswith(summary):
        raise ContractError(f"{name}: its header and its comment begin with different sentences.")
    arguments = _of(meanings, name, "argument")
    for argument, default in zip(arguments.values(), defaults, strict=True):
        if default is not None:
            query = f"SELECT to_json({default})"
            value = connection.execute(query.encode()).fetchone()
            argument["default"] = value and value[0]
    for argument in privileged:
        arguments[argument]["privileged"] = True
    result = _of(meanings, name, "result")
    return {
        "name": name,
        "room": file.parent.name,
        "summary": summary,
        "description": comment.removeprefix(summary).strip(),
        "arguments": arguments,
        "returns": result[name]["schema"] if result else returns,
        "sql": ("SETOF " if many else "") + (returns if result else f"bank.{returns}"),
        "refusals": errors,
        "roles": roles,
        "reads": reads,
    }


def _header(file: Path, refusals: set[str]) -> tuple[str, list[str]]:
    """The sentence that a function's file begins with, and what it refuses, in order."""
    header = file.read_text().partition("CREATE OR")[0]
    sentence = re.match(rf"-- {file.stem}: (.*?)\n--\n", header, re.DOTALL)
    if sentence is None:
        raise ContractError(f"{file.name} does not begin with `-- {file.stem}: what it does`.")
    what = re.sub(r"\n-- +", " ", sentence[1])
    errors = header.partition("--   Errors ")[2].partition("\n--\n")[0]
    told = re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", re.sub(r"\([^)]*\)", "", errors))
    if unknown := set(told) - refusals:
        raise ContractError(f"{file.name}: nothing is refused as {', '.join(sorted(unknown))}.")
    return what[0].upper() + what[1:], list(dict.fromkeys(told))


def _about(room: Path) -> Json:
    """What a room is called among people, and what it says that it is about."""
    text = (room / "room.sql").read_text()
    found = re.match(rf"-- Room {room.name}: (.+)\.\n-- (.+\.)\n", text)
    if found is None:
        raise ContractError(
            f"{room.name}/room.sql does not begin with `-- Room {room.name}: Its title.` and a "
            "line that says what it is about."
        )
    return {"title": found[1], "about": found[2]}


def _room(pattern: str) -> str:
    """The room whose room.sql holds it."""
    return next(
        room.name for room in ROOMS.iterdir() if re.search(pattern, (room / "room.sql").read_text())
    )


def text(value: object, levels: int) -> str:
    """JSON with a line for each member of so many levels, so that changes are read with ease."""

    def lines(value: object, levels: int, indent: str) -> str:
        if levels == 0 or not isinstance(value, dict) or not value:
            return json.dumps(value, ensure_ascii=False)
        inner = ",\n".join(
            f"{indent} {json.dumps(name)}: {lines(member, levels - 1, indent + ' ')}"
            for name, member in value.items()
        )
        return f"{{\n{inner}\n{indent}}}"

    return lines(value, levels, "") + "\n"


def write(database_url: str) -> None:
    """Write all of it, from a loaded database in which nothing has happened.

    The shell, which the rest needs, reads the contract when it is imported: not before it is there.
    """
    CONTRACT.write_text(text(contract(database_url), 4))
    from dev import reference  # noqa: PLC0415
    from dev.scenario import examples  # noqa: PLC0415
    from dev.settings_page import settings_page  # noqa: PLC0415
    from dev.stub import stub  # noqa: PLC0415

    EXAMPLES.write_text(text(examples(database_url), 2))
    METHODS.write_text(stub())
    reference.write(PROJECT / "docs")
    (PROJECT / "docs" / "settings.md").write_text(settings_page())
    readme = PROJECT / "README.md"
    readme.write_text(reference.with_function_table(readme.read_text()))


def main() -> None:
    """The command line."""
    with test_server(preferred_bin_dir()) as admin_url, scratch_database(admin_url) as url:
        load(url)
        write(url)
    from dev.release import current  # noqa: PLC0415

    RELEASE.write_text(text(current(), 2))


if __name__ == "__main__":
    main()
