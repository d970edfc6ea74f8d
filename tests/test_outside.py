"""The verifier that runs outside finds what the one inside finds, by none of its functions."""

import contextlib
import json
import re
import secrets
from functools import partial
from hashlib import sha256

import psycopg
import pytest
from psycopg import sql

from dev import PROJECT
from dev.contract import RELEASE, text
from dev.release import current, standing
from dev.testbed import scratch_database
from pgteller.embedded.database import create_web_role
from pgteller.install import load
from pgteller.outside import digests, installation, recurrence
from pgteller.outside.checks import CHECKS
from pgteller.outside.facts import PRIME
from pgteller.outside.findings import Findings
from pgteller.outside.rooms import events, turnovers
from pgteller.outside.rule import contents, literal
from pgteller.outside.run import Verification
from pgteller.outside.run import verify as verify_outside
from pgteller.outside.session import OutsideError, Session
from pgteller.outside.wire import NULL, escaped, members, plain, scalar
from pgteller.outside.work import Reading
from pgteller.urls import with_parts
from tests.cli import pgteller
from tests.tampering import GIVEN, TAMPERING
from tests.test_added_columns import LEDGER, WRITES
from tests.test_damage import AWAKE, DAMAGE, SLEEP, verify, verify_digest

# All that there is, in an order in which each is possible.
LAST = [
    "close_account",
    "reverse_transaction",
    "cancel_schedule",
    "batch, of one chain",
    "refund_hold",
    "release_hold",
]
MORE = [
    *(f"SELECT FROM {write}" for name, write in WRITES.items() if name not in LAST),
    "SELECT FROM bank.unfreeze_account('alice', 'a test')",
    "SELECT FROM bank.reverse_transaction((SELECT t.transaction_id FROM bank.transfer("
    "'alice', 'idle', 9, value_at => 7) AS t), 'a test', value_at => 8)",
    "SELECT FROM bank.create_account_at('closing', overdraft_limit => 7)",
    "SELECT FROM bank.close_account('closing', 'a test')",
    "SELECT FROM bank.set_overdraft_limit('bob', 0, 'a test', idempotency_key => 'unchanged')",
    'SELECT FROM bank.batch(\'[{"operation": "deposit", "account_id": "alice", '
    "\"amount\": 7}]', idempotency_key => 'batch')",
    "SELECT FROM bank.transfer('alice', 'idle', 3)",  # which collects
    "SELECT FROM bank.cancel_schedule('schedule2')",
    "SELECT FROM bank.create_account_at('broke', \"timestamp\" => 1000)",
    "SELECT FROM bank.schedule_transfer_at('broke', 'bob', 10, 3000, 'P1M', "
    "time_zone => 'Europe/Berlin', \"timestamp\" => 2000)",
    *(f"SELECT FROM bank.run_schedules({at})" for at in (5000, 14500000, 100000000, 190000000)),
    f"SELECT FROM {WRITES['refund_hold']}",
    f"SELECT FROM {WRITES['release_hold']}",
    "SELECT FROM bank.hold('alice', 40)",
    "SELECT FROM bank.capture_hold('hold' || (SELECT max(h.hold_number) FROM ledger.holds AS h))",
]
HOSTILE = [
    "it's",
    "back\\slash",
    "quote \" and '' and \\'",
    "tab\tnew\nline\rfeed\x0b\x0c\x08\x01\x7f",
    "\\N",
    "NULL",
    "E'\\\\'",
    "$$; DROP TABLE x; --",
    "naïve Ω 漢字 \U0001f4b0",
    '{"a": "\\u0022"}',
    "%s %b \\. ,",
]


@contextlib.contextmanager
def copy_of(server, template):
    """A database of its own like another one, to which nobody is connected."""
    name = sql.Identifier(f"pgteller_test_copy_{secrets.token_hex(4)}")
    original = sql.Identifier(psycopg.conninfo.conninfo_to_dict(template)["dbname"])
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, original))
        try:
            yield with_parts(server, dbname=name.as_string().strip('"'))
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="module")
def everything(new_ledger, tmp_path_factory):
    """A ledger with a row in every table, and a file with a digest taken before the end."""
    file = tmp_path_factory.mktemp("digest") / "digest.json"
    with new_ledger() as url:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(LEDGER)
            file.write_text(json.dumps(db.execute("SELECT bank.ledger_digest()").fetchone()[0]))
            for write in MORE:
                db.execute(write)
            assert verify(db) == {}
        yield url, file


