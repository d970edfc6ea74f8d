"""pgteller.client: the same methods over HTTP and over a connection."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import mypy.api
import psycopg
import pytest

from pgteller import Client, Direct, RefusedError, UnknownOutcomeError
from pgteller.contract import TYPES
from tests.http_helpers import T0, fresh


@pytest.fixture(params=["http", "direct"])
def any_bank(request, base_url, login_url):
    """Both kinds."""
    if request.param == "http":
        yield Client(base_url)
        return
    with psycopg.connect(login_url, autocommit=True) as connection:
        yield Direct(connection)


def test_both_do_the_same(any_bank):
    alice, bob = fresh("client"), fresh("client")
    opened = any_bank.create_account(alice, metadata={"name": "Älice", "n": [1, None]})
    assert (opened["account_id"], opened["metadata"]["name"]) == (alice, "Älice")
    any_bank.create_account(account_id=bob)
    any_bank.deposit(alice, 1000)
    moved = any_bank.transfer(alice, bob, 250, metadata={"for": "rent"})
    assert (moved["amount"], moved["balance"]) == (250, 750)
    assert any_bank.get_balance(bob)["balance"] == 250
    page = any_bank.list_transactions(alice, limit=2)
    assert [line["operation"] for line in page["transactions"]] == ["open", "deposit"]
    rest = any_bank.list_transactions(alice, after=page["next"])
    assert [line["amount"] for line in rest["transactions"]] == [-250]
    assert rest["next"] is None
    batch = any_bank.batch([{"operation": "deposit", "account_id": bob, "amount": 1}])
    assert (batch["posted"], batch["results"][0]["balance"]) == (1, 251)
    assert any_bank.verify_ledger()["ok"] is True


def test_a_refusal_has_its_numbers(any_bank):
    alice = fresh("client")
    any_bank.create_account(alice)
    with pytest.raises(RefusedError) as refused:
        any_bank.withdraw(alice, 5)
    assert refused.value.code == "insufficient_funds"
    assert refused.value.members == {"account_id": alice, "available": 0, "required": 5}
    assert refused.value.detail == "Only 0 is available, 5 was asked for."


def test_operators_arguments(any_bank):
    alice = fresh("client")
    any_bank.create_account(alice, overdraft_limit=5, timestamp=T0)
    assert any_bank.get_account(alice)["overdraft_limit"] == 5


def test_a_key_of_ones_own(any_bank):
    alice = fresh("client")
    any_bank.create_account(alice)
    for _ in range(2):
        any_bank.deposit(alice, 5, idempotency_key="mine")
    assert any_bank.get_balance(alice)["balance"] == 5


def test_what_is_no_method_or_argument(any_bank):
    with pytest.raises(AttributeError, match="no rob"):
        any_bank.rob("alice")
    with pytest.raises(TypeError, match="no argument amont"):
        any_bank.deposit("alice", amont=5)
    with pytest.raises(TypeError, match="twice"):
        any_bank.deposit("alice", 5, account_id="bob")
    assert "transfer" in dir(any_bank)
    assert "Move money" in any_bank.transfer.__doc__


def test_it_is_part_of_the_callers_transaction(login_url):
    alice = fresh("client")
    with psycopg.connect(login_url) as connection:
        bank = Direct(connection)
        bank.create_account(alice)
        connection.commit()
        bank.deposit(alice, 5)
        connection.rollback()
        assert bank.get_balance(alice)["balance"] == 0
        with pytest.raises(RefusedError), connection.transaction():
            bank.withdraw(alice, 5)
        assert bank.deposit(alice, 7)["balance"] == 7


RECEIPT = json.dumps(dict.fromkeys(TYPES["receipt"].columns, 1))


class Flaky(BaseHTTPRequestHandler):
    """Answers at last, after what `before` says happened to the first requests."""

    before: ClassVar[list] = []
    seen: ClassVar[list] = []

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.seen.append((self.headers["Idempotency-Key"], self.rfile.read(length)))
        code = self.before.pop(0) if self.before else None
        if code == "hang up":
            self.connection.close()
            return
        status, body = (200, RECEIPT)
        if isinstance(code, tuple):
            status, body = code
        elif code:
            status, body = (
                503,
                f'{{"type": "urn:pgteller:{code}", "code": "{code}", "status": 503}}',
            )
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_PUT = do_POST  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture
def flaky(monkeypatch):
    """A server of which each test says what goes wrong before it answers; nobody waits long."""
    monkeypatch.setattr("pgteller.client.time.sleep", lambda _: None)
    Flaky.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Flaky)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def flaky(*before):
        Flaky.before = [*before]
        return Client(f"http://127.0.0.1:{server.server_port}", attempts=4)

    yield flaky
    server.shutdown()
    server.server_close()


def test_it_repeats_under_one_key_until_there_is_an_answer(flaky):
    bank = flaky("hang up", "outcome_unknown", "database_unavailable")
    assert bank.deposit("alice", 5) == json.loads(RECEIPT)
    assert len(Flaky.seen) == 4
    [(key, body)] = {*Flaky.seen}
    assert len(key) == 36
    assert body == b'{"account_id": "alice", "amount": 5}'


def test_it_gives_up_and_tells_the_key(flaky):
    bank = flaky(*["hang up"] * 9)
    with pytest.raises(UnknownOutcomeError) as unknown:
        bank.deposit("alice", 5)
    assert {unknown.value.idempotency_key} == {key for key, _ in Flaky.seen}
    assert len(Flaky.seen) == 4


def test_what_has_no_key_is_not_repeated(flaky):
    bank = flaky("hang up")
    with pytest.raises(UnknownOutcomeError):
        bank.create_currency("PTS", 0)
    assert len(Flaky.seen) == 1
    Flaky.seen = []
    for code in "database_unavailable", "lock_timeout", "statement_timeout":
        assert flaky(code).deposit("alice", 5) == json.loads(RECEIPT)
    assert len(Flaky.seen) == 6


TYPED = """
from typing import TYPE_CHECKING

