"""The bank's functions as commands: what each takes and answers is made from the contract.

    "account freeze": "freeze_account",

A function of which nothing is said here is called by its own name. Arguments that it needs stand
after the command, in its order; the others are options of the same name.
"""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
from collections.abc import Callable, Iterable
from typing import NoReturn

import click
import psycopg
from psycopg import errors

from pgteller import proofs
from pgteller.cli import FailedError, kinds, tables
from pgteller.cli.session import shell
from pgteller.contract import Value
from pgteller.pool import UnavailableError
from pgteller.shell import db
from pgteller.shell.errors import may_have_happened, refusal
from pgteller.shell.routes import ROUTES, Route

WORDS = {
    "account open": "create_account",
    "account show": "get_account",
    "account list": "list_accounts",
    "account freeze": "freeze_account",
    "account block": "block_account",
    "account unfreeze": "unfreeze_account",
    "account close": "close_account",
    "account limit": "set_overdraft_limit",
    "account metadata": "set_account_metadata",
    "account collecting": "set_collecting",
    "account rewind": "rewind_account",
    "account holds": "list_holds",
    "account cashbacks": "list_cashbacks",
    "account payments": "list_payments",
    "account schedules": "list_schedules",
    "account monitors": "list_monitors",
    "deposit": "deposit",
    "withdraw": "withdraw",
    "transfer": "transfer",
    "exchange": "exchange",
    "post": "post",
    "pay": "pay",
    "payment show": "get_payment",
    "payment refund": "refund_payment",
    "hold place": "hold",
    "hold show": "get_hold",
    "hold capture": "capture_hold",
    "hold raise": "raise_hold",
    "hold release": "release_hold",
    "hold refund": "refund_hold",
    "schedule make": "schedule_transfer",
    "schedule show": "get_schedule",
    "schedule cancel": "cancel_schedule",
    "schedule runs": "list_schedule_runs",
    "find": "find",
    "transaction show": "get_transaction",
    "transaction audit": "audit_transaction",
    "transaction references": "list_references",
    "transaction reverse": "reverse_transaction",
    "balance": "get_balance",
    "history": "list_transactions",
    "statement": "get_statement",
    "balances": "list_balances",
    "balance-history": "balance_history",
    "trial-balance": "trial_balance",
    "totals": "ledger_totals",
    "turnovers": "turnover_history",
    "batch": "batch",
    "digest take": "ledger_digest",
    "digest verify": "verify_digest",
    "proofs": "list_proofs",
    "proof-checks": "list_proof_checks",
    "refusals": "list_refusals",
    "refusal-counts": "count_refusals",
    "account refusals": "list_account_refusals",
    "account verify": "verify_account",
    "events": "list_events",
    "workers": "list_workers",
    "currency make": "create_currency",
    "currency list": "list_currencies",
    "upcoming-cashbacks": "upcoming_cashbacks",
    "policy list": "list_cashback_policies",
    "policy set": "set_cashback_policy",
    "key make": "create_api_key",
    "key list": "list_api_keys",
    "key revoke": "revoke_api_key",
    "monitor make": "create_monitor",
    "monitor delete": "delete_monitor",
    "webhook make": "create_webhook",
    "webhook list": "list_webhooks",
    "webhook update": "update_webhook",
    "webhook rotate-secret": "rotate_webhook_secret",
    "webhook pause": "pause_webhook",
    "webhook pause-all": "pause_webhooks",
    "webhook resume": "resume_webhook",
    "webhook delete": "delete_webhook",
    "webhook deliveries": "list_deliveries",
    "webhook retry": "retry_delivery",
    "webhook skip": "skip_delivery",
}
KEY = "idempotency_key"
COMMANDS = WORDS | {
    route.name.replace("_", "-"): route.name for route in ROUTES if route.name not in WORDS.values()
}
GROUPS = {
    "account": "Accounts: open, look at and change them.",
    "payment": "Payments and their refunds.",
    "hold": "Money that is reserved.",
    "schedule": "Transfers to come.",
    "transaction": "What was posted.",
    "currency": "Currencies of your own.",
    "policy": "What payments earn.",
    "key": "Who may come in through a web server.",
    "digest": "What is kept outside, as evidence.",
    "monitor": "Conditions that are watched.",
    "webhook": "Who is told of events.",
}


def command(words: str) -> click.Command:
    """The command that calls a function."""
    route = next(route for route in ROUTES if route.name == COMMANDS[words])
    function = route.function
    needed = [
        name
        for name, value in function.arguments.items()
        if value.required or name in route.required
    ]
    parameters: list[click.Parameter] = [
        click.Argument([name], type=kinds.of(function.arguments[name])) for name in needed
    ]
    parameters += [
        _option(name, value, "one is drawn" if name == KEY and _draws_key(route) else "")
        for name, value in function.arguments.items()
        if name not in needed
    ]
    parameters.append(click.Option(["--json", "as_json"], is_flag=True, help="Answer in JSON."))
    if route.also:
        forms = {form.extension: form for form in route.also.values()}
        parameters.append(click.Option(["--as", "form"], type=click.Choice(forms), help="A file."))
        parameters += [_option(name, value) for name, value in route.in_forms.items()]
    return click.Command(
        words.rpartition(" ")[2],
        params=parameters,
        callback=_callback(route, [*function.arguments], [*route.in_forms]),
        help=f"{function.summary}\n\n{function.description}\n\n{_about(route, needed)}".strip(),
        short_help=function.summary,
    )


