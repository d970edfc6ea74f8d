"""The attacks of the test suite for longer: `python -m dev.torture`, `make torture`.

ROUNDS (60) is how often everything is killed, MODEL_EXAMPLES (400) how many random histories are
compared with the model, CONCURRENCY_THREADS (150) how many operate at once, CONCURRENCY_ROUNDS
(40) how often each of them does, UPGRADE_LEGS (1 000 000) how many legs a ledger has that is
upgraded under load. FUZZ_SEED repeats what an earlier run has drawn. Then the procedures of
docs/operations.md are carried out under load: dump, recovery, failover, rolling restart.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from tqdm import tqdm

from dev import PROJECT
from dev.variables import whole
from pgteller.embedded.database import create_database, create_web_role
from pgteller.embedded.programs import PostgresError, preferred_bin_dir
from pgteller.embedded.server import temporary_server
from pgteller.install import load
from tests.crash import crash
from tests.drills.dump import dump
from tests.drills.failover import failover
from tests.drills.point_in_time import TARGETS, point_in_time
from tests.drills.rolling import rolling

SUITES = "model", "concurrency", "upgrade"

DEFAULTS = {
    "FUZZ_SEED": secrets.randbelow(10**9),
    "MODEL_EXAMPLES": 400,
    "CONCURRENCY_THREADS": 150,
    "CONCURRENCY_ROUNDS": 40,
    "UPGRADE_LEGS": 1_000_000,
}
DRILLS: dict[str, Callable[[], object]] = {
    "dump and restore": lambda: dump(2000),
    **{f"recovery by {one}": partial(point_in_time, one, 2000) for one in TARGETS},
    "failover, killed": lambda: failover(5),
    "failover, standing still": lambda: failover(3, freeze=True),
    "rolling restart": lambda: rolling(5),
    "rolling restart, connections kept": lambda: rolling(5, keep=True),
}


def main() -> int:
    """Attack in every way, print what happened, and tell by the exit status whether all held."""
    for name, more in DEFAULTS.items():
        os.environ.setdefault(name, str(more))
    numbers = {name: whole(name) for name in DEFAULTS}
    rounds = whole("ROUNDS")
    tally = [f"{name} = {number}" for name, number in numbers.items()]
    attacks: dict[str, Callable[[], object]] = {
        **{f"tests/test_{name}.py": partial(suite, name) for name in SUITES},
        f"kill -9, {rounds} rounds": partial(kill, rounds, numbers["FUZZ_SEED"]),
        **DRILLS,
    }
    failed = 0
    for title, attack in attacks.items():
        begun = time.monotonic()
        try:
            said, held = str(attack()), True
        except (AssertionError, TimeoutError) as failure:
            said, held = str(failure), False
        failed += not held
        seconds = time.monotonic() - begun
        tally += [f"{title}: {'held' if held else 'FAILED'}, {seconds:.0f} s"]
        tally += [f"  {line}" for line in said.splitlines()]
    print("\n=== Torture")
    print(*tally, sep="\n")
    return 1 if failed else 0


def suite(name: str) -> str:
    """A file of tests, with the numbers above."""
    path = f"tests/test_{name}.py"
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-o", "timeout=0", path]
    status = subprocess.run(command, cwd=PROJECT, check=False).returncode
    assert status == 0, f"exit status {status}"
    return ""


def kill(rounds: int, seed: int) -> str:
    """Kill everything again and again."""
    bar = tqdm(total=rounds, desc="kill -9", unit="kill", leave=False, disable=None)
    with bar, temporary_server(preferred_bin_dir()) as server:
        url = create_database(server.url("postgres"), "pgteller")
        load(url)
        create_web_role(url)
        tally = crash(server, rounds, report=bar.update, seed=seed)
    return f"{tally}\neach acknowledged operation is there once; books and files are whole"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except PostgresError as problem:
        sys.exit(str(problem))
