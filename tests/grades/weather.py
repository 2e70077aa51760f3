"""Bad weather between the worker and the host: errors, lost requests, lost answers, delays, dead tokens."""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Response

from sca_lms.demo.lms import PretendLms

STATUSES = (408, 500, 502, 503, 504)
KINDS = {
    "status before": 8, "status after": 8, "late": 6, "drop before": 1, "drop after": 1,
    "too many": 1, "throttled": 1, "token forgotten": 1,
}  # fmt: skip
"""What happens, and how often; whatever holds up the whole host happens less often."""
THROTTLED = "403 Forbidden (Rate Limit Exceeded)"
TOKENS_LIVE_SECONDS = 2.0
"""A host that forgets tokens faster than they can be used has no right to complain."""


class Weather:
    """Interferes with requests at random, until it is told to clear up."""

    def __init__(self, inner: WSGIApplication, lms: PretendLms, chance: random.Random, share: float) -> None:
        self.counts: Counter[str] = Counter()
        self.share = share
        self._inner = inner
        self._lms = lms
        self._chance = chance
        self._lock = threading.Lock()
        self._revoked_at = time.monotonic()
        self._left = 0
        self._strike: Callable[[], None] = lambda: None

    def strike(self, strike: Callable[[], None], *, requests: int) -> None:
        """Do something in the middle of one of the next requests, as lightning does."""
        with self._lock:
            self._strike, self._left = strike, requests

    def clear_up(self) -> None:
        """Interfere no more."""
        self.share = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            kind = self._draw()
            self.counts["requests"] += 1
            self.counts[kind] += 1
            status, wish = self._chance.choice(STATUSES), self._chance.choice(("1", "20", ""))
            pause = self._chance.uniform(0.0, 0.05)
            self._left -= 1
            strikes = self._left == 0
            strikes_first = self._chance.random() < 0.5
        if strikes and strikes_first:
            self._strike()
        after = kind.endswith("after")
        answer = None
        if kind == "late":
            time.sleep(pause)
        if kind == "token forgotten":
            self._lms.tokens.revoke_all()
        if after or kind in {"fair", "late", "token forgotten"}:
            answer = Response.from_app(self._inner, environ)
        if strikes and not strikes_first:
            self._strike()
        if kind.startswith("drop"):
            connection = environ["werkzeug.socket"]
            assert isinstance(connection, socket.socket)
            connection.shutdown(socket.SHUT_RDWR)
        if kind.startswith("status"):
            answer = Response(status=status)
        if kind == "too many":
            answer = Response(status=429, headers={"Retry-After": wish} if wish else {})
        if kind == "throttled":
            answer = Response(THROTTLED, status=403)
        return (answer or Response(status=500))(environ, start_response)

    def _draw(self) -> str:
        if self._chance.random() >= self.share:
            return "fair"
        (kind,) = self._chance.choices(list(KINDS), weights=list(KINDS.values()))
        if kind == "token forgotten":
            if time.monotonic() - self._revoked_at < TOKENS_LIVE_SECONDS:
                return "late"
            self._revoked_at = time.monotonic()
        return kind
