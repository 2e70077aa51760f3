"""Keep the hosts' gradebooks equal to ours: huey's consumer does each duty, in a thread of its own.

The queue only says "look at what is due". A task that is lost, late or done twice does no harm, because the
tables of this package are the truth; every minute the same questions are asked again. So the queue may be a
small file beside the database, or a Redis or PostgreSQL that several machines share.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import psycopg
import structlog
from flask import Flask
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from psycopg import Connection
from psycopg.rows import TupleRow
from sqlalchemy.exc import OperationalError

from sca_lms import clock
from sca_lms.config import Settings
from sca_lms.grades import duties
from sca_lms.grades.delivery import Courier

NAME = "sca-lms"
QUEUE_FILE = "queue.sqlite3"
SHIFT_SECONDS = 65.0
"""Longer than the minute between two calls: the second is heard while the first one works, and goes on."""
LONGEST_POLL = 2.0
EXPIRES_SECONDS = 55
"""A call that nobody has heard within its minute is forgotten: the next one is about to come."""

log = structlog.get_logger(__name__)


@contextmanager
def open_queue(settings: Settings) -> Iterator[Huey]:
    """Open the queue of this installation; what is in it may be thrown away at any time."""
    url = settings.queue_url or f"sqlite:///{settings.data_dir / QUEUE_FILE}"
    kind = urlsplit(url).scheme
    # huey leaves the connections of its threads to the garbage collector.
    connections: list[Connection[TupleRow]] = []

    def connect() -> Connection[TupleRow]:
        connections[:] = [each for each in connections if not each.closed]
        connections.append(psycopg.connect(url))
        return connections[-1]

    if kind in {"redis", "rediss"}:
        queue: Huey = RedisHuey(NAME, url=url, results=False)
    elif kind == "postgresql":
        queue = PostgresHuey(NAME, connection=connect, results=False)
    else:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        queue = SqliteHuey(NAME, filename=url.removeprefix("sqlite:///"), results=False)
    try:
        yield queue
    finally:
        queue.storage.close()
        for connection in connections:
            connection.close()


def run(app: Flask, stop: threading.Event, *, drain: bool) -> int:
    """Work until `stop` is set, or with `drain` until nothing more can be done now; returns the exit code.

    Draining needs no queue: it does everything once, here.
    """
    if drain:
        return duties.drain(app, stop)
    settings = app.extensions["sca_settings"]
    with open_queue(settings) as queue, Courier(app, now=clock.now) as courier:
        calls = _calls(app, courier, stop)
        for name, work in calls.items():
            queue.periodic_task(_every_minute, name=name, expires=EXPIRES_SECONDS)(Once(work))
        consumer = Consumer(queue, workers=len(calls), scheduler_interval=1, max_delay=LONGEST_POLL)
        # The signals of the process belong to those who started it; they set `stop`.
        consumer._signal_actions.clear()
        consumer.start()
        try:
            while not stop.wait(duties.LONGEST_REST_SECONDS):
                consumer.check_worker_health()
        finally:
            stop.set()
            consumer.stop(graceful=True)
    return duties.NOTHING_LEFT


class Once:
    """Work that one thread of this process does at a time; who calls it meanwhile has it done once more."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._busy = threading.Lock()
        self._asked = threading.Event()

    def __call__(self) -> None:
        self._asked.set()
        while self._asked.is_set() and self._busy.acquire(blocking=False):
            try:
                self._asked.clear()
                self._work()
            finally:
                self._busy.release()


def _calls(app: Flask, courier: Courier, stop: threading.Event) -> dict[str, Callable[[], None]]:
    """Return the pieces of work by name; none waits for another."""
    shift = duties.Shift(app, courier, stop)
    calls: dict[str, Callable[[], None]] = {
        "scores": partial(_send_for_a_while, app, shift, stop),
        "put-right": partial(duties.put_right, app),
        "compare": partial(duties.compare, app, stop),
    }
    for number, job in enumerate(duties.jobs_of(app)):
        calls[f"job-{number}-{getattr(job, '__name__', 'unnamed')}"] = partial(_run_job, app, job)
    return calls


def _run_job(app: Flask, job: duties.Job) -> None:
    # What is left is taken up by the next call.
    duties.run_job(app, job)


def _send_for_a_while(app: Flask, shift: duties.Shift, stop: threading.Event) -> None:
    """Send what is or becomes due, until the next call of this kind is sure to have come."""
    ends = time.monotonic() + SHIFT_SECONDS
    while not stop.is_set() and time.monotonic() < ends:
        try:
            shift.turn()
            rest = duties.rest_seconds(app)
        except OperationalError:
            # The database is away for a moment; what was under way is settled when its lease is over.
            log.warning("worker.database-away")
            rest = duties.LONGEST_REST_SECONDS
        stop.wait(rest)


def _every_minute(_moment: object) -> bool:
    return True
