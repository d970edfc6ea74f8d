"""What the environment says: of no use, it ends any program with one line and exit status 2."""

import os
import subprocess
import sys

import pytest

from dev import PROJECT
from tests.cli import pgteller

pytestmark = pytest.mark.first_server

ELSEWHERE = "postgresql://nobody@localhost:1/nothing"
WRONG_NUMBERS = ["x", "-1", "1e3", "٣", "1_0", " 8", "nan", "9" * 30]


def ended_here(*arguments, **variables):
    """How the program `pgteller` ends there, and what it says, within this process."""
    done = pgteller(*arguments, **{"url": ELSEWHERE} | variables)
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def ended(module, *arguments, **variables):
    """How a program ends there, and what it says."""
    return subprocess.run(
        [sys.executable, *module, *arguments],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": ELSEWHERE} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_refused(done, name):
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{name} ")
    assert done.stderr.count("\n") == 1


WEB = "-c", "import pgteller.shell.wsgi"
NUMBERS = {
    "PORT": ("-m", "pgteller", "run"),
    "POOL_SIZE": WEB,
    "POOL_TIMEOUT": WEB,
    "ROUNDS": ("-m", "dev.torture"),
    "FUZZ_SEED": ("-m", "dev.torture"),
    "CONCURRENCY_THREADS": ("-m", "dev.torture"),
    "BENCH_SECONDS": ("-m", "bench"),
    "BENCH_ROUNDS": ("-m", "bench"),
}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["x", "9" * 30])
def test_what_is_no_number_or_none_that_it_may_be(name, value):
    assert_refused(ended(NUMBERS[name], **{name: value}), name)


@pytest.mark.parametrize("value", [*WRONG_NUMBERS, "0", "65536", "8000.5"])
def test_what_is_no_port(value):
    done = ended_here("run", PORT=value)
    assert_refused(done, "PORT")
    assert done.stderr == f'PORT must be a whole number of 1 to 65535, not "{value}".\n'


@pytest.mark.parametrize(
    ("name", "value"), [("POOL_SIZE", "0"), ("LOG_LEVEL", "loud"), ("ROOT_PATH", "bank")]
)
@pytest.mark.parametrize("program", [WEB, ("-m", "pgteller", "verify"), ("-m", "pgteller", "run")])
def test_whatever_reads_it(program, name, value):
    assert_refused(ended(program, **{name: value}), name)


@pytest.mark.parametrize(
    "url", ["s3cret", "postgresql://x:s3cret@[bad", "postgresql://h/x?s3cret=1", "host=h s3cret"]
)
@pytest.mark.parametrize(
    "program",
    [("worker", "--once"), ("verify", "--outside"), ("migrate",), ("run",), ("psql",)],
)
def test_what_is_no_address_of_a_database(program, url):
    """It is not told again, since a password may be in it."""
    done = ended_here(*program, url=url)
    assert_refused(done, "DATABASE_URL")
    assert "s3cret" not in done.stderr


def test_no_database_to_verify_is_no_verdict_on_its_books(tmp_path):
    variables = {"DATABASE_URL": "", "PGTELLER_HOME": str(tmp_path)}
    done = ended(("-m", "pgteller", "verify"), **variables)
    assert done.returncode == 2
    assert done.stderr.startswith("Set DATABASE_URL")


@pytest.mark.parametrize("interval", ["-1", "0", "nan", "1e300", "x"])
def test_what_is_no_interval(interval):
    done = ended_here("worker", "--once", "--interval", interval)
    assert done.returncode == 2
    assert "--interval" in done.stderr


@pytest.mark.parametrize(
    "program", [("pgteller", "nonsense"), ("pgteller", "embedded", "nonsense")]
)
def test_a_command_that_is_none(program):
    done = ended(("-m",), *program)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'nonsense'" in done.stderr


def test_suites_of_tests_that_are_none():
    done = ended(("-m", "dev.test", "nonsense"))
    assert (done.returncode, done.stderr) == (2, "")
