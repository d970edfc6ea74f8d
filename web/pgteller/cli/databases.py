"""`pgteller psql` and `pgteller embedded`: the database itself, and PostgreSQL's programs on it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import click

from pgteller.cli import FailedError, agree
from pgteller.embedded.database import create_database, embedded_server
from pgteller.embedded.programs import remove_state
from pgteller.embedded.server import DATABASE, SHELL_LOGIN, development_server
from pgteller.urls import client_bin_dir, described, environment, given_url

# Of a refusal, show its message, numbers and hint, not the functions it came through.
PSQL = ("psql", "-v", "SHOW_CONTEXT=never")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the database, with these arguments."""
    client([*PSQL, *arguments])


@click.group()
def embedded() -> None:
    """The PostgreSQL under .pg/ here, and no other one."""


@embedded.command()
def start() -> None:
    """Start it, and have it run until `stop`."""
    server = development_server()
    server.start()
    server.pinned.touch()
    create_database(server.url("postgres"), DATABASE)
    click.echo(f"PostgreSQL {server.major} runs: {server.url()}")


@embedded.command()
def stop() -> None:
    """Stop it, and every `pgteller run` on it."""
    server = development_server()
    server.pinned.unlink(missing_ok=True)
    told = server.stop_runs()
    if server.stop() or told:
        runs = f", and `pgteller run` on it{f' ({told} times)' if told > 1 else ''}" if told else ""
        click.echo(f"The PostgreSQL under .pg/ is stopped{runs}.")
    else:
        click.echo("There is nothing to stop: the PostgreSQL under .pg/ does not run.")


@embedded.command()
@click.pass_context
def status(context: click.Context) -> None:
    """Say whether it runs; the exit status is 3 where it does not."""
    server = development_server()
    running = server.running()
    click.echo(f"PostgreSQL {server.major} {'runs: ' + server.url() if running else 'is stopped.'}")
    context.exit(0 if running else 3)


@embedded.command()
def url() -> None:
    """Print what the web server logs in with, as a DATABASE_URL."""
    click.echo(development_server().url(user=SHELL_LOGIN))


@embedded.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True))
def backup(file: str) -> None:
    """Write a backup to FILE, as pg_dump -Fc does and pg_restore reads it."""
    embedded_client(["pg_dump", "-Fc", "-f", file])


@embedded.command()
@click.option("--yes", is_flag=True, help="Ask nothing.")
def remove(yes: bool) -> None:
    """Stop it and delete its data, every account and entry in it."""
    server = development_server()
    if not yes:
        agree(f"This deletes {server.data_dir}, every account and entry in it.")
    server.remove()
    remove_state()


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED)
def run_program(arguments: tuple[str, ...]) -> None:
    """Run one of PostgreSQL's programs on it, such as pg_dump, as its superuser."""
    embedded_client([*arguments])


embedded.add_command(run_program, "run")


def client(command: list[str]) -> None:
    """Run a program on the database, and end as it does; the terminal and Ctrl-C are its own."""
    if given := given_url():
        if sys.stdin.isatty():  # else what it prints is somebody's input
            click.echo(f"Using {described(given)}.", err=True)
        sys.exit(run_on(given, command, client_bin_dir()))
    embedded_client(command)


def embedded_client(command: list[str]) -> NoReturn:
    """The same on the embedded server."""
    with embedded_server(make=False) as server:
        sys.exit(run_on(server.url(), command, server.bin_dir))


def run_on(url: str, command: list[str], bin_dir: Path | None) -> int:
    """Run a program on that database, of this folder or of PATH; how it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    variables = environment(url, bin_dir)
    try:
        return subprocess.run(command, env=variables, check=False).returncode
    except FileNotFoundError as problem:
        raise FailedError(f"There is no program {command[0]}.") from problem
