"""Instructions per call, by valgrind in a single-user backend: exact, however busy the machine is.

What is counted is user space of the backend, parsing and planning of the statement included; the
kernel, which writes the WAL, the client and the network are not.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path

import psycopg

from bench.load import BenchError
from pgteller.embedded.database import create_database
from pgteller.embedded.programs import as_user, runnable
from pgteller.embedded.server import Server, temporary_server
from pgteller.install import load

ACCOUNTS = 1_000
WARM, CALLS = 20, 60  # the difference between two runs is what so many calls take
FLOOR = Path(__file__).with_name("floor.sql")

# {a} and {b} are the numbers of two accounts, {n} a number that was not there before.
STATEMENTS = {
    "floor.deposit": "SELECT floor.deposit('account{a}', 1)",
    "floor.transfer": "SELECT floor.transfer('account{a}', 'account{b}', 1)",
    "floor.pay": "SELECT floor.pay('account{a}', 100)",
    "bank.create_account": "SELECT * FROM bank.create_account('new{n}')",
    "bank.deposit": "SELECT * FROM bank.deposit('account{a}', 1)",
    "bank.withdraw": "SELECT * FROM bank.withdraw('account{a}', 1)",
    "bank.transfer": "SELECT * FROM bank.transfer('account{a}', 'account{b}', 1)",
    "bank.transfer, keyed": "SELECT * FROM bank.transfer("
    "'account{a}', 'account{b}', 1, idempotency_key => 'key{n}')",
    "bank.pay": "SELECT * FROM bank.pay('account{a}', 100)",
    "bank.hold": "SELECT * FROM bank.hold('account{a}', 1)",
    "bank.get_balance": "SELECT * FROM bank.get_balance('account{a}')",
    "bank.batch of 1": 'SELECT * FROM bank.batch(\'[{{"operation": "transfer", '
    '"source_account_id": "account{a}", "target_account_id": "account{b}", "amount": 1}}]\')',
    "bank.batch of 100": "SELECT count(*) FROM bank.batch((SELECT json_agg(json_build_object("
    "'operation', 'transfer', 'source_account_id', 'account' || (1 + ({n} + 7 * i) % 1000), "
    "'target_account_id', 'account' || (1 + ({n} + 7 * i + 3) % 1000), 'amount', 1)) "
    "FROM generate_series(1, 100) AS i))",
}


def count(bin_dir: Path, only: str) -> dict[str, float]:
    """Thousands of instructions per call of the statements whose names hold a word.

    Nothing where valgrind is missing.
    """
    chosen = [name for name in STATEMENTS if only in name]
    if not chosen:
        return {}
    if not shutil.which("valgrind"):
        print("Instructions are not counted: there is no valgrind.", flush=True)
        return {}
    print("Counting instructions ...", flush=True)
    with temporary_server(bin_dir, fsync="off", autovacuum="off") as server:
        url = create_database(server.url("postgres"), "counted")
        load(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT count(*) FROM generate_series(1, %s) AS i, "
                "LATERAL bank.create_account('account' || i), "
                "LATERAL bank.deposit('account' || i, 1000000000)",
                [ACCOUNTS],
            )
            connection.execute(FLOOR.read_bytes())
            connection.execute("INSERT INTO floor.accounts SELECT * FROM ledger.accounts")
            connection.execute("VACUUM ANALYZE")
        server.stop()
        return {
            name: round((_run(server, name, WARM + CALLS) - _run(server, name, WARM)) / CALLS / 1e3)
            for name in chosen
        }


def _run(server: Server, name: str, times: int) -> int:
    """How many instructions a backend takes for so many calls, its start and end included."""
    lot, fresh = random.Random(5), random.Random()
    lines = []
    for _ in range(times):
        first = lot.randint(1, ACCOUNTS)
        second = 1 + (first + lot.randint(1, ACCOUNTS - 2)) % ACCOUNTS
        lines.append(STATEMENTS[name].format(a=first, b=second, n=fresh.randrange(10**9, 10**10)))
    done = subprocess.run(
        [
            *("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"),
            *(str(runnable(server.bin_dir) / "postgres"), "--single", "-c", "fsync=off"),
            *("-D", str(server.data_dir), "counted"),
        ],
        input="\n".join(lines) + "\n",
        cwd=server.data_dir.parent,
        capture_output=True,
        text=True,
        check=False,
        **as_user(server.user),
    )
    found = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    if found is None or "ERROR:" in done.stderr:
        raise BenchError(f"Counting {name} failed:\n{done.stderr[-1500:]}")
    return int(found[1])
