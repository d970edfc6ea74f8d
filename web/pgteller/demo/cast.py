"""Who has accounts at the demo bank, and how each was opened."""

from __future__ import annotations

from dataclasses import dataclass, field

from pgteller.demo.businesses import (
    ALL,
    ATM,
    EMPLOYERS,
    LANDLORDS,
    MARKET_FEES,
    POINTS,
    UTILITIES,
    Firm,
    Shop,
)
from pgteller.demo.diary import Diary, about, day_of, midnight_of
from pgteller.demo.people import Person, invent
from pgteller.demo.steps import DAY, HOUR, MINUTE, Json

DESK = "branch-desk"
RISK = "risk-desk"
KINDS = ("employee",) * 11 + ("freelancer",) * 3 + ("student",) * 4 + ("pensioner",) * 2
INCOMES = {
    "employee": (195_000, 465_000),
    "freelancer": (150_000, 420_000),
    "student": (68_000, 105_000),
    "pensioner": (118_000, 210_000),
}
# Cities have money of their own, and those who live there often have some of it.
FOREIGN = {"GB": "GBP", "JP": "JPY", "KW": "KWD"}
# A few that came from elsewhere, with the ids that they had there; by their place among customers.
ODD = {
    7: (
        "cust:田中 さくら",
        Person("田中 さくら", "tanaka-sakura", "sakura@example.com", "Osaka", "JP"),
    ),
    9: (
        "joint: Ana & Luís",
        Person("Ana & Luís Sobral", "sobral", "al@example.org", "Porto", "PT"),
    ),
    12: (
        "escrow/flat 3b",
        Person("Hallgren & Kessler", "flat-3b", "3b@example.net", "Kassel", "DE"),
    ),
    15: ("cust:Ζωή Παππά", Person("Ζωή Παππά", "zoi-pappa", "zoi@example.com", "Athens", "GR")),
}


@dataclass
class Customer:
    """A person with an account, and what he lives on."""

    person: Person
    account_id: str
    kind: str
    joined: int
    income: int  # a month
    fixed: int = 0  # of that, for rent and the like
    employer: Firm | None = None
    payday: int = 0  # of the month
    eager: float = 1.0  # how often he spends
    overdraft: int = 0
    savings: str = ""
    points: str = ""
    foreign: dict[str, str] = field(default_factory=dict)  # currency: account

    @property
    def whom(self) -> Json:
        """The metadata of his account."""
        person = self.person
        return {
            "name": person.name,
            "email": person.email,
            "city": person.city,
            "country": person.country,
            "type": "student" if self.kind == "student" else "personal",
        }


@dataclass
class Cast:
    """Everybody."""

    customers: list[Customer]
    staff: dict[str, list[Customer]]


def open_businesses(diary: Diary) -> None:
    """The first accounts, each with what it brings along."""
    at = diary.since
    for firm in ALL:
        at += 7 * MINUTE
        diary.do(
            at,
            "create_account",
            by=DESK,
            account_id=firm.account_id,
            currency="EUR",
            metadata=_business(firm),
        )
        capital = 5_000_000 if firm is ATM else diary.rng.randrange(400, 2400) * 1000
        if firm is MARKET_FEES:
            diary.do(
                at + MINUTE, "set_collecting", by=DESK, account_id=firm.account_id, collecting=True
            )
            continue
        note = about("Cash for the desk" if firm is ATM else "Opening balance", "sepa")
        diary.do(at + MINUTE, "deposit", account_id=firm.account_id, amount=capital, metadata=note)
        diary.earn(firm.account_id, capital)


def _business(firm: Firm | Shop) -> Json:
    words = firm.account_id.partition(":")[2].split("/")[0]
    host = "".join(one for one in words if one.isascii() and (one.isalnum() or one == "-"))
    return {
        "name": firm.name,
        "email": f"accounts@{host or 'till'}.example.com",
        "city": firm.city,
        "country": firm.country,
        "type": "merchant" if isinstance(firm, Shop) else "business",
        "category": firm.category,
    }


def invite(diary: Diary, number: int, days: int) -> Cast:
    """Customers, of whom the first third is there at once; the others come, ever more a day."""
    taken: set[str] = set()
    customers = []
    for place in range(number):
        share = place / number
        day = 0.0 if share < 0.34 else days * ((share - 0.34) / 0.66) ** 0.7 * 0.96
        midnight = midnight_of(diary.since) + int(day) * DAY
        joined = diary.moment(midnight, (8, 19) if day else (6, 20))
        customers.append(_customer(diary, joined, taken, place))
    customers.sort(key=lambda one: one.joined)
    staff: dict[str, list[Customer]] = {firm.account_id: [] for firm in EMPLOYERS}
    for one in customers:
        if one.employer:
            staff[one.employer.account_id].append(one)
    return Cast(customers, staff)


