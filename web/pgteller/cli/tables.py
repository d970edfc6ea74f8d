"""Answers as people read them on a terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import datetime

import click
from rich import box
from rich.console import Console
from rich.table import Table

from pgteller.contract import TYPES, Json, Value
from pgteller.shell.routes import Route
from pgteller.shell.shapes import is_time

SHA_256 = re.compile("[0-9a-f]{64}")
DIGITS = 12  # of a hash that are shown
WIDE = 10_000  # where nobody looks at it on a screen, no line is broken


def show(route: Route, answer: Json) -> None:
    """Print what a function answered."""
    columns = _columns(route)
    if not route.items:
        rows([answer], columns, upright=True)
        return
    items = answer[route.items]
    if route.cursor and items and not isinstance(items[0], dict):
        items = [{route.cursor: item} for item in items]
    rows(items, columns)
    about = {
        name: value
        for name, value in answer.items()
        if name not in (route.items, "next") and name not in route.in_path
    }
    if about:
        click.echo(", ".join(f"{value} {name}" for name, value in about.items()))
    if answer.get("next") is not None:
        click.echo(f"There is more: --after {answer['next']}", err=True)


def rows(items: Sequence[Json], columns: dict[str, Value], upright: bool = False) -> None:
    """A table: a line for each; or, of one, a line for each of its members."""
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, show_header=not upright, pad_edge=False)
    if upright:
        table.add_column(style="bold")
        table.add_column()
        for name, value in items[0].items():
            if value is not None:
                table.add_row(name, text(value, columns.get(name)))
    else:
        names = names_of(items, columns)
        for name in names:
            of_numbers = any(isinstance(item[name], int) for item in items)
            right = of_numbers and not _is_time(columns.get(name))
            table.add_column(name, justify="right" if right else "left", no_wrap=True)
        for item in items:
            table.add_row(*(text(item[name], columns.get(name)) for name in names))
    with console.capture() as printed:
        console.print(table, highlight=False, markup=False)
    for line in printed.get().splitlines():
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
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and SHA_256.fullmatch(value):
        return value[:DIGITS]
    return str(value)


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
