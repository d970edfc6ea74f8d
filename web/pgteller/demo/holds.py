"""Money that is reserved at the demo bank: hotels, fuel, and what is bought on the marketplace."""

from __future__ import annotations

from pgteller.demo.businesses import FUEL, HOTEL, MARKET, MARKET_FEES, SELLERS
from pgteller.demo.cast import Customer
from pgteller.demo.daily import Day
from pgteller.demo.diary import about
from pgteller.demo.steps import DAY, HOUR, MINUTE

FUEL_HOLD = 12_000
WARES = ("Teapot", "Set of six bowls", "First pressing", "Wooden train", "Card game", "Vase")


def reserve(day: Day) -> None:
    """What is reserved on a day."""
    chance = day.diary.rng.random
    for one in day.there:
        if one.kind == "student":
            continue
        if chance() < 0.004:
            stay(day, one)
        if chance() < 0.012:
            refuel(day, one)
        if chance() < 0.011:
            order(day, one)


def stay(day: Day, one: Customer) -> None:
    """Some nights at the hotel, of which what was reserved is taken at the end."""
    diary = day.diary
    nights, price = diary.rng.randrange(1, 5), diary.rng.randrange(8900, 14_900, 100)
    extra = diary.rng.choice((0, 0, 0, 1850, 2400))
    if not diary.spend(one.account_id, nights * price + extra):
        return
    at, name = diary.moment(day.midnight, (13, 20)), diary.drawn("stay")
    note = about(f"{HOTEL.name}, {nights} night{'s' if nights > 1 else ''}", "card")
    diary.do(
        at,
        "hold",
        named=name,
        account_id=one.account_id,
        amount=nights * price,
        target_account_id=HOTEL.account_id,
        expires_at=at + (nights + 6) * DAY,
        metadata=note,
    )
    refers = {"hold_id": name}
    if extra:
        diary.do(
            at + 9 * HOUR,
            "raise_hold",
            refers=refers,
            amount=extra,
            metadata=about("Minibar and breakfast", "card"),
        )
    diary.do(
        diary.soon(at, nights * DAY, nights * DAY + 10 * HOUR),
        "capture_hold",
        refers=refers,
        amount=nights * price + extra,
        metadata=note,
    )


def refuel(day: Day, one: Customer) -> None:
    """The pump reserves more than it then takes; now and then nobody takes anything."""
    diary = day.diary
    if not diary.spend(one.account_id, FUEL_HOLD):
        return
    at, name = diary.moment(day.midnight, (5, 22)), diary.drawn("fuel")
    litres = diary.rng.randrange(1800, 6200)
    diary.do(
        at,
        "hold",
        named=name,
        account_id=one.account_id,
        amount=FUEL_HOLD,
        target_account_id=FUEL.account_id,
        expires_at=at + 3 * DAY,
        metadata=about(f"{FUEL.name}, pump {diary.rng.randrange(1, 9)}", "card"),
    )
    if diary.rng.random() < 0.9:
        diary.do(
            diary.soon(at, 4 * MINUTE, 14 * MINUTE),
            "capture_hold",
            refers={"hold_id": name},
            amount=litres * 178 // 100,
            metadata=about(f"Fuel, {litres / 100:.2f} l", "card"),
        )


def order(day: Day, one: Customer) -> None:
    """The marketplace keeps the money until the goods are there, and takes its share of it."""
    diary = day.diary
    seller, ware = diary.rng.choice(SELLERS), diary.rng.choice(WARES)
    amount = diary.amount((1200, 18_500, 4200))
    if not diary.spend(one.account_id, amount):
        return
    at, name = diary.moment(day.midnight, (8, 23)), diary.drawn("order")
    number = f"TW-{diary.rng.randrange(100_000, 999_999)}"
    diary.do(
        at,
        "hold",
        named=name,
        account_id=one.account_id,
        amount=amount,
        target_account_id=seller.account_id,
        expires_at=at + 14 * DAY,
        metadata=about(f"{ware}, in escrow", "marketplace", order=number, seller=seller.name),
    )
    refers, later = {"hold_id": name}, diary.soon(at, 2 * DAY, 6 * DAY)
    outcome = diary.rng.random()
    if outcome < 0.1:
        note = about("Order cancelled", "marketplace", order=number)
        diary.do(later, "release_hold", refers=refers, by="marketplace", metadata=note)
    elif outcome < 0.95:
        note = about(f"{ware}, delivered", "marketplace", order=number)
        diary.do(later, "capture_hold", refers=refers, amount=amount, metadata=note)
        share = max(1, amount // 20)
        diary.do(
            later + MINUTE,
            "transfer",
            source_account_id=seller.account_id,
            target_account_id=MARKET_FEES.account_id,
            amount=share,
            metadata=about(f"{MARKET.name}, 5 % of {number}", "marketplace", order=number),
        )
        if outcome > 0.91 and diary.spend(seller.account_id, amount // 2):
            note = about("Arrived chipped, half back", "marketplace", order=number)
            refund = max(1, amount // 2)
            diary.do(later + 2 * DAY, "refund_hold", refers=refers, amount=refund, metadata=note)
