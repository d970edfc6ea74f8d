"""The program `pgteller`: what there is to do, each with the module that does it.

Exit status: 0; 1 where the answer is no (a refusal, books that are not intact); 2 where there is no
answer, since it was asked wrongly or the database is away: what may have happened says so.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import traceback
from importlib import import_module
from typing import IO, Any

import click
import psycopg

from pgteller import __version__
from pgteller.embedded.programs import PostgresError
from pgteller.install.migrations import InstallError
from pgteller.names import UnfitNameError

JOINER = "\u200d"  # makes one emoji of several, as in account ids

COMMANDS = {
    "init": "installing:init",
    "migrate": "installing:migrate",
    "status": "installing:status",
    "doctor": "installing:doctor",
    "config": "configuring:config",
    "run": "running:run",
    "demo": "demo:demo",
    "serve": "running:serve",
    "worker": "running:worker",
    "verify": "proving:verify",
    "import": "importing:import_file",
    "export": "exporting:export_legs",
    "psql": "databases:psql",
    "embedded": "databases:embedded",
}


class FailedError(click.ClickException):
    """It could not be done; the message is for people."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Say so in a line, which does nothing to a terminal, whatever name is in it."""
        lines = self.format_message().expandtabs(4).splitlines()  # libpq indents by them
        click.echo("\n".join(map(visible, lines)), file=file, err=file is None)


def visible(said: str) -> str:
    """What others have put into it does nothing to a terminal, and hides nothing on it."""
    return "".join(
        one if one.isprintable() or one == JOINER else json.dumps(one)[1:-1] for one in said
    )


def agree(what: str) -> None:
    """Go on only if somebody says yes; nobody is no."""
    click.echo(what)
    try:
        agreed = click.confirm("Go on?")
    except click.Abort:
        agreed = False
    if not agreed:
        raise FailedError("Nothing was done.")


class Commands(click.Group):
    """Commands whose modules are imported when they are called.

    Those of the bank come from its functions, after those that are about it.
    """

    def invoke(self, context: click.Context) -> object:
        """Do it; what goes wrong and is nobody's mistake here is no traceback."""
        try:
            return super().invoke(context)
        except (InstallError, PostgresError, UnfitNameError, psycopg.Error) as problem:
            raise FailedError(str(problem).strip()) from problem
        except OSError as problem:
            if problem.errno == errno.EPIPE:  # as with `| head`, which has read enough
                raise SystemExit(2) from problem
            if problem.filename is None:  # it is about what is printed
                raise
            raise FailedError(f"{problem.filename}: {problem.strerror}.") from problem
        except UnicodeEncodeError as problem:
            raise FailedError("What was given is not UTF-8.") from problem

    def list_commands(self, context: click.Context) -> list[str]:
        """In the order of the tables."""
        from pgteller.cli import bank  # noqa: PLC0415

        return [*COMMANDS, *dict.fromkeys(words.partition(" ")[0] for words in bank.COMMANDS)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The one of that name."""
        if name in COMMANDS:
            module, _, function = COMMANDS[name].partition(":")
            command: click.Command = getattr(import_module(f"pgteller.cli.{module}"), function)
            return command
        from pgteller.cli import bank  # noqa: PLC0415

        if name in bank.GROUPS:
            return bank.group(name)
        return bank.command(name) if name in bank.COMMANDS else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="pgteller %(version)s")
@click.option(
    "--url",
    help="The database, in any form that libpq takes. Others can see it while this runs: passwords "
    "are better kept in DATABASE_URL or a passfile.  [default: DATABASE_URL, else the embedded "
    "PostgreSQL]",
)
@click.option(
    "--schema",
    help="Which ledger, where a database has several.  [default: PGTELLER_SCHEMA, else bank]",
)
def program(url: str | None, schema: str | None) -> None:
    """A bank ledger that lives in PostgreSQL."""
    if url:
        os.environ["DATABASE_URL"] = url
        os.environ.pop("DATABASE_ADMIN_URL", None)
    if schema:
        os.environ["PGTELLER_SCHEMA"] = schema


def main() -> None:
    """Run the program; whatever goes wrong is no answer, and ends with 2 or more."""
    for number, (name, mode) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
        if getattr(sys, name) is None:  # closed by whoever called
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
    for stop in signal.SIGTERM, signal.SIGHUP:
        signal.signal(stop, signal.default_int_handler)
    status = _run()
    try:
        sys.stdout.flush()
    except OSError:  # else Python tries again at its end, and complains
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(status)


def _run() -> int:
    try:
        status = program(prog_name="pgteller", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as problem:
        problem.show()
        return max(problem.exit_code, 2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 130
    except OSError as problem:
        if problem.errno != errno.EPIPE:
            click.echo(f"The answer could not be written: {problem.strerror}.", err=True)
        return 2
    except Exception:  # a mistake of ours: no answer either
        traceback.print_exc()
        return 2
    return status or 0
