"""Sets that must be equal, however large, compared by one number for each pair of them.

A fact is something that legs say and that rows elsewhere must say too, with a number: so much was
refunded of this payment; this key stands (1). Each fact is hashed, with a salt that nobody knew
before the run. What legs say counts for it, what rows say counts against it: the sum of hash *
number, modulo a prime, is zero where both say the same, and where they do not it is zero once in
2^255 runs. So nothing is kept of each fact, and the order in which they come does not matter.

Where a sum is not zero, everything is read once more to find which of 4096 parts of the facts
differ, and once more to name those, so that little has to be remembered then either.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

PRIME = 2**255 - 19
PARTS = 4096

Subject = tuple[str, bytes, bytes]  # the check, the account (or b""), and what of it


class Fact(NamedTuple):
    """That something of an account stands so, so much or so many times."""

    check: str
    account: bytes
    subject: bytes
    state: bytes
    value: int = 1


def pair(  # noqa: PLR0913, PLR0917
    account: bytes,
    transaction: bytes,
    contra: bytes,
    value_at: bytes,
    currency: bytes,
    amount: int,
) -> Fact:
    """What a leg between customers says: from whom to whom, on which date, in which currency.

    Both legs of a posting say the same but for the sign, so all of them come to zero.
    """
    payer, payee = (account, contra) if amount < 0 else (contra, account)
    state = b"\t".join((payee, value_at, currency))
    return Fact("transactions_pair", payer, transaction, state, amount)


def balance(currency: bytes, amount: int) -> Fact:
    """What customers have in a currency, and the house therefore lacks."""
    return Fact("books_balance", b"", currency, b"", amount)


def part_of(fact: Fact) -> tuple[str, int]:
    """Which of the parts a fact is in: all that is said of one subject is in one."""
    return fact.check, crc32(b"%b\t%b" % (fact.account, fact.subject)) % PARTS


class Facts:
    """Somewhere to say facts to."""

    def legs_say(self, fact: Fact) -> None:
        """What sealed legs say."""
        if fact.value:
            self.add(fact, fact.value)

    def rows_say(self, fact: Fact) -> None:
        """What other rows say, and legs must say too."""
        if fact.value:
            self.add(fact, -fact.value)

    def add(self, fact: Fact, value: int) -> None:
        """Count it."""
        raise NotImplementedError


class Sums(Facts):
    """The first reading: one sum for each check."""

    def __init__(self, salt: bytes) -> None:
        self.salt = salt
        self.totals: Counter[str] = Counter()

    def add(self, fact: Fact, value: int) -> None:
        """Add it to its check's sum."""
        check, account, subject, state, _ = fact
        key = b"\t".join((self.salt, check.encode(), account, subject, state))
        self.totals[check] += int.from_bytes(sha256(key).digest(), "big") * value

    def prefix(self, check: str) -> bytes:
        """What is hashed of each fact of a check begins so, for those who hash themselves."""
        return b"%b\t%b" % (self.salt, check.encode())


class Parts(Facts):
    """The second reading: one sum for each part of the checks that do not agree."""

    def __init__(self, salt: bytes, checks: frozenset[str]) -> None:
        self.sums = Sums(salt)
        self.checks = checks
        self.totals: Counter[tuple[str, int]] = Counter()
        self.sizes: Counter[tuple[str, int]] = Counter()

    def add(self, fact: Fact, value: int) -> None:
        """Add it to its part's sum."""
        if fact.check not in self.checks:
            return
        part = part_of(fact)
        self.sums.add(fact, value)
        self.totals[part] += self.sums.totals.pop(fact.check)
        self.sizes[part] += 1


class Names(Facts):
    """The third reading: the facts of the parts that do not agree, each by itself."""

    def __init__(self, parts: frozenset[tuple[str, int]]) -> None:
        self.parts = parts
        self.checks = frozenset(check for check, _ in parts)
        self.said: dict[Subject, Counter[bytes]] = {}

    def add(self, fact: Fact, value: int) -> None:
        """Remember it."""
        if fact.check not in self.checks or part_of(fact) not in self.parts:
            return
        subject = fact.check, fact.account, fact.subject
        self.said.setdefault(subject, Counter())[fact.state] += value
