"""Random operations, times and keys, against the bank and against a model of it.

After every step balances, histories, refusals and cashbacks must agree: once with the functions
themselves, once over HTTP. MODEL_EXAMPLES=1000 looks longer, FUZZ_SEED=7 elsewhere.
"""

import itertools
import secrets
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg.rows import scalar_row

from dev.variables import whole
from pgteller.contract import FUNCTIONS
from pgteller.embedded.database import create_web_role
from pgteller.shell import create_app
from tests import model
from tests.fuzz import SEED
from tests.model import CASHBACK_DELAY, MAX, RefusedError

EXAMPLES = whole("MODEL_EXAMPLES")  # 0 is as many as every day
START = 1_000_000

# Names in an order that is not that of a dictionary, and one that is never opened.
NAMES = ("b", "B", "ä", "a b")
who = st.sampled_from((*NAMES, "nobody"))
amounts = st.one_of(
    st.integers(1, 60),
    st.sampled_from([49, 50, 99, 100, 5_000, 10**6]),
    st.sampled_from([-1, 0, MAX, MAX + 1, MAX - 10**6]),
)
fees = st.sampled_from([0, 0, 0, 1, 7, -1, MAX])
# From the newest entry of all: mostly forward, around what falls due, sometimes back.
steps = st.sampled_from(
    [0, 0, 1, 1, 1000, 1000, CASHBACK_DELAY - 1, CASHBACK_DELAY, CASHBACK_DELAY + 1, -1, -1000]
)
keys = st.sampled_from([None, None, None, "k1", "k2", "k3"])


class Functions:
    """The bank by its SQL functions."""

    bad_keys = ("", "k" * 256)

    def __init__(self, db: psycopg.Connection) -> None:
        self.db = db

    def call(self, function, **arguments):
        arguments = {name: value for name, value in arguments.items() if value is not None}
        given = ", ".join(f'"{name}" => %({name})s' for name in arguments)
        called = FUNCTIONS[function].called_with(arguments)
        statement = f"SELECT row_to_json(r) FROM bank.{called}({given}) AS r"
        try:
            cursor = self.db.cursor(row_factory=scalar_row)
            return cursor.execute(statement, arguments).fetchall()
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith("TL"):
                raise
            raise RefusedError(error.diag.message_primary or "") from None

    def do(self, function, **arguments):
        (answer,) = self.call(function, **arguments)
        return answer

    def balance(self, account_id, timestamp):
        return self.do("get_balance", account_id=account_id, timestamp=timestamp)

    def history(self, account_id, timestamp):
        return self.call(
            "list_transactions", account_id=account_id, timestamp=timestamp, limit=1000
        )

    def cashbacks(self, account_id):
        return self.call("list_cashbacks", account_id=account_id, limit=1000)

    def wrong(self):
        return [check for check in self.call("verify_ledger") if not check["ok"]]


class Http:
    """The bank over HTTP."""

    bad_keys = ()  # the shell looks at the header first

    PATHS = {  # noqa: RUF012
        "create_account": "/accounts",
        "deposit": "/deposits",
        "withdraw": "/withdrawals",
        "transfer": "/transfers",
        "pay": "/payments",
        "exchange": "/exchanges",
        "freeze_account": "/accounts/{}/freeze",
        "block_account": "/accounts/{}/block",
        "unfreeze_account": "/accounts/{}/unfreeze",
        "close_account": "/accounts/{}/close",
        "set_overdraft_limit": "/accounts/{}/overdraft-limit",
        "settle_cashbacks": "/cashbacks/settlements",
    }

    def __init__(self, client) -> None:
        self.client = client

    def do(self, function, idempotency_key=None, **arguments):
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        path = self.PATHS[function]
        if "{}" in path:
            path = path.format(quote(arguments.pop("account_id"), safe=""))
        send = self.client.put if function.startswith("set_") else self.client.post
        return self._answer(send(path, json=arguments, headers=headers))

    def get(self, path, **query):
        return self._answer(self.client.get(path, query_string=query))

    @staticmethod
    def _answer(response):
        if response.status_code >= 400:
            assert response.status_code < 500, response.text
            raise RefusedError(response.json["code"])
        return response.json

    def balance(self, account_id, timestamp):
        return self.get(f"/accounts/{account_id}/balance", timestamp=timestamp)

    def history(self, account_id, timestamp):
        path = f"/accounts/{account_id}/transactions"
        return self.get(path, timestamp=timestamp, limit=1000)["transactions"]

    def cashbacks(self, account_id):
        return self.get(f"/accounts/{account_id}/cashbacks", limit=1000)["cashbacks"]

    def wrong(self):
        return [check for check in self.get("/ledger/verification")["checks"] if not check["ok"]]


