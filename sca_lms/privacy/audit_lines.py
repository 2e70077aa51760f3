"""Find the audit lines about one person, and take the person out of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from sca_lms.assessments.models import Attempt
from sca_lms.assignments.models import Work
from sca_lms.bootcamp.request_models import HoursRequest
from sca_lms.courses.models import AuditEvent, Enrolment
from sca_lms.database import db
from sca_lms.inbox.models import InboxNotice
from sca_lms.privacy.washing import washed, without

BY_NUMBER = ("set-score", "remove-set-score")
"""Verbs whose subject ends with a blank and the number of the enrolment."""
AT_ONCE = 500


def about(person_id: int, enrolment_ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a line is about this person, as the packages write its subject."""
    subject = AuditEvent.subject
    named: list[sa.ColumnElement[bool]] = [subject == f"person {person_id}"]
    for number in enrolment_ids:
        named += [
            subject == f"enrolment {number}",
            subject.endswith(f", enrolment {number}", autoescape=True),
            subject.contains(f", enrolment {number},", autoescape=True),
            subject.endswith(f"/{number}", autoescape=True),
            sa.and_(AuditEvent.verb.in_(BY_NUMBER), subject.endswith(f" {number}", autoescape=True)),
        ]
    for model, words in ((Work, ("assignment",)), (Attempt, ("quiz",))):
        ids = db.session.scalars(sa.select(model.id).where(model.enrolment_id.in_(enrolment_ids))).all()
        named.append(
            sa.and_(
                AuditEvent.verb == "change-released-mark",
                subject.in_([f"{word} {each}" for word in words for each in ids]),
            )
        )
    requests = db.session.execute(
        sa.select(HoursRequest.kind, HoursRequest.id).where(HoursRequest.enrolment_id.in_(enrolment_ids))
    )
    named.append(
        sa.and_(
            AuditEvent.verb == "decide-hours-request",
            subject.in_([f"{kind.value} {number}" for kind, number in requests]),
        )
    )
    return sa.or_(*named)


def scrub(person_id: int, terms: Sequence[str]) -> int:
    """Take a person out of the log: texts of lines about them, and their name wherever it stands.

    Who did what, when and to what number stays. Returns how many lines were changed.
    """
    enrolled = db.session.execute(
        sa.select(Enrolment.id, Enrolment.course_id).where(Enrolment.person_id == person_id)
    ).all()
    theirs = about(person_id, [row.id for row in enrolled])
    courses = [row.course_id for row in enrolled]
    where = sa.or_(AuditEvent.course_id.in_(courses), AuditEvent.course_id.is_(None))
    found = db.session.execute(
        sa.select(AuditEvent.id, theirs.label("is_theirs")).where(
            where, sa.or_(theirs, *_named(AuditEvent, terms))
        )
    ).all()
    changed = 0
    for start in range(0, len(found), AT_ONCE):
        of_them = {row.id: bool(row.is_theirs) for row in found[start : start + AT_ONCE]}
        for line in db.session.scalars(sa.select(AuditEvent).where(AuditEvent.id.in_(of_them))):
            before: object = line.before
            after: object = line.after
            if of_them[line.id]:
                before, after = washed(before), washed(after)
            new = tuple(without(each, terms) for each in (line.subject, before, after))
            if new != (line.subject, line.before, line.after):
                db.session.execute(
                    sa.update(AuditEvent)
                    .where(AuditEvent.id == line.id)
                    .values(subject=new[0], before=new[1], after=new[2])
                    .execution_options(synchronize_session=False)
                )
                changed += 1
    return changed


def scrub_notices(terms: Sequence[str]) -> int:
    """Take a person's name out of notices to others; returns how many were changed."""
    if not terms:
        return 0
    changed = 0
    for number, facts in db.session.execute(
        sa.select(InboxNotice.id, InboxNotice.facts).where(sa.or_(*_written(InboxNotice.facts, terms)))
    ).all():
        db.session.execute(
            sa.update(InboxNotice)
            .where(InboxNotice.id == number)
            .values(facts=without(facts, terms))
            .execution_options(synchronize_session=False)
        )
        changed += 1
    return changed


def _named(line: type[AuditEvent], terms: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    plain = [line.subject.contains(term, autoescape=True) for term in terms]
    return [*plain, *_written(line.before, terms), *_written(line.after, terms)]


def _written(
    document: InstrumentedAttribute[dict[str, object] | None] | InstrumentedAttribute[dict[str, object]],
    terms: Sequence[str],
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a stored document holds a term, as letters or as JSON escapes them."""
    text = sa.cast(document, sa.Text)
    spelled = {spelling for term in terms for spelling in (term, _in_ascii(term))}
    return [text.contains(spelling, autoescape=True) for spelling in sorted(spelled)]


def _in_ascii(term: str) -> str:
    return "".join(letter if letter.isascii() else _escaped(letter) for letter in term)


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
