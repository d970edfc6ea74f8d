"""`pgteller demo`: a bank to look at, with three months of invented life in it."""

from __future__ import annotations

import json
import os
import time

import click
from tqdm import tqdm

from pgteller.cli import agree
from pgteller.cli.kinds import Moment, Number
from pgteller.demo import NAME
from pgteller.demo.fill import Report
from pgteller.demo.ledger import have, remove
from pgteller.demo.steps import DAY
from pgteller.demo.story import LEAST_CUSTOMERS, LEAST_DAYS, Demo
from pgteller.embedded.database import database, web_url
from pgteller.embedded.run import ground, serve
from pgteller.install import source_texts
from pgteller.names import Names
from pgteller.serving import Address

YEAR = 366 * DAY
LIVE = ["-m", "pgteller.demo.live"]


@click.command(short_help="Show a bank with three months of invented life.")
@click.option(
    "--schema", default=NAME, show_default=True, help="What its ledger is called, and its roles."
)
@click.option("--fill-only", is_flag=True, help="Make and fill it, and serve nothing.")
@click.option("--remove", "removes", is_flag=True, help="Throw it away, with its roles.")
@click.option("--yes", is_flag=True, help="Ask nothing, with --remove.")
@click.option(
    "--until",
    type=Moment(),
    metavar="TIME",
    help="When its last day ends, at most a year ago.  [default: now]",
)
@click.option(
    "--customers",
    type=Number(LEAST_CUSTOMERS, 100_000),
    default=Demo.customers,
    show_default=True,
    help="How many there are in the end.",
)
@click.option(
    "--days",
    type=Number(LEAST_DAYS, 3650),
    default=Demo.days,
    show_default=True,
    help="How many of their days there are.",
)
@click.option(
    "--live", is_flag=True, help="Have somebody pay every second, for an hour, while it is served."
)
@click.option("--lines", is_flag=True, hidden=True, help="Say how far it is in lines of JSON.")
def demo(  # noqa: PLR0913, PLR0917
    schema: str,
    fill_only: bool,
    removes: bool,
    yes: bool,
    until: int | None,
    customers: int,
    days: int,
    live: bool,
    lines: bool,
) -> None:
    """Show a bank with three months of invented life: make it, fill it, serve it.

    It is a ledger of its own beside yours, with roles of its own, in the database that commands use
    or in the embedded PostgreSQL. The same moment and size give the same life. A second time it is
    there already; what was broken off is thrown away and made anew. HOST and PORT say where it
    listens.
    """
    names = Names(schema)
    names.require_fit(source_texts())
    os.environ["PGTELLER_SCHEMA"] = names.schema
    now = int(time.time() * 1000)
    if until is not None and not now - YEAR <= until <= now:  # as a key expires a year later
        raise click.BadParameter("it is no time of the last year.", param_hint="'--until'")
    wanted = Demo(until or now, customers, days)
    if removes:
        _remove(names, yes)
    elif fill_only:
        with database(quiet=lines, make=True) as admin_url:
            _have(admin_url, names, wanted, lines)
    else:
        address = Address.given()
        with ground(address) as found:
            login = _have(found.admin_url, names, wanted, lines)
            serve(found, login, address, beside=LIVE if live else None)


def _have(admin_url: str, names: Names, wanted: Demo, lines: bool) -> str:
    """Have it there; with what a web server logs in."""
    login = web_url(admin_url, names)
    with tqdm(desc="Filling", unit=" steps", leave=False, disable=lines or None) as bar:

        def show(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        report: Report = _tell if lines else show
        made = have(admin_url, names, login, wanted, report)
    if not lines:
        click.echo(f"The demo is {'filled' if made else 'there'}: {names.program} status.")
    return login


def _tell(done: int, of: int) -> None:
    click.echo(json.dumps({"done": done, "of": of}))


def _remove(names: Names, yes: bool) -> None:
    with database() as admin_url:
        if not yes:
            agree(f"This deletes the ledger {names.schema}, every account and entry in it.")
        if remove(admin_url, names):
            click.echo(f"The ledger {names.schema} is removed, with its roles.")
        else:
            click.echo(f"There is no ledger {names.schema}: there is nothing to do.")
