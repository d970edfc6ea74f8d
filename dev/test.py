"""Run the tests and count them: `python -m dev.test sql py`.

`sql` is pgTAP under pg_prove, once on every server there is, and on the last one for a ledger that
is not called bank; `py` is pytest.  ONLY=word in the
environment picks the test files, or the pytest tests, whose names hold that word.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import psycopg

from dev import PROJECT
from dev.debian import NotAvailableError, unpacked
from dev.testbed import scratch_database, servers, test_server
from dev.variables import text
from pgteller.embedded.programs import PostgresError
from pgteller.install import load
from pgteller.install.migrations import InstallError, connect, run
from pgteller.names import Names
from pgteller.urls import client_bin_dir, environment
from tests.fuzz import SEED

ONLY = text("ONLY")
# Parts in the order of the tests, as that spares servers that are started and stopped; one more
# than cores, since tests wait as well: for servers that start, for locks and clocks.
PARALLEL = ["--numprocesses", "3", "--dist", "worksteal"]


@dataclass(frozen=True)
class Outcome:
    """What one run of tests came to."""

    title: str
    passed: int
    failed: int
    remark: str

    def __str__(self) -> str:
        """One line of the summary."""
        return f"{self.title}: {self.passed} passed, {self.failed} failed ({self.remark})"


def main(suites: list[str]) -> int:
    """Run the suites named, print the summary, and tell by the exit status whether all is well."""
    if not suites or {*suites} - {"sql", "py"}:
        print(__doc__)
        return 2
    outcomes: list[Outcome] = []
    if "sql" in suites:
        found = servers()
        for name, bin_dir in found.items():
            names = Names("shop1") if len(found) > 1 and name == [*found][-1] else Names()
            title = name if names.are_default else f"{name}, schema {names.schema}"
            print(f"\n=== pgTAP on {title}", flush=True)
            outcomes.append(run_pgtap(title, bin_dir, names))
    if "py" in suites:
        print("\n=== pytest", flush=True)
        outcomes.append(run_pytest())
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    print("\n=== Summary")
    for outcome in outcomes:
        print(outcome)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def run_pgtap(name: str, bin_dir: Path | None, names: Names) -> Outcome:
    """Every file of sql/tests on one server, in a database of its own."""
    files = [path for path in (PROJECT / "sql" / "tests").rglob("*.sql") if ONLY in str(path)]
    files.sort()
    title = f"pgTAP on {name}"
    if not files:
        return Outcome(title, 0, 1, "no such file in sql/tests")
    begun = time.monotonic()
    try:
        with test_server(bin_dir) as admin_url, scratch_database(admin_url) as url:
            load(url, names)
            with connect(url) as connection:
                connection.execute("SET search_path = public")
                run(connection, pgtap_script())
            output, status = pg_prove(url, files, names)
    except (PostgresError, InstallError, NotAvailableError, psycopg.Error) as problem:
        return Outcome(title, 0, 1, str(problem).strip())
    passed, failed = count_assertions(output)
    if status and not failed:
        failed = 1
    seconds = time.monotonic() - begun
    return Outcome(title, passed, failed, f"{len(files)} files, {seconds:.0f} s")


def pgtap_script() -> Path:
    """One SQL script that makes pgTAP: the system's, else Debian's, without installing it."""
    pattern = "usr/share/postgresql/*/extension/pgtap.sql"
    installed = Path("/").glob(pattern)
    return max(installed, default=None) or next(unpacked("postgresql-15-pgtap").glob(pattern))


def pg_prove(url: str, files: list[Path], names: Names) -> tuple[str, int]:
    """Run the files two at a time; what pg_prove prints is shown, and returned with its status."""
    with tempfile.TemporaryDirectory() as folder:
        rendered = []
        for path in files:
            rendered.append(Path(folder) / path.relative_to(PROJECT))
            rendered[-1].parent.mkdir(parents=True, exist_ok=True)
            rendered[-1].write_text(names.render(path.read_text()))
        return _pg_prove(url, [str(path.relative_to(folder)) for path in rendered], folder)


def _pg_prove(url: str, files: list[str], folder: str) -> tuple[str, int]:
    variables = environment(url, client_bin_dir()) | {"FUZZ_SEED": str(SEED)}
    command = ["pg_prove"]
    if not shutil.which("pg_prove"):
        root = unpacked("libtap-parser-sourcehandler-pgtap-perl")
        variables["PERL5LIB"] = str(root / "usr/share/perl5")
        command = ["perl", str(root / "usr/bin/pg_prove")]
    psql = shutil.which("psql", path=variables["PATH"]) or "psql"
    command += ["--jobs", "2", "--psql-bin", psql]
    command += files
    lines = []
    with subprocess.Popen(
        command, cwd=folder, env=variables, stdout=subprocess.PIPE, text=True
    ) as prove:
        for line in prove.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return "".join(lines), prove.returncode


def count_assertions(output: str) -> tuple[int, int]:
    """How many assertions passed, and how many failed, by pg_prove's report.

    A file that broke off, or whose plan was wrong, is one failure more than its assertions tell.
    """
    total = re.search(r"^Files=\d+, Tests=(\d+)", output, re.MULTILINE)
    ran = int(total[1]) if total else 0
    failed = broken = 0
    reports = re.findall(r"\(Wstat: (\d+).*Tests: \d+ Failed: (\d+)\)\n((?:  .*\n)*)", output)
    for status, failures, report in reports:
        failed += int(failures)
        broken += status != "0" or "Parse errors" in report
    return ran - failed, failed + broken


def run_pytest() -> Outcome:
    """Every test in tests/; each of them runs on every server by itself."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}"]
        command += ["-k", ONLY] if ONLY else PARALLEL
        # Hundreds of programs are started, each of which would compile all of its modules.
        variables = {**os.environ}
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        status = subprocess.run(command, cwd=PROJECT, env=variables, check=False).returncode
        suite = ElementTree.parse(report).find("testsuite") if report.exists() else None
    if suite is None:
        return Outcome("pytest", 0, 1, f"no report, exit status {status}")
    counts = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    if status and not failed:
        failed = 1
    remark = f"{counts['skipped']} skipped, {float(suite.get('time', 0)):.0f} s"
    return Outcome("pytest", passed, failed, remark)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
