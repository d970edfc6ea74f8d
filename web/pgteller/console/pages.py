"""The table of pages: each is a template and a row here.

A page is about what its first function answers, if it has one, and is made of parts, each of them
what one more function answers.  Its query is made of arguments of these functions, by their names,
and is as strictly looked at as the API's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from flask import Response, request, url_for
from markupsafe import Markup
from msgspec import Struct
from msgspec.json import encode
from werkzeug.datastructures import MultiDict

from pgteller.console import finding, following, periods
from pgteller.console.asking import MOST_CURRENCIES, Answer, Part, ask, may
from pgteller.console.rendering import away, render, respond
from pgteller.contract import FUNCTIONS, Value
from pgteller.shell import parsing, seen, shapes
from pgteller.shell.db import Arguments
from pgteller.shell.errors import ProblemError


def choice(about: str, *words: str) -> Value:
    """A parameter of a page's own."""
    schema = {"type": "string"} | ({"enum": [*words]} if words else {})
    return Value("text", schema, about, checked=bool(words), required=False)


def optional(function: str, name: str) -> Value:
    """An argument of a function, which a page may have or not."""
    return replace(FUNCTIONS[function].arguments[name], required=False)


PERIOD = choice("Which period is drawn.", *periods.PERIODS)
ZONE = choice("Of which zone the days are.")
WITHIN = {  # or days in place of it
    "within": choice("Of which time the history is.", *periods.SPANS),
    "first_day": choice("The first day of it."),
    "last_day": choice("The last day of it."),
    "time_zone": ZONE,
}
AS_OF = {
    "day": choice("At the end of which day."),
    "time": choice("At which time of it, rather."),
    "time_zone": ZONE,
}
DRAWN = {
    "span": choice("Which period is drawn.", *periods.SPANS),
    "since": optional("balance_history", "since"),  # in place of it, with `until`
    "until": optional("balance_history", "until"),
}


# Of the page's arguments, and what tells of a part of it by its name.
Leads = Callable[[Arguments, Callable[[str], Any]], str | None]


@dataclass(frozen=True)
class Page:
    """An address, its template, and whom it asks."""

    path: str
    name: str  # of its template, and of its function in Flask
    title: str
    about: Part | None = None  # what the whole page is about, without which there is none
    parts: tuple[Part, ...] = ()
    own: shapes.Arguments = field(default_factory=dict)  # parameters for the template alone
    under: str = ""  # another page, that leads to it
    template: str = ""  # that of another page, which shows the same
    seconds: float = 0  # that it may take, where that is more than others may
    leads: Leads | None = None  # to another page, if it tells one

    @cached_property
    def parameters(self) -> shapes.Arguments:
        """All that its query may have."""
        found: shapes.Arguments = {}
        for part in (*([self.about] if self.about else []), *self.parts):
            found |= part.parameters
        return found | self.own

    @cached_property
    def query(self) -> type[Struct]:
        """What the query must be like."""
        return shapes.query(f"{self.name}_page", self.parameters)

    @property
    def allowed(self) -> bool:
        """Whether whoever asks may see anything of it."""
        return not self.parts or any(may(part.function) for part in self.parts)

    def respond(self) -> Response:
        """Answer a request: the page, or the one part of it that is to be replaced."""
        if not self.allowed:
            if self.name != PAGES[0].name:
                raise ProblemError("permission_denied")
            return away(url_for("console.accounts"))  # which everybody may see
        arguments = self.read()
        seen.arguments(arguments)
        answers: dict[tuple[str, bytes], Answer] = {}  # parts that ask the same have one
        parts = {part.name: part for part in self.parts}

        def need(part: Part) -> Any:  # noqa: ANN401, it is JSON
            """What it asks for, where there is no page without that."""
            given = part.given_by(arguments)
            found = ask(part.function, given)
            answers[part.function, encode(given)] = found, None
            return found

        if self.leads and (where := self.leads(arguments, lambda name: need(parts[name]))):
            return away(where)
        about = need(self.about) if self.about else None
        context: Arguments = {"page": self, "about": about, "arguments": arguments}
        wanted = request.headers.get("HX-Target")

        def show(name: str) -> Markup:
            part = parts[name]
            if not may(part.function):
                return Markup()
            given = part.given_by(arguments, about)
            key = part.function, encode(given)
            if key not in answers:
                answers[key] = part.ask(given, alone=name == wanted)
            found, problem = answers[key]
            text = render(f"parts/{name}.html", part=part, found=found, problem=problem, **context)
            return Markup(text)

        context["show"] = show  # a part may have another in it

        if wanted in parts:
            return respond(show(wanted))
        return respond(render(f"{self.template or self.name}.html", title=self.title, **context))

    def read(self) -> Arguments:
        """The query; of a form's fields those that are empty do not count."""
        given = MultiDict((name, value) for name, value in request.args.items(multi=True) if value)
        in_json = [name for name, one in self.parameters.items() if one.sql in shapes.JSON]
        return parsing.parameters(given, self.query, in_json)


