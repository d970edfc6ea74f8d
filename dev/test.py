"""Run the tests and count them: `python -m dev.test sql py`.

`sql` is pgTAP under pg_prove, once on every server there is; `py` is pytest.  ONLY=word in the
environment picks the test files, or the pytest tests, whose names hold that word.
"""

from __future__ import annotations

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

from dev.debian import NotAvailableError, unpacked
from dev.installation import PROJECT, PostgresError
from dev.load import load, run_files
from dev.testbed import scratch_database, servers, test_server
from dev.urls import client_bin_dir, environment
from tests.fuzz import SEED
from web import settings

ONLY = settings.text("ONLY", "")


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
        for name, bin_dir in servers().items():
            print(f"\n=== pgTAP on {name}", flush=True)
            outcomes.append(run_pgtap(name, bin_dir))
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


def run_pgtap(name: str, bin_dir: Path | None) -> Outcome:
    """Every file of sql/tests on one server, in a database of its own."""
    files = [path for path in (PROJECT / "sql" / "tests").rglob("*.sql") if ONLY in str(path)]
    files.sort()
    title = f"pgTAP on {name}"
    if not files:
        return Outcome(title, 0, 1, "no such file in sql/tests")
    begun = time.monotonic()
    try:
        with test_server(bin_dir) as admin_url, scratch_database(admin_url) as url:
            load(url)
            run_files(url, "Loading pgTAP", [pgtap_script()])
            output, status = pg_prove(url, files)
    except (PostgresError, NotAvailableError, psycopg.Error) as problem:
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


def pg_prove(url: str, files: list[Path]) -> tuple[str, int]:
    """Run the files two at a time; what pg_prove prints is shown, and returned with its status."""
    variables = environment(url, client_bin_dir()) | {"FUZZ_SEED": str(SEED)}
    command = ["pg_prove"]
    if not shutil.which("pg_prove"):
        root = unpacked("libtap-parser-sourcehandler-pgtap-perl")
        variables["PERL5LIB"] = str(root / "usr/share/perl5")
        command = ["perl", str(root / "usr/bin/pg_prove")]
    psql = shutil.which("psql", path=variables["PATH"]) or "psql"
    command += ["--jobs", "2", "--psql-bin", psql]
    command += [str(path.relative_to(PROJECT)) for path in files]
    lines = []
    with subprocess.Popen(
        command, cwd=PROJECT, env=variables, stdout=subprocess.PIPE, text=True
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
        command += ["-k", ONLY] if ONLY else []
        status = subprocess.run(command, cwd=PROJECT, check=False).returncode
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