def group(name: str) -> click.Group:
    """The commands that begin with a word."""
    found = click.Group(name, help=GROUPS[name])
    for words in COMMANDS:
        first, _, rest = words.partition(" ")
        if first == name and rest:
            found.add_command(command(words), rest)
    return found


def _callback(route: Route, names: Iterable[str], in_forms: Iterable[str]) -> Callable[..., None]:
    def call(as_json: bool, form: str | None = None, **given: object) -> None:
        if form is not None and as_json:
            raise click.UsageError("--as and --json exclude each other.")
        if form == "pdf" and sys.stdout.isatty():
            raise click.UsageError("A PDF is no text for a terminal: add > FILE.")
        arguments = {name: given[name] for name in names if given[name] is not None}
        if _draws_key(route):
            arguments.setdefault(KEY, str(uuid.uuid4()))
        try:
            with shell() as app:
                db.require_fit(app)
                if route.name == "ledger_digest":
                    number = proofs.begin(db.fetch, proofs.DIGEST)
                    with proofs.kept(db.fetch, number) as kept:
                        answer = route.answer(arguments)
                        kept["sha256"] = hashlib.sha256(answer + b"\n").hexdigest()
                else:
                    answer = route.answer(route.whole | arguments)
        except KeyboardInterrupt as stopped:
            raise _unknown(route, arguments, "It was stopped") from stopped
        except (psycopg.Error, UnavailableError) as problem:
            if isinstance(problem, psycopg.Error) and may_have_happened(problem):
                raise _unknown(route, arguments, str(problem).strip()) from problem
            refuse(problem, as_json)
        try:
            answered(answer, as_json, form, given)
            sys.stdout.flush()
        except OSError as problem:
            key = arguments.get("idempotency_key")
            if key is None:
                raise
            raise FailedError(
                f"It was done, under --idempotency-key {key}, but the answer could not be written: "
                f"{problem.strerror}."
            ) from problem
        told = json.loads(answer)
        if told.get("ok") is False or (route.lines and told["refused"]):
            sys.exit(1)

    def answered(answer: bytes, as_json: bool, form: str | None, given: dict[str, object]) -> None:
        if form is not None:
            chosen = next(one for one in route.also.values() if one.extension == form)
            own = {
                name: given[name]
                for name in in_forms
                if name in chosen.parameters and given[name] is not None
            }
            sys.stdout.buffer.write(chosen.render(json.loads(answer), **own))
        elif as_json or (route.name == "ledger_digest" and not sys.stdout.isatty()):
            click.echo(answer)  # what is kept of a digest is its JSON
        else:
            tables.show(route, json.loads(answer))

    return call


def _unknown(route: Route, arguments: dict[str, object], reason: str) -> Exception:
    """What is to be said where there is no answer."""
    if route.method == "GET":
        return FailedError(reason)
    key = arguments.get("idempotency_key")
    cure = f" Repeat it with --idempotency-key {key}: so it happens once." if key else ""
    return FailedError(f"{reason}\nThis may have happened or not.{cure}")


def refuse(problem: Exception, as_json: bool) -> NoReturn:
    """Say why there is no answer, and end: with 1 if the bank refused, else with 2."""
    refused = refusal(problem) if isinstance(problem, psycopg.Error) else None
    if refused is None:
        if isinstance(problem, errors.InsufficientPrivilege):
            raise FailedError("This login may not do this: it takes an operator.") from problem
        raise FailedError(str(problem).strip()) from problem
    if as_json:
        click.echo(json.dumps(refused.document(), ensure_ascii=False))
    else:
        click.echo(f"Refused, {refused.name}: {refused.detail}", err=True)
    sys.exit(1)


def _about(route: Route, needed: Iterable[str]) -> str:
    """What stands after the command."""
    lines = (
        f"{name.upper()}: {route.function.arguments[name].about} "
        f"{kinds.hint(route.function.arguments[name])}".strip()
        for name in needed
    )
    return "\n\n".join(lines)


def _draws_key(route: Route) -> bool:
    """Whether the command has an idempotency key of its own where none is given."""
    return route.idempotent and not route.lines


def _option(name: str, value: Value, default: str = "") -> click.Option:
    flag = f"--{name.replace('_', '-')}"
    if value.schema.get("type") == "boolean":
        return click.Option([f"{flag}/--no-{flag[2:]}", name], default=None, help=value.about)
    about = f"{value.about} {kinds.hint(value)}".strip()
    if default:
        about += f"  [default: {default}]"
    return click.Option([flag, name], type=kinds.of(value), default=None, help=about)
