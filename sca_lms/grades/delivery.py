"""Bring what is due to the hosts, a few at a time and outside of every transaction.

Each host has its share of the threads: one that is slow, or throttles, does not hold up the others.
"""

import datetime as dt
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from flask import Flask

from sca_lms.database import db, transaction
from sca_lms.grades import host_columns, outbox, settling
from sca_lms.grades.asking import Failed, ask
from sca_lms.grades.containment import Contained
from sca_lms.grades.parcels import Destination, Ending, Fate, Finished, Parcel, PutBack
from sca_lms.grades.rules import Outcome, Reason, State, Verdict, retry_delay
from sca_lms.grades.sending import SOON, Sender, Standstills
from sca_lms.lti.ags import GradeServices
from sca_lms.lti.outbound import outbound
from sca_lms.lti.profiles import profile_named

THREADS = 16
BATCH = 32


@dataclass(frozen=True, slots=True)
class Report:
    """What one thread has done: some parcels are over, others know now where they go."""

    finished: Sequence[Finished] = ()
    placed: Sequence[tuple[Parcel, Destination]] = ()


class Courier:
    """Sends with a few threads; use it as a context manager, so that they end.

    The threads only send. What became of the scores is written down by the one who hands them out, all that
    is finished at a time: the busier the threads are, the fewer transactions there are.
    """

    def __init__(self, app: Flask, *, now: Callable[[], dt.datetime], threads: int = THREADS) -> None:
        self._app = app
        self._now = now
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="scores")
        self._standstills = Standstills()
        self._sender = Sender(self._standstills, now=now)
        self._under_way: dict[Future[Report], int] = {}
        self._load: Counter[int] = Counter()
        """How much is in the hands of threads for each platform."""
        self._services: dict[int, GradeServices] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def deliver_due(self, stop: threading.Event) -> int:
        """Send until nothing more can be sent now; returns how many scores were taken up."""
        handled = 0
        # A token that was good some minutes ago is looked for again.
        self._services.clear()
        while True:
            taken = self._hand_out(stop) if not stop.is_set() else 0
            handled += taken
            if not self._under_way:
                if not taken:
                    return handled
                continue
            # A batch of which nothing could be sent may be followed by one of which something can.
            wait_for = 0 if taken else None
            done, _ = wait(self._under_way, return_when=FIRST_COMPLETED, timeout=wait_for)
            self._take_back(done, stop)

    def _hand_out(self, stop: threading.Event) -> int:
        """Take what is due for hosts that have room, and begin with it."""
        with self._app.app_context():
            full = [number for number, load in self._load.items() if load >= self._room(number)]
            if len(self._under_way) >= self._most():
                return 0
            taken, parcels = self._claim(full)
            for parcel in parcels:
                self._services.setdefault(
                    parcel.platform.id,
                    GradeServices(parcel.platform, way_out=outbound(), now=self._now),
                )
            unplaced: dict[int, list[Parcel]] = defaultdict(list)
            for parcel in parcels:
                if parcel.line_item_url is None:
                    unplaced[parcel.host_column_id].append(parcel)
                else:
                    self._begin(parcel, Destination(parcel.line_item_url, parcel.made_by_tool), stop)
            for waiting in unplaced.values():
                self._submit(waiting, lambda waiting=waiting: self._place(waiting))
        return taken
