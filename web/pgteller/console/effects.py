"""What a form would do, or has done, beside what was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pgteller.console import members
from pgteller.console.asking import ask
from pgteller.console.links import NOTHING
from pgteller.contract import TYPES, Json
from pgteller.shell import shapes

if TYPE_CHECKING:
    from pgteller.console.forms import Form

# What of a thing changes by whatever is done with it, and stands in other answers as well.
STANDING = {"balance", "available", "held", "pending_cashback", "refunded"}
# What is made up anew each time, and so is none of the effect.
MADE_UP = {"transaction_id", "timestamp", "secret", "version", "head", "last_timestamp"}
MADE_UP |= {"created_at", "payment_id", "hold_id", "schedule_id", "monitor_id", "webhook_id"}
# What the rest of the page tells anyway: amounts have their currency, what is reversed was given.
TOLD = {"currency", "created", "reverses", "operation", "forced", "legs"}
MOST_COUNTED = 10_000  # pending deliveries


def columns(form: Form) -> list[tuple[str, Any, Any]]:
    """What it changes: a column, what it was if that is known, and what it is then."""
    kind = form.action.function.returns
    if form.found is None or not isinstance(kind, str):
        return []
    before = form.about or {}
    same = {*before} >= {*TYPES[kind].columns}
    rows = []
    for name in TYPES[kind].columns:
        was = before.get(name) if same or name in STANDING else None
        after = form.found.get(name)
        ends = same and after is None
        if name not in MADE_UP | TOLD and after != was and (ends or after is not None):
            rows.append((name, was, after))
    return [row for row in rows if not _is_known(form, *row)]


def _is_known(form: Form, name: str, was: object, after: object) -> bool:
    """Whether there is nothing to tell of it: it was asked for just so, or is none at all."""
    argument = form.action.function.arguments.get(name)
    if argument and argument.sql in shapes.JSON:  # which is told as it was written
        return name in form.arguments
    if was is not None:
        return False
    if name.endswith("account_id") and form.about and after == form.about.get(name):
        return True
    return after == form.arguments.get(name) or (after == 0 and name not in STANDING)


def legs(form: Form) -> list[Json]:
    """What it moves on each account, where its function tells that."""
    return (form.found or {}).get("legs") or []


def replaced(form: Form) -> list[tuple[str, Markup, Markup]]:
    """Of metadata that it sets anew: each member that changes, what it was, and what it is then."""
    if form.found is None or form.metadata is None:
        return []
    before = "{}" if form.metadata == "null" else form.metadata
    after = str(form.arguments["metadata"])
    rows = members.rows(before), members.rows(after)
    if rows[0] is None or rows[1] is None:
        return [("Metadata", _json(before), _json(after))] if before != after else []
    was, now = {row.name: row for row in rows[0]}, {row.name: row for row in rows[1]}
    return [
        (name, _value(was.get(name)), _value(now.get(name)))
        for name in {**was, **now}
        if was.get(name) != now.get(name)
    ]


def _value(row: members.Row | None) -> Markup:
    if row is None:
        return NOTHING
    if row.kind == members.JSON or not row.value:
        return _json(row.value or '""')
    return Markup.escape(row.value)


def _json(text: str) -> Markup:
    return Markup('<code class="json">{}</code>').format(text)


def foretold(form: Form) -> Markup:
    """What follows of it that its function does not do itself."""
    if form.action.name != "resume_webhook" or not form.about:
        return Markup()
    webhook = form.about
    newest = ask("list_events", {"order": "desc", "limit": 1})["events"]
    first, last = webhook["queued_to"] + 1, newest[0]["event_id"] if newest else 0
    said = []
    if last >= first:
        chosen = webhook["types"] or webhook["account_id"]
        which = "those of them that it is for" if chosen else "all of them"
        came = f"{_events(last - first + 1)} came, {first} to {last}"
        said.append(f"Since it stopped, {came}: {which} will be sent.")
    if webhook["pending"]:
        more = " or more" if webhook["pending"] == MOST_COUNTED else ""
        said.append(f"{_events(webhook['pending'])}{more} that waited already will be sent, too.")
    return Markup.escape(" ".join(said) or "Nothing waits to be sent.")


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"