@pytest.fixture(scope="module")
def sealed(new_ledger, tmp_path_factory):
    """The ledger that tests/test_damage.py damages, and its digest."""
    file = tmp_path_factory.mktemp("digest") / "digest.json"
    with new_ledger() as url:
        with psycopg.connect(url, autocommit=True) as db:
            for name in "alice", "bob", "carol":
                db.execute("SELECT bank.create_account(%s)", [name])
                db.execute("SELECT bank.deposit(%s, 1000, metadata => '{\"invoice\": 7}')", [name])
            db.execute("SELECT bank.transfer('alice', 'bob', 100)")
            db.execute("SELECT bank.withdraw('bob', 10)")
            db.execute("SELECT bank.withdraw('bob', 10)")
            file.write_text(json.dumps(db.execute("SELECT bank.ledger_digest()").fetchone()[0]))
            db.execute("SELECT bank.deposit('carol', 5)")
            db.execute("SELECT bank.create_account('dave')")
        yield url, file


@pytest.fixture(scope="module")
def tampered(new_ledger, tmp_path_factory):
    """The ledger that tests/tampering.py tampers with, and its digest."""
    file = tmp_path_factory.mktemp("digest") / "digest.json"
    with new_ledger() as url:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(GIVEN)
            file.write_text(json.dumps(db.execute("SELECT bank.ledger_digest()").fetchone()[0]))
        assert found(url, file)[0] == {}
        yield url, file


@pytest.fixture(scope="module")
def reader(server):
    """A login that may read, as docs/operations.md has it made; and no more."""
    name = f"verifier_{secrets.token_hex(4)}"
    password = secrets.token_hex(16)
    role = sql.Identifier(name)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, password))
        admin.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(role))
        admin.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(role))
        yield lambda url: with_parts(url, user=name, password=password)
        admin.execute(sql.SQL("DROP ROLE {}").format(role))


def found(url, *files):
    """What is wrong by check, and the digests' verdicts; by one process, this one."""
    outcome = verify_outside(url, [digests.read(file) for file in files], processes=1).as_json()
    wrong = {check["check"]: check for check in outcome["checks"] if not check["ok"]}
    assert outcome["ok"] == (not wrong and all(digest["ok"] for digest in outcome["digests"]))
    return wrong, outcome["digests"]


@contextlib.contextmanager
def damaging(url):
    """A transaction of somebody with every right, of which nothing is left."""
    with psycopg.connect(url) as db:
        db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # as the verifier's own
        sequence = db.execute("SELECT last_value FROM ledger.payment_seq").fetchone()[0]
        try:
            yield db
        finally:
            db.rollback()
            db.execute("SELECT setval('ledger.payment_seq', %s)", [sequence])


def asleep(db, damage):
    """Do it while the guards sleep; how many rows it changed."""
    db.execute("SET LOCAL session_replication_role = replica")
    changed = db.execute(damage).rowcount
    db.execute("SET LOCAL session_replication_role = origin")
    return changed


def found_within(db, *files):
    """What is wrong by a verifier that reads in this transaction, as copies take far longer."""
    with pytest.MonkeyPatch.context() as patch, db.transaction(force_rollback=True):
        patch.setattr(psycopg, "connect", lambda *_, **__: db)
        patch.setattr(Session, "close", lambda _: None)
        return found("", *files)


def test_all_that_there_can_be(everything, reader):
    url, file = everything
    outcome = verify_outside(reader(url), [digests.read(file)], processes=2)
    assert outcome.as_json()["checks"] == [
        {"check": check, "ok": True, "violations": 0, "sample": []} for check in sorted(CHECKS)
    ]
    assert [digest["ok"] for digest in outcome.digests] == [True]
    assert outcome.not_checked == []
    with psycopg.connect(url) as db:
        counts = "SELECT (SELECT count(*) FROM {}), (SELECT count(*) FROM {})".format(
            "ledger.ledger_transactions", "ledger.accounts"
        )
        assert (outcome.findings.legs, outcome.findings.accounts) == db.execute(counts).fetchone()
        told = db.execute("SELECT DISTINCT operation FROM ledger.ledger_transactions").fetchall()
        declared = {*json.loads(RELEASE.read_text())["operations"]}
        assert declared == {name for (name,) in told}


def test_what_is_inside_is_outside(everything):
    """A check that is added inside is added here too."""
    url, _ = everything
    with psycopg.connect(url) as db:
        inside = {name for (name,) in db.execute('SELECT "check" FROM bank.checks').fetchall()}
    assert {*CHECKS} - inside == {"legs_read_alike", "rows_readable"}
    assert inside <= {*CHECKS}


