"""Bring what is due to the hosts, a few at a time and outside of every transaction.

Each host has its share of the threads: one that is slow, or throttles, does not hold up the others.
"""

import datetime as dt
import queue
import sys
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from flask import Flask

from sca_lms.database import transaction
from sca_lms.grades import host_columns, outbox, settling
from sca_lms.grades.asking import Failed, ask
from sca_lms.grades.containment import Contained
from sca_lms.grades.parcels import Destination, Ending, Fate, Finished, Parcel, PutBack
from sca_lms.grades.rules import Outcome, Reason, State, Verdict, retry_delay
from sca_lms.grades.sending import SOON, Sender, Standstills
from sca_lms.lti.ags import GradeServices
from sca_lms.lti.models import Platform
from sca_lms.lti.outbound import outbound
from sca_lms.lti.profiles import profile_named

THREADS = 32
BATCH = 32
CLAIM_AGAIN = dt.timedelta(seconds=1)
"""So often other hosts are looked after while one has all the work it may have."""
SERVICES_LIVE = dt.timedelta(seconds=30)
GATHER_SECONDS = 0.1
"""What is finished within so long is written down in one transaction; an attempt is on record before it."""
SWITCH_SECONDS = 0.0005
"""So long a thread waits for its turn at the interpreter: answers must not wait for book-keeping."""
SUPPLY = 3
"""A platform is looked after again when less than this times its requests at once is taken for it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one thread has done: some parcels are over, others know now where they go."""

    finished: Sequence[Finished] = ()
    placed: Sequence[tuple[Parcel, Destination]] = ()


Errand = Callable[[], Report]


