"""The reference pages, made from what they describe, so that they cannot be wrong.

docs/sql-api.md comes from the catalog of a loaded database, docs/http-api.md from the OpenAPI
document, and the README's tables of functions from the first lines of sql/functions/*/*.sql.
`make examples` writes them; a test compares them.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg

from dev.installation import PROJECT
from web import create_app

FUNCTIONS = """
SELECT
    p.proname,
    pg_get_function_arguments(p.oid),
    pg_get_function_result(p.oid),
    obj_description(p.oid, 'pg_proc'),
    (
        SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname)
        FROM pg_roles AS r
        WHERE r.rolname IN ('bank_teller', 'bank_operator', 'bank_auditor')
            AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
    )
FROM pg_proc AS p
WHERE p.pronamespace = 'bank'::regnamespace
ORDER BY p.proname
"""
VIEWS = """
SELECT c.relname, obj_description(c.oid, 'pg_class')
FROM pg_class AS c
WHERE c.relnamespace = 'bank'::regnamespace AND c.relkind = 'v'
ORDER BY c.relname
"""
TYPES = """
SELECT
    c.relname,
    string_agg(
        format('%%s %%s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum
    )
FROM pg_class AS c
INNER JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'bank'::regnamespace AND c.relkind = 'c'
GROUP BY c.relname
ORDER BY c.relname
"""
MADE = "<!-- Made by `make examples`; do not edit. -->\n"


def sql_api(database_url: str) -> str:
    """docs/sql-api.md."""
    with psycopg.connect(database_url) as connection:
        functions = connection.execute(FUNCTIONS).fetchall()
        views = connection.execute(VIEWS).fetchall()
        types = connection.execute(TYPES, ()).fetchall()
        refusals = connection.execute("SELECT code, name, hint FROM bank.refusals").fetchall()
    lines = [
        MADE,
        "# The SQL interface: schema `bank`\n",
        "Arguments are named as in JSON:",
        "`SELECT * FROM bank.deposit(account_id => 'alice', amount => 500)`.",
        '`"timestamp"` and `"limit"` need their quotes. Amounts are minor units, times are',
        "milliseconds since the epoch. A refusal is an error whose MESSAGE is its name and whose",
        "DETAIL is JSON.\n",
        "## Functions\n",
    ]
    for name, arguments, result, comment, roles in functions:
        signature = "\n    ".join(re.split(r", (?=\S+ )", arguments)).replace("\n", ",\n")
        signature = f"\n    {signature}\n" if arguments else ""
        lines += [f"### {name}\n", "```sql", f"bank.{name}({signature}) RETURNS {result}", "```\n"]
        lines += [f"{comment}\n", f"Granted to: {roles}.\n"]
    lines += ["## Views\n", *(f"- `bank.{name}`: {comment}" for name, comment in views)]
    lines += ["\n## What functions return\n"]
    lines += [f"- `bank.{name}` ({columns})" for name, columns in types]
    lines += ["\n## Refusals\n", "| SQLSTATE | name | hint |", "|---|---|---|"]
    lines += [f"| {code} | `{name}` | {hint} |" for code, name, hint in refusals]
    return "\n".join(lines) + "\n"


def http_api() -> str:
    """docs/http-api.md."""
    app = create_app(database_url="postgresql:///")
    with app.test_client() as client:
        document: dict[str, Any] = client.get("/openapi.json").get_json()
    lines = [
        MADE,
        "# The HTTP interface\n",
        "The server shows all of this with examples at `/docs`, and as OpenAPI 3.1 at",
        "`/openapi.json`. Errors are `application/problem+json` (RFC 9457) with a `code` and the",
        "numbers that matter.\n",
        "| route | what it does | takes | answers |",
        "|---|---|---|---|",
    ]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            takes = [f"`{p['name']}`" for p in operation.get("parameters", []) if p["in"] != "path"]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            takes += body_fields(document, body.get("schema", {}))
            success = min(operation["responses"])
            refusals = sorted(
                code
                for status, response in operation["responses"].items()
                if int(status) >= 400
                for code in re.findall(r"`(\w+)`", response["description"])
            )
            answers = f"{success}; refuses with " + ", ".join(refusals) if refusals else success
            lines.append(
                f"| {method.upper()} {path} | {operation['summary']} | {', '.join(takes)} "
                f"| {answers} |"
            )
    return "\n".join(lines) + "\n"


def body_fields(document: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The fields of a request body, optional ones marked."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    return [f"{name}{'' if name in required else '?'}" for name in schema.get("properties", {})]


def function_table() -> str:
    """The README's tables, one a room: every public function, its arguments, its one sentence."""
    lines: list[str] = []
    for room in sorted((PROJECT / "sql" / "functions").iterdir()):
        rows = []
        for file in sorted(room.glob("*.sql")):
            text = file.read_text()
            signature = re.search(rf"FUNCTION bank\.{file.stem}\((.*?)\)\nRETURNS", text, re.DOTALL)
            if signature is None:  # a helper, a view, or what the room is about
                continue
            sentence = re.match(rf"-- {file.stem}: (.*?)\n--\n", text, re.DOTALL)
            if sentence is None:
                raise ValueError(f"{file.name} does not begin with `-- {file.stem}: what it does`")
            names = [
                argument.split()[0].strip('"') + ("?" if "DEFAULT" in argument else "")
                for argument in re.split(r",\s*(?![^(]*\))", signature[1].strip())
                if argument
            ]
            what = re.sub(r"\n-- +", " ", sentence[1])
            rows.append(f"| `{file.stem}({', '.join(names)})` | {what[0].upper()}{what[1:]} |")
        if rows:
            about = re.match(rf"-- Room {room.name}: (.*)\n", (room / "room.sql").read_text())
            title = about[1] if about else ""
            lines += [f"**{room.name}**: {title}", "", "| function | what it does |", "|---|---|"]
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
