"""Measure what has to do with everybody's coursework, for a cohort of 150 and one of 10,000.

    python -m benchmarks.coursework [--database sqlite|postgresql] [--learners 150 10000] [--rounds 7]

Everybody has read, watched and been in class in four modules, and handed in one quiz of ten questions in
each. A page must take at most twice as long for the large cohort and send no more statements. What the worker
does grows with the cohort; its time is shown. The figures of a quiz are also read anew, as its page did
before they were kept, in the same run.
"""

import argparse
import datetime as dt
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from benchmarks.cohorts import Row, enrol
from benchmarks.size import LARGE, MOST_TIMES, OK, SMALL, WARM_UP, database_url
from benchmarks.storm import POSTGRESQL, SQLITE
from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.assessments import statistics_queries
from sca_lms.assessments.figure_jobs import keep_quiz_figures
from sca_lms.assessments.models import Attempt, QuestionVersion, Quiz, QuizSlot, Response
from sca_lms.assessments.rules import AttemptState
from sca_lms.config import Settings
from sca_lms.courses.models import Course
from sca_lms.courses.queries import counted_learners
from sca_lms.courses.rules import Role
from sca_lms.database import Base, db, transaction
from sca_lms.modules import queries, reminders
from sca_lms.modules.models import Module, Unit, UnitEvidence
from sca_lms.modules.plan import EvidenceKind, UnitType
from tests import builders
from tests.modules.builders import QUESTION, a_course_with_modules, a_unit, first_module, with_modules
from tests.statements import counted

MODULES, QUESTIONS = 4, 10
WRONG_EVERY, IDLE_EVERY = 3, 4
"""Every third answer is wrong, at another place for everybody; every fourth learner left the last module."""
HOUR = dt.timedelta(hours=1)
CHUNK = 500
EVIDENCE: Mapping[UnitType, tuple[EvidenceKind, dict[str, object] | None]] = {
    UnitType.READING: (EvidenceKind.READ, None),
    UnitType.LIVE: (EvidenceKind.JOINED, None),
    UnitType.VIDEO: (EvidenceKind.WATCHED, {"intervals": [[0, 600]], "duration": 600, "position": 600}),
}


@dataclass(frozen=True)
class House:
    """A tool with one cohort, and the browser of its manager."""

    app: Flask
    learners: int
    course_id: int
    quiz_id: int
    due_at: dt.datetime
    browser: FlaskClient

    def ask(self, path: str) -> None:
        """Ask for a page; raises for what is no answer."""
        answer = self.browser.get(f"/courses/{self.course_id}/{path.format(quiz=self.quiz_id)}")
        if answer.status_code != OK or not answer.get_data():
            raise RuntimeError(f"{path} was answered with {answer.status_code}")

    def timed(self, act: Callable[[], object]) -> tuple[float, int]:
        """Return the milliseconds and statements of something."""
        with self.app.app_context(), counted(self.app) as seen:
            began = time.perf_counter()
            act()
            milliseconds = (time.perf_counter() - began) * 1000
            db.session.remove()
        return milliseconds, len(seen)

    def measure_anew(self, *, first_only: bool) -> None:
        """Work the figures of a quiz out from every answer."""
        quiz = db.session.get_one(Quiz, self.quiz_id)
        statistics_queries.items_of(statistics_queries.measure(quiz, first_only=first_only))


PAGES = {
    "all quizzes": "quizzes/",
    "attempts at a quiz": "quizzes/{quiz}/results",
    "figures of a quiz, first attempts": "quizzes/{quiz}/statistics",
    "figures of a quiz, all attempts": "quizzes/{quiz}/statistics?attempts=all",
    "more time in a quiz": "quizzes/{quiz}/extensions",
    "accommodations": "accommodations",
    "what waits to be marked": "marking/",
    "gradebook with quizzes": "gradebook",
}


