"""Made by `make contract` from the functions' SQL. Rows are types here alone: who names one imports
it where `TYPE_CHECKING` is."""

from typing import Any, Literal, TypedDict

from pgteller.shell.routes import Route

Json = dict[str, Any]

class Account(TypedDict):
    account_id: str
    currency: str
    status: Literal["active", "frozen", "blocked", "closed"]
    collecting: bool
    balance: int
    available: int
    held: int
    pending_cashback: int
    overdraft_limit: int
    version: int
    head: str
    last_timestamp: int
    next_cashback_due: int | None
    created_at: int
    metadata: Json

class AccountOpened(TypedDict):
    account_id: str
    created: bool
    currency: str
    status: Literal["active", "frozen", "blocked", "closed"]
    balance: int
    available: int
    overdraft_limit: int
    transaction_id: int
    timestamp: int
    metadata: Json

class AccountRefusal(TypedDict):
    refusal_id: int
    refused_at: int
    request_id: str
    method: str
    route: str | None
    status: int
    code: str
    account_ids: list[str]
    detail: Json

class ApiKey(TypedDict):
    name: str
    role: Literal["teller", "operator", "auditor"]
    accounts: list[str] | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None

class ApiKeyCreated(TypedDict):
    name: str
    role: Literal["teller", "operator", "auditor"]
    accounts: list[str] | None
    secret: str
    created_at: int
    expires_at: int | None

class AuditedLeg(TypedDict):
    leg: int
    account_id: str
    operation: str
    recorded_at: int | None
    actor: str
    version: int | None
    previous_hash: str | None
    hash: str | None

class Balance(TypedDict):
    account_id: str
    balance: int
    available: int
    held: int
    pending_cashback: int
    currency: str
    timestamp: int

class BalanceBucket(TypedDict):
    since: int
    until: int
    closing: int
    lowest: int | None
    highest: int | None

class BatchResult(TypedDict):
    item: int
    status: Literal["posted", "replayed", "refused"]
    operation: Literal["deposit", "withdraw", "transfer", "pay", "post", "hold", "raise_hold", "capture_hold", "release_hold", "refund_hold", "refund_payment", "reverse_transaction", "exchange"]
    transaction_id: int | None
    payment_id: str | None
    account_id: str | None
    balance: int | None
    available: int | None
    timestamp: int | None
    cashback: Any
    receipt: Json | None
    code: str | None
    detail: Json | None

class Cashback(TypedDict):
    payment_id: str
    account_id: str
    promised: int
    amount: int
    clawed_back: int
    created_at: int
    due_at: int
    status: Literal["pending", "deposited", "cancelled"]
    transaction_id: int | None

class CashbackPolicy(TypedDict):
    currency: str
    rate_bps: int
    delay_ms: int
    max_amount: int | None

class Currency(TypedDict):
    currency: str
    exponent: int

class CurrencyCreated(TypedDict):
    currency: str
    exponent: int
    created: bool

class Delivery(TypedDict):
    webhook_id: str
    event_id: int
    account_id: str
    status: Literal["pending", "delivered", "skipped"]
    attempts: int
    next_attempt_at: int | None
    last_attempt_at: int | None
    last_status: int | None
    last_error: str | None
    delivered_at: int | None

class DigestVerification(TypedDict):
    ok: bool
    finding: Literal["chain_broken", "account_missing", "history_differs", "recorded_before", "root_differs"] | None
    account_id: str | None
    version: int | None
    transaction_id: int
    timestamp: int | None
    accounts: int
    legs: int

class Event(TypedDict):
    event_id: int
    type: str
    account_id: str
    version: int
    transaction_id: int
    timestamp: int
    recorded_at: int
    currency: str
    amount: int
    balance_after: int
    contra_account_id: str | None
    payment_ref: str | None
    refers_to: int | None
    details: Json | None
    metadata: Json | None
    hash: str

class ExchangeReceipt(TypedDict):
    transaction_id: int
    source_account_id: str
    target_account_id: str
    amount: int
    source_currency: str
    target_amount: int
    target_currency: str
    rate: str
    balance: int
    available: int
    timestamp: int

class Expiration(TypedDict):
    expired: int
    amount: int
    remaining: int

class Found(TypedDict):
    kind: Literal["account", "transaction", "payment", "hold", "schedule", "monitor"]
    id: str
    account_id: str
    transaction_id: int | None
    amount: int | None
    currency: str
    timestamp: int

