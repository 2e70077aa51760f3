"""End requests whose time is over, with one thread for all that are under way.

A timer of its own for each request would be a thread of its own for each, which costs more than the request.
"""

import heapq
import itertools
import os
import threading
import time
from typing import Protocol

IDLE_SECONDS = 30.0
"""How long the thread stays when there is nothing to watch."""


class Limited(Protocol):
    """Something that may take until its deadline, a moment of `time.monotonic`."""

    @property
    def deadline(self) -> float:
        """Return when its time is over."""

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended by itself."""

    def expire(self) -> None:
        """End it; called by another thread, and only if it is not over."""


class Watch:
    """Waits for the earliest deadline; what is over by then is forgotten and never waited for again."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Limited]] = []
        self._order = itertools.count()
        self._is_on = False

    def over(self, limited: Limited) -> None:
        """Expire something at its deadline, unless it is over before."""
        with self._changed:
            entry = (limited.deadline, next(self._order), limited)
            heapq.heappush(self._waiting, entry)
            if not self._is_on:
                self._is_on = True
                threading.Thread(target=self._keep, name="deadlines", daemon=True).start()
            elif self._waiting[0] is entry:
                # Usually the newest has the latest deadline, and nobody has to wake up.
                self._changed.notify()

    def _keep(self) -> None:
        while True:
            with self._changed:
                while self._waiting and self._waiting[0][2].is_over:
                    heapq.heappop(self._waiting)
                if not self._waiting:
                    if not self._changed.wait(IDLE_SECONDS) and not self._waiting:
                        self._is_on = False
                        return
                    continue
                left = self._waiting[0][0] - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                late = heapq.heappop(self._waiting)[2]
            late.expire()


_watches = [Watch()]


def _begin_anew() -> None:
    """Forget everything: a process that was just forked has neither the thread nor what it watched.

    The lock too may be held by a thread that is not there.
    """
    _watches[:] = [Watch()]


os.register_at_fork(after_in_child=_begin_anew)


def watch_over(limited: Limited) -> None:
    """Expire something at its deadline, unless it is over before."""
    _watches[0].over(limited)
