"""A day at the demo bank: cards, cash, friends, and what falls on certain days of the month."""

from __future__ import annotations

from dataclasses import dataclass

from pgteller.demo.businesses import (
    ALL,
    ATM,
    EMPLOYERS,
    LARGEST,
    POINTS,
    RATES,
    REASONS,
    SHOPS,
    UTILITIES,
    Shop,
)
from pgteller.demo.cast import Cast, Customer
from pgteller.demo.diary import Diary, about, day_of, month_of
from pgteller.demo.people import MESSAGES
from pgteller.demo.steps import DAY, HOUR, MINUTE, SECOND

# How much there is to do, Monday to Sunday.
WEEK = (0.8, 0.85, 0.9, 1.0, 1.5, 1.25, 0.7)
GIVEN_BACK = {"books": 0.05, "clothing": 0.09, "electronics": 0.07, "rail": 0.03}
ABROAD = {"SE", "GB"}  # where a card costs a fee
MARKS = ("Cash machine, central station", "Cash machine, town hall", "Cash machine, airport")
LARGE = ("Laptop", "Flight to Lisbon", "Dentist", "Second-hand bicycle", "Sofa", "Car repair")
WEIGHTS = [shop.weight for shop in SHOPS]


@dataclass
class Day:
    """One, with who is there to live it."""

    diary: Diary
    midnight: int
    cast: Cast

    @property
    def there(self) -> list[Customer]:
        """Who has an account since yesterday or longer."""
        return [one for one in self.cast.customers if one.joined < self.midnight]

    def live(self) -> None:
        """All that happens on it."""
        diary = self.diary
        there = self.there
        busy = WEEK[day_of(self.midnight).weekday()]
        self.pay_out(there)
        for one in there:
            chance = 0.3 * busy * one.eager
            while diary.rng.random() < chance:
                self.shop(one)
                chance *= 0.55
            if one.overdraft and diary.rng.random() < 0.05:
                self.splurge(one)
            if diary.rng.random() < 0.028 * busy:
                self.draw_cash(one)
            if len(there) > 1 and diary.rng.random() < 0.04 * busy:
                self.pay_friend(one, there)
            for currency, account_id in one.foreign.items():
                self.abroad(one, currency, account_id)
        self.counter(there)

    def shop(self, one: Customer) -> None:
        """He pays by card."""
        diary = self.diary
        [shop] = diary.rng.choices(SHOPS, WEIGHTS)
        amount = diary.amount(shop.amounts)
        fee = 35 if shop.country in ABROAD and one.person.country not in ABROAD else 0
        if not diary.spend(one.account_id, amount + fee):
            return
        at = diary.moment(self.midnight, shop.hours)
        name = diary.drawn("card")
        note = about(diary.rng.choice(shop.sold), "card", merchant=shop.name, city=shop.city)
        diary.do(
            at,
            "pay",
            named=name,
            account_id=one.account_id,
            amount=amount,
            merchant_account_id=shop.account_id,
            fee=fee or None,
            metadata=note,
        )
        diary.earn(shop.account_id, amount)
        if diary.rng.random() < GIVEN_BACK.get(shop.category, 0.002):
            self.give_back(shop, name, at, amount)

    def give_back(self, shop: Shop, name: str, at: int, amount: int) -> None:
        """A few days later, all of it or a part."""
        diary = self.diary
        part = amount if diary.rng.random() < 0.7 else max(1, amount // 200 * 100)
        if diary.spend(shop.account_id, part):
            diary.do(
                diary.soon(at, DAY, 6 * DAY),
                "refund_payment",
                refers={"payment_id": name},
                by="card-processor",
                amount=part,
                metadata=about("Returned goods" if part == amount else "Price reduction", "card"),
            )

    def splurge(self, one: Customer) -> None:
        """He buys something large, on what he may owe."""
        diary = self.diary
        amount = diary.allowances[one.account_id] * 7 // 1000 * 100 - 1
        if amount > 9000 and diary.spend(one.account_id, amount):
            note = about(diary.rng.choice(LARGE), "card", city=one.person.city)
            at = diary.moment(self.midnight, (9, 20))
            diary.do(at, "pay", account_id=one.account_id, amount=amount, metadata=note)

    def draw_cash(self, one: Customer) -> None:
        """From a cash machine."""
        diary = self.diary
        amount = diary.rng.choice((2000, 4000, 5000, 5000, 10_000, 20_000))
        if diary.spend(one.account_id, amount):
            diary.do(
                diary.moment(self.midnight, (7, 23)),
                "withdraw",
                account_id=one.account_id,
                amount=amount,
                metadata=about(diary.rng.choice(MARKS), "atm"),
            )

    def pay_friend(self, one: Customer, there: list[Customer]) -> None:
        """He pays another customer, at any hour but mostly in the evening."""
        diary = self.diary
        other = diary.rng.choice([another for another in there if another is not one])
        amount = diary.rng.choice((500, 800, 1000, 1250, 1500, 2000, 2350, 3000, 4200, 6000))
        if not diary.spend(one.account_id, amount):
            return
        hours = (0, 6) if diary.rng.random() < 0.04 else (8, 24)
        diary.do(
            diary.moment(self.midnight, hours),
            "transfer",
            source_account_id=one.account_id,
            target_account_id=other.account_id,
            amount=amount,
            metadata=about(diary.rng.choice(MESSAGES), "app"),
        )
        diary.earn(other.account_id, amount)

    def abroad(self, one: Customer, currency: str, account_id: str) -> None:
        """Now and then he buys money of another country, and spends it there."""
        diary = self.diary
        rate = RATES[currency] * diary.rng.uniform(0.985, 1.015)
        if diary.rng.random() < 0.11:
            amount = diary.rng.randrange(5000, 32_000, 500)
            bought = int(amount * rate)
            if diary.spend(one.account_id, amount):
                diary.do(
                    diary.moment(self.midnight, (7, 21)),
                    "exchange",
                    source_account_id=one.account_id,
                    target_account_id=account_id,
                    amount=amount,
                    target_amount=bought,
                    metadata=about(REASONS[currency], "app"),
                )
                diary.earn(account_id, bought)
        elif diary.rng.random() < 0.13:
            amount = int(diary.amount((600, 9000, 2400)) * rate)
            if diary.spend(account_id, amount):
                diary.do(
                    diary.moment(self.midnight, (6, 23)),
                    "pay",
                    account_id=account_id,
                    amount=amount,
                    metadata=about(f"Card payment in {currency}", "card"),
                )

    def counter(self, there: list[Customer]) -> None:
        """At the branch somebody pays in cash, Monday to Friday."""
        diary = self.diary
        if day_of(self.midnight).weekday() > 4 or not there:
            return
        for _ in range(diary.rng.randrange(3)):
            one = diary.rng.choice(there)
            amount = diary.rng.randrange(2000, 30_000, 1000)
            if diary.spend(ATM.account_id, amount):
                diary.do(
                    diary.moment(self.midnight, (8, 16)),
                    "transfer",
                    source_account_id=ATM.account_id,
                    target_account_id=one.account_id,
                    amount=amount,
                    metadata=about("Cash paid in at the counter", "branch"),
                )
                diary.earn(one.account_id, amount)

    def pay_out(self, there: list[Customer]) -> None:
        """What falls on this day of the month, or of the week."""
        date = day_of(self.midnight)
        for firm in EMPLOYERS:
            payday = 25 + EMPLOYERS.index(firm) % 4
            staff = [one for one in self.cast.staff[firm.account_id] if one in there]
            if date.day == payday and staff:
                self.pay_salaries(firm.account_id, firm.name, staff)
        for one in there:
            if not one.employer and one.payday == date.day:
                self.pay_income(one)
            if one.kind != "student":
                for place, (firm, amounts) in enumerate(UTILITIES):
                    if date.day == 5 + 3 * place:
                        self.direct_debit(one, firm.account_id, firm.name, amounts)
        if date.day == 1:
            self.first_of_month(there)
        if date.weekday() == 0:
            self.monday(there)

    def pay_salaries(self, firm: str, name: str, staff: list[Customer]) -> None:
        """The firm has the money sent the day before, which counts from this day on."""
        diary = self.diary
        payroll = sum(one.income for one in staff)
        diary.do(
            self.midnight - 9 * HOUR,
            "deposit",
            account_id=firm,
            amount=payroll + payroll // 20 // 1000 * 1000,
            value_at=self.midnight,
            metadata=about("Invoices paid by clients", "sepa"),
        )
        for place, one in enumerate(staff):
            diary.do(
                self.midnight + 5 * HOUR + place * 2 * SECOND,
                "transfer",
                source_account_id=firm,
                target_account_id=one.account_id,
                amount=one.income,
                metadata=about(f"Salary {month_of(self.midnight)}", "sepa", employer=name),
            )
            diary.earn(one.account_id, one.income - one.fixed)

    def pay_income(self, one: Customer) -> None:
        """Of who has no employer, from outside; freelancers are paid when they are paid."""
        diary = self.diary
        amount, said = one.income, f"Pension {month_of(self.midnight)}"
        at, value_at = self.midnight + 4 * HOUR, None
        if one.kind == "student":
            said = "Grant and allowance"
        elif one.kind == "freelancer":
            said = f"Invoice {day_of(self.midnight):%Y}-{diary.rng.randrange(100, 999)}"
            at = diary.moment(self.midnight, (7, 17))
            value_at = self.midnight + DAY  # as it came in after the cut-off
        diary.do(
            at,
            "deposit",
            account_id=one.account_id,
            amount=amount,
            value_at=value_at,
            metadata=about(said, "sepa"),
        )
        diary.earn(one.account_id, amount - one.fixed)

    def direct_debit(
        self, one: Customer, firm: str, name: str, amounts: tuple[int, int, int]
    ) -> None:
        """A utility takes what is owed."""
        diary = self.diary
        amount = int(diary.rng.triangular(*amounts))
        diary.do(
            self.midnight + 6 * HOUR + diary.rng.randrange(HOUR),
            "transfer",
            source_account_id=one.account_id,
            target_account_id=firm,
            amount=amount,
            metadata=about(f"{name}, {month_of(self.midnight)}", "direct debit"),
        )
        diary.earn(firm, amount)

    def first_of_month(self, there: list[Customer]) -> None:
        """Interest on savings, and what accounts of businesses cost."""
        diary = self.diary
        month = month_of(self.midnight - DAY)
        for place, one in enumerate(one for one in there if one.savings):
            posting = {"source_account_id": "@interest", "target_account_id": one.savings}
            diary.do(
                self.midnight + HOUR + place * SECOND,
                "post",
                postings=[posting | {"amount": diary.rng.randrange(15, 420)}],
                value_at=self.midnight,
                metadata=about(f"Interest {month}", "bank"),
            )
        for place, firm in enumerate(ALL):
            if diary.spend(firm.account_id, 990):
                posting = {"source_account_id": firm.account_id, "target_account_id": "@fees"}
                diary.do(
                    self.midnight + 2 * HOUR + place * SECOND,
                    "post",
                    postings=[posting | {"amount": 990}],
                    value_at=self.midnight,
                    metadata=about(f"Account fee {month}", "bank"),
                )

    def monday(self, there: list[Customer]) -> None:
        """Shops have their takings sent on, and stars are given for last week."""
        diary = self.diary
        for place, shop in enumerate(SHOPS):
            amount = diary.allowances[shop.account_id] * 6 // 10 // 100 * 100
            if shop.account_id == LARGEST or amount > 20_000:
                diary.allowances[shop.account_id] -= amount
                diary.do(
                    self.midnight + 8 * HOUR + place * MINUTE,
                    "withdraw",
                    account_id=shop.account_id,
                    amount=max(amount, 1),
                    metadata=about("Takings to our house bank", "sepa"),
                )
        for place, one in enumerate(one for one in there if one.points):
            self.stars(one, self.midnight + 3 * HOUR + place * SECOND)

    def stars(self, one: Customer, at: int) -> None:
        """They are given, and some are cashed in."""
        diary = self.diary
        stars = diary.rng.randrange(5, 140)
        posting = {"source_account_id": "@loyalty", "target_account_id": one.points}
        diary.do(
            at,
            "post",
            postings=[posting | {"amount": stars}],
            metadata=about("Stars for last week", "bank", unit=POINTS),
        )
        diary.earn(one.points, stars)
        if diary.rng.random() < 0.12 and diary.spend(one.points, 100):
            posting = {"source_account_id": one.points, "target_account_id": "@loyalty"}
            diary.do(
                diary.soon(at, 8 * HOUR, 18 * HOUR),
                "post",
                postings=[posting | {"amount": 100}],
                metadata=about("100 stars for a cinema ticket", "app", unit=POINTS),
            )