def test_not_a_function_is_called(server, everything, reader):
    """Without the schemas of functions it finds that those are gone, and that all else is well."""
    url, file = everything
    with copy_of(server, url) as own:
        with psycopg.connect(own) as db:
            for schema in "bank", "engine":
                db.execute(f"DROP SCHEMA {schema} CASCADE")
        wrong, [digest] = found(reader(own), file)
    assert {*wrong} == {"installed_as_released"}
    assert digest["ok"]


def test_a_digest_is_made_of_the_same(everything):
    url, _ = everything
    with psycopg.connect(url, autocommit=True) as db:
        kept = db.execute("SELECT bank.ledger_digest()").fetchone()[0]
    own = digests.Kept("here", kept)
    verify_outside(url, [own], processes=1)
    assert own.found.as_json() == kept


def test_a_history_whose_sums_collide(server, tampered):
    """The digest is the one that was given, so neither of the two is called the edited one."""
    url, file = tampered
    forging, _ = TAMPERING["leg: forged, hashes and all"]
    with copy_of(server, url) as own:
        with psycopg.connect(own) as db:
            db.execute("SET session_replication_role = replica")
            db.execute(forging)
            given = json.loads(file.read_text())
            query = "SELECT d.sums, d.weighted_sums FROM engine.digest_of(%s, %s) AS d"
            forged = db.execute(query, [given["transaction_id"], given["timestamp"]]).fetchone()
        assert (given["sums"], given["weighted_sums"]) != forged
        # A collision takes too long to find: so it is a digest that this history collides with.
        given["sums"], given["weighted_sums"] = forged
        collided = file.with_name("collided.json")
        collided.write_text(json.dumps(given))
        wrong, [digest] = found(own, collided)
        with psycopg.connect(own) as db:
            assert verify_digest(db, collided.read_text()) == (False, "root_differs", None, None)
    assert wrong == {}
    assert (digest["finding"], digest["account_id"]) == ("root_differs", None)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage(sealed, name):
    """As tests/test_damage.py has it: the same checks, the same account, the same verdict."""
    url, file = sealed
    statements, checks, (finding, version) = DAMAGE[name]
    with damaging(url) as db:
        db.execute(SLEEP)
        for statement in statements:
            db.execute(statement)
        db.execute(AWAKE)
        inside = {*verify(db)}
        assert verify_digest(db, file.read_text()) == (False, finding, "bob", version)
        wrong, [digest] = found_within(db, file)
    assert checks <= wrong.keys()
    assert inside <= wrong.keys()
    assert bool(checks) == bool(wrong)
    named = {sample["account_id"] for check in wrong.values() for sample in check["sample"]}
    assert not checks or named & {"bob", "alice"}
    assert (digest["finding"], digest["account_id"], digest["version"]) == (finding, "bob", version)


# What it reads of another server in another way is changed below, on each.
@pytest.mark.first_server
@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering(tampered, kind):
    """As tests/tampering.py has it."""
    url, file = tampered
    damage, check = TAMPERING[kind]
    with damaging(url) as db:
        asleep(db, damage)
        wrong, [digest] = found_within(db, file)
    if check is None:
        assert wrong == {}
        assert not digest["ok"]
    else:
        assert check in wrong


