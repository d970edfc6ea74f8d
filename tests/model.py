"""The bank's rules once more, in plain Python and as plainly as they can be said.

A model of the whole bank that keeps every account's history as a list. Operations take what the
functions take and answer what they answer, but for ids that only the database can know; they
raise `RefusedError` with the name that the database must raise too, in the order of the functions'
headers.

To add an operation: a method here (`begin` first, so that a refused one leaves nothing behind), and
a rule in test_model.py that calls it and the bank. To add something that falls due by itself, have
`Account.due` list it and `Account.settle` post it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

MAX = 9_007_199_254_740_991
CASHBACK_BPS = 200
CASHBACK_DELAY = 86_400_000
CURRENCIES = ("EUR", "JPY")


class RefusedError(Exception):
    """What the bank would not do, by name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass
class Leg:
    """One entry of an account."""

    timestamp: int
    operation: str
    amount: int
    balance_after: int
    contra_account_id: str | None
    payment: int | None = None


@dataclass
class Cashback:
    """What a payment earned."""

    payment: int
    amount: int
    due_at: int
    status: str = "pending"


@dataclass
class Account:
    """An account with its whole life."""

    account_id: str
    currency: str
    overdraft_limit: int
    opened_at: int
    status: str = "active"
    held: int = 0
    legs: list[Leg] = field(default_factory=list)
    cashbacks: list[Cashback] = field(default_factory=list)
    limits: list[tuple[int, int]] = field(default_factory=list)  # from which entry on, how much

    @property
    def balance(self) -> int:
        return sum(leg.amount for leg in self.legs)

    @property
    def available(self) -> int:
        return self.balance - self.held + self.overdraft_limit

    @property
    def last_timestamp(self) -> int:
        return self.legs[-1].timestamp

    @property
    def pending(self) -> int:
        return sum(c.amount for c in self.cashbacks if c.status == "pending")

    def due(self, moment: int) -> list[Cashback]:
        """What falls due by a moment, in the order in which it is posted."""
        found = [c for c in self.cashbacks if c.status == "pending" and c.due_at <= moment]
        return sorted(found, key=lambda cashback: cashback.due_at)

    def settle(self, moment: int) -> None:
        for cashback in self.due(moment):
            cashback.status = "deposited"
            self.post(cashback.due_at, "cashback", cashback.amount, "@cashback", cashback.payment)

    def post(
        self,
        timestamp: int,
        operation: str,
        amount: int,
        contra: str | None = None,
        payment: int | None = None,
    ) -> None:
        balance = self.balance + amount
        if balance + self.pending + self.overdraft_limit > MAX or balance < -MAX:
            raise RefusedError("balance_limit_exceeded")
        self.legs.append(Leg(timestamp, operation, amount, balance, contra, payment))

    def as_of(self, moment: int) -> Account:
        """The account as it looks at a moment: what is due by then has happened."""
        then = copy.deepcopy(self)
        then.settle(moment)
        then.legs = [leg for leg in then.legs if leg.timestamp <= moment]
        for version, limit in self.limits:
            if version <= len(then.legs):
                then.overdraft_limit = limit
        return then

    def check_debit(self, amount: int) -> None:
        if self.status != "active":
            raise RefusedError(f"account_{self.status}")
        if self.available < amount:
            raise RefusedError("insufficient_funds")

    def check_credit(self) -> None:
        if self.status in ("blocked", "closed"):
            raise RefusedError(f"account_{self.status}")


