"""How a ledger and its database stand: what `status` tells, and what `doctor` looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pgteller.install.migrations import Connection, pending_in
from pgteller.names import Names

STATE = """
SELECT
    current_setting('server_version'),
    (SELECT count(*) FROM ledger.accounts),
    (SELECT greatest(c.reltuples, 0)::bigint FROM pg_class AS c
     WHERE c.oid = 'ledger.ledger_transactions'::regclass),
    (SELECT max(m.id) FROM ledger.migrations AS m),
    (SELECT q.last_value - s.mark FROM ledger.event_sequencer AS s, ledger.transaction_seq AS q),
    (SELECT engine.now() - min(a.next_due_at) FROM ledger.accounts AS a
     WHERE a.next_due_at <= engine.now()),
    (SELECT engine.now() - min(t.turn_at) FROM ledger.schedule_turns AS t
     WHERE t.turn_at <= engine.now()),
    (SELECT count(*) FROM bank.lagging_sequences())
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


def state(connection: Connection, names: Names, is_loaded: bool) -> dict[str, Any]:
    """What there is to tell of a ledger."""
    todo = pending_in(connection, names)
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {names.role('owner')}".encode())
        row = connection.execute(names.render(STATE).encode()).fetchone()
    assert row is not None
    version, accounts, legs, migration, unnumbered, due, turn, lagging = row
    late = max(due or 0, turn or 0)
    return {
        "PostgreSQL": version,
        "ledger": f"{names.schema}, roles {names.roles}_...",
        "migration": ", ".join([f"{migration:03}", *(f"{one} is pending" for one in todo)]),
        "functions": "of this version" if is_loaded else "of another version: pgteller migrate",
        "accounts": accounts,
        "legs": f"about {legs}",
        "sequences": "lead" if not lagging else f"{lagging} are behind: pgteller doctor",
        "worker": f"{late / 1000:.0f} s behind, {max(unnumbered, 0)} ids to be numbered",
    }


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


def examine(connection: Connection, names: Names, is_loaded: bool) -> list[Finding]:
    """Everything that there is to look at."""
    row = connection.execute(SERVER).fetchone()
    assert row is not None
    number, encoding, fsync, pages, commit, statement, verbosity, idle, database = row
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
        f'ALTER DATABASE "{database}" SET synchronous_commit = on;  -- what is answered is on disk',
    )
    todo = pending_in(connection, names)
    look(not todo, f"{len(todo)} migrations are pending", "Run: pgteller migrate")
    look(is_loaded, "the functions are those of this version", "Run: pgteller migrate")
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
    look(
        statement in ("panic", "fatal", "log") and verbosity == "terse",
        "the server's log keeps no statements and no numbers of customers",
        f'ALTER DATABASE "{database}" SET log_min_error_statement = panic; '
        f'ALTER DATABASE "{database}" SET log_error_verbosity = terse;',
        Finding.ADVICE,
    )
    look(
        idle != "0",
        "who forgets a transaction is cut off",
        f"ALTER DATABASE \"{database}\" SET idle_in_transaction_session_timeout = '60s';",
        Finding.ADVICE,
    )
    return found