# What tests/tampering.py leaves out, and what only this verifier looks at -> what is found.
CHANGES = {
    "UPDATE ledger.payments SET fee = -1 WHERE fee = 0": "payments_consistent",
    "UPDATE ledger.payments SET refunded = amount + 1": "refunds_within_payments",
    "UPDATE ledger.payments SET cashback = 99, promised = 99 WHERE cashback_status = 'deposited'": (
        "cashbacks_within_policy"
    ),
    "UPDATE ledger.holds SET captured = 0 WHERE captured > 0": "holds_logged",
    "UPDATE ledger.holds SET closed_at = 9 WHERE status = 'expired'": "holds_logged",
    "UPDATE ledger.holds SET closed_at = 9 WHERE status = 'captured'": "holds_logged",
    "UPDATE ledger.holds SET target_account_id = 'bob' WHERE status = 'open'": "holds_logged",
    "UPDATE ledger.holds SET metadata = NULL WHERE metadata IS NOT NULL": "holds_logged",
    "UPDATE ledger.holds SET expires_at = 1 WHERE status = 'open'": "holds_consistent",
    "UPDATE ledger.holds SET status = 'released', closed_at = created_at WHERE status = 'open'": (
        "holds_add_up"
    ),
    "UPDATE ledger.holds SET target_account_id = 'closing' WHERE status = 'open'": (
        "hold_targets_open"
    ),
    "UPDATE ledger.event_sequencer SET mark = mark - 5": "legs_have_events",
    "DELETE FROM ledger.event_sequencer": "legs_have_events",
    "UPDATE ledger.event_batches SET events = events + 1": "events_tell_of_legs",
    "INSERT INTO ledger.event_batches SELECT first_event_id + 100000, events, transaction_ids "
    "FROM ledger.event_batches": "legs_have_events",
    "UPDATE ledger.ledger_transactions "
    "SET details = details || '{\"next_run_at\": 9000000000000}' "
    "WHERE operation = 'schedule_failed'": "runs_in_time",
    "UPDATE ledger.ledger_transactions SET operation = 'schedule_failed' "
    "WHERE operation = 'schedule_postponed'": "runs_posted",
    "UPDATE ledger.collected_credits SET actor = 'mallory'": "credits_collected_rightly",
    "UPDATE ledger.collected_credits SET account_id = 'nobody'": "legs_have_accounts",
    "UPDATE ledger.accounts SET balance = balance + 1 WHERE account_id = 'bob'": "books_balance",
    "ALTER TABLE ledger.ledger_transactions ALTER timestamp DROP NOT NULL; "
    "UPDATE ledger.ledger_transactions SET timestamp = NULL WHERE version = 2": "hashes_recompute",
    "ALTER TABLE ledger.payments ALTER amount DROP NOT NULL; "
    "UPDATE ledger.payments SET amount = NULL": "rows_readable",
    'UPDATE ledger.ledger_transactions SET details = \'{"cashback": "x", "due_at": {}}\' '
    "WHERE operation = 'refund'": "hashes_recompute",
    "UPDATE ledger.ledger_transactions SET operation = 'gift' WHERE version = 3": (
        "operations_declared"
    ),
    "UPDATE ledger.ledger_transactions SET timestamp = 1 WHERE version > 2": "timestamps_in_order",
    "UPDATE ledger.ledger_transactions SET value_at = -1 WHERE version = 2": (
        "value_dates_in_bounds"
    ),
    "UPDATE ledger.ledger_transactions SET contra_account_id = NULL WHERE version = 2": (
        "amounts_have_a_contra"
    ),
    "INSERT INTO ledger.accounts (account_id, currency, last_timestamp, created_at) "
    "VALUES ('zed', 'EUR', 1, 1)": "accounts_match_newest_leg",
}


@pytest.mark.parametrize("statement", CHANGES)
def test_changes_of_rows(everything, statement):
    """It names what was changed; and whatever the verifier inside says, this one says too."""
    url, _ = everything
    with damaging(url) as db:
        assert asleep(db, statement) != 0, "there is nothing to change"
        inside = {*verify(db)}
        wrong, _ = found_within(db)
    assert CHANGES[statement] in wrong
    assert inside <= wrong.keys() or "rows_readable" in wrong  # of which nothing more is said


