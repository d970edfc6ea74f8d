"""`pgteller demo --live`: customers go on living while somebody looks, for an hour."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator

import psycopg

from pgteller import settings
from pgteller.client import Direct, RefusedError
from pgteller.demo.businesses import SHOPS
from pgteller.demo.diary import Diary, about
from pgteller.demo.people import MESSAGES
from pgteller.sending import NAME

APP = "mobile-app"
LASTS = 3600.0  # seconds
PAUSE = (0.4, 1.6)  # between two operations


def customers(bank: Direct) -> Iterator[str]:
    """The accounts in euro of all customers."""
    after = None
    while True:
        page = bank.list_accounts(limit=1000, after=after)
        for account_id in (account["account_id"] for account in page["accounts"]):
            if account_id.startswith("cust:") and account_id.count(":") == 1:
                yield account_id
        after = page["next"]
        if after is None:
            return


def live(bank: Direct, rng: random.Random, there: list[str]) -> bool:
    """One of them pays for something, or another one; whether the bank lets him."""
    one, other = rng.sample(there, 2)
    [shop] = rng.choices(SHOPS, [shop.weight for shop in SHOPS])
    amount = Diary(rng, 0, 0).amount(shop.amounts)
    try:
        if rng.random() < 0.8:
            note = about(rng.choice(shop.sold), "card", merchant=shop.name, city=shop.city)
            bank.pay(one, amount, merchant_account_id=shop.account_id, metadata=note)
        else:
            note = about(rng.choice(MESSAGES), "app")
            bank.transfer(one, other, rng.randrange(500, 4000, 50), metadata=note)
    except RefusedError:
        return False
    return True


def main() -> None:
    """Until it is told to stop; after an hour nothing more happens."""
    rng = random.Random()
    until = time.monotonic() + LASTS
    names = settings.names()
    with psycopg.connect(settings.database_url(), autocommit=True) as connection:
        connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", [NAME, APP])
        bank = Direct(connection, names.schema)
        there = [*customers(bank)]
        while time.monotonic() < until:
            live(bank, rng, there)
            time.sleep(rng.uniform(*PAUSE))
    signal.pause()


if __name__ == "__main__":
    main()