from pgteller import Client, Direct

if TYPE_CHECKING:
    from pgteller.methods import Balance

def available(bank: Client | Direct) -> int:
    moved = bank.transfer("alice", "bob", 500, metadata={"for": "rent"})
    return moved["available"]

def balance(bank: Client) -> "Balance":
    return bank.get_balance("alice")

bank = Client("http://localhost:8000")
bank.deposit("alice", "5")
bank.deposit("alice", 5, unknown=True)
bank.transfer("alice", "bob", 5)["nothing"]
bank.nothing()
"""
FAULTS = {
    17: 'Argument 2 to "deposit" of "Methods" has incompatible type "str"; expected "int"',
    18: 'Unexpected keyword argument "unknown" for "deposit" of "Methods"',
    19: 'TypedDict "TransferReceipt" has no key "nothing"',
    20: '"Client" has no attribute "nothing"',
}


def test_what_type_checkers_know(tmp_path):
    file = tmp_path / "typed.py"
    file.write_text(TYPED)
    options = ["--strict", "--follow-imports=silent", "--no-error-summary", "--no-incremental"]
    said, _, status = mypy.api.run([*options, str(file)])
    assert status == 1
    lines = [line.removeprefix(f"{file}:") for line in said.splitlines()]
    told = {int(line.partition(":")[0]): line for line in lines if "error:" in line}
    assert told.keys() == FAULTS.keys(), said
    for number, fault in FAULTS.items():
        assert fault in told[number]


@pytest.mark.parametrize(
    "answer",
    [
        (202, '{"queued": true}'),
        (307, '{"message": "moved"}'),
        (408, '{"code": "timeout", "detail": ""}'),
        (429, '{"code": "rate_limited", "detail": ""}'),
        (500, '{"code": "internal_error", "type": "urn:pgteller:internal_error"}'),
        (200, "[" * 100_000),
        (200, '["ok"]'),
        (200, '{"login": "please"}'),
        (200, '{"type": "urn:pgteller:insufficient_funds", "code": "insufficient_funds"}'),
        (502, '{"type": "urn:pgteller:invalid_amount", "code": "invalid_amount", "status": 422}'),
        (400, '{"code": ["a"]}'),
    ],
)
def test_what_is_not_the_banks_own_answer_is_none(flaky, answer):
    """Whoever stands between answers in its own words, and has perhaps passed the request on."""
    bank = flaky(*[answer] * 9)
    with pytest.raises(UnknownOutcomeError) as unknown:
        bank.deposit("alice", 5)
    assert {unknown.value.idempotency_key} == {key for key, _ in Flaky.seen}


def test_a_key_without_a_character_is_a_key(any_bank):
    alice = fresh("client")
    any_bank.create_account(alice)
    with pytest.raises(RefusedError) as refused:
        any_bank.deposit(alice, 5, idempotency_key="")
    assert refused.value.code == "invalid_idempotency_key"
    assert any_bank.get_balance(alice)["balance"] == 0


@pytest.mark.parametrize("amount", [10**30, -(2**63) - 1])
def test_what_no_type_can_hold(any_bank, amount):
    alice = fresh("client")
    any_bank.create_account(alice)
    with pytest.raises(RefusedError) as refused:
        any_bank.deposit(alice, amount)
    assert refused.value.code == "invalid_request"


@pytest.mark.parametrize("rows", [psycopg.rows.dict_row, psycopg.rows.scalar_row])
def test_rows_of_the_callers_own_kind(login_url, rows):
    alice = fresh("client")
    with psycopg.connect(login_url, autocommit=True, row_factory=rows) as connection:
        bank = Direct(connection)
        bank.create_account(alice)
        assert bank.deposit(alice, 5)["balance"] == 5


def test_what_is_no_address():
    with pytest.raises(ValueError, match="no URL"):
        Client("localhost:8000")
    bank = Client("http://localhost:1")
    for name in "..", ".", "alice/balance", "a/b/statement":
        with pytest.raises(ValueError, match="no account is called"):
            bank.get_account(name)
    for key in " k", "k\n", "\u2713":
        with pytest.raises(ValueError, match="a key for HTTP"):
            bank.deposit("alice", 5, idempotency_key=key)
