"""The statements that call functions of the bank, and have PostgreSQL make JSON of their answers.

Names of functions, arguments and columns come from this package's own code, values never enter
the text of a statement.  Functions are named with their schema: whoever may create some elsewhere
on somebody's search_path has none of his called. So are operators, and types that have no keyword.
"""

from __future__ import annotations

from functools import lru_cache

from pgteller.contract import FUNCTIONS

Names = tuple[str, ...]  # of the arguments that are given
About = tuple[tuple[str, str], ...]  # arguments that are told again, with their types

ALL = "coalesce(pg_catalog.json_agg(pg_catalog.row_to_json(r)), '[]')"  # the rows `r`, as an array

EQUALS = "OPERATOR(pg_catalog.=)"
LIMIT = "%(limit)s::pg_catalog.int4"

# What is told of all rows of a function together: members before them, each an expression over the
# rows `r`, and its schema.
SUMMARIES: dict[str, dict[str, tuple[str, dict[str, str]]]] = {
    "batch": {
        status: (
            f"pg_catalog.count(*) FILTER (WHERE r.status {EQUALS} '{status}')",
            {"type": "integer"},
        )
        for status in ("posted", "replayed", "refused")
    },
    **{
        name: {"ok": ("pg_catalog.bool_and(r.ok)", {"type": "boolean"})}
        for name in ("verify_account", "verify_ledger")
    },
}


@lru_cache(maxsize=256)
def row(function: str, names: Names) -> str:
    """Of a function that returns one row."""
    return f"SELECT pg_catalog.row_to_json(r) FROM {_call(function, names)} AS r"


def value(function: str, names: Names) -> str:
    """Of a function that returns JSON."""
    return f"SELECT {_call(function, names)}"


@lru_cache(maxsize=256)
def listed(function: str, names: Names) -> str:
    """All that a function lists, as an array."""
    return f"SELECT {ALL} FROM {_call(function, names)} AS r"


@lru_cache(maxsize=256)
def rows(function: str, names: Names, items: str, about: About = ()) -> str:
    """All that a function lists, as member `items`, after what it is about and its summary."""
    return (
        f"SELECT pg_catalog.json_build_object({_about(about)}{_summary(function)}"
        f"'{items}', {ALL}) FROM {_call(function, names)} AS r"
    )


@lru_cache(maxsize=256)
def page(  # noqa: PLR0913
    function: str,
    names: Names,
    items: str,
    cursor: str,
    *,
    about: About = (),
    column: str | None = None,
) -> str:
    """One page of what a function lists, as member `items`, after what it is about.

    `next` is the `cursor` column of the page's last item, NULL on the last page: one row more than
    the page holds is asked for to know which it is. `column` gives that column, not whole rows.
    """
    item, last = (f"r.{column}", "") if column else ("r", f".{cursor}")
    return (
        f"SELECT pg_catalog.json_build_object({_about(about)}"
        f"'{items}', coalesce(pg_catalog.to_json(p.found[1:{LIMIT}]), '[]'), "
        f"'next', CASE WHEN pg_catalog.cardinality(p.found) OPERATOR(pg_catalog.>) {LIMIT} "
        f"THEN (p.found[{LIMIT}]){last} END) "
        f"FROM (SELECT pg_catalog.array_agg({item}) AS found "
        f"FROM {_call(function, names, more=1)} AS r) AS p"
    )


def _about(about: About) -> str:
    """Arguments that are told again, each with its type in SQL."""
    return "".join(
        f"'{name}', %({name})s::{'pg_catalog.text' if kind == 'text' else kind}, "
        for name, kind in about
    )


def _summary(function: str) -> str:
    return "".join(
        f"'{name}', {expression}, " for name, (expression, _) in SUMMARIES.get(function, {}).items()
    )


def _call(function: str, names: Names, more: int = 0) -> str:
    """The call by argument names, quoted since some are keywords; `more` raises the limit."""
    values = {name: f"%({name})s" for name in names}
    if more and "limit" in values:
        values["limit"] = f"{LIMIT} OPERATOR(pg_catalog.+) {more}"
    given = (f'"{name}" => {value}' for name, value in values.items())
    return f"bank.{FUNCTIONS[function].called_with(names)}({', '.join(given)})"
