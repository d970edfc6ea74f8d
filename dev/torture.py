"""The attacks of the test suite for longer: `python -m dev.torture`, `make torture`.

ROUNDS (60) is how often everything is killed, MODEL_EXAMPLES (400) how many random histories are
compared with the model, CONCURRENCY_THREADS (150) how many operate at once, CONCURRENCY_ROUNDS
(40) how often each of them does, UPGRADE_LEGS (1 000 000) how many legs a ledger has that is
upgraded under load. FUZZ_SEED repeats what an earlier run has drawn.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time

from tqdm import tqdm

from dev import PROJECT
from pgteller import settings
from pgteller.embedded.database import create_database, create_web_role
from pgteller.embedded.programs import PostgresError, preferred_bin_dir
from pgteller.embedded.server import temporary_server
from pgteller.install import load
from tests.crash import crash

DEFAULTS = {
    "FUZZ_SEED": secrets.randbelow(10**9),
    "MODEL_EXAMPLES": 400,
    "CONCURRENCY_THREADS": 150,
    "CONCURRENCY_ROUNDS": 40,
    "UPGRADE_LEGS": 1_000_000,
}
MOST = 10**9


def main() -> int:
    """Attack in every way, print what happened, and tell by the exit status whether all held."""
    numbers = {name: settings.whole(name, usual, 0, MOST) for name, usual in DEFAULTS.items()}
    rounds = settings.whole("ROUNDS", 60, 0, MOST)
    variables = os.environ | {name: str(number) for name, number in numbers.items()}
    tally = [f"{name} = {number}" for name, number in numbers.items()]
    failed = 0
    for name in "model", "concurrency", "upgrade":
        begun = time.monotonic()
        path = f"tests/test_{name}.py"
        command = [sys.executable, "-m", "pytest", "-q", "-s", "-o", "timeout=0", path]
        status = subprocess.run(command, cwd=PROJECT, env=variables, check=False).returncode
        failed += status != 0
        seconds = time.monotonic() - begun
        tally.append(f"{path}: {'FAILED' if status else 'held'}, {seconds:.0f} s")

    begun = time.monotonic()
    bar = tqdm(total=rounds, desc="kill -9", unit="kill", leave=False, disable=None)
    with bar, temporary_server(preferred_bin_dir()) as server:
        url = create_database(server.url("postgres"), "pgteller")
        load(url)
        create_web_role(url)
        try:
            seed = numbers["FUZZ_SEED"]
            tally.append(str(crash(server, rounds, report=bar.update, seed=seed)))
            tally.append("each acknowledged operation is there once; books and files are whole")
        except AssertionError as failure:
            failed += 1
            tally.append(f"kill -9: FAILED: {failure}")
    tally.append(f"kill -9: {rounds} rounds, {time.monotonic() - begun:.0f} s")
    print("\n=== Torture")
    print(*tally, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except PostgresError as problem:
        sys.exit(str(problem))
