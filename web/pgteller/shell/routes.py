"""The table of routes: a row each, and what a row says beyond the contract of its function.

    Route("POST", "/transfers", "transfer")

What stands in the path, the query, the body or a header are the arguments of the function, and what
it answers is the body of the response; Flask's rule, the checks and the OpenAPI document all come
from that. A GET takes its arguments in the query, any other method in the body, and an
`idempotency_key` is the header Idempotency-Key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

from flask import Flask, Response, request
from msgspec import Struct
from werkzeug.routing import BaseConverter, PathConverter

from pgteller import calls
from pgteller.contract import FUNCTIONS, Function, Value
from pgteller.shell import db, identity, items, parsing, probes, seen, shapes, standby
from pgteller.shell.db import Arguments
from pgteller.statements import FORMS, Form

JSON = "application/json"

DETAIL = Value(
    "boolean",
    {"type": "boolean"},
    "Whether whole ones are listed, not only their ids.",
    required=False,
    default=False,
)


@dataclass(frozen=True)
class Route:
    """One method of one path, `{name}` standing for an argument in it."""

    method: str
    path: str
    name: str  # of the function that is called
    items: str = ""  # where it returns rows, the member that holds them
    cursor: str = ""  # where they come in pages, the column that `after` goes on from
    status: int = 200
    location: str = ""  # of what was made, `{name}` standing for an argument
    detail: bool = False  # whether a page holds that column alone, unless `detail` asks for more
    required: tuple[str, ...] = ()  # arguments that HTTP insists on, for all their defaults
    lines: str = ""  # the argument that is the whole body, an array or lines of items
    max_bytes: int = 0  # of such a body
    seconds: float = 0  # that it may take, where that is more than others may
    heavy: bool = False  # whether it may read so much that few are to do so at once
    also: dict[str, Form] = field(default_factory=dict)  # other media types, from the JSON

    @property
    def function(self) -> Function:
        """What the contract says of it."""
        return FUNCTIONS[self.name]

    @property
    def whole(self) -> Arguments:
        """What has a page hold all of its items, and not their cursors alone."""
        return {"detail": True} if self.detail else {}

    @property
    def idempotent(self) -> bool:
        """Whether it takes an Idempotency-Key."""
        return "idempotency_key" in self.function.arguments

    @property
    def on_standby(self) -> bool:
        """Whether a standby may answer; what takes long would be cancelled there, by its replay."""
        return self.method == "GET" and self.function.reads and not self.seconds

    @cached_property
    def in_path(self) -> shapes.Arguments:
        """The arguments in the path."""
        return {name: self.function.arguments[name] for name in re.findall(r"{(\w+)}", self.path)}

    @cached_property
    def in_query(self) -> shapes.Arguments:
        """The arguments in the query."""
        found = self._rest if self.method == "GET" or self.lines else {}
        return found | ({"detail": DETAIL} if self.detail else {}) | self.in_forms

    @cached_property
    def in_forms(self) -> shapes.Arguments:
        """The parameters in the query that are for other media types alone."""
        return {
            name: value for form in self.also.values() for name, value in form.parameters.items()
        }

    @cached_property
    def in_body(self) -> shapes.Arguments:
        """The arguments that are members of the body."""
        return {} if self.method == "GET" or self.lines else self._rest

    @cached_property
    def query(self) -> type[Struct]:
        """What the query must be like."""
        return shapes.query(f"{self.name}_query", self.in_query)

    @cached_property
    def json_in_query(self) -> tuple[str, ...]:
        """The parameters of the query that are JSON."""
        return tuple(name for name, one in self.in_query.items() if one.sql in shapes.JSON)

    @cached_property
    def body(self) -> type[Struct] | None:
        """What the body must be like, be it empty; None where there is none."""
        if self.method == "GET" or self.lines:
            return None
        return shapes.struct(self.name, self.in_body, self.required)

    @property
    def _rest(self) -> shapes.Arguments:
        elsewhere = {*self.in_path, "idempotency_key", self.lines}
        return {
            name: argument
            for name, argument in self.function.arguments.items()
            if name not in elsewhere
        }

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return re.sub(
            r"{(\w+)}", lambda found: f"<{self._converter(found[1])}:{found[1]}>", self.path
        )

    def _converter(self, name: str) -> str:
        if self.in_path[name].schema["type"] == "integer":
            return "number"
        return "text" if name == "account_id" else "string"

    def respond(self, **arguments: object) -> Response:
        """Answer a request: parse it, call the function, send what it answers."""
        arguments |= parsing.query(self.query, self.json_in_query)
        if self.body:
            arguments |= parsing.body(self.body)
        if self.lines:
            request.max_content_length = self.max_bytes
            arguments[self.lines] = parsing.items(list[shapes.ITEM], shapes.MOST)
        seen.arguments(arguments)
        if self.idempotent:
            arguments |= parsing.idempotency_key()
        in_form = {name: arguments.pop(name) for name in self.in_forms if name in arguments}
        answer = self.answer(arguments, self.on_standby)
        if self.lines:
            items.note(answer, arguments)
        response = Response(answer, self.status, mimetype=JSON)
        if self.also:
            wanted = request.accept_mimetypes.best_match([JSON, *self.also], JSON)
            if wanted in self.also:
                response = self.also[wanted].respond(answer, in_form)
            response.vary.add("Accept")
        if self.location:
            names = {name: quote(str(value), safe="") for name, value in arguments.items()}
            root = quote(request.script_root)
            response.headers["Location"] = root + self.location.format_map(names)
        return response

    def answer(self, arguments: Arguments, on_standby: bool = False) -> bytes:
        """What the function answers, as JSON."""
        statement = self.statement(arguments)
        found = standby.answer(statement, arguments) if on_standby else None
        return db.fetch(statement, arguments) if found is None else found

    def statement(self, arguments: Arguments) -> str:
        """What calls the function; of a page, the limit is added to its arguments."""
        about = tuple((name, argument.sql) for name, argument in self.in_path.items())
        if self.cursor:
            whole = arguments.pop("detail", not self.detail)
            arguments.setdefault("limit", self.function.arguments["limit"].default)
            names, column = tuple(arguments), None if whole else self.cursor
            return calls.page(self.name, names, self.items, self.cursor, about=about, column=column)
        names = tuple(arguments)
        if self.items:
            return calls.rows(self.name, names, self.items, about)
        if isinstance(self.function.returns, str):
            return calls.row(self.name, names)
        return calls.value(self.name, names)


ROUTES = [
    # accounts
    Route("POST", "/accounts", "create_account", status=201, location="/accounts/{account_id}"),
    Route("GET", "/accounts", "list_accounts", "accounts", "account_id", detail=True),
    Route("GET", "/accounts/{account_id}", "get_account"),
    Route("POST", "/accounts/{account_id}/freeze", "freeze_account"),
    Route("POST", "/accounts/{account_id}/block", "block_account"),
    Route("POST", "/accounts/{account_id}/unfreeze", "unfreeze_account"),
    Route("POST", "/accounts/{account_id}/close", "close_account"),
    Route("POST", "/accounts/{account_id}/rewind", "rewind_account"),
    Route("PUT", "/accounts/{account_id}/overdraft-limit", "set_overdraft_limit"),
    Route("PUT", "/accounts/{account_id}/metadata", "set_account_metadata", required=("metadata",)),
    Route("PUT", "/accounts/{account_id}/collecting", "set_collecting"),
    Route("PUT", "/currencies/{currency}", "create_currency"),
    Route("GET", "/currencies", "list_currencies", "currencies", "currency"),
    # money
    Route("POST", "/deposits", "deposit"),
    Route("POST", "/withdrawals", "withdraw"),
    Route("POST", "/transfers", "transfer"),
    Route("POST", "/exchanges", "exchange"),
    Route("POST", "/transactions", "post"),
    Route("GET", "/transactions/{transaction_id}", "get_transaction", "legs"),
    Route("GET", "/transactions/{transaction_id}/audit", "audit_transaction", "entries"),
    Route(
        "GET",
        "/transactions/{transaction_id}/references",
        "list_references",
        "references",
        "transaction_id",
    ),
    Route("POST", "/transactions/{transaction_id}/reversal", "reverse_transaction"),
    Route("POST", "/batches", "batch", "results", lines="operations", max_bytes=4 << 20),
    # payments
    Route("POST", "/payments", "pay"),
    Route("GET", "/payments/{payment_id}", "get_payment"),
    Route("POST", "/payments/{payment_id}/refunds", "refund_payment"),
    Route("GET", "/accounts/{account_id}/cashbacks", "list_cashbacks", "cashbacks", "payment_id"),
    Route("GET", "/accounts/{account_id}/payments", "list_payments", "payments", "payment_id"),
    Route("GET", "/cashbacks/upcoming", "upcoming_cashbacks", "upcoming"),
    Route("POST", "/cashbacks/settlements", "settle_cashbacks"),
    Route("PUT", "/cashback-policies/{currency}", "set_cashback_policy"),
    Route("GET", "/cashback-policies", "list_cashback_policies", "cashback_policies", "currency"),
    # holds
    Route("POST", "/holds", "hold"),
    Route("GET", "/holds/{hold_id}", "get_hold"),
    Route("POST", "/holds/{hold_id}/captures", "capture_hold"),
    Route("POST", "/holds/{hold_id}/raise", "raise_hold"),
    Route("POST", "/holds/{hold_id}/release", "release_hold"),
    Route("POST", "/holds/{hold_id}/refunds", "refund_hold"),
    Route("POST", "/holds/expirations", "expire_holds"),
    Route("GET", "/accounts/{account_id}/holds", "list_holds", "holds", "hold_id"),
    # schedules
    Route("POST", "/schedules", "schedule_transfer"),
    Route("GET", "/schedules/{schedule_id}", "get_schedule"),
    Route("POST", "/schedules/{schedule_id}/cancel", "cancel_schedule"),
    Route("GET", "/schedules/{schedule_id}/runs", "list_schedule_runs", "runs", "run_number"),
    Route("POST", "/schedules/runs", "run_schedules"),
    Route("GET", "/accounts/{account_id}/schedules", "list_schedules", "schedules", "schedule_id"),
    # books
    Route("GET", "/accounts/{account_id}/balance", "get_balance"),
    Route(
        "GET", "/accounts/{account_id}/balance-history", "balance_history", "buckets", heavy=True
    ),
    Route(
        "GET", "/accounts/{account_id}/transactions", "list_transactions", "transactions", "version"
    ),
    Route("GET", "/accounts/{account_id}/statement", "get_statement", also=FORMS, heavy=True),
    Route("GET", "/balances", "list_balances", "balances", "account_id", heavy=True),
    Route("GET", "/trial-balance", "trial_balance", "lines", heavy=True),
    Route(
        "GET",
        "/house-accounts/{house_account_id}/entries",
        "list_house_entries",
        "entries",
        "entry_id",
    ),
    Route("GET", "/find", "find", "found"),
    # turnovers
    Route("GET", "/ledger/totals", "ledger_totals", "totals"),
    Route("GET", "/ledger/turnovers", "turnover_history", "turnovers"),
    # events, webhooks, monitors
    Route("GET", "/events", "list_events", "events", "event_id"),
    Route("POST", "/events/numberings", "number_events"),
    Route("POST", "/webhooks", "create_webhook", status=201),
    Route("GET", "/webhooks", "list_webhooks", "webhooks", "webhook_id"),
    Route("PUT", "/webhooks/{webhook_id}", "update_webhook"),
    Route("POST", "/webhooks/{webhook_id}/secret", "rotate_webhook_secret"),
    Route("POST", "/webhooks/{webhook_id}/pause", "pause_webhook"),
    Route("POST", "/webhooks/pause", "pause_webhooks", "webhooks"),
    Route("POST", "/webhooks/{webhook_id}/resume", "resume_webhook"),
    Route("POST", "/webhooks/{webhook_id}/delete", "delete_webhook"),
    Route("GET", "/webhooks/{webhook_id}/deliveries", "list_deliveries", "deliveries", "event_id"),
    Route("POST", "/webhooks/{webhook_id}/deliveries/{event_id}/retry", "retry_delivery"),
    Route("POST", "/webhooks/{webhook_id}/deliveries/{event_id}/skip", "skip_delivery"),
    Route("POST", "/monitors", "create_monitor", status=201),
    Route("POST", "/monitors/{monitor_id}/delete", "delete_monitor"),
    Route("GET", "/accounts/{account_id}/monitors", "list_monitors", "monitors", "monitor_id"),
    # api keys
    Route("POST", "/api-keys", "create_api_key", status=201),
    Route("GET", "/api-keys", "list_api_keys", "api_keys", "name"),
    Route("POST", "/api-keys/{name}/revoke", "revoke_api_key"),
    # workers
    Route("GET", "/workers", "list_workers", "workers", "worker_number"),
    # sight
    Route("GET", "/refusals", "list_refusals", "refusals", "refusal_id"),
    Route("GET", "/refusals/counts", "count_refusals", "counts"),
    Route(
        "GET",
        "/accounts/{account_id}/refusals",
        "list_account_refusals",
        "refusals",
        "refusal_id",
    ),
    # proof
    Route("GET", "/ledger/verification", "verify_ledger", "checks", seconds=3600),
    Route("GET", "/accounts/{account_id}/verification", "verify_account", "checks", heavy=True),
    Route("POST", "/ledger/digests", "ledger_digest", seconds=3600),
    Route("POST", "/ledger/digests/verification", "verify_digest", seconds=3600),
    Route("GET", "/ledger/proofs", "list_proofs", "proofs", "proof_number"),
    Route("GET", "/ledger/proofs/{proof_number}/checks", "list_proof_checks", "checks"),
]


class TextConverter(PathConverter):
    """Any text but none, as account ids are: slashes and line breaks included.

    WSGI hands paths on decoded, so %2F and / are one, and the last part says what of the account is
    meant. No id ends in such a part (engine.check_account_id), so no path has two meanings.
    """

    part_isolating = False
    regex = r"[\s\S]+?"


class NumberConverter(BaseConverter):
    """A whole number of at most 16 digits, which is all that 2^53 needs."""

    regex = "[0-9]{1,16}"

    def to_python(self, value: str) -> int:
        """As the function takes it."""
        return int(value)


def install(app: Flask) -> None:
    """Give Flask every route there is."""
    named = {route.name: route for route in ROUTES}
    app.extensions["routes"] = named
    identity.install(app, lambda name: named[name].seconds)
    db.install(app)
    standby.install(app)
    app.before_request(parsing.check_url)
    app.url_map.merge_slashes = False  # an account may be called a//b
    app.url_map.converters |= {"text": TextConverter, "number": NumberConverter}
    for route in ROUTES:
        app.add_url_rule(route.rule, route.name, route.respond, methods=[route.method])
    for probe in probes.PROBES:
        app.add_url_rule(probe.path, probe.name, probe.respond, methods=["GET"])