class HistoryLine(TypedDict):
    transaction_id: int | None
    timestamp: int
    recorded_at: int | None
    value_at: int
    operation: str
    amount: int
    balance_after: int
    contra_account_id: str | None
    payment_ref: str | None
    deposited: bool | None
    refers_to: int | None
    metadata: Json | None
    posting_metadata: Json | None
    details: Json | None
    version: int
    hash: str | None

class HoldReceipt(TypedDict):
    hold_id: str
    transaction_id: int
    account_id: str
    target_account_id: str | None
    amount: int
    captured: int
    refunded: int
    released: int
    remaining: int
    status: Literal["open", "captured", "released", "expired"]
    expires_at: int | None
    balance: int
    available: int
    held: int
    currency: str
    timestamp: int

class HoldState(TypedDict):
    hold_id: str
    account_id: str
    target_account_id: str | None
    amount: int
    captured: int
    refunded: int
    remaining: int
    status: Literal["open", "captured", "released", "expired"]
    currency: str
    created_at: int
    expires_at: int | None
    closed_at: int | None
    transaction_id: int
    metadata: Json | None
    captures: list[int]

class HouseEntry(TypedDict):
    entry_id: str
    transaction_id: int
    timestamp: int
    value_at: int
    operation: str
    amount: int
    currency: str
    contra_account_id: str
    payment_ref: str | None
    refers_to: int | None
    metadata: Json | None
    posting_metadata: Json | None
    details: Json | None

class LedgerTotal(TypedDict):
    currency: str
    account_id: str
    accounts: int | None
    legs: int
    transactions: int
    debits: int
    credits: int
    balance: int
    event_id: int
    recorded_at: int

class Leg(TypedDict):
    transaction_id: int
    leg: int
    timestamp: int
    recorded_at: int | None
    value_at: int
    operation: str
    account_id: str
    currency: str
    amount: int
    balance_after: int | None
    contra_account_id: str | None
    payment_ref: str | None
    refers_to: int | None
    metadata: Json | None
    posting_metadata: Json | None
    details: Json | None
    version: int | None
    hash: str | None

class Monitor(TypedDict):
    monitor_id: str
    account_id: str
    field: Literal["balance", "available", "held"]
    comparison: Literal["lt", "lte", "gt", "gte", "eq"]
    value: int
    triggered: bool
    created_at: int
    transaction_id: int
    metadata: Json | None

class Numbering(TypedDict):
    numbered: int
    newest: int

class Payment(TypedDict):
    payment_id: str
    account_id: str
    transaction_id: int
    amount: int
    fee: int
    merchant_account_id: str | None
    refunded: int
    currency: str
    timestamp: int
    cashback: Any

class PaymentReceipt(TypedDict):
    payment_id: str
    transaction_id: int
    account_id: str
    amount: int
    fee: int
    merchant_account_id: str | None
    balance: int
    available: int
    currency: str
    timestamp: int
    cashback: Any

class PostReceipt(TypedDict):
    transaction_id: int
    postings: int
    refers_to: int | None
    accounts: list[Any]
    timestamp: int

class Proof(TypedDict):
    proof_number: int
    kind: Literal["verification", "digest", "digest_handed_out"]
    begun_at: int
    ended_at: int | None
    violations: int | None
    clean: bool | None
    actor: str
    sha256: str | None
    finding: str | None
    lost_at: int
    legs_seen: int | None
    legs: int | None

class Receipt(TypedDict):
    transaction_id: int
    account_id: str
    amount: int
    balance: int
    available: int
    currency: str
    timestamp: int

class Reference(TypedDict):
    transaction_id: int
    timestamp: int
    operation: str
    account_id: str
    contra_account_id: str | None
    currency: str
    amount: int
    legs: int

class RefundReceipt(TypedDict):
    payment_id: str
    transaction_id: int
    account_id: str
    merchant_account_id: str | None
    amount: int
    refunded: int
    refundable: int
    cashback_cancelled: int
    cashback_clawed_back: int
    cashback_netted: int
    balance: int
    available: int
    currency: str
    timestamp: int

class Refusal(TypedDict):
    refusal_id: int
    refused_at: int
    request_id: str
    method: str
    route: str | None
    status: int
    code: str
    actor: str | None
    account_ids: list[str]
    detail: Json

class RefusalCount(TypedDict):
    code: str
    count: int
    newest_at: int

class ReversalReceipt(TypedDict):
    transaction_id: int
    reverses: int
    operation: str
    reason: str
    forced: bool
    currency: str
    timestamp: int
    legs: list[Any]

