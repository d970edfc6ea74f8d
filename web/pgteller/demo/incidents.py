"""What goes wrong at the demo bank, or is settled by clerks; and who may come in."""

from __future__ import annotations

from pgteller.demo.businesses import LANDLORDS, LARGEST, POINTS, RAIL
from pgteller.demo.cast import DESK, RISK, Cast, Customer
from pgteller.demo.diary import Diary, about
from pgteller.demo.people import Person
from pgteller.demo.steps import DAY, HOUR, MINUTE, Json

# Of whom each has a story of his own, and lives no everyday life besides.
STOLEN = Person(
    "Ottilie Vandermeer", "ottilie-vandermeer", "o.vandermeer@example.org", "Gent", "BE"
)
ORDERED = Person("Casimir Holt", "casimir-holt", "casimir.holt@example.net", "Aachen", "DE")
GONE = Person("Pilar Etxeberria", "pilar-etxeberria", "pilar.etx@example.com", "Bilbao", "ES")
SHORT = Person("Gideon Marsh", "gideon-marsh", "gideon.marsh@example.com", "Bath", "GB")
PAIR = Person("Wanda Oyelaran", "wanda-oyelaran", "wanda.oyelaran@example.org", "Cardiff", "GB")
CONTROL = "compliance"


def set_up(diary: Diary) -> None:
    """What the bank decides before it opens."""
    at = diary.since
    diary.do(at, "create_currency", by="admin", currency=POINTS, exponent=0)
    policies = (("EUR", 100, 1000), ("USD", 50, 500), ("GBP", 50, 500), ("JPY", 0, 0))
    for currency, rate, most in policies:
        diary.do(
            at,
            "set_cashback_policy",
            by="admin",
            currency=currency,
            rate_bps=rate,
            delay_ms=DAY,
            max_amount=most or None,
        )
    keys = (
        ("mobile-app", "teller", ["cust:*", "save:*", "stars:*", "joint:*"], 0),
        ("card-processor", "teller", None, 0),
        ("marketplace", "teller", ["biz:tradewinds-market*", "cust:*", "biz:*"], 0),
        ("branch-leipzig", "operator", None, 0),
        ("admin", "operator", None, 0),
        ("audit-of-the-year", "auditor", None, 367),
        ("old-mobile-app", "teller", ["cust:*"], 0),
    )
    for name, role, accounts, days in keys:
        expires = diary.until + days * DAY if days else None
        diary.do(
            at,
            "create_api_key",
            by="admin",
            name=name,
            role=role,
            accounts=accounts,
            expires_at=expires,
        )
    diary.do(at, "revoke_api_key", by="admin", name="old-mobile-app")
    hooks = (
        (
            "https://erp.greenleaf.example/ledger",
            ["pay", "refund"],
            "Greenleaf moves to another system",
        ),
        ("https://push.demo-bank.example/app", None, "No app belongs to this demo"),
    )
    for place, (url, types, reason) in enumerate(hooks):
        name = f"hook-{place}"
        diary.do(
            at,
            "create_webhook",
            named=name,
            by="admin",
            url=url,
            types=types,
            after=0,
        )
        diary.do(at, "pause_webhook", refers={"webhook_id": name}, by="admin", reason=reason)


def happen(diary: Diary, cast: Cast) -> None:
    """All of it, at its time."""
    stolen_card(diary)
    court_order(diary)
    moved_abroad(diary)
    too_short(diary)
    wrong_recipients(diary, cast)
    watch(diary, cast)
    care(diary, cast)
    refusals(diary, cast)


def _open(diary: Diary, person: Person, at: int, amount: int, currency: str = "EUR") -> str:
    own = f"cust:{person.slug}" + ("" if currency == "EUR" else f":{currency.lower()}")
    whom = Customer(person, own, "employee", at, 0).whom
    diary.do(at, "create_account", account_id=own, currency=currency, metadata=whom)
    diary.do(
        at + 20 * MINUTE,
        "deposit",
        account_id=own,
        amount=amount,
        metadata=about("From my account elsewhere", "sepa"),
    )
    return own


