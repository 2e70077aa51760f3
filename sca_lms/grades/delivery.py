"""Bring what is due to the hosts, a few at a time and outside of every transaction."""

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

from flask import Flask

from sca_lms.database import transaction
from sca_lms.grades import host_columns, outbox
from sca_lms.grades.asking import Failed, ask
from sca_lms.grades.outbox import Ending, Fate, Finished, Parcel, PutBack
from sca_lms.grades.rules import Outcome, Reason, State, Verdict
from sca_lms.grades.sending import SOON, Sender, Standstills
from sca_lms.lti.ags import GradeServices
from sca_lms.lti.outbound import outbound

THREADS = 4
BATCH = 32


class Courier:
    """Sends with a few threads; use it as a context manager, so that they end.

    The threads only send. What became of the scores is written down by the one who hands them out, all that
    is finished at a time: the busier the threads are, the fewer transactions there are.
    """

    def __init__(self, app: Flask, *, now: Callable[[], dt.datetime], threads: int = THREADS) -> None:
        self._app = app
        self._now = now
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="scores")
        self._standstills = Standstills()
        self._sender = Sender(self._standstills, now=now)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def deliver_due(self, stop: threading.Event) -> int:
        """Send until nothing more can be sent now; returns how many scores were taken up."""
        handled, under_way = 0, set[Future[Finished]]()
        while True:
            if len(under_way) <= self._threads and not stop.is_set():
                taken, begun = self._hand_out(stop)
                handled += taken
                under_way |= begun
                if not taken and not under_way:
                    return handled
            if not under_way:
                if stop.is_set():
                    return handled
                continue
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            with self._app.app_context():
                self._write_down([future.result() for future in done])

    def _hand_out(self, stop: threading.Event) -> tuple[int, set[Future[Finished]]]:
        """Take what is due and begin with what can be sent."""
        with self._app.app_context():
            with transaction():
                taken, parcels = outbox.claim(limit=BATCH, at=self._now())
            services = {
                parcel.platform.id: GradeServices(parcel.platform, way_out=outbound(), now=self._now)
                for parcel in parcels
            }
            ready = self._with_columns(parcels, services)
        return taken, {
            self._pool.submit(self._send, parcel, url, services[parcel.platform.id], stop)
            for parcel, url in ready
        }

    def _send(self, parcel: Parcel, url: str, services: GradeServices, stop: threading.Event) -> Finished:
        if stop.is_set():
            return Finished(parcel, PutBack(self._now()))
        with self._app.app_context():
            return self._sender.send(parcel, url, services)

    def _with_columns(
        self, parcels: Sequence[Parcel], services: dict[int, GradeServices]
    ) -> list[tuple[Parcel, str]]:
        """Find or make the columns that are not known yet; what has none is settled here."""
        ready: list[tuple[Parcel, str]] = []
        unplaced: dict[int, list[Parcel]] = defaultdict(list)
        for parcel in parcels:
            if parcel.line_item_url is not None:
                ready.append((parcel, parcel.line_item_url))
            else:
                unplaced[parcel.host_column_id].append(parcel)
        for host_column_id, waiting in unplaced.items():
            found = self._place(host_column_id, waiting[0], services[waiting[0].platform.id])
            if isinstance(found, str):
                ready += [(parcel, found) for parcel in waiting]
            else:
                self._write_down([Finished(parcel, found) for parcel in waiting])
        return ready

    def _place(self, host_column_id: int, parcel: Parcel, services: GradeServices) -> str | Fate:
        """Return the address of a column, or what becomes of all parcels for it."""
        fate = self._standstills.fate(parcel.platform, at=self._now())
        if fate is not None:
            return fate
        try:
            found = ask(lambda: host_columns.resolve(host_column_id, services, now=self._now))
        except Failed as failure:
            if failure.verdict.reason in {Reason.COLUMN_GONE, Reason.NOT_ENROLLED}:
                # Said of the list of columns, this means that there is no such list.
                failure.verdict = Verdict(Outcome.FINAL, Reason.NO_COLUMN)
            return self._sender.after(parcel, failure, nothing_sent=True)
        if isinstance(found, Reason):
            return Ending(State.REFUSED, found, in_doubt=True)
        return PutBack(self._now() + SOON) if found is None else found

    def _write_down(self, finished: Sequence[Finished]) -> None:
        with transaction():
            outbox.finish(finished, at=self._now())