class Schedule(TypedDict):
    schedule_id: str
    source_account_id: str
    target_account_id: str
    amount: int
    run_at: int
    every: str | None
    until: int | None
    time_zone: str
    status: Literal["active", "completed", "failed", "cancelled"]
    next_run_at: int | None
    occurrence: int
    attempt: int
    runs: int
    created_at: int
    ended_at: int | None
    metadata: Json | None

class ScheduleProgress(TypedDict):
    succeeded: int
    refused: int
    remaining: int

class ScheduleRun(TypedDict):
    run_number: int
    occurrence: int
    attempt: int
    due_at: int
    recorded_at: int
    status: Literal["succeeded", "refused"]
    transaction_id: int
    timestamp: int
    code: str | None
    detail: Json | None

class Settlement(TypedDict):
    settled: int
    amount: int
    remaining: int

class Statement(TypedDict):
    account_id: str
    holder: str | None
    currency: str
    exponent: int
    since: int
    until: int
    time_zone: str
    opening_time: str
    closing_time: str
    as_of: int | None
    as_of_time: str | None
    opening: int
    credits: int
    debits: int
    closing: int
    totals: list[Any]
    transactions: list[Any]

class TransferReceipt(TypedDict):
    transaction_id: int
    source_account_id: str
    target_account_id: str
    amount: int
    balance: int
    available: int
    currency: str
    timestamp: int

class TrialLine(TypedDict):
    currency: str
    account_id: str
    balance: int

class Turnover(TypedDict):
    since: int
    until: int
    currency: str
    operation: str
    house_account_id: str | None
    legs: int
    transactions: int
    debits: int
    credits: int

class UpcomingCashback(TypedDict):
    since: int | None
    until: int | None
    currency: str
    count: int
    amount: int

class Verification(TypedDict):
    check: str
    ok: bool
    violations: int
    sample: list[Any]

class Webhook(TypedDict):
    webhook_id: str
    url: str
    types: list[str] | None
    account_id: str | None
    status: Literal["active", "paused", "deleted"]
    paused_at: int | None
    paused_reason: str | None
    failing_since: int | None
    queued_to: int
    pending: int
    secret_until: int | None
    created_at: int

class WebhookCreated(TypedDict):
    webhook_id: str
    url: str
    secret: str | None
    types: list[str] | None
    account_id: str | None
    after: int
    created_at: int

class WebhookSecret(TypedDict):
    webhook_id: str
    secret: str | None
    secret_until: int | None

class Worker(TypedDict):
    worker_number: int
    name: str
    version: str
    started_at: int
    beat_at: int
    alive: bool

