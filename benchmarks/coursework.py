"""Measure what reads the coursework of everybody, for a cohort of 150 and one of 10,000.

    python -m benchmarks.coursework [--database sqlite|postgresql] [--learners 150 10000]

Everybody has read, watched and been in class in four modules, and handed in one quiz of ten questions in
each. Measured are the figures of one quiz, where everybody stands in all modules, and the hourly look at
what falls due. All of them grow with the cohort: the statements may not, and the time per learner is shown.
"""

import argparse
import datetime as dt
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from benchmarks.cohorts import Row, enrol
from benchmarks.size import LARGE, OK, SMALL, database_url
from benchmarks.storm import POSTGRESQL, SQLITE
from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.assessments.models import Attempt, QuestionVersion, Quiz, QuizSlot, Response
from sca_lms.assessments.rules import AttemptState
from sca_lms.config import Settings
from sca_lms.courses.models import Course
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


def main() -> int:
    """Measure and print a table for each database; return 1 when the statements grow with the cohort."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), nargs="+", default=[SQLITE, POSTGRESQL])
    parser.add_argument("--learners", type=int, nargs=2, default=[SMALL, LARGE], help="both sizes")
    asked = parser.parse_args()
    grown = False
    for database in asked.database:
        print(
            f"\n{database}\n\n| what | learners | statements | ms | ms per learner |\n|---|---|---|---|---|"
        )
        small, large = (_measure(database, learners) for learners in asked.learners)
        grown |= any(small[what] != large[what] for what in small if what != "what falls due")
    return 1 if grown else 0


def _measure(database: str, learners: int) -> Mapping[str, int]:
    """Print the lines of one cohort and return how many statements each act sent."""
    with tempfile.TemporaryDirectory(prefix="sca-bench-") as name, database_url(database, Path(name)) as url:
        app = create_app(
            Settings(
                database_url=url, data_dir=Path(name), public_url="https://tool.example.org",
                secret_key=secrets.token_urlsafe(48), allow_private_platforms=True, log_level="error",
            )
        )  # fmt: skip
        with app.app_context():
            course_id, staff_id, quiz_id, due_at = _make(learners)
        browser = builders.signed_in(app, staff_id)

        def figures(query: str) -> None:
            answer = browser.get(f"/courses/{course_id}/quizzes/{quiz_id}/statistics{query}")
            if answer.status_code != OK:
                raise RuntimeError(f"the figures were answered with {answer.status_code}")

        figures("")
        acts: Sequence[tuple[str, Callable[[], object]]] = (
            ("figures of a quiz, first attempts", lambda: figures("")),
            ("figures of a quiz, all attempts", lambda: figures("?attempts=all")),
            ("where everybody stands", lambda: queries.standings(course_id, at=due_at - HOUR)),
            ("what falls due", lambda: reminders.remind_of_due_modules(due_at - HOUR)),
        )
        found = {what: _timed(app, what, act, learners) for what, act in acts}
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        return found


def _timed(app: Flask, what: str, act: Callable[[], object], learners: int) -> int:
    with app.app_context(), counted(app) as seen:
        began = time.perf_counter()
        act()
        milliseconds = (time.perf_counter() - began) * 1000
    print(
        f"| {what} | {learners:,} | {len(seen)} | {milliseconds:.0f} | {milliseconds / learners:.2f} |",
        flush=True,
    )
    return len(seen)


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
