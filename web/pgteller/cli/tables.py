"""Answers as people read them on a terminal."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime

import click
import tabulate
from tabulate import DataRow, Line, TableFormat
from wcwidth import wcswidth

from pgteller.cli import visible
from pgteller.contract import TYPES, Json, Value
from pgteller.shell.routes import Route
from pgteller.shell.shapes import is_time

SHA_256 = re.compile("[0-9a-f]{64}")
DIGITS = 12  # of a hash that are shown in a table
CELL = 64  # characters at most, as an account's id may have; metadata could have thousands
tabulate.MIN_PADDING = 0
FORM = TableFormat(
    lineabove=None,
    linebelowheader=Line("", "─", "───", ""),
    linebetweenrows=None,
    linebelow=None,
    headerrow=DataRow("", "   ", ""),
    datarow=DataRow("", "   ", ""),
    padding=0,
    with_header_hide=None,
)


def show(route: Route, answer: Json) -> None:
    """Print what a function answered."""
    columns = _columns(route)
    if not route.items:
        _whole(answer, columns)
        return
    items = answer[route.items]
    if route.cursor and items and not isinstance(items[0], dict):
        items = [{route.cursor: item} for item in items]
    if items:
        rows(items, columns)
    else:
        click.echo("none", err=True)
    about = {
        name: value
        for name, value in answer.items()
        if name not in (route.items, "next") and name not in route.in_path
    }
    if about:
        click.echo(", ".join(f"{value} {name}" for name, value in about.items()))
    if answer.get("next") is not None:
        click.echo(f"There is more: --after {answer['next']}", err=True)


def _whole(answer: Json, columns: dict[str, Value]) -> None:
    """One: a line for each of its members, and below that its lists, a table each."""
    lists = {name: table for name in answer if (table := _listed(answer[name], columns.get(name)))}
    _print(_upright(answer, [name for name in answer if name not in lists], columns))
    for name, inner in lists.items():
        click.echo(f"\n{name}")
        rows(answer[name], inner)


def _listed(value: object, column: Value | None) -> dict[str, Value]:
    """What the members of a list's items are, if it is one that has items."""
    has_items = column is not None and isinstance(value, list) and value
    items = column.schema.get("items", {}) if column and has_items else {}
    found = TYPES.get(items.get("$ref", "").rpartition("/")[2])
    return found.columns if found else {}


def rows(items: Sequence[Json], columns: dict[str, Value]) -> None:
    """A table: a line for each, of whose texts the ends may be cut off.

    Where a line has no room on a terminal it is without what is longest, and without that each
    stands upright, whole.
    """
    width = room()
    names = names_of(items, columns)
    short = [name for name in names if not any(map(_is_long, (item[name] for item in items)))]
    for shown in names, short:
        table = _table(items, shown, columns)
        if width is None or max(map(wcswidth, table)) <= width:
            _print(table)
            _say_what_lacks(
                [name for name in names if name not in shown],
                [name for name in shown if any(map(_is_cut, _cells(items, name, columns)))],
            )
            return
    for number, item in enumerate(items, start=1):
        click.echo(f"{'' if number == 1 else chr(10)}{number}")
        _print(_upright(item, names, columns))


def _say_what_lacks(left_out: list[str], cut: list[str]) -> None:
    lacks = [f"without {', '.join(left_out)}"] if left_out else []
    lacks += [f"{', '.join(cut)} cut off at …"] if cut else []
    if lacks:
        told = "; ".join(lacks)
        click.echo(f"{told[0].upper()}{told[1:]}: --json has all.", err=True)


def room() -> int | None:
    """How wide the terminal is; None where nobody looks at one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _table(items: Sequence[Json], names: Sequence[str], columns: dict[str, Value]) -> list[str]:
    by_column = [map(_short, _cells(items, name, columns)) for name in names]
    cells = [list(line) for line in zip(*by_column, strict=True)]
    numbers = [
        any(isinstance(item[name], int) for item in items) and not _is_time(columns.get(name))
        for name in names
    ]
    align = ["right" if right else "left" for right in numbers]
    return tabulate.tabulate(
        cells, [*names], FORM, colalign=align, headersglobalalign=None, disable_numparse=True
    ).splitlines()


def _upright(item: Json, names: Iterable[str], columns: dict[str, Value]) -> list[str]:
    told = [name for name in names if item[name] is not None]
    cells = [(name, text(item[name], columns.get(name))) for name in told]
    return tabulate.tabulate(cells, (), FORM, disable_numparse=True).splitlines()


def _cells(items: Sequence[Json], name: str, columns: dict[str, Value]) -> list[str]:
    return [text(item[name], columns.get(name)) for item in items]


def _short(cell: str) -> str:
    if SHA_256.fullmatch(cell):
        return cell[:DIGITS]
    return f"{cell[: CELL - 1]}…" if _is_cut(cell) else cell


def _is_cut(cell: str) -> bool:
    return len(cell) > CELL


def _is_long(value: object) -> bool:
    return isinstance(value, dict | list) or (
        isinstance(value, str) and SHA_256.fullmatch(value) is not None
    )


def _print(table: Iterable[str]) -> None:
    for line in table:
        click.echo(line.rstrip())


def names_of(items: Sequence[Json], columns: dict[str, Value]) -> list[str]:
    """The columns that say something: not NULL alone, nor the same times as `timestamp`."""
    found = []
    for name in items[0] if items else ():
        told = [item[name] for item in items]
        again = _is_time(columns.get(name)) and name != "timestamp"
        if again and told == [item.get("timestamp") for item in items]:
            continue
        if any(value is not None for value in told):
            found.append(name)
    return found


def text(value: object, column: Value | None = None) -> str:
    """One value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and _is_time(column):
        return moment(value)
    if isinstance(value, dict | list):
        return visible(json.dumps(value, ensure_ascii=False))
    return visible(str(value))


def moment(milliseconds: int) -> str:
    """A time in the zone of whoever looks."""
    try:
        local = datetime.fromtimestamp(milliseconds / 1000).astimezone()
    except (OverflowError, ValueError, OSError):  # a year that Python does not know
        return str(milliseconds)
    return local.isoformat(" ", "milliseconds")


def _is_time(column: Value | None) -> bool:
    return column is not None and is_time(column)


def _columns(route: Route) -> dict[str, Value]:
    returns = route.function.returns
    return TYPES[returns].columns if isinstance(returns, str) else {}
