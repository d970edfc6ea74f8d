"""`pgteller run`, `serve` and `worker`: what goes on until it is told to stop."""

from __future__ import annotations

import math
import os
import sys

import click

from pgteller import serving
from pgteller.embedded.run import run as run_everything
from pgteller.serving import Address
from pgteller.shell import create_app, db
from pgteller.worker import Worker


@click.command()
@click.option("--reload", is_flag=True, help="Start again whenever a file changes.")
def run(reload: bool) -> None:
    """Run everything: the database, the web server, a worker.

    Without a database of yours that is the embedded PostgreSQL, under .pg/ here. HOST and PORT say
    where it listens.
    """
    run_everything(Address.given(), reload)


@click.command()
def serve() -> None:
    """Run the web server alone. HOST and PORT say where it listens."""
    serving.require_settings()
    db.require_fit(create_app())
    address = Address.given()
    serving.require_free(address)
    os.execv(sys.executable, [sys.executable, *serving.granian(address)])


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.option(
    "--interval",
    type=click.FloatRange(0.01, 3600),
    default=1.0,
    show_default=True,
    help="Seconds between looks.",
)
def worker(once: bool, interval: float) -> None:
    """Do what falls due, and send webhooks."""
    if math.isnan(interval):  # which is outside of no range
        raise click.BadParameter("nan is not a number of seconds.", param_hint="'--interval'")
    app = create_app()
    db.require_fit(app)
    Worker(app, interval, once).run()
