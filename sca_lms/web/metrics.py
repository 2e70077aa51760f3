"""Count requests and their duration for Prometheus.

With several worker processes set `PROMETHEUS_MULTIPROC_DIR` to an empty directory before they start:
then every process writes there and `/metrics` adds them up. Without it each process counts for itself.
"""

import functools
import hashlib
import hmac
import ipaddress
import os
import time
from dataclasses import dataclass, field

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from sca_lms.config import settings

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STORED = "sca_figures"
"""`app.extensions[STORED]`: collectors of packages whose figures stand in the database, not in a process."""
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


@dataclass(frozen=True, slots=True)
class Metrics:
    """What one application counts."""

    registry: CollectorRegistry
    requests: Counter
    duration: Histogram
    kept: dict[tuple[str, str, int], tuple[Counter, Histogram]] = field(default_factory=dict)
    """The counters of a kind of answer; finding them by their labels takes longer than counting."""


def init_app(app: Flask) -> None:
    """Count every request of this application."""
    registry = CollectorRegistry()
    labels = ("method", "endpoint", "status")
    counted = app.extensions["sca_metrics"] = Metrics(
        registry,
        Counter("sca_lms_requests", "Requests answered", labels, registry=registry),
        Histogram(
            "sca_lms_request_seconds",
            "Time to answer, in seconds",
            ("endpoint",),
            registry=registry,
            buckets=_BUCKETS,
        ),
    )
    app.before_request(_begin)
    app.after_request(functools.partial(_end, counted))


def registry() -> CollectorRegistry:
    """Return where other packages register what they count in this application."""
    return _metrics().registry


def exposition() -> bytes:
    """Return every figure in Prometheus' text format."""
    shown = registry()
    if os.environ.get(_MULTIPROCESS):
        shown = CollectorRegistry()
        MultiProcessCollector(shown)  # type: ignore[no-untyped-call]  # The library does not type it.
    stored = CollectorRegistry()
    for collector in current_app.extensions.get(STORED, ()):
        stored.register(collector)
    return generate_latest(shown) + generate_latest(stored)


def bearer_token(secret_key: str) -> str:
    """Return the token that a collector on another machine sends; it follows from the secret key."""
    return hmac.new(secret_key.encode(), b"metrics", hashlib.sha256).hexdigest()


def may_read() -> bool:
    """Tell whether this request shows the token, or comes from a machine that serves nobody else.

    Where people come through a web server or a proxy, everybody seems to come from the machine itself.
    """
    given = request.authorization
    if given is not None and given.type == "bearer" and given.token:
        return hmac.compare_digest(given.token.encode(), bearer_token(settings().secret_key).encode())
    configured = settings()
    if (
        configured.is_https
        or configured.trusted_proxies
        or any(name in request.headers for name in _FORWARDED)
    ):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _metrics() -> Metrics:
    found: Metrics = current_app.extensions["sca_metrics"]
    return found


def _begin() -> None:
    g.metrics_started = time.perf_counter()


def count(app: Flask, method: str, endpoint: str, status: int, seconds: float) -> None:
    """Count an answer under one of our endpoints, and how long it took."""
    _count(app.extensions["sca_metrics"], method, endpoint, status, seconds)


def _count(counted: Metrics, method: str, endpoint: str, status: int, seconds: float) -> None:
    kind = method if method in _METHODS else "other", endpoint, status
    found = counted.kept.get(kind)
    if found is None:
        found = counted.kept[kind] = (
            counted.requests.labels(kind[0], endpoint, str(status)),
            counted.duration.labels(endpoint),
        )
    found[0].inc()
    found[1].observe(seconds)


def _end(counted: Metrics, response: Response) -> Response:
    # Only endpoints become labels: addresses are endless, and some hold tokens.
    began = g.get("metrics_started")
    took = 0.0 if began is None else time.perf_counter() - began
    _count(counted, request.method, request.endpoint or "unmatched", response.status_code, took)
    return response
