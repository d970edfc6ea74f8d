"""`pgteller psql` and `pgteller embedded`: the database itself, and PostgreSQL's programs on it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import click

from pgteller.cli import FailedError, agree
from pgteller.cli.files import whole
from pgteller.embedded.database import create_database, embedded_server
from pgteller.embedded.programs import remove_state
from pgteller.embedded.server import DATABASE, SHELL_LOGIN, development_server
from pgteller.urls import client_bin_dir, described, environment, given_url

# Of a refusal, show its message, numbers and hint, not the functions it came through.
PSQL = ("psql", "-v", "SHOW_CONTEXT=never")
CLOSED, UNCHANGED = 0o077, -1  # umasks


@click.command(
    context_settings={"ignore_unknown_options": True}, short_help="Open psql on the database."
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the database, with these arguments; those that pgteller has come after --."""
    client([*PSQL, *arguments])


@click.group(short_help="The embedded PostgreSQL: start, stop, back up, remove.")
def embedded() -> None:
    """The embedded PostgreSQL, in .pg here or where PGTELLER_HOME says, and no other one."""


@embedded.command(short_help="Start it, and have it run until `stop`.")
def start() -> None:
    """Start it, and have it run until `stop`; it is made where there is none."""
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
        click.echo(f"The PostgreSQL in {server.data_dir.parent} is stopped{runs}.")
    else:
        click.echo(
            f"There is nothing to stop: the PostgreSQL in {server.data_dir.parent} does not run."
        )


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


@embedded.command(short_help="Write a backup, as pg_dump does.")
@click.option("--force", is_flag=True, help="Replace a FILE that is there.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path, force: bool) -> None:
    """Write a backup to FILE, as pg_dump -Fc does and pg_restore reads it.

    - is standard output. Nobody else may read FILE (mode 0600): it has the secrets of webhooks. It
    is there once all of it is.
    """
    if file.is_file() and not force:
        raise FailedError(f"{file} is there already: choose another name, or --force.")
    if str(file) == "-" and sys.stdout.isatty():
        raise click.UsageError("A backup is no text for a terminal: add > FILE.")
    with embedded_server(make=False) as server, whole(file, 0o600) as target:
        # By its name: as pg_dump's standard output a file comes out twice as large.
        named = [] if str(file) == "-" else ["-f", target.name]
        if status := run_on(server.url(), ["pg_dump", "-Fc", *named], server.bin_dir):
            raise FailedError(f"pg_dump ended with {status}: there is no backup.")


@embedded.command()
@click.option("--yes", is_flag=True, help="Ask nothing.")
def remove(yes: bool) -> None:
    """Stop it and delete its data, every account and entry in it. There is no way back."""
    server = development_server()
    if not yes:
        agree(f"This deletes {server.data_dir}, every account and entry in it.")
    server.remove()
    remove_state()
    click.echo(f"The PostgreSQL in {server.data_dir.parent} is removed.")


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    short_help="Run one of PostgreSQL's programs on it.",
)
@click.argument(
    "arguments", nargs=-1, required=True, type=click.UNPROCESSED, metavar="PROGRAM [ARGUMENTS]..."
)
def run_program(arguments: tuple[str, ...]) -> None:
    """Run one of PostgreSQL's programs on it, such as pg_dump, as its superuser.

    What it writes only you may read.
    """
    embedded_client([*arguments], CLOSED)  # as dumps have the secrets of webhooks


embedded.add_command(run_program, "run")


def client(command: list[str]) -> None:
    """Run a program on the database, and end as it does; the terminal and Ctrl-C are its own."""
    if given := given_url():
        if sys.stdin.isatty():  # else what it prints is somebody's input
            click.echo(f"Using {described(given)}.", err=True)
        sys.exit(run_on(given, command, client_bin_dir()))
    embedded_client(command)


def embedded_client(command: list[str], umask: int = UNCHANGED) -> NoReturn:
    """The same on the embedded server."""
    with embedded_server(make=False) as server:
        sys.exit(run_on(server.url(), command, server.bin_dir, umask=umask))


def run_on(url: str, command: list[str], bin_dir: Path | None, umask: int = UNCHANGED) -> int:
    """Run a program on that database, of this folder or of PATH; how it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    variables = environment(url, bin_dir)
    try:
        return subprocess.run(command, env=variables, umask=umask, check=False).returncode
    except FileNotFoundError as problem:
        raise FailedError(f"There is no program {command[0]}.") from problem
