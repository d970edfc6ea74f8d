"""How pages write what functions answer: money, times, names, refusals.

What a value is, amount or moment, the contract tells of its column. Without JavaScript a page has
times in UTC; with it they are in the zone of whoever looks, and money as their language writes it.
"""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import url_for
from markupsafe import Markup

from pgteller.contract import FUNCTIONS, OPERATIONS, REFUSALS, TYPES, Json, Value
from pgteller.money import major
from pgteller.shell.errors import title
from pgteller.shell.shapes import EPOCH, is_money, is_time

if TYPE_CHECKING:
    from pgteller.console.fields import Field

MINUS = "\N{MINUS SIGN}"
NOTHING = Markup('<span class="nothing" aria-label="none">\N{EN DASH}</span>')
AGES = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))

# Where the name of an argument or a column does not read well.
LABELS = {
    "account_id": "Account",
    "account_ids": "Accounts",
    "source_account_id": "From account",
    "target_account_id": "To account",
    "merchant_account_id": "Merchant",
    "contra_account_id": "Other side",
    "transaction_id": "Transaction",
    "payment_ref": "Payment",
    "payment_id": "Payment",
    "hold_id": "Hold",
    "schedule_id": "Schedule",
    "monitor_id": "Monitor",
    "webhook_id": "Webhook",
    "event_id": "Event",
    "refers_to": "Refers to",
    "timestamp": "Time",
    "recorded_at": "Recorded",
    "created_at": "Made",
    "expires_at": "Expires",
    "value_at": "Value date",
    "due_at": "Due",
    "closed_at": "Closed",
    "beat_at": "Last heartbeat",
    "started_at": "Started",
    "begun_at": "Began",
    "ended_at": "Ended",
    "run_at": "First run",
    "next_run_at": "Next run",
    "refused_at": "Refused",
    "revoked_at": "Revoked",
    "last_timestamp": "Last entry",
    "next_attempt_at": "Next attempt",
    "last_attempt_at": "Last attempt",
    "last_status": "Last status",
    "last_error": "Last error",
    "queued_to": "Queued to",
    "balance_after": "Balance",
    "request_id": "Request",
    "refusal_id": "Number",
    "worker_number": "Number",
    "proof_number": "Number",
    "rate_bps": "Rate, basis points",
    "delay_ms": "Delay, milliseconds",
    "overlap_ms": "Overlap, milliseconds",
    "url": "URL",
    "every": "Repeats",
    "final": "Release the rest",
}
# Where a number of a refusal is money or a moment, though no column has its name.
MONEY_TOO = {"cashback", "required"}
TIME_TOO = {"latest", "now"}

# What stands for a word of a form that is short for programs.
CHOICES = {
    "lt": "below",
    "lte": "at most",
    "gt": "above",
    "gte": "at least",
    "eq": "exactly",
}
# Refusals that tell programs of minor units, which nobody types here.
FOR_PEOPLE = {"invalid_amount": "Give an amount above zero, and no more than an account can hold."}
MOST_DESCRIBED, MOST_HINT = 120, 160
MONEY_HINTS = {
    "fee": "On top of the amount; the bank keeps it.",
    "overdraft_limit": "How far below zero the account may go.",
    "max_amount": "The most that one payment earns.",
}

_SEGMENT = re.compile(r"\[[^]]*\]|[^[]+")
_MEMBER = re.compile(r'\{("?)([a-z_]+)"?\}')


def label(name: str) -> str:
    """Of an argument or a column."""
    return LABELS.get(name) or title(name)


def operation(name: str) -> str:
    """What was done, in words."""
    found = OPERATIONS.get(name)
    return found["title"] if found else title(name)


def money(amount: int | None, currency: str, exponent: int, signed: bool = False) -> Markup:
    """An amount in its currency; a credit has its sign where `signed`."""
    if amount is None:
        return NOTHING
    text = major(abs(amount), exponent, ",")
    sign = MINUS if amount < 0 else "+" if signed and amount > 0 else ""
    kind = " credit" if signed and amount > 0 else " debit" if signed and amount < 0 else ""
    return Markup(
        '<data class="money{}" value="{}" data-decimals="{}">{}{}</data>'
        ' <span class="currency">{}</span>'
    ).format(kind, major(amount, exponent), exponent, sign, text, currency)


def moment(ms: int | None, kind: str = "") -> Markup:
    """A time, to the second; to the millisecond where a pointer rests on it.

    `kind`: `until` counts down to it, `since` tells how long ago it was, `date` has the day alone.
    """
    if ms is None:
        return NOTHING
    try:
        exact = datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)
    except (OverflowError, ValueError, OSError):  # a year that no calendar here has
        return Markup('<span class="time">{} ms</span>').format(ms)
    iso = exact.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = {"date": f"{exact:%Y-%m-%d}", "since": f"{age(ms)} ago", "until": ahead(ms)}.get(
        kind, f"{exact:%Y-%m-%d %H:%M:%S}"
    )
    return Markup('<time datetime="{}" title="{} UTC"{}>{}</time>').format(
        iso,
        f"{exact:%Y-%m-%d %H:%M:%S}.{ms % 1000:03}",
        Markup(' data-kind="{}"').format(kind) if kind else "",
        text,
    )