def stolen_card(diary: Diary) -> None:
    """Frozen once, found again; then really stolen. Payments that are not his are on it."""
    at = diary.since + 2 * DAY + 11 * HOUR
    own = _open(diary, STOLEN, at, 184_000)
    theft = diary.until - 2 * DAY
    arguments: Json = {"account_id": own, "by": RISK}
    first = at + (theft - at) // 2
    diary.do(first, "freeze_account", **arguments, reason="Card reported lost")
    diary.do(first + 5 * HOUR, "unfreeze_account", **arguments, reason="Card found in a coat")
    for place, amount in enumerate((4990, 12_900, 8750)):
        diary.do(
            theft - (4 - place) * 9 * MINUTE,
            "pay",
            account_id=own,
            amount=amount,
            metadata=about("Gift cards online", "card", country="ZZ"),
        )
    diary.do(theft, "freeze_account", **arguments, reason="Card reported stolen, case 2291")


def court_order(diary: Diary) -> None:
    """Blocked, so that nothing comes in either."""
    own = _open(diary, ORDERED, diary.since + DAY + 10 * HOUR, 91_250)
    diary.do(
        diary.until - 3 * DAY - 3 * HOUR,
        "block_account",
        account_id=own,
        by=CONTROL,
        reason="Court order 14 M 2026/7",
        metadata={"document": "order-14-m.pdf"},
    )


def moved_abroad(diary: Diary) -> None:
    """Takes all there is, and closes the account."""
    at = diary.since + 3 * DAY + 15 * HOUR
    own = _open(diary, GONE, at, 63_480)
    last = at + (diary.until - at) // 2
    note = about("Balance to my account elsewhere", "sepa")
    diary.do(last, "withdraw", account_id=own, amount=63_480, metadata=note)
    diary.do(last + HOUR, "close_account", account_id=own, by=DESK, reason="Customer moved abroad")


def too_short(diary: Diary) -> None:
    """Schedules that end well, that fail for want of money, and that are given up."""
    at = diary.since + DAY + 9 * HOUR
    own = _open(diary, SHORT, at, 24_500)
    other = _open(diary, PAIR, at + HOUR, 310_000)
    store: Json = {"target_account_id": LANDLORDS[1].account_id, "every": "P1W"}
    first = at + DAY
    diary.do(
        at + 2 * HOUR,
        "schedule_transfer",
        source_account_id=own,
        amount=9900,
        run_at=first,
        until=first + 22 * DAY,
        metadata=about("Storage unit", "standing order"),
        **store,
    )
    diary.do(
        at + 2 * HOUR,
        "schedule_transfer",
        source_account_id=other,
        amount=4500,
        run_at=first,
        until=first + 15 * DAY,
        metadata=about("Deposit in three parts", "standing order"),
        **store,
    )
    diary.do(
        at + 3 * HOUR,
        "schedule_transfer",
        named="given-up",
        source_account_id=other,
        amount=1500,
        run_at=diary.until + 5 * DAY,
        every="P2W",
        target_account_id=own,
        metadata=about("For the garden", "standing order"),
    )
    diary.do(
        diary.until - DAY,
        "cancel_schedule",
        refers={"schedule_id": "given-up"},
        by="mobile-app",
    )


def wrong_recipients(diary: Diary, cast: Cast) -> None:
    """Sent to the wrong one, or booked twice: undone by clerks, who say why."""
    there = [one for one in cast.customers if one.joined < diary.since + 2 * DAY]
    for place, one in enumerate(there[1:5]):
        at = diary.since + (diary.until - diary.since) * (place + 3) // 8
        arguments: Json = {
            "source_account_id": one.account_id,
            "target_account_id": there[place + 6 if place + 6 < len(there) else 0].account_id,
            "amount": 1900 + 100 * place,
        }
        if diary.spend(one.account_id, 2300):
            note = about("Rent share (wrong person!)", "app")
            diary.do(at, "transfer", named=f"wrong-{place}", metadata=note, **arguments)
            diary.do(
                at + 40 * MINUTE,
                "reverse_transaction",
                refers={"transaction_id": f"wrong-{place}"},
                by=DESK,
                reason=f"Sent to the wrong person, ticket {4410 + 7 * place}",
            )
    at = diary.until - 4 * DAY
    one = there[0]
    for name in "once", "twice":
        note = about("Insurance refund 88-201", "sepa")
        diary.do(at, "deposit", named=name, account_id=one.account_id, amount=14_320, metadata=note)
    diary.do(
        at + 3 * HOUR,
        "reverse_transaction",
        refers={"transaction_id": "twice"},
        by=DESK,
        reason="Booked twice by the correspondent bank",
    )