class Courier:
    """Sends with a few threads; use it as a context manager, so that they end.

    The threads only send, and take the next score themselves, so that no host waits for our book-keeping.
    What became of the scores is written down by the one who takes them up, all that is finished at a time.
    """

    def __init__(self, app: Flask, *, now: Callable[[], dt.datetime], threads: int = THREADS) -> None:
        self._app = app
        self._now = now
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="scores")
        self._standstills = Standstills()
        self._sender = Sender(self._standstills, now=now)
        self._rooms: dict[int, int] = {}
        """How many requests each platform may have at once."""
        self._lock = threading.Lock()
        """Guards the queues and the numbers of what is running; all else belongs to one thread."""
        self._queues: dict[int, deque[Errand]] = defaultdict(deque)
        self._running: Counter[int] = Counter()
        self._reports: queue.SimpleQueue[tuple[int, Future[Report]]] = queue.SimpleQueue()
        self._unreported = 0
        """How many errands were handed out whose report has not been read."""
        self._claimed_at: dt.datetime | None = None
        self._is_closed = False
        self._services: dict[int, tuple[dt.datetime, GradeServices]] = {}

    def __enter__(self) -> Self:
        self._usual_switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._is_closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        sys.setswitchinterval(self._usual_switch)

    def deliver_due(self, stop: threading.Event) -> int:
        """Send until nothing more can be sent now; returns how many scores were taken up."""
        handled = 0
        while True:
            taken = self._take_up(stop)
            handled += taken
            if not self._unreported:
                if not taken:
                    return handled
                continue
            self._take_back(stop)

    def _take_up(self, stop: threading.Event) -> int:
        """Take what is due for platforms that have room; returns how much was taken."""
        full = {number for number, room in self._rooms.items() if self._load(number) >= SUPPLY * room}
        at = self._now()
        is_time = not full or self._claimed_at is None or not at - self._claimed_at < CLAIM_AGAIN
        if not is_time or stop.is_set():
            return 0
        with self._app.app_context():
            taken, parcels = self._claim(full)
            self._queue(parcels, stop)
        self._claimed_at = at
        return taken

    def _load(self, number: int) -> int:
        with self._lock:
            return self._running[number] + len(self._queues[number])

    def _hand_out(self, number: int, errand: Errand) -> None:
        """Let an errand wait for a thread, and have one more begin if the platform takes more at once."""
        self._unreported += 1
        with self._lock:
            self._queues[number].append(errand)
            begins = self._running[number] < self._rooms[number]
            self._running[number] += begins
        if begins:
            self._begin_next(number)

    def _begin_next(self, number: int) -> None:
        """Give a thread what waits longest for a platform; other platforms may be before it."""
        with self._lock:
            if self._is_closed or not self._queues[number]:
                self._running[number] -= 1
                return
            errand = self._queues[number].popleft()
            begun = self._pool.submit(errand)
        begun.add_done_callback(partial(self._end, number))

    def _end(self, number: int, ended: Future[Report]) -> None:
        """Note what has ended, in the thread that did it, and begin the next."""
        self._reports.put((number, ended))
        self._begin_next(number)

    def _claim(self, full: Collection[int]) -> tuple[int, list[Parcel]]:
        with Contained("claim"), transaction():
            return outbox.claim(limit=BATCH, at=self._now(), without_platforms=full)
        # One of them cannot even be packed: each is taken alone, and that one is put aside.
        taken, parcels = 0, list[Parcel]()
        for score_id in outbox.due_ids(limit=BATCH, at=self._now()):
            with Contained("claim", score=score_id) as held, transaction():
                count, found = outbox.claim(limit=1, at=self._now(), only=score_id)
                parcels += found
                taken += count
            if held.reference:
                self._set_aside(score_id, held.reference)
        return taken, parcels

    def _queue(self, parcels: Sequence[Parcel], stop: threading.Event) -> None:
        """Let those wait for a thread that know where they go, and look for the columns of the others."""
        unplaced: dict[int, list[Parcel]] = defaultdict(list)
        for parcel in parcels:
            platform = parcel.platform
            self._rooms[platform.id] = profile_named(platform.profile).at_once
            if parcel.line_item_url is None:
                unplaced[parcel.host_column_id].append(parcel)
            else:
                destination = Destination(parcel.line_item_url, parcel.made_by_tool)
                self._hand_out(platform.id, partial(self._send, parcel, destination, stop))
        for waiting in unplaced.values():
            self._hand_out(waiting[0].platform.id, partial(self._place, waiting, stop))

    def _services_of(self, platform: Platform) -> GradeServices:
        at, known = self._now(), self._services.get(platform.id)
        if known is None or at - known[0] > SERVICES_LIVE:
            known = at, GradeServices(platform, way_out=outbound(), now=self._now)
            self._services[platform.id] = known
        return known[1]

    def _send(self, parcel: Parcel, destination: Destination, stop: threading.Event) -> Report:
        if stop.is_set():
            return Report([Finished(parcel, PutBack(self._now()))])
        with self._app.app_context():
            return Report([self._sender.send(parcel, destination, self._services_of(parcel.platform))])

    def _place(self, parcels: Sequence[Parcel], stop: threading.Event) -> Report:
        """Find or make the column of these parcels; what has none is settled here."""
        if stop.is_set():
            return Report([Finished(parcel, PutBack(self._now())) for parcel in parcels])
        with self._app.app_context(), Contained("place", host_column=parcels[0].host_column_id) as held:
            found = self._find_place(parcels[0])
            if isinstance(found, Destination):
                return Report(placed=[(parcel, found) for parcel in parcels])
            return Report([Finished(parcel, found) for parcel in parcels])
        return Report([Finished(each, self._sender.put_aside(each, held.reference)) for each in parcels])

    def _find_place(self, parcel: Parcel) -> Destination | Fate:
        fate = self._standstills.fate(parcel.platform, at=self._now())
        if fate is not None:
            return fate
        services = self._services_of(parcel.platform)
        try:
            found = ask(lambda: host_columns.resolve(parcel.host_column_id, services, now=self._now))
        except Failed as failure:
            if failure.verdict.reason in {Reason.COLUMN_GONE, Reason.NOT_ENROLLED}:
                # Said of the list of columns, this means that there is no such list.
                failure.verdict = Verdict(Outcome.FINAL, Reason.NO_COLUMN)
            return self._sender.after(parcel, failure, nothing_sent=True)
        if isinstance(found, Reason):
            return Ending(State.REFUSED, found)
        return PutBack(self._now() + SOON) if found is None else found

    def _take_back(self, stop: threading.Event) -> None:
        """Gather reports for a moment and write them down; what has found its column waits for a thread.

        Raises what an errand met that has nothing to do with its host, after the others are written down.
        """
        finished: list[Finished] = []
        errors: list[BaseException] = []
        ends = time.monotonic() + GATHER_SECONDS
        while self._unreported and len(finished) < BATCH:
            try:
                number, ended = self._reports.get(timeout=max(ends - time.monotonic(), 0))
            except queue.Empty:
                break
            self._unreported -= 1
            # Such as a database that is away.
            error = ended.exception()
            if error is not None:
                errors.append(error)
                continue
            report = ended.result()
            finished += report.finished
            for parcel, destination in report.placed:
                self._hand_out(number, partial(self._send, parcel, destination, stop))
        with self._app.app_context():
            self._write_down(finished)
        if errors:
            raise errors[0]

    def _write_down(self, finished: Sequence[Finished]) -> None:
        if not finished:
            return
        with Contained("finish") as held, transaction():
            settling.finish(finished, at=self._now())
        if not held.reference:
            return
        # One of them cannot be written down; the others must not be sent again because of it.
        for each in finished:
            with Contained("finish", score=each.parcel.score_id) as alone, transaction():
                settling.finish([each], at=self._now())
            if alone.reference:
                self._set_aside(each.parcel.score_id, alone.reference)

    def _set_aside(self, score_id: int, reference: str) -> None:
        at = self._now()
        with Contained("set aside", score=score_id), transaction():
            until = at + retry_delay(settling.failures_of(score_id) + 1, jitter=0)
            settling.set_aside(score_id, reference=reference, until=until)