@dataclass
class Bank:
    """All of it."""

    accounts: dict[str, Account] = field(default_factory=dict)
    keys: dict[tuple[str, str], tuple[object, object]] = field(default_factory=dict)
    payments: int = 0

    # Operations: each returns its receipt, or under a key that was used before `Replayed`.

    def create_account(self, account_id, currency="EUR", overdraft_limit=0, timestamp=0, key=None):
        check_key(key)
        if not 0 <= overdraft_limit <= MAX:
            raise RefusedError("invalid_argument")
        check_timestamp(timestamp, 0)
        if account_id in self.accounts:
            request = ("create_account", currency, overdraft_limit, timestamp)
            if replayed := self.replay(account_id, key, request):
                return replayed
        if currency not in CURRENCIES:
            raise RefusedError("unknown_currency")
        if account_id in self.accounts:
            raise RefusedError("account_exists")
        account = Account(account_id, currency, overdraft_limit, timestamp)
        account.limits.append((1, overdraft_limit))
        account.post(timestamp, "open", 0)
        self.accounts[account_id] = account
        receipt = {
            "account_id": account_id,
            "created": True,
            "currency": currency,
            "status": "active",
            "balance": 0,
            "available": overdraft_limit,
            "overdraft_limit": overdraft_limit,
            "timestamp": timestamp,
        }
        self.remember(
            account_id, key, ("create_account", currency, overdraft_limit, timestamp), receipt
        )
        return receipt

    def deposit(self, account_id, amount, timestamp, key=None):
        return self._move("deposit", account_id, amount, timestamp, key)

    def withdraw(self, account_id, amount, timestamp, key=None):
        return self._move("withdraw", account_id, amount, timestamp, key)

    def _move(self, operation, account_id, amount, timestamp, key):
        check_amount(amount)
        check_key(key)
        with self.begin(account_id) as (account,):
            request = (operation, amount, timestamp)
            if replayed := self.replay(account_id, key, request):
                return replayed
            check_timestamp(timestamp, account.last_timestamp)
            account.settle(timestamp)
            if operation == "deposit":
                account.check_credit()
            else:
                account.check_debit(amount)
            signed = amount if operation == "deposit" else -amount
            account.post(timestamp, operation, signed, "@external")
            receipt = {
                "account_id": account_id,
                "amount": amount,
                "balance": account.balance,
                "available": account.available,
                "currency": account.currency,
                "timestamp": timestamp,
            }
            self.remember(account_id, key, request, receipt)
        return receipt

    def transfer(self, source_account_id, target_account_id, amount, timestamp, key=None):
        check_amount(amount)
        check_key(key)
        if source_account_id == target_account_id:
            raise RefusedError("same_account")
        with self.begin(source_account_id, target_account_id) as (source, target):
            request = ("transfer", target_account_id, amount, timestamp)
            if replayed := self.replay(source_account_id, key, request):
                return replayed
            check_timestamp(timestamp, max(source.last_timestamp, target.last_timestamp))
            source.settle(timestamp)
            target.settle(timestamp)
            if source.currency != target.currency:
                raise RefusedError("currency_mismatch")
            source.check_debit(amount)
            target.check_credit()
            source.post(timestamp, "transfer", -amount, target_account_id)
            target.post(timestamp, "transfer", amount, source_account_id)
            receipt = {
                "source_account_id": source_account_id,
                "target_account_id": target_account_id,
                "amount": amount,
                "balance": source.balance,
                "available": source.available,
                "currency": source.currency,
                "timestamp": timestamp,
            }
            self.remember(source_account_id, key, request, receipt)
        return receipt

    def pay(self, account_id, amount, timestamp, *, merchant_account_id=None, fee=0, key=None):
        check_amount(amount)
        check_key(key)
        if not 0 <= fee <= MAX - amount:
            raise RefusedError("invalid_argument")
        if account_id == merchant_account_id:
            raise RefusedError("same_account")
        ids = [account_id] + ([merchant_account_id] if merchant_account_id else [])
        with self.begin(*ids) as found:
            account, merchant = found[0], (found[1] if merchant_account_id else None)
            request = ("pay", amount, merchant_account_id, fee, timestamp)
            if replayed := self.replay(account_id, key, request):
                return replayed
            check_timestamp(timestamp, max(one.last_timestamp for one in found))
            for one in found:
                one.settle(timestamp)
            if merchant and account.currency != merchant.currency:
                raise RefusedError("currency_mismatch")
            account.check_debit(amount + fee)
            if merchant:
                merchant.check_credit()

            number = self.payments + 1
            earned = amount * CASHBACK_BPS // 10_000
            due_at = timestamp + CASHBACK_DELAY
            if earned:
                if due_at > MAX:
                    raise RefusedError("invalid_timestamp")
                account.cashbacks.append(Cashback(number, earned, due_at))
            contra = merchant_account_id or "@payments"
            account.post(timestamp, "pay", -amount, contra, number)
            if fee:
                account.post(timestamp, "fee", -fee, "@fees", number)
            if merchant:
                merchant.post(timestamp, "pay", amount, account_id, number)
            receipt = {
                "account_id": account_id,
                "amount": amount,
                "fee": fee,
                "merchant_account_id": merchant_account_id,
                "balance": account.balance,
                "available": account.available,
                "currency": account.currency,
                "timestamp": timestamp,
                "cashback": {"amount": earned, "due_at": due_at} if earned else None,
            }
            self.remember(account_id, key, request, receipt)
        self.payments = number
        return receipt

    def exchange(
        self, source_account_id, target_account_id, amount, target_amount, *, timestamp, key=None
    ):
        check_amount(amount)
        check_key(key)
        check_amount(target_amount)
        if source_account_id == target_account_id:
            raise RefusedError("same_account")
        with self.begin(source_account_id, target_account_id) as (source, target):
            request = ("exchange", target_account_id, amount, target_amount, timestamp)
            if replayed := self.replay(source_account_id, key, request):
                return replayed
            check_timestamp(timestamp, max(source.last_timestamp, target.last_timestamp))
            source.settle(timestamp)
            target.settle(timestamp)
            if source.currency == target.currency:
                raise RefusedError("same_currency")
            source.check_debit(amount)
            target.check_credit()
            source.post(timestamp, "exchange", -amount, "@exchange")
            target.post(timestamp, "exchange", target_amount, "@exchange")
            receipt = {
                "source_account_id": source_account_id,
                "target_account_id": target_account_id,
                "amount": amount,
                "source_currency": source.currency,
                "target_amount": target_amount,
                "target_currency": target.currency,
                "balance": source.balance,
                "available": source.available,
                "timestamp": timestamp,
            }
            self.remember(source_account_id, key, request, receipt)
        return receipt

    def freeze_account(self, account_id, reason, timestamp, key=None):
        return self._change("freeze_account", account_id, timestamp, key, reason, status="frozen")

    def block_account(self, account_id, reason, timestamp, key=None):
        return self._change("block_account", account_id, timestamp, key, reason, status="blocked")

    def unfreeze_account(self, account_id, reason, timestamp, key=None):
        return self._change("unfreeze_account", account_id, timestamp, key, reason, status="active")

    def close_account(self, account_id, reason, timestamp, key=None):
        return self._change("close_account", account_id, timestamp, key, reason, status="closed")

    def set_overdraft_limit(self, account_id, overdraft_limit, reason, timestamp, key=None):
        check_key(key)
        if not 0 <= overdraft_limit <= MAX:
            raise RefusedError("invalid_argument")
        operation = "set_overdraft_limit"
        return self._change(operation, account_id, timestamp, key, reason, limit=overdraft_limit)

    def _change(self, operation, account_id, timestamp, key, reason, *, status=None, limit=None):
        check_key(key)
        with self.begin(account_id) as (account,):
            request = (operation, reason, timestamp, limit)
            if replayed := self.replay(account_id, key, request):
                return replayed
            check_timestamp(timestamp, account.last_timestamp)
            account.settle(timestamp)
            if account.status == "closed":
                raise RefusedError("account_closed")
            if status is not None:
                if account.status == status:
                    raise RefusedError("status_unchanged")
                if status == "closed" and account.balance:
                    raise RefusedError("balance_not_zero")
                if status == "closed" and account.pending:
                    raise RefusedError("cashback_pending")
                account.status = status
                account.post(timestamp, operation, 0)
            elif limit != account.overdraft_limit:
                lower = limit < account.overdraft_limit
                account.overdraft_limit = limit
                if lower and account.available < 0:
                    raise RefusedError("overdraft_in_use")
                account.post(timestamp, operation, 0)
                account.limits.append((len(account.legs), limit))
            elif key is not None:  # what changes nothing still seals its key
                account.post(timestamp, operation, 0)
            receipt = {
                "account_id": account_id,
                "status": account.status,
                "overdraft_limit": account.overdraft_limit,
                "version": len(account.legs),
                "last_timestamp": account.last_timestamp,
            }
            self.remember(account_id, key, request, receipt)
        return receipt

    def settle_cashbacks(self, timestamp):
        check_timestamp(timestamp, 0)
        due = [cashback for one in self.accounts.values() for cashback in one.due(timestamp)]
        answer = {"settled": len(due), "amount": sum(c.amount for c in due), "remaining": 0}
        for account in self.accounts.values():
            account.settle(timestamp)
        return answer

    # What operations share

    @contextmanager
    def begin(self, *account_ids: str) -> Iterator[list[Account]]:
        """Copies to work on, which take the accounts' places if nothing is refused."""
        for account_id in sorted(account_ids, key=str.encode):
            if account_id not in self.accounts:
                raise RefusedError("account_not_found")
        copies = [copy.deepcopy(self.accounts[account_id]) for account_id in account_ids]
        yield copies
        for account in copies:
            self.accounts[account.account_id] = account

    def replay(self, account_id: str, key: str | None, request: object) -> object:
        if (account_id, key) not in self.keys:
            return None
        first_request, receipt = self.keys[account_id, key]
        if first_request != request:
            raise RefusedError("idempotency_key_reused")
        return Replayed(receipt)

    def remember(self, account_id: str, key: str | None, request: object, receipt: object) -> None:
        if key is not None:
            self.keys[account_id, key] = (request, receipt)

    # What is true of the whole

    def house(self, currency: str) -> dict[str, int]:
        """What each house account has, by what customers' legs say."""
        sums: dict[str, int] = {}
        for account in self.accounts.values():
            for leg in account.legs:
                name = leg.contra_account_id or ""
                if account.currency == currency and name.startswith("@"):
                    sums[name] = sums.get(name, 0) - leg.amount
        return sums


@dataclass
class Replayed:
    """The first answer, once more."""

    receipt: object


def check_amount(amount: int) -> None:
    if not 1 <= amount <= MAX:
        raise RefusedError("invalid_amount")


def check_key(key: str | None) -> None:
    if key is not None and not 1 <= len(key) <= 255:
        raise RefusedError("invalid_idempotency_key")


def check_timestamp(timestamp: int, last_timestamp: int) -> None:
    if not 0 <= timestamp <= MAX:
        raise RefusedError("invalid_timestamp")
    if timestamp < last_timestamp:
        raise RefusedError("timestamp_in_past")