def age(ms: int) -> str:
    """How long ago a moment was, or how long there is until it."""
    distance = abs(now() - ms)
    return duration(distance) if distance >= 1000 else "0 s"


def ahead(ms: int) -> str:
    """How long there is until a moment."""
    return f"in {age(ms)}" if ms > now() else "now"


def now() -> int:
    """Milliseconds since the epoch, by this machine's clock."""
    return time.time_ns() // 1_000_000


def account(account_id: str | None) -> Markup:
    """A link to an account; the house has none."""
    if account_id is None:
        return NOTHING
    if account_id.startswith("@") and account_id != "@ledger":
        return Markup('<span class="house">{}</span>').format(account_id)
    where = url_for("console.account", account_id=account_id)
    return Markup('<a class="account" href="{}">{}</a>').format(where, account_id)


def transaction(transaction_id: int | None) -> Markup:
    """A link to a transaction."""
    if transaction_id is None:
        return NOTHING
    where = url_for("console.transaction", transaction_id=transaction_id)
    return Markup('<a class="transaction" href="{}">{}</a>').format(where, transaction_id)


def hash_(text: str | None) -> Markup:
    """The beginning of a hash, which is enough to tell two apart by eye."""
    if text is None:
        return NOTHING
    return Markup('<code class="hash" title="{}">{}…</code>').format(text, text[:12])


def described(line: Json) -> str:
    """What an entry was for, or why, as its caller said."""
    said = [(line[place] or {}).get("description") for place in ("posting_metadata", "metadata")]
    found = next(filter(None, said), None) or (line["details"] or {}).get("reason")
    return found[:MOST_DESCRIBED] if isinstance(found, str) else ""


def duration(ms: int) -> str:
    """A length of time, by its largest unit."""
    for length, unit in AGES:
        if ms >= length:
            return f"{ms // length} {unit}"
    return f"{ms} ms"


def all_operations() -> list[tuple[str, str]]:
    """Each operation and what it is in words, in the order of these."""
    found = [(name, one["title"]) for name, one in OPERATIONS.items()]
    return sorted(found, key=lambda pair: pair[1])


def hint(field: Field) -> str:
    """What a form says below a field."""
    if field.kind == "money":
        return MONEY_HINTS.get(field.name, "")
    if field.kind == "account" or field.name.endswith("_id"):
        return ""
    text = field.value.description.replace(f", {EPOCH}", "")
    return text if len(text) <= MOST_HINT else text.split(". ")[0].split(": ")[0] + "."


def compact(value: object) -> str:
    """JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def pretty(value: object) -> str:
    """JSON as people read it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@cache
def meanings(kind: str) -> dict[str, Value]:
    """What the columns of a type are."""
    return TYPES[kind].columns


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    """The names under which numbers are money, and under which they are moments."""
    places = [kind.columns for kind in TYPES.values()]
    places += [function.arguments for function in FUNCTIONS.values()]
    values = [(name, value) for place in places for name, value in place.items()]
    return (
        frozenset(name for name, value in values if is_money(value)) | MONEY_TOO,
        frozenset(name for name, value in values if is_time(value)) | TIME_TOO,
    )


def member(name: str, value: Any, currency: str | None, exponent: int) -> Markup:  # noqa: ANN401
    """A value of which only the name is known, such as a refusal's."""
    amounts, moments = _names()
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and name in amounts and currency:
        return money(value, currency, exponent)
    if whole and name in moments:
        return moment(value)
    if isinstance(value, str):
        return Markup.escape(value)
    return NOTHING if value is None else Markup.escape(compact(value))


def refusal(problem: Json, currency: str | None, exponent: int) -> Markup:
    """What a refusal has to say, with its amounts as amounts and its moments as moments."""
    found = FOR_PEOPLE.get(problem["code"]) or REFUSALS.get(problem["code"], {}).get("hint")
    if found is None:
        return Markup.escape(problem["detail"])

    def fill(part: re.Match[str]) -> Markup:
        if part[2] not in problem:
            return Markup("?")
        # The value of an argument is what that argument is.
        name = str(problem.get("argument")) if part[2] == "value" else part[2]
        written = member(name, problem[part[2]], currency, exponent)
        return (
            Markup("\N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}").format(
                written
            )
            if part[1]
            else written
        )

    said = Markup()
    for segment in _SEGMENT.findall(found):
        optional = segment.startswith("[")
        text = segment.strip("[]")
        if optional and any(name not in problem for _, name in _MEMBER.findall(text)):
            continue
        end = 0
        for part in _MEMBER.finditer(text):
            said += Markup.escape(text[end : part.start()]) + fill(part)
            end = part.end()
        said += Markup.escape(text[end:])
    return said