# What somebody with the owner's rights does to what should stop him -> the object that is named.
GUARDS = {
    "ALTER TABLE ledger.accounts DISABLE TRIGGER never_removed": (
        "trigger ledger.accounts never_removed"
    ),
    "DROP TRIGGER append_only ON ledger.reversals": "trigger ledger.reversals append_only",
    "CREATE TRIGGER mine BEFORE INSERT ON ledger.accounts "
    "EXECUTE FUNCTION ledger.refuse_change()": ("trigger ledger.accounts mine"),
    "CREATE RULE mine AS ON DELETE TO ledger.accounts DO INSTEAD NOTHING": (
        "rule ledger.accounts mine"
    ),
    "CREATE POLICY mine ON ledger.accounts USING (true)": (
        "row security policy ledger.accounts mine"
    ),
    "ALTER TABLE ledger.accounts ENABLE ROW LEVEL SECURITY": "table ledger.accounts",
    "GRANT SELECT ON ledger.accounts TO PUBLIC": "table ledger.accounts",
    "GRANT SELECT (balance) ON ledger.accounts TO bank_teller": "column ledger.accounts.balance",
    "GRANT EXECUTE ON FUNCTION engine.now() TO bank_teller": "function engine.now()",
    "GRANT USAGE ON SCHEMA ledger TO bank_teller": "schema ledger",
    "GRANT UPDATE ON SEQUENCE ledger.payment_seq TO bank_teller": "sequence ledger.payment_seq",
    "ALTER FUNCTION engine.now() OWNER TO CURRENT_USER": "function engine.now()",
    "ALTER FUNCTION engine.now() SECURITY DEFINER": "function engine.now()",
    "CREATE OR REPLACE FUNCTION engine.now() RETURNS bigint LANGUAGE sql VOLATILE "
    "AS 'SELECT 1::bigint'": ("function engine.now()"),
    "CREATE FUNCTION bank.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'": (
        "function bank.mine()"
    ),
    "DROP FUNCTION bank.get_payment(text)": "function bank.get_payment(text)",
    "ALTER SEQUENCE ledger.payment_seq CYCLE": "sequence ledger.payment_seq",
    "DROP INDEX ledger.accounts_collecting": "index ledger.accounts_collecting",
    "ALTER DOMAIN ledger.amount DROP CONSTRAINT amount_is_exact_in_json": (
        "constraint ledger.amount amount_is_exact_in_json"
    ),
    "ALTER TABLE ledger.ledger_transactions ALTER hash DROP NOT NULL": (
        "column ledger.ledger_transactions.hash"
    ),
    "CREATE OR REPLACE VIEW bank.checks AS SELECT c.\"check\", 'x'::text AS promise, by_account "
    "FROM engine.checks AS c": "view bank.checks",
    "UPDATE ledger.migrations SET checksum = 'x'": "migration 001_baseline",
    "DELETE FROM engine.checks WHERE \"check\" = 'hashes_recompute'": "rows of engine.checks",
}


@pytest.mark.parametrize("statement", GUARDS)
def test_changes_of_guards(everything, statement):
    url, _ = everything
    with damaging(url) as db:
        asleep(db, statement)
        wrong, _ = found_within(db)
    assert {*wrong} == {"installed_as_released"}
    objects = [sample["found"]["object"] for sample in wrong["installed_as_released"]["sample"]]
    assert GUARDS[statement] in objects


def test_settings_that_stop_triggers(everything):
    url, _ = everything
    with damaging(url) as db:
        name = db.info.dbname
        db.execute(f'ALTER DATABASE "{name}" SET session_replication_role = replica')
        wrong, _ = found_within(db)
    objects = [sample["found"]["object"] for sample in wrong["installed_as_released"]["sample"]]
    assert objects == [f"setting session_replication_role=replica {name}"]


# What roles become -> of whom it is told; None: of nobody.
ROLES_CHANGED = {
    "ALTER ROLE bank_teller CREATEROLE": "bank_teller",
    "ALTER ROLE bank_owner SUPERUSER": "bank_owner",
    "ALTER ROLE bank_auditor BYPASSRLS": "bank_auditor",
    "ALTER ROLE bank_operator LOGIN": "bank_operator",
    "ALTER ROLE bank_operator NOINHERIT": "bank_operator",
    "GRANT bank_owner TO bank_teller": "bank_teller",
    "GRANT pg_read_all_data TO bank_auditor": "bank_auditor",
    "GRANT bank_teller TO bank_operator WITH ADMIN OPTION": "bank_operator",
    "CREATE ROLE changed_owner ROLE CURRENT_USER IN ROLE bank_owner, bank_operator": None,
}


@pytest.mark.parametrize("change", ROLES_CHANGED)
def test_rights_of_roles(everything, change):
    """Who becomes one of them is not told."""
    url, _ = everything
    told_of = ROLES_CHANGED[change]
    with damaging(url) as db:
        db.execute(change)
        inside = verify(db)
        wrong, _ = found_within(db)
    assert {*wrong} == {*inside} == ({"installed_as_released"} if told_of else set())
    objects = [sample["found"]["object"] for check in wrong.values() for sample in check["sample"]]
    assert objects == ([f"role {told_of}"] if told_of else [])


def test_the_release_is_what_is_installed(everything):
    """`make contract` writes it anew."""
    url, _ = everything
    with scratch_database(url) as fresh:
        load(fresh)
        major, found_ = standing(fresh)
    known, unknown = installation.expected(major)
    assert unknown == []
    assert found_ == known


@pytest.mark.first_server
def test_the_release_is_written_as_it_is(server):
    assert RELEASE.read_text() == text(current(), 2)


def test_a_version_that_the_release_does_not_know(everything):
    url, _ = everything
    session = Session(url)
    known, unknown = installation.expected(99)
    session.close()
    assert unknown
    assert all(name.startswith("view ") for name in unknown)
    assert not known.keys() & {*unknown}


