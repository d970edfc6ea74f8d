"""`pgteller config`: the settings as they are here."""

from __future__ import annotations

import json

import click
from tabulate import tabulate

from pgteller import settings
from pgteller.cli import FailedError, visible
from pgteller.cli.tables import FORM
from pgteller.embedded.programs import PostgresError
from pgteller.settings_table import ROWS, Setting, UnfitError
from pgteller.urls import described


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def config(as_json: bool) -> None:
    """Show the settings that hold here, and whether the environment has set them.

    No secret is shown. Exit status 2: there is one of no use.
    """
    told = [
        {
            "name": row.name,
            "value": shown(row),
            "from": "environment" if settings.given(row.name) else "default",
        }
        for row in ROWS
    ]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        lines = [[row["name"], visible(row["value"]), row["from"]] for row in told]
        click.echo(tabulate(lines, ["setting", "value", "from"], FORM, disable_numparse=True))
    if wrong := [problem for row in ROWS if (problem := settings.problem(row))]:
        raise FailedError("\n".join(wrong))


def shown(row: Setting) -> str:
    """Its value, for people to see."""
    value = settings.given(row.name)
    if not value:
        return row.usual
    if not row.kind.secret:
        return value
    try:
        row.kind.check(value)
        return described(value) if row.kind.reader == "address" else "(not shown)"
    except (UnfitError, PostgresError):
        return "(not shown)"
