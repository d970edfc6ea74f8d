"""Every account's legs, one after the other: is each what its hash says, and does it follow?

Legs are looked at some thousands at a time, by columns, which is several times faster. Whatever is
not right in such a block has it looked at once more, leg by leg, to say what it is.
"""

from __future__ import annotations

from binascii import unhexlify
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from operator import add, ge

from pgteller.outside import rooms
from pgteller.outside.accounts import SETTINGS, Account, Story, compare
from pgteller.outside.facts import Facts, Sums, balance, pair
from pgteller.outside.findings import Findings, Sealed
from pgteller.outside.legs import Leg, Legs, drawn, drawn_of, leg_of, legs_of
from pgteller.outside.rooms.events import Order
from pgteller.outside.rooms.turnovers import Turnovers
from pgteller.outside.rule import CLOCKS_APART, contents, hexadecimal
from pgteller.outside.session import OutsideError
from pgteller.outside.wire import NULL, UNREADABLE, number, numbers, plain, text

LARGEST = 9007199254740991

INTERESTING = (SETTINGS | rooms.LEGS.keys()) - rooms.DETAILED


@dataclass(frozen=True)
class Cut:
    """What a digest covers: the legs of lower ids; and when it was taken."""

    transaction_id: int
    timestamp: int


class Walk:
    """Through the legs of a range of accounts, which come in the order of account and version."""

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        findings: Findings,
        facts: Facts,
        accounts: Sequence[Account],
        operations: frozenset[bytes],
        cuts: Sequence[Cut],
        order: Order,
        turnovers: Turnovers | None,
    ) -> None:
        self.findings = findings
        self.facts = facts
        # The first reading checks everything, later ones only look for the facts that differ.
        self.sums = facts if isinstance(facts, Sums) else None
        self.accounts = iter(accounts)
        self.ahead = next(self.accounts, None)
        self.operations = operations
        self.cuts = cuts
        self.order = order
        self.turnovers = turnovers
        self.sealed = [Sealed() for _ in cuts]
        self.newest: list[tuple[int, bytes] | None] = [None for _ in cuts]  # of the account
        self.house: Counter[bytes] = Counter()  # by currency, what legs say that it lacks
        self.balances: Counter[bytes] = Counter()  # and what accounts say that they have
        self.story: Story | None = None
        self.previous: Leg | None = None

    def block(self, lines: list[bytes]) -> None:
        """The next legs."""
        rows = [line.split(b"\t") for line in lines]
        legs = legs_of(rows)
        ids = legs.account_id
        before = (self.previous.account_id if self.previous else None, *ids[:-1])
        starts = [at for at, (one, last) in enumerate(zip(ids, before, strict=True)) if one != last]
        amounts = numbers(legs.amount)
        if self.sums is not None:
            if not self._is_right(legs, amounts, starts):
                self._say_what_is_wrong(rows)
            self.findings.legs += len(rows)
            self.findings.legs_sum["legs"] += len(rows)
            self.findings.legs_sum["transaction_ids"] += sum(numbers(legs.transaction_id))
        self._tell(rows, legs, amounts, starts)
        self.previous = leg_of(rows[-1])

    def end(self) -> None:
        """There are no more."""
        self._end_account()
        while self.ahead is not None:
            self._begin_account(self.ahead.account_id)
            self._end_account()
        for currency, amount in self.house.items():
            self.facts.legs_say(balance(currency, amount))
        for currency, amount in self.balances.items():
            self.facts.rows_say(balance(currency, amount))
        if self.turnovers is not None:
            self.findings.newest, self.findings.moved = self.turnovers.newest, self.turnovers.moved
        self.findings.sealed = self.sealed

    # One block by its columns ---------------------------------------------------------------

    def _is_right(self, legs: Legs, amounts: list[int], starts: list[int]) -> bool:
        """Whether there is nothing at all wrong with its chains."""
        try:
            versions = [*map(int, legs.version)]
            balances = [*map(int, legs.balance_after)]
            timestamps = [*map(int, legs.timestamp)]
            ids = drawn_of(legs)
            hashes = [unhexlify(field[3:]) for field in legs.hash]
            version, balance, timestamp, id_, head = self._where_it_stood()
            versions_before = [version, *versions[:-1]]
            balances_before = [balance, *balances[:-1]]
            timestamps_before = [timestamp, *timestamps[:-1]]
            ids_before = [id_, *ids[:-1]]
            heads_before = [head, *hashes[:-1]]
            for start in starts:
                versions_before[start] = balances_before[start] = timestamps_before[start] = 0
                ids_before[start] = 0
                heads_before[start] = b""
            return (
                versions == [before + 1 for before in versions_before]
                and balances == [*map(add, balances_before, amounts)]
                and all(map(ge, timestamps, timestamps_before))
                and b"rewind_account" not in legs.operation
                and all(map(ge, ids, ids_before))
                and not (self.order.late and not all(map(self.order.keeps, ids_before, ids)))
                and legs.hash_version.count(b"1") == len(versions)
                and _are_dated(legs.value_at)
                and _are_two_sided(amounts, legs.contra_account_id)
                and self.operations.issuperset(legs.operation)
                and hashes
                == [
                    sha256(before + content).digest()
                    for before, content in zip(heads_before, contents(legs[:-2]), strict=True)
                ]
            )
        except UNREADABLE:
            return False  # a value that no column of a ledger has

    def _where_it_stood(self) -> tuple[int, int, int, int, bytes]:
        if self.previous is None:
            return 0, 0, 0, 0, b""
        last = self.previous
        return (
            int(last.version),
            int(last.balance_after),
            int(last.timestamp),
            drawn(last),
            unhexlify(hexadecimal(last.hash)),
        )

    # The same leg by leg -----------------------------------------------------------------------

    def _say_what_is_wrong(self, rows: list[list[bytes]]) -> None:
        previous = self.previous
        for row in rows:
            leg = leg_of(row)
            before = previous if previous and previous.account_id == leg.account_id else None
            for check in self._flaws(before, leg):
                found = {
                    "version": number(leg.version),
                    "transaction_id": number(leg.transaction_id),
                    "operation": text(leg.operation),
                }
                self.findings.wrong(check, leg.account_id, **found)
                if check in ("versions_gapless", "hashes_recompute"):
                    self._note_broken(leg)
            previous = leg

    def _flaws(self, before: Leg | None, leg: Leg) -> Iterator[str]:
        version = number(before.version) if before else 0
        balance = number(before.balance_after) if before else 0
        timestamp = number(before.timestamp) if before else 0
        if version is None or number(leg.version) != version + 1:
            yield "versions_gapless"
        amount = number(leg.amount)
        if balance is None or amount is None or number(leg.balance_after) != balance + amount:
            yield "balances_continuous"
        in_order = (number(leg.timestamp) or 0) >= (timestamp or 0)
        if in_order != (leg.operation != b"rewind_account"):
            yield "timestamps_in_order"
        if before and drawn(before) > drawn(leg):
            yield "ids_in_order"
        elif before and not self.order.keeps(drawn(before), drawn(leg)):
            yield "events_in_order"
        if not _are_dated((leg.value_at,)):
            yield "value_dates_in_bounds"
        if leg.hash_version != b"1":
            yield "hash_versions_known"
        if leg.hash_version != b"1" or not self._recomputes(before, leg):
            yield "hashes_recompute"
        if not _are_two_sided((amount or 0,), (leg.contra_account_id,)):
            yield "amounts_have_a_contra"
        if leg.operation not in self.operations:
            yield "operations_declared"

    @staticmethod
    def _recomputes(before: Leg | None, leg: Leg) -> bool:
        try:
            head = unhexlify(hexadecimal(before.hash)) if before else b""
        except ValueError:
            return False
        [content] = contents([[field] for field in leg[:-2]])
        return sha256(head + content).hexdigest().encode() == hexadecimal(leg.hash)

    def _note_broken(self, leg: Leg) -> None:
        """For each digest the first account whose chain is broken below its cut."""
        place = plain(leg.account_id), number(leg.version) or 0
        for cut, sealed in zip(self.cuts, self.sealed, strict=True):
            if sealed.broken is None and drawn(leg) < cut.transaction_id:
                sealed.broken = place

    # What legs tell ------------------------------------------------------------------------------

    def _tell(
        self, rows: list[list[bytes]], legs: Legs, amounts: list[int], starts: list[int]
    ) -> None:
        """Account by account, what its row is to be compared with; and the facts of other rows."""
        currencies: list[bytes] = []
        interesting = [
            at
            for at, (name, details) in enumerate(zip(legs.operation, legs.details, strict=True))
            if name in INTERESTING or (details != NULL and name in rooms.DETAILED)
        ]
        new = {*starts}
        done = 0
        for start, end in pairwise(sorted({0, *starts, len(rows)})):
            if start in new:
                self._end_account()
                self._begin_account(legs.account_id[start])
            story = self.story
            assert story is not None
            while done < len(interesting) and interesting[done] < end:
                leg = leg_of(rows[interesting[done]])
                self._hear(leg, story)
                done += 1
            story.amount += sum(amounts[start:end])
            story.newest = leg_of(rows[end - 1])
            currencies += [story.currency] * (end - start)
            if self.cuts:
                self._seal([leg_of(row) for row in rows[start:end]])
        self._pair(legs, amounts, currencies)
        if self.turnovers is not None:
            self.turnovers.hear(legs, amounts, currencies)
        for at in rooms.keyed(legs.key_hash):
            self.facts.legs_say(rooms.key_fact(leg_of(rows[at])))

    def _hear(self, leg: Leg, story: Story) -> None:
        """What a leg says beside its amount; one whose values nobody can read says nothing."""
        try:
            if leg.operation in SETTINGS:
                story.set_by(leg)
            for fact in rooms.facts_of(leg, story.open):
                self.facts.legs_say(fact)
        except UNREADABLE:
            if self.sums is not None:
                self.findings.wrong("rows_readable", leg.account_id, version=number(leg.version))

    def _pair(self, legs: Legs, amounts: list[int], currencies: list[bytes]) -> None:
        """What legs move between customers, and between them and the house."""
        sides = [contra[:1] for contra in legs.contra_account_id]
        if b"@" in sides:
            for side, currency, amount in zip(sides, currencies, amounts, strict=True):
                if side == b"@":
                    self.house[currency] += amount
        moved = zip(
            sides,
            legs.account_id,
            legs.transaction_id,
            legs.contra_account_id,
            legs.value_at,
            currencies,
            amounts,
            strict=True,
        )
        if self.sums is None:
            for side, account, transaction, contra, value_at, currency, amount in moved:
                if side != b"@" and contra != NULL:
                    fact = pair(account, transaction, contra, value_at, currency, amount)
                    self.facts.legs_say(fact)
            return
        # As Sums.add would, for each of them: here is where most of the facts are.
        prefix = self.sums.prefix("transactions_pair")
        number_of = int.from_bytes
        self.sums.totals["transactions_pair"] += sum(
            [
                amount
                * number_of(
                    sha256(
                        b"\t".join((prefix, account, transaction, contra, value_at, currency))
                        if amount < 0
                        else b"\t".join((prefix, contra, transaction, account, value_at, currency))
                    ).digest(),
                    "big",
                )
                for side, account, transaction, contra, value_at, currency, amount in moved
                if side != b"@" and contra != NULL
            ]
        )

    def _seal(self, legs: list[Leg]) -> None:
        """What digests cover of the account."""
        ids = [drawn(leg) for leg in legs]
        recorded = numbers(leg.recorded_at for leg in legs)
        for at, (cut, sealed) in enumerate(zip(self.cuts, self.sealed, strict=True)):
            for leg, own in zip(reversed(legs), reversed(ids), strict=True):
                if own < cut.transaction_id:
                    self.newest[at] = number(leg.version) or 0, hexadecimal(leg.hash)
                    break
            if sealed.recorded_before is None:
                earliest = cut.timestamp - CLOCKS_APART
                for leg, own, when in zip(legs, ids, recorded, strict=True):
                    if own >= cut.transaction_id and when < earliest:
                        sealed.recorded_before = plain(leg.account_id), number(leg.version) or 0
                        break

    # Accounts -----------------------------------------------------------------------------------

    def _begin_account(self, account_id: bytes) -> None:
        """The next account that has legs, or a row; those before it that have none are told of."""
        own = plain(account_id)
        if self.story is not None and own <= plain(self.story.account_id):
            raise OutsideError("The server does not give legs in the order of account_id.")
        while self.ahead is not None and plain(self.ahead.account_id) < own:
            self.story = Story(self.ahead.account_id, self.ahead)
            self.ahead = next(self.accounts, None)
            self._end_account()
        row = None
        if self.ahead is not None and self.ahead.account_id == account_id:
            row, self.ahead = self.ahead, next(self.accounts, None)
        self.story = Story(account_id, row)

    def _end_account(self) -> None:
        story = self.story
        if story is None:
            return
        for fact in rooms.facts_at_end(story.account_id, story.open):
            self.facts.legs_say(fact)
        if story.row is not None:
            for fact in rooms.facts_of_account(story.row):
                self.facts.legs_say(fact)
            self.balances[story.currency] += number(story.row.balance) or 0
        for at, newest in enumerate(self.newest):
            if newest is not None and story.row is not None:
                self.sealed[at].accounts.append((plain(story.account_id), *newest))
            self.newest[at] = None
        if self.sums is not None:
            self.findings.accounts += story.row is not None
            compare(story, self.findings)


def _are_dated(column: Sequence[bytes]) -> bool:
    """Whether value dates, where there are any, are within bounds."""
    return column.count(NULL) == len(column) or all(
        0 <= int(field) <= LARGEST for field in column if field != NULL
    )


def _are_two_sided(amounts: Sequence[int], contras: Sequence[bytes]) -> bool:
    """Whether those that move nothing, and no others, name no other side."""
    without = contras.count(NULL)
    return amounts.count(0) == without and (
        without == 0 or all(c == NULL for a, c in zip(amounts, contras, strict=True) if a == 0)
    )
