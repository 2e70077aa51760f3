"""What a worker has to do: work scores out, send what is due, compare, and look after the rest.

Nothing here hangs on an event: each piece of work looks at the database for what is due, so that it may be
lost, done twice or done at the same time by several workers. `worker` says when each is done.
"""

import datetime as dt
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

import structlog
from flask import Flask

from sca_lms import clock
from sca_lms.database import transaction
from sca_lms.grades import decisions, host_columns, operations, queries, reconcile
from sca_lms.grades.containment import Contained
from sca_lms.grades.delivery import Courier
from sca_lms.grades.sources import EXTENSION as SOURCES
from sca_lms.grades.sources import Source

JOBS = "sca_jobs"
"""`app.extensions[JOBS]`: what other packages want done from time to time.

Each job is called with the time, in an application context and outside of a transaction, so that it may ask
a host; what it changes it changes in transactions of its own. It may return what it has `Left`.
"""
Job = Callable[[dt.datetime], object]

LONGEST_REST_SECONDS = 5.0
SHORTEST_REST_SECONDS = 0.2
WORTH_WAITING = dt.timedelta(seconds=3)
"""Draining waits for a score that only keeps its distance from the one before it."""
FIRST_REST_OF_COURSE, LONGEST_REST_OF_COURSE = dt.timedelta(seconds=30), dt.timedelta(hours=1)
NOTHING_LEFT, SOMETHING_WAITS = 0, 3


@runtime_checkable
class Left(Protocol):
    """What a job has still to do: how much of it at once, and how much has to wait for a later time."""

    @property
    def now(self) -> int:
        """Return how much could be done at once."""

    @property
    def later(self) -> int:
        """Return how much waits, as after a failure."""


log = structlog.get_logger(__name__)


class Shift:
    """One worker's turns at scores; a course whose scores cannot be worked out rests, the others go on."""

    def __init__(self, app: Flask, courier: Courier, stop: threading.Event) -> None:
        self._app = app
        self._courier = courier
        self._stop = stop
        self.resting: dict[int, tuple[dt.datetime, dt.timedelta]] = {}
        """By course, until when it rests, and how long that is."""

    def turn(self) -> int:
        """Work out scores that may have changed and send what is due; returns how much was done."""
        people = 0
        while not self._stop.is_set() and (done := self._work_out()):
            people += done
        sent = self._courier.deliver_due(self._stop)
        if people or sent:
            log.info("worker.turn", people=people, scores=sent)
        return people + sent

    def _work_out(self) -> int:
        with self._app.app_context():
            with transaction():
                moved = operations.courses_moved()
            at = clock.now()
            return sum(
                self._recompute(course_id)
                for course_id in moved
                if course_id not in self.resting or self.resting[course_id][0] <= at
            )

    def _recompute(self, course_id: int) -> int:
        at = clock.now()
        with Contained("work out scores", course=course_id) as held, transaction():
            done = operations.recompute_moved(sources_of(self._app), at=at, course_id=course_id)
        if not held.reference:
            self.resting.pop(course_id, None)
            return done
        rest = self.resting.get(course_id, (at, FIRST_REST_OF_COURSE / 2))[1] * 2
        self.resting[course_id] = at + rest, min(rest, LONGEST_REST_OF_COURSE)
        return 0


def drain(app: Flask, stop: threading.Event) -> int:
    """Do all that can be done now; returns the exit code, which says whether something waits."""
    with Courier(app, now=clock.now) as courier:
        shift = Shift(app, courier, stop)
        shift.turn()
        put_right(app)
        compare(app, stop)
        unfinished, waiting = _do(app, jobs_of(app))
        while not stop.is_set():
            handled = shift.turn()
            if unfinished:
                unfinished, more = _do(app, unfinished)
                waiting += more
                continue
            with app.app_context():
                left = queries.outstanding()
            if not handled and not _is_worth_waiting(left, at=clock.now()):
                return SOMETHING_WAITS if left.count or shift.resting or waiting else NOTHING_LEFT
            if not handled:
                stop.wait(SHORTEST_REST_SECONDS)
    return SOMETHING_WAITS


def put_right(app: Flask) -> None:
    """Set right what no event tells of: columns that may be had by now, scores that may be sent by now."""
    codes = sources_of(app).keys()
    steps: Sequence[tuple[str, Callable[[dt.datetime], object]]] = (
        ("columns", lambda at: operations.put_missing_columns(codes=codes, at=at)),
        ("linked columns", lambda at: decisions.put_linked_columns(at=at)),
        ("changed hosts", lambda at: host_columns.look_for_changes(at=at)),
        ("due scores", lambda at: operations.raise_due(at=at)),
    )
    for name, step in steps:
        with app.app_context(), Contained(name), transaction():
            step(clock.now())


def compare(app: Flask, stop: threading.Event) -> None:
    """Compare columns with their hosts that are due, for a while."""
    with app.app_context(), Contained("compare"):
        reconcile.reconcile_due(now=clock.now, stop=stop)


def run_job(app: Flask, job: Job) -> tuple[int, int]:
    """Do what another package wants done; returns how much of it is left for now, and for later."""
    left: object = None
    with app.app_context(), Contained("job", job=getattr(job, "__name__", "")) as held:
        left = job(clock.now())
    if held.reference:
        return 0, 1
    return (left.now, left.later) if isinstance(left, Left) else (0, 0)


def jobs_of(app: Flask) -> Sequence[Job]:
    """Return what other packages want done from time to time."""
    found: Sequence[Job] = app.extensions.get(JOBS, ())
    return found


def sources_of(app: Flask) -> Mapping[str, Source]:
    """Return where scores come from."""
    found: Mapping[str, Source] = app.extensions.get(SOURCES, {})
    return found


def rest_seconds(app: Flask) -> float:
    """Return how long nothing will be due, within the bounds of a rest."""
    with app.app_context():
        next_at = queries.outstanding().next_at
    if next_at is None:
        return LONGEST_REST_SECONDS
    wait = (next_at - clock.now()).total_seconds()
    return min(max(wait, SHORTEST_REST_SECONDS), LONGEST_REST_SECONDS)


def _do(app: Flask, jobs: Sequence[Job]) -> tuple[list[Job], int]:
    """Do jobs once; returns those that could go on at once, and how much of the others has to wait."""
    left = {job: run_job(app, job) for job in jobs}
    unfinished = [job for job, (now, _later) in left.items() if now]
    return unfinished, sum(later for job, (_now, later) in left.items() if job not in unfinished)


def _is_worth_waiting(left: queries.Outstanding, *, at: dt.datetime) -> bool:
    """Tell whether something goes on within a moment: a score keeps its distance, a lease ends."""
    return left.taken > 0 or (left.due_at is not None and left.due_at - at <= WORTH_WAITING)