class Methods:
    def _call(self, route: Route, arguments: Json) -> Json: ...
    def audit_transaction(
        self,
        transaction_id: int,
    ) -> Json:
        """Who posted a transaction, and between which hashes its entries stand."""
    def balance_history(
        self,
        account_id: str,
        since: int,
        until: int,
        buckets: int | None = ...,
        by: Literal["timestamp", "value_at"] | None = ...,
        extremes: bool | None = ...,
    ) -> Json:
        """The balance of an account over a period, in parts of equal length, for charts."""
    def batch(
        self,
        operations: list[Any],
        atomic: bool | None = ...,
        dry_run: bool | None = ...,
        privileged: bool | None = ...,
        idempotency_key: str | None = ...,
    ) -> Json:
        """Run many operations in one call and one transaction."""
    def block_account(
        self,
        account_id: str,
        reason: str,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Account:
        """Stop both debits and credits of an account."""
    def cancel_schedule(
        self,
        schedule_id: str,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Schedule:
        """Run a schedule no more."""
    def capture_hold(
        self,
        hold_id: str,
        amount: int | None = ...,
        final: bool | None = ...,
        value_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> HoldReceipt:
        """Take money that a hold has reserved."""
    def close_account(
        self,
        account_id: str,
        reason: str,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Account:
        """Close an account for ever."""
    def count_refusals(
        self,
        since: int | None = ...,
        until: int | None = ...,
    ) -> Json:
        """How often web servers have refused lately, and why: a row per code."""
    def create_account(
        self,
        account_id: str,
        currency: str | None = ...,
        overdraft_limit: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> AccountOpened:
        """Open an account."""
    def create_api_key(
        self,
        name: str,
        role: Literal["teller", "operator", "auditor"],
        accounts: list[str] | None = ...,
        expires_at: int | None = ...,
    ) -> ApiKeyCreated:
        """Let somebody in through a web server."""
    def create_currency(
        self,
        currency: str,
        exponent: int,
    ) -> CurrencyCreated:
        """Make a unit that accounts can be in."""
    def create_monitor(
        self,
        account_id: str,
        field: Literal["balance", "available", "held"],
        comparison: Literal["lt", "lte", "gt", "gte", "eq"],
        value: int,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Monitor:
        """Watch a number of an account from now on."""
    def create_webhook(
        self,
        url: str,
        secret: str | None = ...,
        types: list[str] | None = ...,
        account_id: str | None = ...,
        after: int | None = ...,
        idempotency_key: str | None = ...,
    ) -> WebhookCreated:
        """Have events sent to a URL."""
    def delete_monitor(
        self,
        monitor_id: str,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Monitor:
        """Stop watching."""
    def delete_webhook(
        self,
        webhook_id: str,
    ) -> Webhook:
        """Send nothing there any more, and forget what was sent."""
    def deposit(
        self,
        account_id: str,
        amount: int,
        value_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Receipt:
        """Credit an account with money from outside."""
    def exchange(
        self,
        source_account_id: str,
        target_account_id: str,
        amount: int,
        target_amount: int,
        value_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> ExchangeReceipt:
        """Sell money of one currency for money of another."""
    def expire_holds(
        self,
        timestamp: int | None = ...,
        limit: int | None = ...,
    ) -> Expiration:
        """Post the expiries of holds whose time is over, for everyone, oldest first."""
    def find(
        self,
        search: str,
    ) -> Json:
        """What has exactly this id: an account, a transaction, a payment, a hold and so on."""
    def freeze_account(
        self,
        account_id: str,
        reason: str,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Account:
        """Stop the debits of an account; credits still arrive."""
    def get_account(
        self,
        account_id: str,
    ) -> Account:
        """Everything about one account."""
    def get_balance(
        self,
        account_id: str,
        timestamp: int | None = ...,
        by: Literal["timestamp", "value_at"] | None = ...,
    ) -> Balance:
        """What an account holds, now or at a moment."""
    def get_hold(
        self,
        hold_id: str,
    ) -> HoldState:
        """One hold."""
    def get_payment(
        self,
        payment_id: str,
    ) -> Payment:
        """A payment and the state of its cashback."""
    def get_schedule(
        self,
        schedule_id: str,
    ) -> Schedule:
        """A schedule as of now."""
    def get_statement(
        self,
        account_id: str,
        since: int | None = ...,
        until: int | None = ...,
        by: Literal["timestamp", "value_at"] | None = ...,
        time_zone: str | None = ...,
    ) -> Statement:
        """What happened on an account in a period, and what it had before and after."""
    def get_transaction(
        self,
        transaction_id: int,
    ) -> Json:
        """Every side of a transaction, the house's included."""
    def hold(
        self,
        account_id: str,
        amount: int,
        expires_at: int | None = ...,
        target_account_id: str | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> HoldReceipt:
        """Reserve money of an account, so that a later capture cannot fail for want of it."""
    def ledger_digest(
        self,
        patience: int | None = ...,
    ) -> Json:
        """Seal the ledger as it is, in a few kilobytes to keep outside the database."""
    def ledger_totals(
        self,
    ) -> Json:
        """What all customers together have, and the house, by currency."""
    def list_account_refusals(
        self,
        account_id: str,
        since: int | None = ...,
        until: int | None = ...,
        code: str | None = ...,
        request_id: str | None = ...,
        limit: int | None = ...,
        after: int | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """What web servers have refused lately on one account, oldest first."""
    def list_accounts(
        self,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
        search: str | None = ...,
        status: Literal["active", "frozen", "blocked", "closed"] | None = ...,
        currency: str | None = ...,
        sort: Literal["account_id", "balance", "created_at", "last_timestamp"] | None = ...,
    ) -> Json:
        """Accounts, in byte order of account_id or by another column, all or some."""
    def list_api_keys(
        self,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """Who may come in through a web server, by name."""
    def list_balances(
        self,
        timestamp: int | None = ...,
        limit: int | None = ...,
        after: str | None = ...,
        by: Literal["timestamp", "value_at"] | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """What every account holds, now or at a moment, in byte order of account_id."""
    def list_cashback_policies(
        self,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """What payments earn, by currency."""
    def list_cashbacks(
        self,
        account_id: str,
        status: Literal["pending", "deposited", "cancelled"] | None = ...,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """The cashbacks of an account, in the order of their payments."""
    def list_currencies(
        self,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """Every unit that accounts can be in."""
    def list_deliveries(
        self,
        webhook_id: str,
        status: Literal["pending", "delivered", "skipped"] | None = ...,
        limit: int | None = ...,
        after: int | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """What was sent to a webhook and what waits, in the order of events."""
    def list_events(
        self,
        after: int | None = ...,
        limit: int | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """What has happened, in an order in which nothing comes late."""
    def list_holds(
        self,
        account_id: str,
        status: Literal["open", "captured", "released", "expired"] | None = ...,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """The holds of an account, oldest first."""
    def list_house_entries(
        self,
        house_account_id: str,
        currency: str | None = ...,
        operation: str | None = ...,
        since: int | None = ...,
        until: int | None = ...,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """What went through a house account such as @fees."""
    def list_monitors(
        self,
        account_id: str,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """The monitors of an account, oldest first."""
    def list_payments(
        self,
        account_id: str,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """The payments of an account, each with the state of its cashback."""
    def list_proof_checks(
        self,
        proof_number: int,
    ) -> Json:
        """What each check of a verification came to."""
    def list_proofs(
        self,
        kind: Literal["verification", "digest", "digest_handed_out"] | None = ...,
        limit: int | None = ...,
        after: int | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """When the ledger was verified, or digests were taken, and what came of it."""
    def list_references(
        self,
        transaction_id: int,
        limit: int | None = ...,
        after: int | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """Which transactions refer to one: its reversal, refunds, what they took back."""
    def list_refusals(
        self,
        account_id: str | None = ...,
        since: int | None = ...,
        until: int | None = ...,
        code: str | None = ...,
        actor: str | None = ...,
        request_id: str | None = ...,
        limit: int | None = ...,
        after: int | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """What web servers have refused lately, oldest first."""
    def list_schedule_runs(
        self,
        schedule_id: str,
        limit: int | None = ...,
        after: int | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """What became of the attempts of a schedule, oldest first."""
    def list_schedules(
        self,
        account_id: str,
        status: Literal["active", "completed", "failed", "cancelled"] | None = ...,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """The schedules of an account that pays, oldest first."""
    def list_transactions(
        self,
        account_id: str,
        timestamp: int | None = ...,
        limit: int | None = ...,
        after: int | None = ...,
        operation: str | None = ...,
        amount_min: int | None = ...,
        amount_max: int | None = ...,
        since: int | None = ...,
        until: int | None = ...,
        contra_account_id: str | None = ...,
        payment_ref: str | None = ...,
        metadata: Json | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """An account's history, oldest first, as of a moment."""
    def list_webhooks(
        self,
        limit: int | None = ...,
        after: str | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """Where events are sent, oldest first."""
    def list_workers(
        self,
        limit: int | None = ...,
        after: int | None = ...,
        order: Literal["asc", "desc"] | None = ...,
    ) -> Json:
        """Which workers run, and when they last said so, in the order of their beginning."""
    def number_events(
        self,
        limit: int | None = ...,
    ) -> Numbering:
        """Give the legs that have been committed since the last time their event ids."""
    def pause_webhook(
        self,
        webhook_id: str,
        reason: str,
        idempotency_key: str | None = ...,
    ) -> Webhook:
        """Send nothing there until it is resumed."""
    def pause_webhooks(
        self,
        reason: str,
    ) -> Json:
        """Send nothing anywhere."""
    def pay(
        self,
        account_id: str,
        amount: int,
        merchant_account_id: str | None = ...,
        fee: int | None = ...,
        value_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> PaymentReceipt:
        """Debit an account for a purchase and promise its cashback."""
    def post(
        self,
        postings: list[Any],
        refers_to: int | None = ...,
        value_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> PostReceipt:
        """Post any number of movements as one transaction, whole or not at all."""
    def raise_hold(
        self,
        hold_id: str,
        amount: int,
        expires_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> HoldReceipt:
        """Reserve more under a hold, and for longer."""
    def refund_hold(
        self,
        hold_id: str,
        amount: int | None = ...,
        value_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> HoldReceipt:
        """Give back what was captured from a hold, all of it or a part."""
    def refund_payment(
        self,
        payment_id: str,
        amount: int | None = ...,
        value_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> RefundReceipt:
        """Give a payer back what was paid, all of it or a part."""
    def release_hold(
        self,
        hold_id: str,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> HoldReceipt:
        """Give up a hold; what it still reserves is available again."""
    def resume_webhook(
        self,
        webhook_id: str,
        idempotency_key: str | None = ...,
    ) -> Webhook:
        """Go on sending there."""
    def retry_delivery(
        self,
        webhook_id: str,
        event_id: int,
        idempotency_key: str | None = ...,
    ) -> Delivery:
        """Try again now."""
    def reverse_transaction(
        self,
        transaction_id: int,
        reason: str,
        force: bool | None = ...,
        value_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> ReversalReceipt:
        """Undo a transaction by its mirror image; the original stays as it is."""
    def revoke_api_key(
        self,
        name: str,
    ) -> ApiKey:
        """Let nobody in with it any more."""
    def rewind_account(
        self,
        account_id: str,
        reason: str,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Account:
        """Bring an account back that is ahead of the clock."""
    def rotate_webhook_secret(
        self,
        webhook_id: str,
        secret: str | None = ...,
        overlap_ms: int | None = ...,
        idempotency_key: str | None = ...,
    ) -> WebhookSecret:
        """Sign with another secret, and for a while with the one before as well."""
    def run_schedules(
        self,
        timestamp: int | None = ...,
        limit: int | None = ...,
    ) -> ScheduleProgress:
        """Make the scheduled transfers that are due, for everyone."""
    def schedule_transfer(
        self,
        source_account_id: str,
        target_account_id: str,
        amount: int,
        run_at: int,
        every: str | None = ...,
        until: int | None = ...,
        time_zone: str | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Schedule:
        """Have money moved later, once or again and again."""
    def set_account_metadata(
        self,
        account_id: str,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Account:
        """Replace the metadata of an account."""
    def set_cashback_policy(
        self,
        currency: str,
        rate_bps: int,
        delay_ms: int | None = ...,
        max_amount: int | None = ...,
    ) -> CashbackPolicy:
        """Say what payments in a currency earn from now on."""
    def set_collecting(
        self,
        account_id: str,
        collecting: bool,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Account:
        """Have an account collect its credits without a lock, or stop it."""
    def set_overdraft_limit(
        self,
        account_id: str,
        overdraft_limit: int,
        reason: str,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Account:
        """Say how far below zero an account may go."""
    def settle_cashbacks(
        self,
        timestamp: int | None = ...,
        limit: int | None = ...,
    ) -> Settlement:
        """Post the cashbacks that are due, for everyone, oldest first."""
    def skip_delivery(
        self,
        webhook_id: str,
        event_id: int,
        reason: str,
        idempotency_key: str | None = ...,
    ) -> Delivery:
        """Send an event no more, and go on with what follows it."""
    def transfer(
        self,
        source_account_id: str,
        target_account_id: str,
        amount: int,
        value_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> TransferReceipt:
        """Move money between two customer accounts of one currency."""
    def trial_balance(
        self,
        currency: str | None = ...,
        timestamp: int | None = ...,
        by: Literal["timestamp", "value_at"] | None = ...,
    ) -> Json:
        """The balances of the house, and of all customers together, by currency."""
    def turnover_history(
        self,
        since: int,
        until: int,
        every: Literal["minute", "hour", "day", "ever"] | None = ...,
        currency: str | None = ...,
    ) -> Json:
        """What moved in each period, by operation and house account, for charts."""
    def unfreeze_account(
        self,
        account_id: str,
        reason: str,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Account:
        """Make a frozen or blocked account active again."""
    def upcoming_cashbacks(
        self,
        time_zone: str | None = ...,
        days: int | None = ...,
    ) -> Json:
        """What cashback is to come, by currency and day: pending cashbacks, summed up."""
    def update_webhook(
        self,
        webhook_id: str,
        url: str,
        types: list[str] | None = ...,
        account_id: str | None = ...,
        idempotency_key: str | None = ...,
    ) -> Webhook:
        """Say anew where events are sent, and which."""
    def verify_account(
        self,
        account_id: str,
    ) -> Json:
        """Prove that one account is intact, or say where it is not."""
    def verify_digest(
        self,
        digest: Any,
    ) -> DigestVerification:
        """Say whether everything a digest has sealed is still there, unchanged."""
    def verify_ledger(
        self,
    ) -> Json:
        """Prove that the books are intact, or say where they are not."""
    def withdraw(
        self,
        account_id: str,
        amount: int,
        value_at: int | None = ...,
        timestamp: int | None = ...,
        metadata: Json | None = ...,
        idempotency_key: str | None = ...,
    ) -> Receipt:
        """Debit an account with money that leaves the bank."""