def test_hostile_texts(new_ledger, reader):
    """Whatever callers have put into texts, the hashes recompute, and facts agree."""
    with new_ledger() as url:
        with psycopg.connect(url, autocommit=True) as db:
            ids = [
                f"{index} {said}".strip()
                for index, said in enumerate(HOSTILE)
                if said.isprintable()
            ]
            assert len(ids) > 6
            for index, said in enumerate(HOSTILE):
                other, account = ids[index % len(ids)], ids[(index + 1) % len(ids)]
                document = json.dumps(
                    {"said": said, "in": [{said: {"a, b": 1.50}}, "}", None, 1e5]}
                )
                name = "".join(filter(str.isprintable, said))
                db.execute("SELECT set_config('pgteller.on_behalf_of', %s, false)", [name])
                for name in other, account:
                    db.execute(
                        "SELECT bank.create_account(%s, metadata => %s, idempotency_key => %s) "
                        "WHERE NOT EXISTS (SELECT FROM ledger.accounts WHERE account_id = %s)",
                        [name, document, said, name],
                    )
                key = f"{index} {said}"
                values = {"a": account, "b": other, "m": document, "k": key, "s": said}
                for call in (
                    "deposit(%(a)s, 9000, metadata => %(m)s, idempotency_key => %(k)s || 1)",
                    "transfer(%(a)s, %(b)s, 5, metadata => %(m)s, idempotency_key => %(k)s || 2)",
                    "pay(%(a)s, 500, %(b)s, metadata => %(m)s, idempotency_key => %(k)s || 3)",
                    "hold(%(a)s, 5, target_account_id => %(b)s, metadata => %(m)s)",
                    "set_account_metadata(%(a)s, metadata => %(m)s)",
                    "set_overdraft_limit(%(a)s, (100 * random())::bigint, %(s)s)",
                    "set_collecting(%(b)s, true)",
                    "transfer(%(a)s, %(b)s, 5, metadata => %(m)s)",
                    "set_collecting(%(b)s, false)",
                ):
                    db.execute(f"SELECT FROM bank.{call}", values)
                posting = {
                    "source_account_id": account,
                    "target_account_id": "@fees",
                    "amount": 3,
                    "metadata": json.loads(document),
                }
                db.execute("SELECT FROM bank.post(%s)", [json.dumps([posting])])
            assert verify(db) == {}
        assert found(reader(url)) == ({}, [])


def test_settings_of_the_login_change_nothing(server, everything, reader):
    url, file = everything
    options = (
        "-c bytea_output=escape -c DateStyle=German -c extra_float_digits=-5 "
        "-c standard_conforming_strings=off -c client_encoding=LATIN1 -c search_path=bank "
        "-c statement_timeout=1000 -c quote_all_identifiers=on -c IntervalStyle=sql_standard"
    )
    own = with_parts(reader(url), options=options)
    wrong, [digest] = found(own, file)
    assert wrong == {}
    assert digest["ok"]
    session = Session(own)
    assert session.rows("SELECT current_setting('statement_timeout')") == [("0",)]
    session.close()


@pytest.mark.parametrize("value", HOSTILE)
def test_literals_are_those_of_postgresql(db, value):
    query = "SELECT format('%%L', %s::text)"
    assert literal(escaped(value.encode())) == db.execute(query, [value]).fetchone()[0].encode()
    session = Session(db.info.dsn)
    [line] = next(session.blocks(f"SELECT {literal(escaped(value.encode())).decode()}::text"))
    session.close()
    assert line == escaped(value.encode())
    assert plain(line) == value.encode()


def test_the_example_of_the_documentation(db):
    page = (PROJECT / "docs" / "proof.md").read_text()
    content, digest = re.search(
        r"^    ('alice',.*)\n    ([0-9a-f]{64})$", page, re.MULTILINE
    ).groups()
    assert sha256(content.encode()).hexdigest() == digest
    values = [
        *("alice", 1, 2, 1, 1795815917603, None, 1795815917603, "open", *[0] * 5, *[None] * 4),
        *("bank_web", None, '{"name": "O\'Neil"}', None),
        *('{"currency": "EUR", "overdraft_limit": 0}', None),
    ]
    fields = [[NULL if value is None else escaped(str(value).encode())] for value in values]
    assert contents(fields) == [content.encode()]
    query = f"SELECT engine.leg_content({', '.join(['%s'] * len(values))})"
    assert db.execute(query, values).fetchone() == (content,)


