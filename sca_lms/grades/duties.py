"""Keep the hosts' gradebooks equal to ours, in the foreground, until told to stop."""

import datetime as dt
import threading
from collections.abc import Callable, Mapping, Sequence

import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError

from sca_lms import clock
from sca_lms.database import transaction
from sca_lms.grades import host_columns, operations, queries, reconcile
from sca_lms.grades.delivery import Courier
from sca_lms.grades.sources import EXTENSION as SOURCES
from sca_lms.grades.sources import Source

JOBS = "sca_jobs"
"""`app.extensions[JOBS]`: what other packages want done from time to time.

Each job is called with the time, in an application context and outside of a transaction, so that it may ask
a host; what it changes it changes in transactions of its own.
"""
Job = Callable[[dt.datetime], object]

LONGEST_REST_SECONDS = 5.0
SHORTEST_REST_SECONDS = 0.2
JOBS_EVERY = dt.timedelta(seconds=30)
WORTH_WAITING = dt.timedelta(seconds=3)
"""Draining waits for a score that only keeps its distance from the one before it."""
NOTHING_LEFT, SOMETHING_WAITS = 0, 3

log = structlog.get_logger(__name__)


def run(app: Flask, stop: threading.Event, *, drain: bool) -> int:
    """Work until `stop` is set, or with `drain` until nothing more can be done now; returns the exit code.

    A defect ends the worker with its traceback; whoever supervises it starts it again. Scores are sent
    before the jobs of other packages run, so that a job that fails again and again does not hold them up.
    """
    with Courier(app, now=clock.now) as courier:
        if drain:
            return _drain(app, courier, stop)
        jobs_at = clock.now()
        while not stop.is_set():
            try:
                _turn(app, courier, stop)
                if clock.now() >= jobs_at and not stop.is_set():
                    _run_jobs(app)
                    jobs_at = clock.now() + JOBS_EVERY
                rest = _rest_seconds(app)
            except OperationalError:
                # The database is away for a moment; what was under way is settled when its lease is over.
                log.warning("worker.database-away")
                rest = LONGEST_REST_SECONDS
            stop.wait(rest)
    return NOTHING_LEFT


def _drain(app: Flask, courier: Courier, stop: threading.Event) -> int:
    _turn(app, courier, stop)
    _run_jobs(app)
    while not stop.is_set():
        handled = _turn(app, courier, stop)
        with app.app_context():
            left = queries.outstanding()
        if not handled and not _is_worth_waiting(left, at=clock.now()):
            return SOMETHING_WAITS if left.count else NOTHING_LEFT
        if not handled:
            stop.wait(SHORTEST_REST_SECONDS)
    return SOMETHING_WAITS


def _is_worth_waiting(left: queries.Outstanding, *, at: dt.datetime) -> bool:
    """Tell whether something goes on within a moment: a score keeps its distance, a lease ends."""
    return left.taken > 0 or (left.due_at is not None and left.due_at - at <= WORTH_WAITING)


def _turn(app: Flask, courier: Courier, stop: threading.Event) -> int:
    """Work out scores that may have changed and send what is due; returns how much was done."""
    done = 0
    with app.app_context():
        sources = _sources(app)
        while not stop.is_set():
            with transaction():
                looked_at = operations.recompute_moved(sources, at=clock.now())
            done += looked_at
            if not looked_at:
                break
    sent = courier.deliver_due(stop)
    if done or sent:
        log.info("worker.turn", people=done, scores=sent)
    return done + sent


def _run_jobs(app: Flask) -> None:
    """Set right what no event tells of, then do what other packages want done."""
    with app.app_context(), transaction():
        at = clock.now()
        operations.put_missing_columns(codes=_sources(app).keys(), at=at)
        host_columns.look_for_changes(at=at)
        operations.raise_due(at=at)
    with app.app_context():
        reconcile.reconcile_due(now=clock.now)
    jobs: Sequence[Job] = app.extensions.get(JOBS, ())
    for job in jobs:
        with app.app_context():
            job(clock.now())


def _sources(app: Flask) -> Mapping[str, Source]:
    found: Mapping[str, Source] = app.extensions.get(SOURCES, {})
    return found


def _rest_seconds(app: Flask) -> float:
    with app.app_context():
        next_at = queries.outstanding().next_at
    if next_at is None:
        return LONGEST_REST_SECONDS
    wait = (next_at - clock.now()).total_seconds()
    return min(max(wait, SHORTEST_REST_SECONDS), LONGEST_REST_SECONDS)
