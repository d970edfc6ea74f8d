"""All that has happened at the demo bank by a moment: the same for the same moment, always."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from pgteller.demo import cast as casting
from pgteller.demo import holds, incidents
from pgteller.demo.daily import Day
from pgteller.demo.diary import Diary, midnight_of
from pgteller.demo.steps import DAY, HOUR, Step

SEED = 20260101
LEAST_CUSTOMERS, LEAST_DAYS = 16, 7  # without which some of the stories have nobody, or no room


@dataclass(frozen=True)
class Demo:
    """How much of it, and the moment at which it ends, in milliseconds."""

    until: int
    customers: int = 210
    days: int = 90

    def __post_init__(self) -> None:
        if self.customers < LEAST_CUSTOMERS or self.days < LEAST_DAYS:
            raise ValueError(f"at least {LEAST_CUSTOMERS} customers and {LEAST_DAYS} days")

    def steps(self) -> list[Step]:
        """What happened, in order."""
        since = midnight_of(self.until) - self.days * DAY
        diary = Diary(random.Random(SEED), since, self.until)
        incidents.set_up(diary)
        casting.open_businesses(diary)
        cast = casting.invite(diary, self.customers, self.days)
        for one in cast.customers:
            casting.open_account(diary, one)
        diary.end_day()
        incidents.happen(diary, cast)
        for midnight in range(since + DAY, self.until + 1, DAY):
            day = Day(diary, midnight, cast)
            day.live()
            holds.reserve(day)
            diary.end_day()
        for at in _looks(since, self.until):
            for chore in "settle_cashbacks", "expire_holds", "run_schedules":
                diary.do(at, chore, timestamp=at)
            diary.do(at, "fold_collected")
        return diary.ordered()


def _looks(since: int, until: int) -> Iterator[int]:
    """When what was due is done; a worker looks more often, but says the same."""
    yield from range(since + 5 * HOUR, until, 12 * HOUR)
    yield until