def main() -> int:
    """Measure and print tables for each database; return 1 when a page misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), nargs="+", default=[SQLITE, POSTGRESQL])
    parser.add_argument("--learners", type=int, nargs=2, default=[SMALL, LARGE], help="both sizes")
    parser.add_argument("--rounds", type=int, default=7, help="how often each page is asked for")
    asked = parser.parse_args()
    missed = [
        goal
        for database in asked.database
        for goal in _measure(database, sizes=asked.learners, rounds=asked.rounds)
    ]
    for goal in missed:
        print(f"missed: {goal}", file=sys.stderr)
    return 1 if missed else 0


def _measure(database: str, *, sizes: Sequence[int], rounds: int) -> list[str]:
    """Print the tables of one database; return the goals that were missed."""
    missed = []
    with ExitStack() as stack:
        houses = [stack.enter_context(_house(database, learners)) for learners in sizes]
        print(
            f"\n{database}, load {os.getloadavg()[0]:.1f}\n\n| worker, ms | {sizes[0]:,} | {sizes[1]:,} |"
            "\n|---|---|---|"
        )
        for what, act in _duties().items():
            times = [house.timed(partial(act, house))[0] for house in houses]
            print(f"| {what} | {times[0]:.0f} | {times[1]:.0f} |", flush=True)
        print("\n| page | statements | ms | ratio |\n|---|---|---|---|")
        for what, path in PAGES.items():
            line, fault = _compare(what, path, houses, rounds=rounds)
            print(line, flush=True)
            missed += [f"{database}: {what}: {fault}"] if fault else []
    return missed


def _duties() -> Mapping[str, Callable[[House], object]]:
    return {
        "figures of one quiz read anew, first attempts": lambda house: house.measure_anew(first_only=True),
        "the same, all attempts": lambda house: house.measure_anew(first_only=False),
        "figures of all quizzes kept": lambda _house: keep_quiz_figures(clock.now()),
        "nothing has changed since": lambda _house: keep_quiz_figures(clock.now()),
        "where 50 learners stand": lambda house: queries.standings(
            house.course_id,
            db.session.scalars(counted_learners(house.course_id).limit(50)).all(),
            at=house.due_at - HOUR,
        ),
        "what falls due": lambda house: reminders.remind_of_due_modules(house.due_at - HOUR),
    }


def _compare(what: str, path: str, houses: Sequence[House], *, rounds: int) -> tuple[str, str]:
    """Return a line of the table, and which goal is missed, if any."""
    for house in houses:
        for _time in range(WARM_UP):
            house.ask(path)
    found = [[house.timed(partial(house.ask, path)) for house in houses] for _round in range(rounds)]
    small, large = (statistics.median(each[side][0] for each in found) for side in (0, 1))
    fewer, more = (found[0][side][1] for side in (0, 1))
    faults = [f"{large / small:.1f} times as long"] if large > MOST_TIMES * small else []
    faults += ["more statements"] if more > fewer else []
    line = f"| {what} | {fewer}, {more} | {small:.0f} → {large:.0f} | {large / small:.1f} |"
    return line, "; ".join(faults)


@contextmanager
def _house(database: str, learners: int) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="sca-bench-") as name, database_url(database, Path(name)) as url:
        app = create_app(
            Settings(
                database_url=url, data_dir=Path(name), public_url="https://tool.example.org",
                secret_key=secrets.token_urlsafe(48), allow_private_platforms=True, log_level="error",
            )
        )  # fmt: skip
        with app.app_context():
            course_id, staff_id, quiz_id, due_at = _make(learners)
        yield House(app, learners, course_id, quiz_id, due_at, builders.signed_in(app, staff_id))
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _make(learners: int) -> tuple[int, int, int, dt.datetime]:
    """Return course, a manager, one quiz, and when the first module is due."""
    Base.metadata.create_all(db.engine)
    with transaction():
        course = a_course_with_modules(with_modules(*map(_module, range(1, MODULES + 1))))
        manager = builders.an_enrolment(course, builders.a_person("วิทยากร"), roles={Role.MANAGER})
        people = enrol(course, learners, at=clock.now())
        for start in range(0, learners, CHUNK):
            _study(course, people[start : start + CHUNK])
            _answer(course, people[start : start + CHUNK])
        quiz_id = db.session.scalars(sa.select(Quiz.id).order_by(Quiz.id)).first() or 0
        due_at = db.session.scalars(sa.select(Module.due_at).order_by(Module.position)).first()
        found = course.id, manager.id, quiz_id, due_at or clock.now()
    if db.engine.dialect.name == "postgresql":
        # As the server itself does some minutes after such a load.
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return found


def _module(number: int) -> Mapping[str, object]:
    code = f"PB{number}"
    kinds = ("reading", "video", "live", "quiz")
    about: Mapping[str, dict[str, object]] = {
        "video": {"url": "https://media.example.org/day.webm", "video_seconds": 600},
        "live": {"start": "2022-08-25T19:00"},
    }
    return first_module(
        code=code,
        units=[a_unit(f"{code}.{place}", kind, **about.get(kind, {})) for place, kind in enumerate(kinds, 1)],
        quiz={"unit": f"{code}.{len(kinds)}", "attempts": 3, "grading": "highest"},
        questions=[{**QUESTION, "id": f"{code}-Q{place}"} for place in range(1, QUESTIONS + 1)],
    )


def _study(course: Course, people: Sequence[tuple[int, int]]) -> None:
    at = clock.now()
    units = db.session.scalars(sa.select(Unit).where(Unit.course_id == course.id)).all()
    rows: list[Row] = [
        {
            "enrolment_id": enrolment_id, "unit_id": unit.id, "kind": EVIDENCE[unit.type][0],
            "at": at, "recorded_at": at, "value": EVIDENCE[unit.type][1], "key": f"study-{unit.id}",
        }
        for enrolment_id, place in people
        for unit in units
        if unit.type in EVIDENCE and (place % IDLE_EVERY or not unit.code.startswith(f"PB{MODULES}"))
    ]  # fmt: skip
    db.session.execute(sa.insert(UnitEvidence), rows)


def _answer(course: Course, people: Sequence[tuple[int, int]]) -> None:
    versions: dict[int, list[int]] = {}
    for quiz_id, version_id in db.session.execute(
        sa.select(QuizSlot.quiz_id, QuestionVersion.id)
        .join(QuestionVersion, QuestionVersion.question_id == QuizSlot.question_id)
        .join(QuizSlot.quiz)
        .where(Quiz.course_id == course.id)
        .order_by(QuestionVersion.id)
    ):
        versions.setdefault(quiz_id, []).append(version_id)
    began = clock.now()
    for quiz_id, asked in versions.items():
        given = [
            [(number + place) % WRONG_EVERY != 0 for number in range(len(asked))] for _id, place in people
        ]
        attempts: list[Row] = [
            {
                "quiz_id": quiz_id, "enrolment_id": enrolment_id, "number": 1, "seed": "0", "shuffled": False,
                "started_at": began, "submitted_at": began + HOUR, "state": AttemptState.SUBMITTED,
                "score": Decimal(sum(right)), "max_score": Decimal(len(asked)),
            }
            for (enrolment_id, _place), right in zip(people, given, strict=True)
        ]  # fmt: skip
        made = db.session.scalars(
            sa.insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True), attempts
        ).all()
        responses: list[Row] = [
            {
                "attempt_id": attempt_id, "question_version_id": version_id, "position": position,
                "answer": "168" if right[position] else "100", "saved_at": began, "max_points": Decimal(1),
                "score": Decimal(int(right[position])),
            }
            for attempt_id, right in zip(made, given, strict=True)
            for position, version_id in enumerate(asked)
        ]  # fmt: skip
        db.session.execute(sa.insert(Response), responses)


if __name__ == "__main__":
    sys.exit(main())
