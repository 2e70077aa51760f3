"""The worker goes on by itself, with whatever queue, and does each thing without waiting for the others."""

import dataclasses
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from sca_lms import clock
from sca_lms.config import Settings, SettingsError
from sca_lms.grades import duties, worker
from sca_lms.grades.worker import QUEUE_FILE, Once
from sca_lms.lti import roster_queries
from tests.grades.world import World

PATIENCE = 30


@contextmanager
def at_work(app: Flask) -> Iterator[threading.Event]:
    """Run a worker in a thread until the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(app, stop), kwargs={"drain": False})
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def when_arrived(world: World, count: int) -> threading.Event:
    """Return what is set as soon as so many scores have arrived."""
    arrived = threading.Event()

    def look(_method: str, path: str) -> None:
        if path.endswith("/scores") and world.wire.count("scores") >= count:
            arrived.set()

    world.wire.after = look
    return arrived


def test_scores_go_out_while_a_job_takes_its_time(moodle: World) -> None:
    gate = threading.Event()
    moodle.app.extensions[duties.JOBS] = [lambda _at: gate.wait(PATIENCE)]
    arrived = when_arrived(moodle, 2)
    with at_work(moodle.app):
        moodle.mark("31", "40")
        moodle.mark("32", "50")
        assert arrived.wait(PATIENCE)
        gate.set()
    assert moodle.shown("32") == 50


def test_every_duty_is_done_once_a_worker_begins(moodle: World) -> None:
    done = [threading.Event(), threading.Event()]
    moodle.app.extensions[duties.JOBS] = [lambda _at: done[0].set(), lambda _at: done[1].set()]
    with at_work(moodle.app):
        assert all(each.wait(PATIENCE) for each in done)


def test_a_job_that_has_more_to_do_goes_on_without_another_call(moodle: World) -> None:
    """A long roster would take a minute for each of its turns otherwise."""
    left = [5]
    done = threading.Event()

    def some(_at: object) -> roster_queries.Left:
        left[0] -= 1
        if not left[0]:
            done.set()
        return roster_queries.Left(now=left[0], later=0)

    moodle.app.extensions[duties.JOBS] = [some]
    with at_work(moodle.app):
        assert done.wait(PATIENCE)


def test_a_queue_that_is_full_of_old_calls_harms_nothing(moodle: World) -> None:
    settings = moodle.app.extensions["sca_settings"]
    assert isinstance(settings, Settings)
    with worker.open_queue(settings) as before:
        forgotten = before.task(name="of-an-older-version")(clock.now)
        for _ in range(50):
            forgotten()
    moodle.mark("31", "40")
    arrived = when_arrived(moodle, 1)
    with at_work(moodle.app):
        assert arrived.wait(PATIENCE)
    assert moodle.shown("31") == 40


def test_a_queue_that_is_emptied_loses_nothing(moodle: World) -> None:
    settings = moodle.app.extensions["sca_settings"]
    assert isinstance(settings, Settings)
    arrived = when_arrived(moodle, 1)
    with at_work(moodle.app):
        with worker.open_queue(settings) as queue:
            queue.flush()
        moodle.mark("31", "40")
        assert arrived.wait(PATIENCE)
    assert (settings.data_dir / QUEUE_FILE).exists()


def test_the_queue_may_be_a_file_elsewhere(moodle: World, settings: Settings) -> None:
    place = settings.data_dir / "elsewhere.sqlite3"
    moodle.app.extensions["sca_settings"] = dataclasses.replace(settings, queue_url=f"sqlite:///{place}")
    moodle.mark("31", "40")
    arrived = when_arrived(moodle, 1)
    with at_work(moodle.app):
        assert arrived.wait(PATIENCE)
    with sqlite3.connect(place) as queue:
        tables = {name for (name,) in queue.execute("SELECT name FROM sqlite_master")}
    queue.close()
    assert "task" in tables


def test_the_queue_may_be_postgresql(
    moodle: World, settings: Settings, *, on_postgresql: bool, request: pytest.FixtureRequest
) -> None:
    if not on_postgresql:
        pytest.skip("the suite runs on SQLite")
    url = settings.database_url.replace("postgresql+psycopg://", "postgresql://")
    moodle.app.extensions["sca_settings"] = dataclasses.replace(settings, queue_url=url)
    moodle.mark("31", "40")
    arrived = when_arrived(moodle, 1)
    with at_work(moodle.app):
        assert arrived.wait(PATIENCE)
    assert moodle.shown("31") == 40


@pytest.mark.parametrize("url", ["mysql://host/queue", "/var/queue", "redis:/host"])
def test_a_queue_that_cannot_work_is_refused_at_start(settings: Settings, url: str) -> None:
    with pytest.raises(SettingsError, match="SCA_LMS_QUEUE_URL"):
        Settings.from_environment({"SCA_LMS_DATA_DIR": str(settings.data_dir), "SCA_LMS_QUEUE_URL": url})


def test_work_that_is_asked_for_while_it_is_done_is_done_once_more_and_not_beside() -> None:
    begun: list[int] = []

    def work() -> None:
        begun.append(len(begun))
        if len(begun) == 1:
            calls: list[Callable[[], None]] = [once, once, once]
            threads = [threading.Thread(target=call) for call in calls]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)

    once = Once(work)
    once()
    assert begun == [0, 1]
