"""What happens is written into a diary, whose money cannot run out.

Nothing here knows a balance.  Each account has an allowance: what came in for sure and may be spent
freely.  What comes in today may be spent from tomorrow on, so that the order within a day does not
matter; cashback and what is given back are never counted.  So nothing that is written down will be
refused for want of money.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime

from pgteller.demo.businesses import Amounts, Hours
from pgteller.demo.steps import DAY, HOUR, Json, Step


class Diary:
    """Steps in the making, between two moments."""

    def __init__(self, rng: random.Random, since: int, until: int) -> None:
        self.rng = rng
        self.since = since
        self.until = until
        self.steps: list[Step] = []
        self.names: set[str] = set()
        self.allowances: Counter[str] = Counter()
        self.coming: Counter[str] = Counter()

    def do(  # noqa: PLR0913
        self,
        at: int,
        function: str,
        *,
        named: str = "",
        refers: dict[str, str] | None = None,
        by: str = "",
        refused: str = "",
        **arguments: object,
    ) -> None:
        """Have it happen then, unless that is still to come, or what it refers to is."""
        refers = refers or {}
        if at > self.until or not self.names.issuperset(refers.values()):
            return
        if named:
            self.names.add(named)
        given = {key: value for key, value in arguments.items() if value is not None}
        self.steps.append(Step(at, function, given, named, refers, by, refused))

    def drawn(self, word: str) -> str:
        """A name that no step has yet."""
        return f"{word}-{len(self.steps)}"

    def spend(self, account_id: str, amount: int) -> bool:
        """Whether it may; then it has so much less."""
        if self.allowances[account_id] < amount:
            return False
        self.allowances[account_id] -= amount
        return True

    def earn(self, account_id: str, amount: int) -> None:
        """From tomorrow on it may be spent."""
        self.coming[account_id] += amount

    def end_day(self) -> None:
        """What came in today may be spent now."""
        self.allowances.update(self.coming)
        self.coming.clear()

    def amount(self, amounts: Amounts) -> int:
        """Such as prices are: most of them near what is usual, many just below a round one."""
        least, most, usual = amounts
        drawn = self.rng.triangular(least, min(most, 4 * usual), usual)
        if self.rng.random() < 0.04:  # now and then a large one
            drawn = self.rng.triangular(usual, most, usual)
        step = 5 if drawn < 1000 else 10
        price = round(drawn / step) * step
        return max(least, price - (1 if price > 900 and self.rng.random() < 0.6 else 0))

    def moment(self, midnight: int, hours: Hours) -> int:
        """Somewhen within these hours of a day."""
        first, last = hours
        return midnight + self.rng.randrange(first * HOUR, last * HOUR)

    def soon(self, at: int, least: int, most: int) -> int:
        """So much later."""
        return at + self.rng.randrange(least, most)

    def ordered(self) -> list[Step]:
        """All of it as time goes."""
        return sorted(self.steps, key=lambda step: step.at)


def about(description: str, channel: str, **more: object) -> Json:
    """The metadata of an entry."""
    return {"description": description, "channel": channel, **more}


def midnight_of(at: int) -> int:
    """When its day began, in UTC."""
    return at - at % DAY


def day_of(at: int) -> datetime:
    """As a date."""
    return datetime.fromtimestamp(at / 1000, UTC)


def month_of(at: int) -> str:
    """As people write it: October 2026."""
    return day_of(at).strftime("%B %Y")