def test_members_of_documents():
    nested = b'{"a": 1, "b": "x, \\\\"y\\\\": {", "c": {"d": [1, {}]}, "e": null, "f": []}'
    assert members(nested) == {
        b"a": b"1",
        b"b": b'"x, \\"y\\": {"',
        b"c": b'{"d": [1, {}]}',
        b"e": b"null",
        b"f": b"[]",
    }
    assert members(b'{"a": 1, "b": "x, y", "c": null}') == {
        b"a": b"1",
        b"b": b'"x, y"',
        b"c": b"null",
    }
    assert members(NULL) == members(b"{}") == {}
    deep = b'{"a": %b, "b": 2}' % (b"[" * 100_000 + b"]" * 100_000)
    assert members(deep)[b"b"] == b"2"
    assert [scalar(value) for value in (b"null", b"7", b'"x\\n"', None)] == [
        NULL,
        b"7",
        rb"x\n",
        NULL,
    ]


def test_events_of_what_was_committed_late(new_ledger):
    """An id is numbered after higher ones: all is well, until an account's events change places."""
    with new_ledger() as url:
        with psycopg.connect(url, autocommit=True) as db, psycopg.connect(url) as slow:
            for name in "alice", "bob":
                db.execute("SELECT bank.create_account(%s)", [name])
            db.execute("SELECT bank.number_events()")
            slow.execute("SELECT bank.deposit('alice', 1)")
            db.execute("SELECT bank.deposit('bob', 1)")
            db.execute("SELECT bank.number_events()")
            assert found(url)[0] == {}
            slow.commit()
            assert found(url)[0] == {}
            db.execute("SELECT bank.number_events()")
            db.execute("SELECT bank.deposit('alice', 1)")
            db.execute("SELECT bank.number_events()")
            assert verify(db) == {}
            assert found(url)[0] == {}
            session = Session(url)
            order = events.read_order(session, Findings())
            session.close()
            [late] = order.late
            assert order.keeps(late.lower, late.numbered + 1)
            assert not order.keeps(late.lower, late.numbered)

            db.execute("SET session_replication_role = replica")
            db.execute(
                "UPDATE ledger.event_batches AS b SET transaction_ids = other.transaction_ids "
                "FROM ledger.event_batches AS other, "
                "LATERAL (VALUES (%(bob)s::bigint, %(alice)s::bigint), (%(alice)s, %(bob)s)) "
                "AS place (one, another) "
                "WHERE b.transaction_ids @> one AND other.transaction_ids @> another",
                {"bob": late.numbered, "alice": late.numbered + 1},
            )
            assert {*verify(db)} == {"events_in_order"}
        assert {*found(url)[0]} == {"events_in_order"}


OCCURRENCES = [
    (run_at, every, time_zone, occurrence)
    for run_at in (0, 1706659200123, 1709164740000, 1735603200000, 253300000000000)
    for every in ("P1M", "P1Y2M3W4DT5H6M7S", "P1D", "PT1M", "P9999Y", "P3M", "P13M")
    for time_zone in ("UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns")
    for occurrence in (1, 2, 3, 14, 1000)
]


def test_occurrences_are_those_of_postgresql(db, monkeypatch):
    seen = 0
    for known in True, False:
        recurrence.clock_of.cache_clear()
        if not known:
            monkeypatch.setattr("pgteller.outside.recurrence.ZoneInfo", {}.__getitem__)
        for run_at, every, time_zone, occurrence in OCCURRENCES:
            try:
                query = "SELECT engine.occurrence(%s, %s, %s, %s)"
                due_at = db.execute(query, [run_at, every, time_zone, occurrence]).fetchone()[0]
            except psycopg.errors.DatetimeFieldOverflow:
                db.rollback()
                continue
            terms = run_at, every.encode(), time_zone, occurrence
            if not 0 <= due_at < 253402214400000:  # the last day of the year 9999
                continue
            assert recurrence.is_due(*terms, due_at), terms
            off = 0 if occurrence == 1 else recurrence.clock_of(time_zone)[1]
            assert not recurrence.is_due(*terms, due_at + 2 * off + 1), terms
            seen += 1
    recurrence.clock_of.cache_clear()
    assert seen > 300
    assert not recurrence.is_due(0, None, "UTC", 2, 1)
    assert not recurrence.is_due(0, b"P9999Y", "UTC", 2, 1)


