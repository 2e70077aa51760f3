"""What tests of operations ask and do."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.modules import operations, queries
from sca_lms.modules.models import UnitEvidence
from sca_lms.modules.plan import EvidenceKind
from tests.modules.builders import (
    AFTER_CLASS,
    BEFORE_CLASS,
    IN_CLASS,
    moment,
    the_unit,
)

EARLY, LIVE_NOW, LATER = moment(BEFORE_CLASS), moment(IN_CLASS), moment(AFTER_CLASS)
WEEK = dt.timedelta(days=7)
FILM = "https://media.example.org/day.webm"


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Collect the statements that are sent to the database meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def revision(learner: Enrolment) -> int:
    return db.session.scalars(sa.select(Enrolment.evidence_revision).where(Enrolment.id == learner.id)).one()


def entries() -> list[tuple[str, str]]:
    found = db.session.scalars(sa.select(UnitEvidence).order_by(UnitEvidence.id))
    return [(entry.kind.value, entry.key) for entry in found]


def is_done(course: Course, learner: Enrolment, code: str, *, at: dt.datetime = LATER) -> bool:
    unit = queries.standings(course.id, [learner.id], at=at)[learner.id].unit(code)
    assert unit is not None
    return unit.done


def complete_first(course: Course, learner: Enrolment) -> None:
    """Do all that PB1 requires but its quiz, which is made optional for this."""
    the_unit(course, "PB1.4").required = False
    db.session.flush()
    operations.record_evidence(
        the_unit(course, "PB1.1"), learner, EvidenceKind.JOINED, key="join-1234", at=LIVE_NOW
    )
    for code in ("PB1.2", "PB1.3"):
        operations.record_evidence(
            the_unit(course, code), learner, EvidenceKind.READ, key="read-1234", at=LIVE_NOW
        )
