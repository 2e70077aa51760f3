"""Keep the hosts' gradebooks equal to ours: huey's consumer does each duty, in a thread of its own.

The queue only says "look at what is due". A task that is lost, late or done twice does no harm, because the
tables of this package are the truth; every minute the same questions are asked again. So the queue may be a
small file beside the database, or a Redis or PostgreSQL that several machines share. Where the queue is away,
a worker does without it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import psycopg
import structlog
from flask import Flask
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.storage import RedisStorage
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
OVERDUE_SECONDS = 90.0
"""After so long without a call the queue is away, or other workers hear all calls: it is not waited for."""
COMPLAINS_EVERY_SECONDS = 60.0

# What a consumer and its threads say; a filter of a logger is not asked about those below it.
CHATTY = ("huey", "huey.consumer", "huey.consumer.Worker", "huey.consumer.Scheduler")

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
        if isinstance(queue.storage, RedisStorage):
            # huey leaves them to the garbage collector here too.
            queue.storage.pool.disconnect()
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
    with open_queue(settings) as queue, Courier(app, now=clock.now) as courier, _seldom_complaining():
        calls = _calls(app, courier, stop)
        duty = {name: Once(work) for name, work in calls.items()}
        for name, once in duty.items():
            queue.periodic_task(_every_minute, name=name, expires=EXPIRES_SECONDS)(once)
        consumer = Consumer(queue, workers=len(calls), scheduler_interval=1, max_delay=LONGEST_POLL)
        # The signals of the process belong to those who started it; they set `stop`.
        consumer._signal_actions.clear()
        consumer.start()
        try:
            while not stop.wait(duties.LONGEST_REST_SECONDS):
                consumer.check_worker_health()
                _do_overdue(duty)
        finally:
            stop.set()
            consumer.stop(graceful=True)
    return duties.NOTHING_LEFT


@contextmanager
def _seldom_complaining() -> Iterator[None]:
    """Let huey say the same thing once a minute: all its threads repeat it while the queue is away."""
    seldom = _Seldom()
    for name in CHATTY:
        logging.getLogger(name).addFilter(seldom)
    try:
        yield
    finally:
        for name in CHATTY:
            logging.getLogger(name).removeFilter(seldom)


class _Seldom(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is written."""
        if record.levelno < logging.WARNING:
            return True
        at = time.monotonic()
        if at - self._said_at.get(record.msg, -COMPLAINS_EVERY_SECONDS) < COMPLAINS_EVERY_SECONDS:
            return False
        self._said_at[record.msg] = at
        return True


class Once:
    """Work that one thread of this process does at a time; who calls it meanwhile has it done once more."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._busy = threading.Lock()
        self._asked = threading.Event()
        self._called_at = time.monotonic()

    @property
    def is_overdue(self) -> bool:
        """Tell whether nobody has called for so long that no call is to be expected."""
        return time.monotonic() - self._called_at > OVERDUE_SECONDS

    def __call__(self) -> None:
        self._called_at = time.monotonic()
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
        calls[f"job-{number}-{getattr(job, '__name__', 'unnamed')}"] = partial(_run_job, app, job, stop)
    return calls


def _do_overdue(duty: Mapping[str, Once]) -> None:
    """Do what nobody calls for any more, one thing after the other: slower than by the queue, but done."""
    for name, once in duty.items():
        if once.is_overdue:
            log.warning("worker.not-called", duty=name)
            try:
                once()
            except OperationalError:
                log.warning("worker.database-away")


def _run_job(app: Flask, job: duties.Job, stop: threading.Event) -> None:
    """Do what another package wants done until nothing of it is left, or the next call is sure to have come.

    A job pauses so that a drain can do other things in between; here each has a thread of its own.
    """
    ends = time.monotonic() + SHIFT_SECONDS
    while duties.run_job(app, job)[0] and time.monotonic() < ends:
        if stop.wait(duties.SHORTEST_REST_SECONDS):
            break


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
