"""Test the connection to a course's hosts in the worker and keep what came of it; a page only asks for it."""

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from flask_babel import force_locale
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.config import settings
from sca_lms.database import db, transaction
from sca_lms.errors import Text
from sca_lms.lti import self_test
from sca_lms.lti.configuration import ToolAddresses
from sca_lms.lti.connection_models import ConnectionTest
from sca_lms.lti.course_test import examine_course
from sca_lms.lti.models import LtiContext
from sca_lms.lti.self_test import Outcome, Step
from sca_lms.texts import Bilingual

LEASE = dt.timedelta(minutes=2)
"""Far longer than a test may take."""
MOST_IN_A_TURN = 2
"""Scores have their turn again after so many tests."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KeptStep:
    """One step of a test as it was kept; its sentence is for those who know both systems."""

    name: str
    outcome: Outcome
    sentence: Bilingual


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of the connection to one course of a host."""

    context: LtiContext
    asked_at: dt.datetime | None
    done_at: dt.datetime | None
    steps: tuple[KeptStep, ...]

    def count(self, outcome: Outcome) -> int:
        """Return how many steps ended like this."""
        return sum(step.outcome is outcome for step in self.steps)


def ask(context_id: int, *, at: dt.datetime) -> None:
    """Have the connection tested as soon as a worker is free."""
    known = db.session.execute(
        sa.update(ConnectionTest)
        .where(ConnectionTest.context_id == context_id)
        .values(asked_at=at)
        .returning(ConnectionTest.context_id)
        .execution_options(synchronize_session=False)
    ).first()
    if known is not None:
        return
    try:
        with db.session.begin_nested():
            db.session.add(
                ConnectionTest(context_id=context_id, asked_at=at, lease_until=None, done_at=None, steps=None)
            )
    except IntegrityError:
        # Somebody else has just asked for the same.
        return


def reports_of(course_id: int) -> list[Report]:
    """Return what is known of each course of a host that opens this course, with its platform."""
    rows = db.session.execute(
        sa.select(LtiContext, ConnectionTest)
        .join(LtiContext.platform)
        .outerjoin(ConnectionTest, ConnectionTest.context_id == LtiContext.id)
        .where(LtiContext.course_id == course_id)
        .options(contains_eager(LtiContext.platform))
        .order_by(LtiContext.id)
        .execution_options(populate_existing=True)
    )
    return [_report(context, test) for context, test in rows]


def _report(context: LtiContext, test: ConnectionTest | None) -> Report:
    if test is None:
        return Report(context, None, None, ())
    return Report(context, test.asked_at, test.done_at, tuple(_read(test.steps or ())))


def run_due(at: dt.datetime) -> int:
    """Make the tests that somebody waits for; returns how many were made.

    Call it in an application context, outside of a transaction.
    """
    began = time.monotonic()

    def now() -> dt.datetime:
        return at + dt.timedelta(seconds=time.monotonic() - began)

    done = 0
    while done < MOST_IN_A_TURN:
        with transaction():
            context = _take(at=now())
        # Nothing may be held open while a host takes its time; what was read stays readable.
        db.session.close()
        if context is None:
            break
        asked_for_before = now()
        steps = [
            *self_test.examine(
                context.platform,
                addresses=ToolAddresses(settings().public_url),
                allow_private=settings().allow_private_platforms,
                now=now,
            ),
            *examine_course(context, allow_private=settings().allow_private_platforms, now=now),
        ]
        with transaction():
            _keep(context, steps, asked_before=asked_for_before, at=now())
        log.info("connection.tested", context=context.id, passed=self_test.passed(steps))
        done += 1
    return done


def _take(*, at: dt.datetime) -> LtiContext | None:
    """Take the test that was asked for first and that no other worker is at."""
    free = sa.or_(ConnectionTest.lease_until.is_(None), ConnectionTest.lease_until <= at)
    due = (
        sa.select(ConnectionTest.context_id)
        .where(ConnectionTest.asked_at <= at, free)
        .order_by(ConnectionTest.asked_at, ConnectionTest.context_id)
        .limit(1)
    )
    taken = db.session.scalar(
        sa.update(ConnectionTest)
        .where(ConnectionTest.context_id.in_(due), free)
        .values(lease_until=at + LEASE)
        .returning(ConnectionTest.context_id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        return None
    return db.session.scalars(
        sa.select(LtiContext).where(LtiContext.id == taken).options(joinedload(LtiContext.platform))
    ).one()


def _keep(context: LtiContext, steps: Sequence[Step], *, asked_before: dt.datetime, at: dt.datetime) -> None:
    """Write down what came of a test; whoever asked again meanwhile still waits."""
    still_waits = sa.case((ConnectionTest.asked_at > asked_before, ConnectionTest.asked_at), else_=None)
    db.session.execute(
        sa.update(ConnectionTest)
        .where(ConnectionTest.context_id == context.id)
        .values(asked_at=still_waits, lease_until=None, done_at=at, steps=[_written(step) for step in steps])
        .execution_options(synchronize_session=False)
    )


def _written(step: Step) -> dict[str, object]:
    return {
        "name": step.name,
        "outcome": step.outcome.value,
        "sentence": {"th": _in("th", step.sentence), "en": _in("en", step.sentence)},
    }


def _in(locale: str, text: Text) -> str:
    with force_locale(locale):
        return str(text)


def _read(kept: Sequence[object]) -> Iterator[KeptStep]:
    for step in kept:
        if isinstance(step, Mapping):
            yield KeptStep(
                str(step["name"]), Outcome(str(step["outcome"])), Bilingual.of(step.get("sentence"))
            )