def watch(diary: Diary, cast: Cast) -> None:
    """Monitors: of what large shops take in, and of who runs low."""
    at = diary.since + 3 * DAY
    for account_id, field, comparison, value in (
        (LARGEST, "balance", "gt", 5_000_000),
        (RAIL, "balance", "lt", 1000),
        (LANDLORDS[0].account_id, "available", "gte", 100_000),
        (f"cust:{SHORT.slug}", "available", "lt", 10_000),
    ):
        arguments: Json = {"field": field, "comparison": comparison, "value": value}
        diary.do(at, "create_monitor", by=RISK, account_id=account_id, **arguments)
    for one in cast.customers[3:30:5]:
        diary.do(
            one.joined + DAY,
            "create_monitor",
            by="mobile-app",
            account_id=one.account_id,
            field="available",
            comparison="lt",
            value=5000,
            metadata=about("Tell me when I run low", "app"),
        )


def care(diary: Diary, cast: Cast) -> None:
    """Somebody moves, somebody's card bill is shared at the table."""
    one, *others = cast.customers[:4]
    at = diary.since + (diary.until - diary.since) // 3
    moved = one.whom | {"city": "Trieste", "country": "IT", "moved_from": one.person.city}
    diary.do(at, "set_account_metadata", by=DESK, account_id=one.account_id, metadata=moved)
    postings = [
        {"source_account_id": other.account_id, "target_account_id": one.account_id, "amount": 2140}
        for other in others
        if diary.spend(other.account_id, 2140)
    ]
    if postings:
        note = about("Dinner, shared between friends", "app")
        diary.do(at + 9 * HOUR, "post", postings=postings, metadata=note)


def refusals(diary: Diary, cast: Cast) -> None:
    """What the bank says no to, in the last three days: really asked, and really refused."""
    own, other = (one.account_id for one in cast.customers[:2])
    short, abroad = f"cust:{SHORT.slug}", _open(diary, PAIR, diary.since + 2 * DAY, 88_000, "USD")
    stolen, ordered, gone = (f"cust:{one.slug}" for one in (STOLEN, ORDERED, GONE))
    app, card = "mobile-app", "card-processor"
    asked: tuple[tuple[int, str, str, str, Json], ...] = (
        (66, "withdraw", "insufficient_funds", card, {"account_id": short, "amount": 500_000}),
        (65, "withdraw", "insufficient_funds", card, {"account_id": short, "amount": 400_000}),
        (51, "pay", "account_blocked", card, {"account_id": ordered, "amount": 4490}),
        (47, "pay", "account_frozen", card, {"account_id": stolen, "amount": 25_900}),
        (46, "pay", "account_frozen", card, {"account_id": stolen, "amount": 19_900}),
        (40, "transfer", "currency_mismatch", app, _sent(own, abroad, 5000)),
        (33, "transfer", "account_not_found", app, _sent(other, "cust:mara-lindquist", 2500)),
        (32, "transfer", "same_account", app, _sent(other, other, 2500)),
        (27, "transfer", "account_closed", app, _sent(own, gone, 1200)),
        (20, "deposit", "account_blocked", DESK, {"account_id": ordered, "amount": 30_000}),
        (11, "transfer", "insufficient_funds", app, _sent(short, own, 99_000)),
        (9, "close_account", "balance_not_zero", DESK, {"account_id": abroad, "reason": "Asked"}),
        (6, "create_account", "account_exists", DESK, {"account_id": own}),
        (4, "transfer", "account_frozen", app, _sent(stolen, other, 8000)),
        (1, "pay", "insufficient_funds", card, {"account_id": short, "amount": 189_900}),
    )
    for hours, function, code, by, arguments in asked:
        at = diary.until - hours * HOUR + diary.rng.randrange(40 * MINUTE)
        diary.do(at, function, by=by, refused=code, **arguments)


def _sent(source: str, target: str, amount: int) -> Json:
    return {"source_account_id": source, "target_account_id": target, "amount": amount}
