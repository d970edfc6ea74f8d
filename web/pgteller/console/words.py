"""How pages write what functions answer: money, times, names, refusals.

What a value is, amount or moment, the contract tells of its column. Without JavaScript a page has
times in UTC; with it they are in the zone of whoever looks, and money as their language writes it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from markupsafe import Markup

from pgteller.console import typed
from pgteller.console.links import LINKS, NOTHING
from pgteller.contract import FUNCTIONS, OPERATIONS, REFUSALS, ROOMS, TYPES, Json, Value
from pgteller.money import major
from pgteller.shell.errors import title
from pgteller.shell.shapes import is_length, is_money, is_rate, is_time

MINUS = "\N{MINUS SIGN}"
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
    "balance_after": "Balance",
    "request_id": "Request",
    "refusal_id": "Number",
    "worker_number": "Number",
    "proof_number": "Number",
    "rate_bps": "Rate",
    "delay_ms": "Paid after",
    "max_amount": "At most",
    "target_amount": "Amount received",
    "overlap_ms": "Old secret counts for",
    "exponent": "Decimals",
    "url": "Address",
    "types": "Events",
    "after": "After event",
    "every": "Repeats",
    "until": "Ends",
    "field": "Number",
    "comparison": "Is",
    "collecting": "Collects its credits",
    "final": "Release the rest",
    "force": "Even if an account is frozen or lacks the money",
}
# Where a number of a refusal is money or a moment, though no column has its name.
MONEY_TOO = {"cashback", "required", "source_amount", "target_amount"}
TIME_TOO = {"latest", "now"}

# What stands for a word of a form that is short for programs.
CHOICES = {
    "lt": "below",
    "lte": "at most",
    "gt": "above",
    "gte": "at least",
    "eq": "exactly",
}
# Refusals whose words are for programs, and what people are told instead.
FOR_PEOPLE = {
    "invalid_amount": "Give an amount above zero, and no more than an account can hold.",
    "balance_limit_exceeded": (
        "An account cannot hold so much: it has {balance}, {pending_cashback} of cashback pending "
        "and an overdraft limit of {overdraft_limit}, which leave no room for {amount}."
    ),
    "invalid_account_id": (
        "This cannot be an account's id. Use 1 to 64 letters, digits and signs, no blank at either "
        "end, no @ first, and no /balance or the like last."
    ),
    "invalid_timestamp": "Give a time that is not before 1970.",
    "timestamp_in_past": (
        "An account has a newer entry already, of {last_timestamp}: give a time that is not "
        "before it, or none."
    ),
    "timestamp_in_future": "This is ahead of the clock: give a time up to {latest}, or none.",
    "unknown_currency": (
        'There is no currency {"currency"}: use a code such as EUR, or make it under Settings.'
    ),
    "invalid_metadata": (
        "There is too much of it, or it is no object: 16 kB, 1000 values and 32 levels are the "
        "most, and no number may be beyond 1e308."
    ),
    "idempotency_key_reused": "This form was sent already with something else in it: open it anew.",
    "currency_mismatch": (
        "Both accounts must have the same currency, not {source_currency} and {target_currency}: "
        "Exchange sells one for the other."
    ),
    "same_currency": "Both accounts are in {currency}: use Transfer.",
    "not_reversible": (
        "Deposits, withdrawals, transfers, captures, their refunds and postings can be reversed, "
        "but no entry of the kind {operation}. Payments are refunded."
    ),
    "address_not_allowed": (
        "Use an address that begins with https:// and that all of the internet can reach; what "
        "else is allowed, the owner of the ledger says (docs/webhooks.md)."
    ),
    "invalid_url": (
        "Write an address such as https://example.com/events, of 2048 characters at most, without "
        "a user and without a #."
    ),
    "payment_not_found": 'There is no payment {"payment_id"}.',
    "hold_not_found": 'There is no hold {"hold_id"}.',
    "schedule_not_found": 'There is no scheduled transfer {"schedule_id"}.',
    "monitor_not_found": 'There is no monitor {"monitor_id"}, or no more.',
    "webhook_not_found": 'There is no webhook {"webhook_id"}, or no more.',
    "transaction_not_found": "There is no transaction {transaction_id}.",
    "outcome_unknown": (
        "The database went away before it answered, so this was done or not. Send it again as it "
        "is: it is done once."
    ),
    "hold_captured": "The hold ended with a last capture at {closed_at}, which released the rest.",
    "quota_exceeded": (
        "There are {in_use} of {allowed} that may be: end one that is not needed, or have the "
        "owner of the ledger allow more."
    ),
}
MOST_DESCRIBED = 120

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


def all_operations() -> dict[str, list[tuple[str, str]]]:
    """Each operation and what it is in words, in the order of these, by what it is about."""
    found: dict[str, list[tuple[str, str]]] = {room.title: [] for room in ROOMS.values()}
    for name, one in sorted(OPERATIONS.items(), key=lambda pair: pair[1]["title"]):
        found[ROOMS[one["room"]].title].append((name, one["title"]))
    return {title: some for title, some in found.items() if some}


def length(ms: int) -> str:
    """A length of time, exactly."""
    return typed.counted(*typed.measured(ms))


def rate(found: int) -> str:
    """Basis points in percent."""
    return f"{typed.percent(found)} %"


# What stands for texts that are short for programs, by the names that they go by.
WORDS: dict[str, Callable[[str], str]] = {
    **LINKS,
    "operation": operation,
    "first_operation": operation,
    "every": typed.every,
}


def compact(value: object) -> str:
    """JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def pretty(value: object) -> str:
    """JSON as people read it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@cache
def _names() -> dict[str, Callable[[Value], bool]]:
    """The names under which numbers are money, moments and the like, each with what says so."""
    places = [kind.columns for kind in TYPES.values()]
    places += [function.arguments for function in FUNCTIONS.values()]
    values = [(name, value) for place in places for name, value in place.items()]
    found: dict[str, Callable[[Value], bool]] = {}
    for kind in (is_rate, is_length, is_time, is_money):
        found |= {name: kind for name, value in values if kind(value)}
    return found | dict.fromkeys(MONEY_TOO, is_money) | dict.fromkeys(TIME_TOO, is_time)


def member(name: str, value: Any, currency: str | None, exponent: int) -> Markup:  # noqa: ANN401
    """A value of which only the name is known, such as a refusal's."""
    if isinstance(value, bool):
        value = "Yes" if value else "No"
    kind = _names().get(name) if isinstance(value, int) else None
    if kind is is_money and currency:
        return money(value, currency, exponent)
    if kind is is_time:
        return moment(value)
    if kind is is_length:
        return Markup.escape(length(value))
    if kind is is_rate:
        return Markup.escape(rate(value))
    if isinstance(value, str):
        return Markup.escape(WORDS[name](value) if name in WORDS else value)
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
