"""What belongs to no account: currencies and policies, as the chain of @ledger tells; sequences."""

from __future__ import annotations

from typing import Any

from pgteller.outside.accounts import HOUSE
from pgteller.outside.findings import Findings
from pgteller.outside.session import Session
from pgteller.outside.wire import members, number, scalar, text

TOLD = """
SELECT t.version, t.operation, t.details
FROM ledger.ledger_transactions AS t
WHERE t.account_id = '@ledger'
ORDER BY t.account_id, t.version
"""
CURRENCIES = "SELECT c.currency, c.exponent FROM ledger.currencies AS c"
POLICIES = (
    "SELECT p.currency, p.rate_bps, p.delay_ms, p.max_amount FROM ledger.cashback_policies AS p"
)
POLICY = (b"rate_bps", b"delay_ms", b"max_amount")

# Each sequence, and where the numbers are that it has given.
NUMBERS = {
    "transaction_seq": (
        ("ledger_transactions", "transaction_id"),
        ("ledger_transactions", "folded_in"),
        ("collected_credits", "transaction_id"),
    ),
    "payment_seq": (("payments", "payment_number"),),
    "hold_seq": (("holds", "hold_number"),),
    "monitor_seq": (("monitors", "monitor_number"),),
    "schedule_seq": (("schedules", "schedule_number"),),
    "webhook_seq": (("webhooks", "webhook_number"),),
}


def check_settings(session: Session, findings: Findings) -> None:
    """Compare currencies and policies with what was told of them, the last word for each."""
    currencies: dict[bytes, bytes] = {}
    policies: dict[bytes, tuple[bytes, ...]] = {}
    for _, operation, details in session.fields(TOLD):
        told = members(details)
        if operation == b"open":
            for currency, exponent in members(told.get(b"currencies", b"{}")).items():
                currencies[currency] = exponent
            for currency, policy in members(told.get(b"cashback_policies", b"{}")).items():
                policies[currency] = _policy(members(policy))
        elif operation == b"create_currency":
            currencies[scalar(told.get(b"currency"))] = told.get(b"exponent", b"null")
        elif operation == b"set_cashback_policy":
            policies[scalar(told.get(b"currency"))] = _policy(told)

    kept = {row[0]: row[1] for row in session.fields(CURRENCIES)}
    for currency in sorted(kept.keys() | currencies.keys()):
        is_, logged = kept.get(currency), currencies.get(currency)
        if is_ != logged:
            findings.wrong(
                "currencies_logged",
                HOUSE,
                currency=text(currency),
                exponent=is_ and number(is_),
                logged=logged and number(logged),
            )
    held = {currency: tuple(policy) for currency, *policy in session.fields(POLICIES)}
    for currency in sorted(held.keys() | policies.keys()):
        if held.get(currency) != policies.get(currency):
            findings.wrong(
                "cashback_policies_logged",
                HOUSE,
                currency=text(currency),
                policy=_told(held.get(currency)),
                logged=_told(policies.get(currency)),
            )


def _policy(told: dict[bytes, bytes]) -> tuple[bytes, ...]:
    return tuple(scalar(told.get(name)) for name in POLICY)


def _told(policy: tuple[bytes, ...] | None) -> dict[str, Any] | None:
    if policy is None:
        return None
    return {name.decode(): number(value) for name, value in zip(POLICY, policy, strict=True)}


def check_sequences(session: Session, findings: Findings) -> None:
    """See that no number will be given twice; numbers are of the snapshot, sequences of now."""
    for sequence, places in NUMBERS.items():
        in_use = 0
        for table, column in places:
            newest = session.rows(
                f"SELECT t.{column} FROM ledger.{table} AS t WHERE t.{column} IS NOT NULL "
                f"ORDER BY t.{column} DESC LIMIT 1"
            )
            in_use = max(in_use, *(value for (value,) in newest), 0)
        [(last, is_called)] = session.rows(f"SELECT last_value, is_called FROM ledger.{sequence}")
        drawn = last if is_called else last - 1
        if drawn < in_use:
            findings.wrong(
                "sequences_lead", None, sequence=f"ledger.{sequence}", drawn=drawn, in_use=in_use
            )