class Machine(RuleBasedStateMachine):
    """One bank and its model, side by side."""

    bank: Functions | Http

    numbers = itertools.count()
    run = secrets.token_hex(2)

    def __init__(self) -> None:
        super().__init__()
        self.model = model.Bank()
        self.prefix = f"{self.run}{next(self.numbers)}/"
        self.payment_ids = {}
        self.answers = {}
        self.now = START
        self.touched = set()

    @initialize(limits=st.tuples(*[st.sampled_from([0, 0, 100])] * 3))
    def open(self, limits):
        """Three accounts to begin with, and nothing due that an earlier example left behind."""
        self.bank.do("settle_cashbacks", limit=100_000)
        for name, limit in zip(NAMES[:3], limits, strict=True):
            self.both("create_account", self.id(name), overdraft_limit=limit, timestamp=START)
        self.both("deposit", self.id(NAMES[0]), amount=10_000, timestamp=START)

    # Rules

    @rule(
        name=who,
        currency=st.sampled_from(["EUR", "EUR", "JPY", "XXX"]),
        limit=st.sampled_from([0, 50, -1, MAX, MAX + 1]),
        step=steps,
        key=keys,
    )
    def create_account(self, name, currency, limit, step, key):
        if name == "nobody":
            name = NAMES[0]
        self.both(
            "create_account",
            self.id(name),
            currency=currency,
            overdraft_limit=limit,
            timestamp=self.time(step),
            key=key,
        )

    @rule(name=who, amount=amounts, step=steps, key=keys)
    def deposit(self, name, amount, step, key):
        self.both("deposit", self.id(name), amount=amount, timestamp=self.time(step), key=key)

    @rule(name=who, amount=amounts, step=steps, key=keys)
    def withdraw(self, name, amount, step, key):
        self.both("withdraw", self.id(name), amount=amount, timestamp=self.time(step), key=key)

    @rule(source=who, to=who, amount=amounts, step=steps, key=keys)
    def transfer(self, source, to, amount, step, key):
        self.both(
            "transfer",
            source_account_id=self.id(source),
            target_account_id=self.id(to),
            amount=amount,
            timestamp=self.time(step),
            key=key,
        )

    @rule(name=who, merchant=st.none() | who, amount=amounts, fee=fees, step=steps, key=keys)
    def pay(self, *, name, merchant, amount, fee, step, key):
        self.both(
            "pay",
            self.id(name),
            amount=amount,
            merchant_account_id=merchant and self.id(merchant),
            fee=fee,
            timestamp=self.time(step),
            key=key,
        )

    @rule(source=who, to=who, amount=amounts, other=amounts, step=steps, key=keys)
    def exchange(self, *, source, to, amount, other, step, key):
        self.both(
            "exchange",
            source_account_id=self.id(source),
            target_account_id=self.id(to),
            amount=amount,
            target_amount=other,
            timestamp=self.time(step),
            key=key,
        )

    @rule(
        operation=st.sampled_from(
            ["freeze_account", "block_account", *["unfreeze_account"] * 4, "close_account"]
        ),
        name=who,
        step=steps,
        key=keys,
    )
    def change_status(self, operation, name, step, key):
        """Mostly back to active, or an example would soon be all refusals."""
        self.both(operation, self.id(name), reason="x", timestamp=self.time(step), key=key)

    @rule(name=who, limit=st.sampled_from([0, 50, 100, -1, MAX, MAX + 1]), step=steps, key=keys)
    def set_overdraft_limit(self, name, limit, step, key):
        self.both(
            "set_overdraft_limit",
            self.id(name),
            overdraft_limit=limit,
            reason="x",
            timestamp=self.time(step),
            key=key,
        )

    @rule(step=steps)
    def settle_cashbacks(self, step):
        self.both("settle_cashbacks", timestamp=self.time(step))

    @rule(pick=st.randoms(use_true_random=False))
    @precondition(lambda self: self.answers)
    def repeat(self, pick):
        """The same request under the same key: the first answer, and nothing happens."""
        operation, arguments, key = pick.choice(sorted(self.answers, key=repr))
        self.both(operation, **dict(arguments), key=key)

    @rule(name=who, index=st.integers(0, 1))
    @precondition(lambda self: self.bank.bad_keys)
    def bad_key(self, name, index):
        self.both(
            "deposit",
            self.id(name),
            amount=1,
            timestamp=self.now,
            key=self.bank.bad_keys[index],
        )

    # What must agree

    @invariant()
    def everything_agrees(self):
        for account_id in self.touched & {*self.model.accounts}:
            account = self.model.accounts[account_id]
            moments = {self.now}
            for cashback in account.cashbacks[-1:]:
                moments |= {cashback.due_at - 1, cashback.due_at}
            for moment in sorted(moments):
                self.compare(account, moment)
            assert [
                (c["payment_id"], c["amount"], c["due_at"], c["status"])
                for c in self.bank.cashbacks(account_id)
            ] == [
                (self.payment_ids[c.payment], c.amount, c.due_at, c.status)
                for c in account.cashbacks
            ]
        self.touched.clear()

    def teardown(self):
        """The whole past, the end of time, and the books."""
        for account in self.model.accounts.values():
            times = {leg.timestamp for leg in account.legs}
            for moment in sorted({MAX, *times, *(time - 1 for time in times)} - {-1}):
                self.compare(account, moment)
        for currency in model.CURRENCIES:
            own = sum(a.balance for a in self.model.accounts.values() if a.currency == currency)
            assert own + sum(self.model.house(currency).values()) == 0
        assert self.bank.wrong() == []

    def compare(self, account, moment):
        then = account.as_of(moment)
        self.compare_balance(account.account_id, moment, then)
        assert self.shown(account.account_id, moment) == self.expected(account, then)

    def compare_balance(self, account_id, moment, then):
        limit = then.overdraft_limit if then.legs else 0
        # What is pending at a moment of the past is what was promised by then.
        promised = sum(
            c.amount for c in then.cashbacks if c.due_at - CASHBACK_DELAY <= moment < c.due_at
        )
        assert self.bank.balance(account_id, moment) == {
            "account_id": account_id,
            "balance": then.balance,
            "available": then.balance - then.held + limit,
            "held": then.held,
            "pending_cashback": promised,
            "currency": then.currency,
            "timestamp": moment,
        }

    def shown(self, account_id, moment):
        return [
            (
                line["version"],
                line["timestamp"],
                line["operation"],
                line["amount"],
                line["balance_after"],
                line["contra_account_id"],
                line["payment_ref"],
                line["deposited"],
            )
            for line in self.bank.history(account_id, moment)
        ]

    def expected(self, account, then):
        return [
            (
                version,
                leg.timestamp,
                leg.operation,
                leg.amount,
                leg.balance_after,
                leg.contra_account_id,
                self.payment_ids.get(leg.payment),
                version <= len(account.legs) if leg.operation == "cashback" else None,
            )
            for version, leg in enumerate(then.legs, start=1)
        ]

    # Helpers

    def id(self, name):
        return self.prefix + name

    def time(self, step):
        return max(self.now + step, 0)

    def both(self, operation, account_id=None, key=None, **arguments):
        """Do it to both; they must answer, or refuse, alike."""
        if account_id is not None:
            arguments["account_id"] = account_id
        self.touched |= {arguments[name] for name in arguments if name.endswith("account_id")}
        if operation == "settle_cashbacks":
            self.touched |= {*self.model.accounts}
        expected = refused_or(getattr(self.model, operation), **arguments, **key_as("key", key))
        found = refused_or(self.bank.do, operation, **arguments, **key_as("idempotency_key", key))
        request = (operation, tuple(sorted(arguments.items(), key=repr)), key)
        if isinstance(expected, str) or isinstance(found, str):
            assert found == expected, (operation, arguments, key)
        elif isinstance(expected, model.Replayed):
            assert found == self.answers[request]
        else:
            assert {name: found[name] for name in expected} == expected
            if operation == "pay":
                self.payment_ids[self.model.payments] = found["payment_id"]
            if key is not None:
                self.answers[request] = found
            self.now = max(self.now, arguments["timestamp"])


def key_as(name, key):
    return {} if key is None else {name: key}


def refused_or(call, *args, **arguments):
    """The answer, or the name of the refusal."""
    try:
        return call(*args, **arguments)
    except RefusedError as refused:
        return refused.name


def drive(bank, examples, length):
    machine = seed(SEED)(type("Machine", (Machine,), {"bank": bank}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES or examples,
            stateful_step_count=length,
            database=None,
            deadline=None,
            print_blob=True,
            suppress_health_check=[*HealthCheck],
        ),
    )


@pytest.mark.timeout(0 if EXAMPLES else 120)
def test_the_functions_agree_with_the_model(own_url):
    with psycopg.connect(own_url, autocommit=True) as db:
        drive(Functions(db), examples=25, length=25)


@pytest.mark.timeout(0 if EXAMPLES else 120)
def test_the_web_shell_agrees_with_the_model(own_url):
    app = create_app(database_url=create_web_role(own_url))
    try:
        drive(Http(app.test_client()), examples=8, length=25)
    finally:
        app.extensions["pool"].close()
