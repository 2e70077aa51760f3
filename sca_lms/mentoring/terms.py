"""Change what holds for mentoring in a course: take a programme over, or set the terms by hand."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db, lock
from sca_lms.errors import Refused
from sca_lms.mentoring import terms_queries
from sca_lms.mentoring.models import MentoringTerms, MentoringTopic, PlannedMeeting
from sca_lms.mentoring.programme_section import (
    TermsSpec,
    read_plan,
    read_terms,
    read_topics,
)


class TermsChanged(Refused):
    """Somebody else has changed the terms since the page was shown."""

    code = "terms-changed"


def apply_programme(course: Course, document: Mapping[str, object], *, at: dt.datetime) -> None:
    """Make terms, topics and planned meetings of a course equal to a checked programme file.

    Doing it again changes nothing. What the file leaves out is not offered any more and stays for the
    appointments that have it. A programme without mentoring changes nothing.
    """
    spec = read_terms(document)
    if spec is None:
        return
    terms = terms_queries.terms_of(course.id)
    if terms is None:
        db.session.add(MentoringTerms(course_id=course.id, **dataclasses.asdict(spec)))
    elif spec != (before := spec_of(terms)):
        _put(terms, spec)
        _record(course, terms, before, None, at=at)
    _put_topics(course, document)
    db.session.flush()
    _put_plan(course, document)
    db.session.flush()


def change_terms(
    course: Course,
    terms: MentoringTerms,
    spec: TermsSpec,
    *,
    row_version: int,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Set the terms by hand; raise `TermsChanged` when they are not those the person has seen.

    Appointments that stand keep their times; everything that follows goes by the new terms. Everybody's
    credit is worked out again, because the tolerance is one of them.
    """
    lock(terms)
    if terms.row_version != row_version:
        raise TermsChanged(_l("Somebody else has changed the terms meanwhile. Look at them and send again."))
    before = spec_of(terms)
    if spec == before:
        return
    _put(terms, spec)
    courses.touch_everybody(course)
    _record(course, terms, before, person_id, at=at)
    db.session.flush()


def spec_of(terms: MentoringTerms) -> TermsSpec:
    """Return the terms as a value."""
    return TermsSpec(**{field.name: getattr(terms, field.name) for field in dataclasses.fields(TermsSpec)})


def _record(
    course: Course, terms: MentoringTerms, before: TermsSpec, person_id: int | None, *, at: dt.datetime
) -> None:
    courses.record_audit(
        course,
        person_id,
        "set-mentoring-terms",
        f"version {terms.row_version}",
        at=at,
        before=dict(dataclasses.asdict(before)),
        after=dict(dataclasses.asdict(spec_of(terms))),
    )


def _put(terms: MentoringTerms, spec: TermsSpec) -> None:
    for field in dataclasses.fields(TermsSpec):
        setattr(terms, field.name, getattr(spec, field.name))
    terms.row_version += 1


def _put_topics(course: Course, document: Mapping[str, object]) -> None:
    known = {each.code: each for each in terms_queries.topics(course.id, every=True)}
    for spec in read_topics(document):
        topic = known.pop(spec.code, None)
        if topic is None:
            topic = MentoringTopic(course_id=course.id, code=spec.code)
            db.session.add(topic)
        topic.position, topic.title, topic.published = spec.position, spec.title, True
        topic.sessions, topic.minutes = spec.sessions, spec.minutes
    for left_out in known.values():
        left_out.published = False


def _put_plan(course: Course, document: Mapping[str, object]) -> None:
    topics = {each.code: each for each in terms_queries.topics(course.id, every=True)}
    known = {each.number: each for each in terms_queries.planned_meetings(course.id, every=True)}
    for spec in read_plan(document):
        meeting = known.pop(spec.number, None)
        if meeting is None:
            meeting = PlannedMeeting(course_id=course.id, number=spec.number)
            db.session.add(meeting)
        meeting.topic, meeting.month, meeting.minutes = topics[spec.topic], spec.month, spec.minutes
        meeting.topic_id = topics[spec.topic].id
        meeting.title, meeting.output, meeting.published = spec.title, spec.output, True
    for left_out in known.values():
        left_out.published = False
