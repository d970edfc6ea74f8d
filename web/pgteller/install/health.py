"""How a ledger and its database stand: what `status` tells, and what `doctor` looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pgteller.install.ledgers import quoted
from pgteller.install.migrations import Connection, pending_in
from pgteller.names import Names

STATE = """
SELECT
    current_setting('server_version'),
    (SELECT count(*) FROM ledger.accounts AS a WHERE a.account_id NOT LIKE '@%'),
    (SELECT sum(a.version)::bigint FROM ledger.accounts AS a),
    (SELECT max(m.id) FROM ledger.migrations AS m),
    (SELECT q.last_value - s.mark FROM ledger.event_sequencer AS s, ledger.transaction_seq AS q),
    (SELECT engine.now() - min(a.next_due_at) FROM ledger.accounts AS a
     WHERE a.next_due_at <= engine.now()),
    (SELECT engine.now() - min(t.turn_at) FROM ledger.schedule_turns AS t
     WHERE t.turn_at <= engine.now()),
    (SELECT count(*) FROM bank.lagging_sequences()),
    bank.ledger_metrics() -> 'proofs'
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    OK: ClassVar[str] = "ok"
    ADVICE: ClassVar[str] = "advice"
    WRONG: ClassVar[str] = "WRONG"

    state: str
    what: str
    cure: str = ""


def state(connection: Connection, names: Names, missing: str) -> dict[str, Any]:
    """What there is to tell of a ledger."""
    todo = pending_in(connection, names)
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {names.role('owner')}".encode())
        row = connection.execute(names.render(STATE).encode()).fetchone()
        running = workers(connection, names)
    assert row is not None
    version, accounts, legs, migration, unnumbered, due, turn, lagging, proofs = row
    late = max(due or 0, turn or 0)
    return {
        "PostgreSQL": version,
        "ledger": f"{names.schema}, roles {names.roles}_...",
        "migration": ", ".join([f"{migration:03}", *(f"{one} is pending" for one in todo)]),
        "functions": missing or "of this version",
        "accounts": accounts,
        "legs": legs,
        "sequences": "lead" if not lagging else f"{lagging} are behind: pgteller doctor",
        "overdue": f"{late / 1000:.0f} s" if late else "nothing",
        "unnumbered": f"{max(unnumbered, 0)} ids",
        "workers": running,
    } | {f"last {proof['kind']}": _ago(proof) for proof in proofs}


def _ago(proof: dict[str, Any]) -> str:
    """When it was done last, and whether nothing was wrong."""
    if proof["age_ms"] is None:
        return "none that is known"
    found = {True: "", False: ", NOT clean", None: ", compared with none"}[proof["clean"]]
    return f"{proof['age_ms'] / 3_600_000:.1f} h ago{found}"


WORKERS = """
SELECT w.name, w.alive, (engine.now() - w.beat_at) / 1000.0 FROM bank.list_workers(NULL) AS w
"""


def workers(connection: Connection, names: Names) -> str:
    """Who does what falls due, and when each last said so."""
    known = names.render("SELECT to_regprocedure('bank.list_workers(bigint, bigint, text)')")
    if connection.execute(known.encode()).fetchone() == (None,):
        return "not told by functions of this version"
    listed = connection.execute(names.render(WORKERS).encode()).fetchall()
    said = [f"{name} {seconds:.1f} s ago" for name, alive, seconds in listed if alive]
    dead = [f"{name} is dead" for name, alive, _ in listed if not alive]
    return ", ".join([*said, *dead]) or "none"


PROMISED = """
SELECT DISTINCT c.rate_bps, c.delay_ms FROM ledger.cashback_policies AS c
"""


def promises(connection: Connection, names: Names) -> list[tuple[int, int]]:
    """What payments earn in some currency: rates in basis points, and delays in ms."""
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {names.role('owner')}".encode())
        return connection.execute(names.render(PROMISED).encode()).fetchall()


def earnings(promise: tuple[int, int]) -> str:
    """One of them, for people."""
    rate, delay = promise
    return f"{rate / 100:g} % after {delay / 3_600_000:g} h" if rate else "nothing"


SERVER = """
SELECT
    current_setting('server_version_num')::integer,
    current_setting('server_encoding'),
    current_setting('fsync'),
    current_setting('full_page_writes'),
    current_setting('synchronous_commit'),
    current_setting('log_min_error_statement'),
    current_setting('log_error_verbosity'),
    current_setting('idle_in_transaction_session_timeout'),
    current_database()
"""
# Who may become the owner besides superusers and whoever asks.
OTHERS = """
SELECT m.rolname::text
FROM pg_roles AS m
WHERE m.rolname <> current_user AND NOT m.rolsuper AND (
    EXISTS (
        SELECT FROM pg_auth_members AS a
        WHERE a.roleid = 'bank_owner'::regrole AND a.member = m.oid
    )
    -- Before PostgreSQL 16 whoever makes roles gives himself any.
    OR m.rolcreaterole AND current_setting('server_version_num')::integer < 160000
)
ORDER BY m.rolname
"""


def examine(connection: Connection, names: Names, missing: str) -> list[Finding]:
    """Everything that there is to look at."""
    row = connection.execute(SERVER).fetchone()
    assert row is not None
    number, encoding, fsync, pages, commit, statement, verbosity, idle, database = row
    alter = f"ALTER DATABASE {quoted(database)} SET"
    found: list[Finding] = []

    def look(holds: bool, what: str, cure: str, state: str = Finding.WRONG) -> None:
        found.append(Finding(Finding.OK, what) if holds else Finding(state, what, cure))

    major = number // 10_000
    look(15 <= major <= 18, f"PostgreSQL {major} is one of 15 to 18", "Upgrade it.")
    look(encoding == "UTF8", f"the encoding is {encoding}", "Make the database with UTF8.")
    look(fsync == "on", f"fsync is {fsync}", "ALTER SYSTEM SET fsync = on;")
    look(pages == "on", f"full_page_writes is {pages}", "ALTER SYSTEM SET full_page_writes = on;")
    look(
        commit != "off",
        f"synchronous_commit is {commit}",
        f"{alter} synchronous_commit = on;  -- what is answered is on disk",
    )
    todo = pending_in(connection, names)
    pending = ", ".join(map(str, todo)) or "no migration"
    look(not todo, f"{pending} is pending", f"Run: {names.program} migrate")
    what, _, cure = missing.partition(": ")
    look(not missing, f"the functions are {what or 'those of this version'}", cure)
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {names.role('owner')}".encode())
        behind = connection.execute(
            names.render("SELECT count(*) FROM bank.lagging_sequences()").encode()
        ).fetchone()
    look(
        behind == (0,),
        "no sequence is behind what is in use",
        f"SELECT * FROM {names.schema}.advance_sequences();",
    )
    owner = names.role("owner")
    others = [quoted(name) for (name,) in connection.execute(names.render(OTHERS).encode())]
    look(
        not others,
        f"{', '.join(others) or 'nobody else'} may become {owner}, and change anything",
        "".join(f"REVOKE {owner} FROM {name}; " for name in others)
        + "-- then pgteller migrate, and verify --outside: what he has changed stays",
        Finding.ADVICE,
    )
    look(
        statement in ("panic", "fatal", "log") and verbosity == "terse",
        "the server's log keeps no statements and no numbers of customers",
        f"{alter} log_min_error_statement = panic; {alter} log_error_verbosity = terse;",
        Finding.ADVICE,
    )
    look(
        idle != "0",
        "a session that leaves a transaction open is ended after a while",
        f"{alter} idle_in_transaction_session_timeout = '60s';",
        Finding.ADVICE,
    )
    return found
