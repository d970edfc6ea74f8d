"""`pgteller config`: the settings as they are here."""

from __future__ import annotations

import json
import re

import click
from tabulate import tabulate

from pgteller import settings
from pgteller.addresses import without_login
from pgteller.cli import FailedError, visible
from pgteller.cli.tables import FORM
from pgteller.embedded.programs import PostgresError
from pgteller.settings_table import ROWS, Setting, UnfitError
from pgteller.urls import described


@click.command(short_help="The settings that hold here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def config(as_json: bool) -> None:
    """Show the settings that hold here, and whether the environment has set them.

    No secret is shown. The exit status is 2 where one of them is of no use.
    """
    told = [{"name": row.name, "value": shown(row), "from": source(row)} for row in ROWS]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        lines = [_line(row) for row in ROWS]
        click.echo(tabulate(lines, ["setting", "value", "from"], FORM, disable_numparse=True))
    if wrong := [problem for row in ROWS if (problem := settings.problem(row))]:
        raise FailedError("\n".join(wrong))


def source(row: Setting) -> str:
    """Where its value is from, if it has one."""
    if settings.given(row.name):
        return "environment"
    return "default" if row.default else "unset"


def shown(row: Setting) -> str | None:
    """Its value, with no secret in it; None where it has none."""
    value = settings.given(row.name)
    if not value:
        return row.default or None
    if not row.kind.secret:
        return without_login(value)
    try:
        row.kind.check(value)
        if row.kind.reader == "address":
            return described(value)
    except (UnfitError, PostgresError):
        return "(not shown)"
    return row.kind.told(value) if row.kind.told else "(not shown)"


def _line(row: Setting) -> list[str]:
    """For people: without a value, what there is instead."""
    value = shown(row)
    if value is None:
        instead = re.sub("^none(: |$)", "", row.otherwise)
        return [row.name, "-", _plain(": ".join(filter(None, ["unset", instead])))]
    besides = row.otherwise if source(row) == "default" else ""
    return [row.name, visible(value), _plain("; ".join(filter(None, [source(row), besides])))]


def _plain(said: str) -> str:
    return said.replace("`", "")
