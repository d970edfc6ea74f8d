"""Run what the documentation shows, and keep its printed output true.

python -m dev.examples   writes README.md, docs/install.md and examples/*.sql.out anew, from a real
                         run (make examples)

The README's ```console blocks run against a bank that `make run` has started, those of
docs/install.md on an empty database; each example runs in a database of its own.  The tests compare
the same runs with what is committed.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from dev import PROJECT
from dev.testbed import scratch_database, test_server
from pgteller.embedded.database import create_web_role
from pgteller.embedded.programs import preferred_bin_dir
from pgteller.install import load
from pgteller.names import Names
from pgteller.urls import client_bin_dir, environment, given_url

README = PROJECT / "README.md"
INSTALL = PROJECT / "docs" / "install.md"
EXAMPLES = PROJECT / "examples"
OF_TWO_LEDGERS = {"two_ledgers"}
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = "database shop on db.example, port 5432, as admin"  # what a reader would see
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def commands_of(document: Path) -> list[tuple[str, str]]:
    """Every command in its console blocks, with the output printed under it."""
    blocks = BLOCK.findall(document.read_text())
    return [pair for block in blocks for pair in COMMAND.findall(block)]


def masked(output: str) -> str:
    """The output without what only the clock decides: milliseconds, and hashes over them."""
    output = re.sub(r"\b1[0-9]{12}\b", "(milliseconds)", output)
    output = re.sub(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}$", "(hash)", output, flags=re.MULTILINE)
    output = re.sub(r"\b\d+ files, \d+\.\d s\.$", "(files)", output, flags=re.MULTILINE)
    differing = r"^((?:PostgreSQL|unnumbered) +).*|\d+\.\d s\.$"
    output = re.sub(differing, r"\1(here)", output, flags=re.MULTILINE)
    output = re.sub(r"\b\d+ s ago\b", "(moments) ago", output)
    output = re.sub(r"\b[0-9]{4}-[0-9-]{5} [0-9:.]{12}[+-][0-9:]{5}", "(time)", output)
    return "\n".join(line.rstrip() for line in output.strip().splitlines())


@contextlib.contextmanager
def running_bank(admin_url: str) -> Iterator[dict[str, str]]:
    """`make run` on that database and a free port; the environment in which its users type."""
    load(admin_url)  # which makes the role that the shell's login is given
    shell_url = admin_url if given_url() else create_web_role(admin_url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {**os.environ, "PORT": str(port)}
    variables |= {"DATABASE_ADMIN_URL": admin_url, "DATABASE_URL": shell_url}
    command = ["make", "-s", "run"]
    with subprocess.Popen(
        command, cwd=PROJECT, env=variables, stdout=subprocess.DEVNULL, process_group=0
    ) as process:
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}/health/ready", process)
            yield variables
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=30)


@contextlib.contextmanager
def empty_database(admin_url: str) -> Iterator[dict[str, str]]:
    """A new database; the environment of who installs a ledger there with the program."""
    with scratch_database(admin_url) as url:
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        # A database that a command was given is told: as the one of docs/install.md.
        yield {**os.environ, "PATH": programs, "DATABASE_URL": url, "PORT": ""}


def wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return as soon as the bank says that it is well."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"the bank is not well at {url}")


def run_command(command: str, variables: dict[str, str]) -> str:
    """What a reader sees who types the command, on our port instead of the default one."""
    result = subprocess.run(
        command.replace("localhost:8000", f"localhost:{variables['PORT']}"),
        shell=True,
        cwd=PROJECT,
        env=variables,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    shown = re.sub("^Using .*", f"Using {ELSEWHERE}.", result.stdout, flags=re.MULTILINE)
    return "\n".join(line.rstrip() for line in shown.splitlines())


def run_example(script: Path, url: str) -> str:
    """The output of one example on a new ledger, statements included."""
    if script.stem in OF_TWO_LEDGERS:
        load(url, Names("shop1"))
    return run_script(script, url)


def run_script(script: Path, url: str) -> str:
    """The output of one example in that database."""
    result = subprocess.run(
        ["psql", "-X", "-a", "-v", "SHOW_CONTEXT=never", "-f", str(script)],
        env=environment(url, client_bin_dir()),
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return re.sub(rf"^psql:{re.escape(str(script))}:\d+: ", "", result.stdout, flags=re.MULTILINE)


def write(document: Path, variables: dict[str, str]) -> None:
    """Run its commands in order and put their output under each."""

    def rewritten(block: re.Match[str]) -> str:
        lines = ["```console"]
        for command, _ in COMMAND.findall(block[1]):
            lines += [f"$ {command}", *run_command(command, variables).splitlines()]
        return "\n".join([*lines, "```"])

    print(f"{document.relative_to(PROJECT)} ...", flush=True)
    document.write_text(BLOCK.sub(rewritten, document.read_text()))


def main() -> None:
    """Write every output anew."""
    with test_server(preferred_bin_dir()) as admin_url:
        with scratch_database(admin_url) as url, running_bank(url) as variables:
            write(README, variables)
        with empty_database(admin_url) as variables:
            write(INSTALL, variables)
        for script in sorted(EXAMPLES.glob("*.sql")):
            print(f"examples/{script.name} ...", flush=True)
            with scratch_database(admin_url) as url:
                load(url)
                script.with_suffix(".sql.out").write_text(run_example(script, url))


if __name__ == "__main__":
    main()