NEWEST = {"order": "desc"}
ACCOUNT = ("account_id",)


PAGES = [
    Page(
        "/",
        "overview",
        "Overview",
        parts=(
            Part("totals", "ledger_totals"),
            Part("volume", "turnover_history", makes=periods.turnovers),
            Part("newest", "list_events", NEWEST | {"limit": 15}),
            Part("health", "ledger_metrics"),
            Part("upcoming", "upcoming_cashbacks", {"days": 7}),
            Part("refused", "count_refusals", makes=periods.last_day),
        ),
        own={"period": PERIOD, "currency": choice("In which currency what moved is drawn.")},
    ),
    Page(
        "/console/accounts",
        "accounts",
        "Accounts",
        parts=(
            Part(
                "found",
                "list_accounts",
                {"limit": 50},
                ("search", "status", "currency", "sort", "order", "after"),
            ),
        ),
    ),
    Page(
        "/console/find",
        "find",
        "Find",
        parts=(
            Part("things", "find", takes=("search",)),
            Part("matching", "list_accounts", {"limit": 20}, ("search",)),
        ),
        leads=finding.only,
    ),
    Page(
        "/console/suggestions",
        "suggestions",
        "Accounts",
        about=Part("suggestions", "list_accounts", {"limit": 8}, ("search",)),
    ),
    Page(
        "/console/account",
        "account",
        "Account",
        about=Part("account", "get_account", takes=ACCOUNT),
        parts=(
            *(
                Part(name, "get_account", takes=ACCOUNT)
                for name in ("heading", "standing", "profile")
            ),
            Part("stopped", "list_transactions", NEWEST | {"limit": 1}, makes=following.stopped),
            Part(
                "curve",
                "balance_history",
                {"buckets": 300, "extremes": False},
                (*ACCOUNT, "by"),
                makes=periods.balances,
            ),
            Part(
                "history",
                "list_transactions",
                NEWEST | {"limit": 25},
                (*ACCOUNT, "after", "operation", "contra_account_id", "payment_ref"),
                makes=periods.within,
            ),
            Part("payments", "list_payments", NEWEST | {"limit": 8}, ACCOUNT),
            Part("holds", "list_holds", NEWEST | {"limit": 8}, ACCOUNT),
            Part("schedules", "list_schedules", NEWEST | {"limit": 8}, ACCOUNT),
            Part("monitors", "list_monitors", NEWEST | {"limit": 8}, ACCOUNT),
            Part("account_refusals", "list_account_refusals", NEWEST | {"limit": 8}, ACCOUNT),
        ),
        own=DRAWN | WITHIN,
        under="accounts",
    ),
    Page(
        "/console/transaction",
        "transaction",
        "Transaction",
        about=Part("transaction", "get_transaction", takes=("transaction_id",)),
        parts=(
            Part("reversed", "list_references", takes=("transaction_id",)),
            Part("references", "list_references", takes=("transaction_id",)),
            Part("audit", "audit_transaction", takes=("transaction_id",)),
            Part("chain", "list_transactions", {"limit": 3}, makes=following.around),
        ),
        own={"account_id": choice("Whose chain is shown.")},
        under="activity",
    ),
    Page(
        "/console/payment",
        "payment",
        "Payment",
        about=Part("payment", "get_payment", takes=("payment_id",)),
        parts=(Part("references", "list_references", makes=following.of_the_payment),),
        under="accounts",
    ),
    Page(
        "/console/hold",
        "hold",
        "Hold",
        about=Part("hold", "get_hold", takes=("hold_id",)),
        under="accounts",
    ),
    Page(
        "/console/schedule",
        "schedule",
        "Scheduled transfer",
        about=Part("schedule", "get_schedule", takes=("schedule_id",)),
        parts=(
            Part("runs", "list_schedule_runs", NEWEST | {"limit": 25}, ("schedule_id", "after")),
        ),
        under="accounts",
    ),
    Page(
        "/console/house",
        "house",
        "House account",
        parts=(
            Part("house_balances", "ledger_totals"),
            Part(
                "house_entries",
                "list_house_entries",
                NEWEST | {"limit": 50},
                ("house_account_id", "currency", "operation", "after"),
                makes=periods.within,
            ),
        ),
        own=WITHIN,
        under="overview",
    ),
    Page(
        "/console/activity",
        "activity",
        "Activity",
        parts=(Part("events", "list_events", NEWEST | {"limit": 50}, ("after",)),),
    ),
    Page(
        "/console/integrity",
        "integrity",
        "Integrity",
        parts=(Part("proofs", "list_proofs", NEWEST | {"limit": 20}, ("after",)),),
    ),
    Page(
        "/console/verification",
        "verification",
        "Verification",
        about=Part("verification", "verify_account", takes=ACCOUNT),
        template="checks",
        under="accounts",
    ),
    Page(
        "/console/trial-balance",
        "trial_balance",
        "Trial balance",
        about=Part(
            "trial_balance",
            "trial_balance",
            takes=("currency", "timestamp", "by"),
            makes=periods.as_of,
        ),
        own=AS_OF,
        under="integrity",
        seconds=3600,
    ),
    Page(
        "/console/ledger/verification",
        "ledger_verification",
        "Verification",
        about=Part("verification", "verify_ledger"),
        template="checks",
        under="integrity",
        seconds=3600,
    ),
    Page(
        "/console/proof",
        "checks",
        "Verification",
        about=Part("checks", "list_proof_checks", takes=("proof_number",)),
        under="integrity",
    ),
    Page(
        "/console/webhooks",
        "webhooks",
        "Webhooks",
        parts=(Part("webhooks", "list_webhooks", {"limit": 50}, ("after",)),),
    ),
    Page(
        "/console/deliveries",
        "deliveries",
        "Deliveries",
        parts=(
            Part(
                "deliveries",
                "list_deliveries",
                NEWEST | {"limit": 50},
                ("webhook_id", "status", "after"),
            ),
        ),
        under="webhooks",
    ),
    Page(
        "/console/refusals",
        "refusals",
        "Refusals",
        parts=(
            Part(
                "refusals",
                "list_refusals",
                NEWEST | {"limit": 50},
                ("account_id", "code", "actor", "request_id", "after"),
                makes=periods.within,
            ),
        ),
        own={"within": WITHIN["within"]},
    ),
    Page(
        "/console/keys",
        "keys",
        "API keys",
        parts=(Part("keys", "list_api_keys", {"limit": 100}, ("after",)),),
    ),
    Page(
        "/console/settings",
        "settings",
        "Settings",
        parts=(
            Part("currencies", "list_currencies", {"limit": MOST_CURRENCIES}),
            Part("workers", "list_workers", NEWEST | {"limit": 10}),
        ),
    ),
    Page(
        "/console/currencies",
        "currencies",
        "All currencies",
        parts=(Part("currencies", "list_currencies", {"limit": 60}, ("after",)),),
        under="settings",
    ),
]


MENU = (
    *("overview", "accounts", "activity", "integrity"),
    *("webhooks", "refusals", "keys", "settings"),
)


def menu() -> list[Page]:
    """The pages that every page leads to, as far as whoever asks may see them."""
    return [page for page in PAGES if page.name in MENU and page.allowed]