def _customer(diary: Diary, joined: int, taken: set[str], place: int) -> Customer:
    rng = diary.rng
    person = invent(rng, taken)
    kind = rng.choice(KINDS)
    least, most = INCOMES[kind]
    own, person = ODD.get(place, (f"cust:{person.slug}", person))
    one = Customer(person, own, kind, joined, rng.randrange(least, most, 500))
    one.eager = rng.uniform(0.45, 1.6)
    if kind == "employee":
        one.employer = rng.choice(EMPLOYERS)
        one.payday = 25 + EMPLOYERS.index(one.employer) % 4
    else:
        one.payday = {"pensioner": 1, "student": 3, "freelancer": 10}[kind]
    if rng.random() < (0.3 if kind == "student" else 0.06):
        one.overdraft = rng.choice((20_000, 50_000, 100_000))
    if rng.random() < 0.34 and kind != "student":
        one.savings = f"save:{person.slug}"
    if rng.random() < 0.4:
        one.points = f"stars:{person.slug}"
    currency = FOREIGN.get(person.country) or ("USD" if rng.random() < 0.12 else "")
    if currency:
        one.foreign[currency] = f"{own}:{currency.lower()}"
    return one


def open_account(diary: Diary, one: Customer) -> None:
    """His accounts, what he brings along, and what he pays every month from then on."""
    at = one.joined
    diary.do(at, "create_account", account_id=one.account_id, currency="EUR", metadata=one.whom)
    _agree_on_fixed(diary, one)
    if one.overdraft:
        diary.do(
            at + 2 * HOUR,
            "set_overdraft_limit",
            by=DESK,
            account_id=one.account_id,
            overdraft_limit=one.overdraft,
            reason="Agreed with the customer",
        )
    free = diary.rng.randrange(18_000, 140_000, 100)
    if one.overdraft:  # who has one uses it
        one.eager *= 1.5
        free = 12_000
        diary.earn(one.account_id, one.overdraft * 8 // 10)
    diary.do(
        diary.soon(at, 4 * MINUTE, 90 * MINUTE),
        "deposit",
        account_id=one.account_id,
        amount=free + 2 * one.fixed,
        metadata=about("From my account elsewhere", "sepa"),
    )
    diary.earn(one.account_id, free)
    _open_others(diary, one)


def _open_others(diary: Diary, one: Customer) -> None:
    """Savings, foreign money, points."""
    others = [(one.savings, "EUR", "savings"), (one.points, POINTS, "points")]
    others += [(other, currency, "currency") for currency, other in one.foreign.items()]
    for other, currency, kind in others:
        if other:
            diary.do(
                diary.soon(one.joined, 95 * MINUTE, 115 * MINUTE),
                "create_account",
                account_id=other,
                currency=currency,
                metadata=one.whom | {"type": kind, "owner": one.account_id},
            )


def _agree_on_fixed(diary: Diary, one: Customer) -> None:
    """Rent, savings and utilities: by schedule and direct debit; never more than half of it."""
    rng, first = diary.rng, one.joined + 3 * HOUR
    if one.kind in ("employee", "freelancer", "pensioner") and rng.random() < 0.72:
        landlord = rng.choice(LANDLORDS)
        rent = rng.randrange(28, 40) * one.income // 100 // 500 * 500
        one.fixed += rent
        diary.do(
            first,
            "schedule_transfer",
            source_account_id=one.account_id,
            target_account_id=landlord.account_id,
            amount=rent,
            run_at=_next_first(first),
            every="P1M",
            # To look for one in PostgreSQL's list takes 20 ms.
            time_zone="Europe/Berlin" if rng.random() < 0.1 else None,
            metadata=about("Rent", "standing order", flat=rng.randrange(1, 60)),
        )
    if one.savings:
        rate = rng.choice((2500, 5000, 10_000))
        one.fixed += rate
        diary.do(
            first,
            "schedule_transfer",
            source_account_id=one.account_id,
            target_account_id=one.savings,
            amount=rate,
            run_at=_next_first(first) + 14 * DAY,
            every="P1M",
            metadata=about("Savings plan", "standing order"),
        )
    if one.kind != "student":
        one.fixed += sum(most for _, (_, most, _) in UTILITIES)


def _next_first(at: int) -> int:
    """The first of the next month, at five in the morning."""
    date = day_of(at)
    year, month = divmod(date.year * 12 + date.month, 12)
    first = date.replace(year=year, month=month + 1, day=1)
    return midnight_of(int(first.timestamp()) * 1000) + 5 * HOUR
