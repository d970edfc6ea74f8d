"""What pages draw: the numbers of a chart, the postings of a transaction."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

from pgteller.console import periods
from pgteller.console.asking import exponent
from pgteller.contract import Json

OF_THE_LEDGER = "XXX"  # the currency of @ledger, whose entries move nothing


def activity(turnovers: list[Json], arguments: Json) -> Json:
    """Charts of how many transactions there were, and of what moved in one currency.

    That is the busiest where none is asked for.
    """
    moved: Counter[str] = Counter()
    count: Counter[int] = Counter()
    volume: dict[str, Counter[int]] = defaultdict(Counter)
    operations: dict[tuple[str, str], Json] = {}
    for one in turnovers:
        currency = one["currency"]
        if currency != OF_THE_LEDGER:
            moved[currency] += one["transactions"]
        count[one["since"]] += one["transactions"]
        volume[currency][one["since"]] += max(one["credits"], one["debits"])
        total = operations.setdefault(
            (currency, one["operation"]),
            {
                "currency": currency,
                "operation": one["operation"],
                "legs": 0,
                "credits": 0,
                "debits": 0,
            },
        )
        for name in ("legs", "credits", "debits"):
            total[name] += one[name]
    used = [currency for currency, _ in moved.most_common()]
    wanted = arguments.get("currency")
    currency = wanted if wanted in used else used[0] if used else "EUR"
    since, until, length = periods.of(arguments)
    times = range(since, until, length)
    about = {"kind": "bars", "since": [*times], "days": length == periods.DAY}
    decimals = exponent(currency)
    return {
        "currency": currency,
        "currencies": used,
        "days": about["days"],
        "transactions": dumps(about | {"values": [count[one] for one in times], "decimals": 0}),
        "volume": dumps(
            about
            | {
                "values": [volume[currency][one] for one in times],
                "decimals": decimals,
                "unit": currency,
            }
        ),
        "operations": sorted(operations.values(), key=lambda one: -one["legs"]),
    }


def balance(buckets: list[Json], currency: str) -> str:
    """A chart of a balance: the end of each part, and what there was then, in minor units.

    They are exact in a browser, too: none is beyond 2^53-1.
    """
    decimals = exponent(currency)
    return dumps(
        {
            "kind": "balance",
            "unit": currency,
            "decimals": decimals,
            "until": [one["until"] for one in buckets],
            "closing": [one["closing"] for one in buckets],
        }
    )


def dumps(drawn: Json) -> str:
    """As it stands in a page."""
    return json.dumps(drawn, separators=(",", ":"))


def postings(legs: list[Json]) -> list[Json]:
    """From whom to whom how much: each debit is one, and each credit whose debit is not there.

    Its account is not for who asks, whose key is limited to some.
    """
    seen = {one["account_id"] for one in legs}
    return [
        {
            "source": one["account_id"] if one["amount"] < 0 else one["contra_account_id"],
            "target": one["contra_account_id"] if one["amount"] < 0 else one["account_id"],
            "amount": abs(one["amount"]),
            "currency": one["currency"],
        }
        for one in legs
        if one["amount"] < 0 or (one["amount"] and one["contra_account_id"] not in seen)
    ]


def unseen(legs: list[Json]) -> list[str]:
    """Other sides whose entries are not for who asks, each once."""
    seen = {one["account_id"]: None for one in legs}
    sides = {one["contra_account_id"]: None for one in legs if one["contra_account_id"]}
    return [account_id for account_id in sides if account_id not in seen]


def customers(legs: list[Json]) -> list[Json]:
    """The sides that have a chain, each account once."""
    found = {one["account_id"]: one for one in legs if one["version"] is not None}
    return list(found.values())
