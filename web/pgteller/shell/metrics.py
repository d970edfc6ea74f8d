"""Numbers for Prometheus: what this server does, and how the ledger goes.

Labels have few values: a route is a row of the table of routes, a code a name of the table of
refusals, and whatever else a client can make up is one value for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from pgteller import settings
from pgteller.shell import sharing

# Else each counter would have a series beside it that tells when it began.
disable_created_metrics()  # type: ignore[no-untyped-call]

Json = dict[str, Any]
Child = tuple[Counter, Histogram, Counter | None]

CONTENT_TYPE = CONTENT_TYPE_LATEST
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# What may go wrong between a request and the database, by SQLSTATE: the codes of problems, where
# there are such.
TROUBLES = {
    "55P03": "lock_timeout",
    "57014": "statement_timeout",
    "40P01": "deadlock",
    "40001": "serialization",
}


class Metrics:
    """What one process counts; those of a server write to files that are added up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "pgteller_requests_total",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "pgteller_request_duration_seconds",
            "How long requests took.",
            ["method", "route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.refusals = Counter(
            "pgteller_refusals_total",
            "Problems answered, by code.",
            ["code"],
            registry=self.registry,
        )
        self.not_kept = Counter(
            "pgteller_refusals_dropped_total",
            "Refusals that could not be written down.",
            registry=self.registry,
        )
        self.troubles = Counter(
            "pgteller_database_troubles_total",
            "Requests that the database did not come to an end with.",
            ["kind"],
            registry=self.registry,
        )
        self.pool_size = self._gauge("pgteller_pool_size", "Connections that there may be.")
        self.pool_in_use = self._gauge("pgteller_pool_in_use", "Connections in use.")
        self.waiting = self._gauge("pgteller_requests_waiting", "Requests that wait for a thread.")
        for kind in (*TROUBLES.values(), "away"):
            self.troubles.labels(kind)
        self._children: dict[tuple[str, str, int, str | None], Child] = {}

    def answered(
        self, method: str, route: str, status: int, code: str | None, seconds: float
    ) -> None:
        """A request has been."""
        key = (method, route, status, code)
        requests, duration, refusals = self._children.get(key) or self._find(key)
        requests.inc()
        duration.observe(seconds)
        if refusals is not None:
            refusals.inc()

    def dropped(self, number: int) -> None:
        """So many refusals are lost."""
        self.not_kept.inc(number)

    def troubled(self, sqlstate: str | None) -> None:
        """The database has not come to an end with a request."""
        self.troubles.labels(TROUBLES.get(sqlstate or "", "away")).inc()

    def pool(self, size: int) -> Callable[[int], None]:
        """Count a pool: what is to be told of how many more are in use."""
        self.pool_size.set(size)
        self.pool_in_use.set(0)
        return self.pool_in_use.inc

    def exposition(self, ledger: Json | None) -> bytes:
        """All of it, as text; without the ledger's numbers where there are none."""
        shown = self.registry
        if folder := settings.text("PROMETHEUS_MULTIPROC_DIR"):
            sharing.forget_dead(folder)
            shown = CollectorRegistry()
            MultiProcessCollector(shown, folder)  # type: ignore[no-untyped-call]
        beside = CollectorRegistry()
        beside.register(Ledger(ledger))
        return generate_latest(shown) + generate_latest(beside)

    def _gauge(self, name: str, about: str) -> Gauge:
        return Gauge(name, about, multiprocess_mode="livesum", registry=self.registry)

    def _find(self, key: tuple[str, str, int, str | None]) -> Child:
        """What is to be counted of a kind of request; kept, as looking it up costs the most."""
        method, route, status, code = key
        known = method if method in METHODS else "other"
        child = (
            self.requests.labels(known, route, str(status)),
            self.seconds.labels(known, route),
            None if code is None else self.refusals.labels(code),
        )
        if known == method:
            self._children[key] = child
        return child


class Ledger(Collector):
    """What the ledger has told; nothing where the database is away."""

    def __init__(self, found: Json | None) -> None:
        self.found = found

    def collect(self) -> Iterator[Metric]:
        """Each number, in seconds where it is a time."""
        up = self.found is not None
        yield _gauge("database_up", "Whether the ledger has told its numbers.", int(up))
        if self.found is None:
            return
        found = self.found
        legs = CounterMetricFamily("pgteller_legs", "Legs that are numbered as events.")
        legs.add_metric([], found["legs"])
        yield legs
        lag = _gauge("worker_lag_seconds", "How long the oldest of what is due has waited.", "kind")
        for kind, ms in found["lag_ms"].items():
            lag.add_metric([kind], (ms or 0) / 1000)
        yield lag
        yield _gauge(
            "sessions_waiting_for_locks", "Sessions that wait.", found["waiting_for_locks"]
        )
        yield _gauge("workers", "Workers that say that they live.", found["workers"])
        yield from _of_webhooks(found["webhooks"])
        yield from _of_cashbacks(found["cashbacks"])
        yield from _of_proofs(found["proofs"])


def _of_webhooks(found: Json) -> Iterator[Metric]:
    yield _gauge("webhooks", "Webhooks that there are.", found["webhooks"])
    yield _gauge("webhooks_failing", "Webhooks whose last attempt failed.", found["failing"])
    yield _gauge("webhooks_paused", "Webhooks that get nothing.", found["paused"])
    yield _gauge("webhook_deliveries_pending", "Events that are to be sent.", found["pending"])
    yield _gauge(
        "webhook_delivery_oldest_seconds",
        "How long the oldest of these has waited.",
        (found["oldest_ms"] or 0) / 1000,
    )


def _of_cashbacks(found: list[Json]) -> Iterator[Metric]:
    pending = _gauge("cashbacks_pending", "Cashbacks that are not due yet.", "currency")
    amount = _gauge("cashbacks_pending_amount", "Their sum, in minor units.", "currency")
    for one in found:
        pending.add_metric([one["currency"]], one["pending"])
        amount.add_metric([one["currency"]], one["amount"])
    yield pending
    yield amount


def _of_proofs(found: list[Json]) -> Iterator[Metric]:
    age = _gauge("proof_age_seconds", "How long ago the last one ended.", "kind")
    clean = _gauge("proof_clean", "Whether nothing was wrong then.", "kind")
    for one in found:
        if one["age_ms"] is not None:
            age.add_metric([one["kind"]], one["age_ms"] / 1000)
        if one["clean"] is not None:
            clean.add_metric([one["kind"]], int(one["clean"]))
    yield age
    yield clean


def _gauge(name: str, about: str, value: float | str) -> GaugeMetricFamily:
    """A number, or with a name in its place one for each value of that label."""
    if isinstance(value, str):
        return GaugeMetricFamily(f"pgteller_{name}", about, labels=[value])
    return GaugeMetricFamily(f"pgteller_{name}", about, value=value)
