"""Let 150 learners answer a quiz at once, each saving an answer about every five seconds, on two processes.

    python -m benchmarks.quiz [--database sqlite|postgresql] [--begin-within 30] [--every 5]

Everybody begins within half a minute, as a class does that is told to; `--begin-within 5` is a storm. Each
saves ten answers as the page's script does, one request an answer, and submits the whole form at the end.
"""

import argparse
import asyncio
import random
import re
import sys
import time
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from benchmarks.browsers import LEARNERS
from benchmarks.crowd import (
    Browser,
    Faults,
    Outcome,
    Tool,
    compare_databases,
    launched,
    percentiles,
    tool_with,
    wait_for,
    warm_up,
)
from sca_lms import clock
from sca_lms.assessments.models import Attempt, Response
from sca_lms.assessments.question_types import Numeric, Question
from sca_lms.assessments.rules import AttemptState
from sca_lms.database import db, transaction
from sca_lms.texts import Bilingual
from tests import builders
from tests.assessments.builders import a_quiz

ANSWERS = 10
WAS = re.compile(r'name="(a\d+-was)" value="([0-9a-f]+)"')
COLUMNS = (
    "save p50 ms", "p95 ms", "longest ms", "begin p50 ms", "p95 ms", "page p50 ms", "p95 ms",
    "submit p50 ms", "p95 ms", "server CPU s", "submitted", "answers kept",
)  # fmt: skip


@dataclass(frozen=True)
class Room:
    """What the browsers know: the quiz, and a session for everybody."""

    quiz: str
    learners: list[str]


@dataclass
class Measured:
    """How long answers took, in seconds, and what went wrong."""

    pages: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)


def main() -> int:
    """Measure both databases, print a table, and return 1 when anything was refused or lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--begin-within", type=float, default=30, help="seconds in which everybody begins")
    parser.add_argument("--every", type=float, default=5, help="seconds from one answer to the next, about")
    return compare_databases(
        parser,
        _measure,
        heading=lambda asked: (
            f"{LEARNERS} learners begin within {asked.begin_within:g} s and save {ANSWERS} answers each, "
            f"one about every {asked.every:g} s"
        ),
        columns=COLUMNS,
    )


def _measure(database: str, asked: argparse.Namespace) -> Outcome:
    measured = Measured()
    with tool_with(database) as tool:
        room = _prepare(tool)
        with tool.served() as server:
            before = server.cpu_seconds()
            asyncio.run(_answer(room, tool.port, measured, asked))
            spent = server.cpu_seconds() - before
        submitted, kept = _kept(tool)
    cells = [
        *percentiles(measured.saves, 0.5, 0.95, 1),
        *percentiles(measured.starts, 0.5, 0.95),
        *percentiles(measured.pages, 0.5, 0.95),
        *percentiles(measured.submits, 0.5, 0.95),
        f"{spent:.1f}",
        str(submitted),
        str(kept),
    ]
    lost = ["an answer is lost"] * (LEARNERS * ANSWERS - kept)
    return Outcome(cells, measured.faults.said + ["not submitted"] * (LEARNERS - submitted) + lost)


def _prepare(tool: Tool) -> Room:
    """Make a quiz of ten questions, and let everybody launch."""
    at = clock.now()
    questions: list[tuple[str, Question]] = [
        (
            f"Q{number}",
            Numeric(
                Bilingual(f"ข้อที่ {number}", f"Number {number}"), Decimal(1),
                value=Decimal(number), tolerance=Decimal(0),
            ),
        )
        for number in range(ANSWERS)
    ]  # fmt: skip
    with tool.in_database(), transaction():
        course = builders.a_course()
        quiz = a_quiz(course, at=at, questions=tuple(questions), shuffle=True, time_limit_minutes=15)
        learners = [
            builders.an_enrolment(course, builders.a_person("ผู้เรียน", f"ลำดับที่ {number}"))
            for number in range(LEARNERS)
        ]
        return Room(f"/courses/{course.id}/quizzes/{quiz.id}", [launched(each, at=at) for each in learners])


def _kept(tool: Tool) -> tuple[int, int]:
    """Return how many attempts and answers the database has afterwards."""
    count = sa.select(sa.func.count())
    is_submitted = Attempt.state == AttemptState.SUBMITTED, Attempt.score.is_not(None)
    with tool.in_database():
        submitted = db.session.scalar(count.select_from(Attempt).where(*is_submitted)) or 0
        return submitted, db.session.scalar(
            count.select_from(Response).where(Response.saved_at.is_not(None))
        ) or 0


async def _answer(room: Room, port: int, measured: Measured, asked: argparse.Namespace) -> None:
    await warm_up(port, room.learners[0], room.quiz)
    draw = random.Random(168)  # noqa: S311 - The same moments in every run; nothing is secret.
    begins = time.perf_counter() + 1
    visits = []
    for token in room.learners:
        browser = Browser(port, token)
        moments = [begins + draw.random() * asked.begin_within]
        for _each in range(ANSWERS):
            moments.append(moments[-1] + asked.every * (0.5 + draw.random()))
        visits.append(measured.faults.of(browser, _learner(browser, room, measured, moments)))
    await asyncio.gather(*visits)


async def _learner(browser: Browser, room: Room, measured: Measured, moments: list[float]) -> None:
    """Begin, save each answer at its moment, and hand the whole form in."""
    await wait_for(moments[0])
    await browser.get(room.quiz, measured.pages)
    attempt = await browser.post(f"{room.quiz}/attempts", {}, measured.starts)
    was = dict(WAS.findall(await browser.get(attempt, measured.pages)))
    answers = {}
    for position, moment in enumerate(moments[1:]):
        await wait_for(moment)
        answers[f"a{position}"] = str(position)
        answer = {f"a{position}": str(position)}
        await browser.post(f"{attempt}/answers/{position}", answer, measured.saves)
    told = await browser.post(attempt, {**was, **answers, "action": "submit"}, measured.submits)
    if not told.endswith("/review"):
        raise RuntimeError(f"handed in, and sent on to {told}")
    await browser.get(told, measured.pages)


if __name__ == "__main__":
    sys.exit(main())
