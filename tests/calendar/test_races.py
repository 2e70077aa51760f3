"""Several processes want the same time in the same instant; the database lets one of them have it."""

import datetime as dt
import multiprocessing
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import sqlalchemy as sa
from flask import Flask

from sca_lms.app import create_app
from sca_lms.calendar import operations, queries
from sca_lms.calendar.classes import ClassesClash, put_classes
from sca_lms.calendar.operations import Clash
from sca_lms.config import Settings
from sca_lms.database import db, transaction
from tests.builders import a_course
from tests.calendar.desk import BEFORE, a_captain, a_learner, booked, clock_time, lesson, taken

PROCESSES, THREADS = 5, 10
ROUNDS = 12

Deed = Callable[[Flask, int], str]


def _crowd(settings: Settings, number: int, deed: Deed, ready: Barrier) -> list[str]:
    """Do something in ten threads of one process, when all processes have come as far."""
    app = create_app(settings)
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda _thread: _connect(app), range(THREADS)))
        ready.wait(timeout=120)
        return list(threads.map(partial(deed, app), range(number * THREADS, (number + 1) * THREADS)))


def _connect(app: Flask) -> None:
    with app.app_context():
        db.session.execute(sa.text("SELECT 1"))


def _child(settings: Settings, number: int, deed: Deed, ready: Barrier, results: "Queue[list[str]]") -> None:
    results.put(_crowd(settings, number, deed, ready))


def at_once(settings: Settings, deed: Deed) -> Counter[str]:
    """Do something fifty times in the same instant, in five processes, and count what came of it."""
    context = multiprocessing.get_context("spawn")
    ready, results = context.Barrier(PROCESSES), context.Queue()
    children = [
        context.Process(target=_child, args=(settings, number, deed, ready, results))
        for number in range(PROCESSES)
    ]
    for child in children:
        child.start()
    outcomes = Counter(outcome for _child in children for outcome in results.get(timeout=180))
    for child in children:
        child.join(timeout=60)
        assert child.exitcode == 0
    return outcomes


def book_the_slot(people: tuple[int, int], course_id: int, app: Flask, number: int) -> str:
    with app.app_context():
        try:
            with transaction():
                booked(course_id, people, clock_time(9), clock_time(10), key=f"appointment:{number}")
        except Clash:
            return "clash"
    return "booked"


def test_fifty_bookings_of_one_slot_by_five_processes_give_exactly_one(
    app: Flask, settings: Settings
) -> None:
    with app.app_context(), transaction():
        course = a_course(at=BEFORE)
        people, course_id = (a_captain(course).person_id, a_learner(course).person_id), course.id
    outcomes = at_once(settings, partial(book_the_slot, people, course_id))
    assert outcomes == {"booked": 1, "clash": PROCESSES * THREADS - 1}
    with app.app_context():
        assert len(taken(people[0])) == len(taken(people[1])) == 4
        assert set(taken(people[0]).values()) == set(taken(people[1]).values())


def do_this_and_that(people: list[int], course_id: int, app: Flask, number: int) -> str:
    """Book, move, cancel and publish for several people at a time, in an order of one's own."""
    chance, done = random.Random(number), 0
    for turn in range(ROUNDS):
        some, start = (
            chance.sample(people, 3),
            clock_time(chance.randrange(8, 12), chance.choice([0, 15, 30])),
        )
        key = f"appointment:{number}-{turn}"
        with app.app_context():
            try:
                with transaction():
                    if turn % 4 == 3:
                        begins = clock_time(13, 15 * chance.randrange(4))
                        put_classes(
                            course_id,
                            [lesson(f"session:{number}", begins, begins + dt.timedelta(minutes=30))],
                            at=BEFORE,
                        )
                        continue
                    occasion = booked(course_id, some, start, start + dt.timedelta(minutes=30), key=key)
                    done += 1
                with transaction():
                    if chance.random() < 0.5:
                        operations.release(queries.occasions([key])[key])
                    else:
                        later = start + dt.timedelta(minutes=15)
                        operations.move(occasion, later, later + dt.timedelta(minutes=30))
            except (Clash, ClassesClash):
                continue
    return "went on" if done or number else "stuck"


def test_people_of_several_bookings_never_wait_for_each_other_in_a_circle(
    app: Flask, settings: Settings
) -> None:
    with app.app_context(), transaction():
        course = a_course(at=BEFORE)
        people, course_id = [a_learner(course).person_id for _number in range(6)], course.id
    outcomes = at_once(settings, partial(do_this_and_that, people, course_id))
    assert outcomes["went on"] >= PROCESSES * THREADS - 1
    with app.app_context():
        found = queries.busy(people, clock_time(0), clock_time(23))
        appointments = [each for each in found if each.key.startswith("appointment")]
        for person in people:
            mine = sorted((each.starts_at, each.ends_at) for each in appointments if each.person_id == person)
            assert all(first[1] <= second[0] for first, second in pairwise(mine))