def test_facts_are_the_same_by_each_reading(everything):
    """The first reading hashes pairs by itself; the others say them like any other fact."""
    url, _ = everything
    verification = Verification(url, 1, lambda done, all_: None)
    try:
        tasks = verification.tasks()
        salt, operations = b"salt", installation.operations()
        sums, parts = {}, {}
        turned = turnovers.read_turned(verification.session, Findings())
        for findings in verification.read(tasks, Reading(salt, operations, turned=turned)):
            for check, total in findings.totals.items():
                sums[check] = sums.get(check, 0) + total
        checks = frozenset(sums)
        assert len(checks) > 10
        again = Reading(salt, operations, (), checks, turned=turned)
        for findings in verification.read(tasks, again):
            for (check, _), total in findings.part_totals.items():
                parts[check] = parts.get(check, 0) + total
    finally:
        verification.close()
    assert {check for check in checks if sums[check] % PRIME} == set()
    assert {check: sums[check] - parts.get(check, 0) for check in checks} == dict.fromkeys(
        checks, 0
    )


def test_more_than_can_be_remembered(server, everything, monkeypatch):
    """Some of each check are named, of the others there is at least a count."""
    monkeypatch.setattr("pgteller.outside.run.FACTS_REMEMBERED", 1)
    url, _ = everything
    with copy_of(server, url) as own:
        with psycopg.connect(own) as db:
            db.execute("SET session_replication_role = replica")
            db.execute("UPDATE ledger.idempotency_keys SET created_at = created_at + 1")
            db.execute("UPDATE ledger.payments SET fee = fee + 1")
            keys = db.execute("SELECT count(*) FROM ledger.idempotency_keys").fetchone()[0]
        wrong, _ = found(own)
    assert {*wrong} == {"keys_sealed", "payments_posted"}
    assert keys > 3
    assert keys <= wrong["keys_sealed"]["violations"] <= 2 * keys
    assert all(check["sample"] for check in wrong.values())


def test_the_command(server, everything, reader, tmp_path):
    url, file = everything
    run = partial(pgteller, "verify", url=reader(url))
    intact = run("--outside", "--digest", str(file), "--processes", "1")
    assert intact.exit_code == 0, intact.output
    assert "ok    hashes_recompute" in intact.output
    assert f"ok    digest {file}" in intact.output
    assert "The books are intact." in intact.output
    told = run("--outside", "--json")
    assert told.exit_code == 0
    assert json.loads(told.output)["ok"]

    other = tmp_path / "other.json"
    other.write_text(json.dumps(json.loads(file.read_text()) | {"legs": 5}))
    altered = run("--outside", "--digest", str(other), "--processes", "1")
    assert altered.exit_code == 1
    assert f"WRONG digest {other}" in altered.output
    assert "root_differs" in altered.output
    other.write_text("{}")
    unread = run("--outside", "--digest", str(other))
    assert unread.exit_code == 2
    assert run("--digest", str(file)).exit_code == 2

    with copy_of(server, url) as own:
        with psycopg.connect(own) as db:
            db.execute("SET session_replication_role = replica")
            db.execute("UPDATE ledger.payments SET refunded = 1 WHERE payment_number = 1")
        broken = pgteller("verify", "--outside", "--processes", "2", url=reader(own))
    assert broken.exit_code == 1
    assert "WRONG refunds_posted" in broken.output
    assert "payment1" in broken.output
    assert "NOT intact" in broken.output


def test_the_command_inside_answers_json_too(app_url):
    told = pgteller("verify", "--json", url=app_url)
    assert {check["check"] for check in json.loads(told.output)["checks"]} >= {"hashes_recompute"}


def test_who_may_not_read(everything):
    url, _ = everything
    for processes in 1, 2:
        with pytest.raises(OutsideError, match="permission denied"):
            verify_outside(create_web_role(url), processes=processes)
    for processes in "1", "2":
        done = pgteller("verify", "--outside", "--processes", processes, url=create_web_role(url))
        assert done.exit_code == 2
        assert "docs/operations.md says how to make a login that may read all of it" in done.output
        assert "for the embedded PostgreSQL unset DATABASE_URL" in done.output


def test_progress_is_told_in_legs(everything):
    url, _ = everything
    told = []
    verify_outside(url, processes=2, report=lambda done, all_: told.append((done, all_)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 0


@pytest.mark.parametrize("said", ["", "[]", "{}", '{"transaction_id": 1}', "\x00"])
def test_what_is_no_digest(tmp_path, said):
    file = tmp_path / "digest.json"
    file.write_text(said)
    with pytest.raises(OutsideError):
        digests.read(file)
