"""A programme brings terms, topics and planned meetings; importing it again updates them."""

import copy
import dataclasses

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import AuditEvent, Course
from sca_lms.database import db, transaction
from sca_lms.mentoring import terms, terms_queries
from tests.builders import a_course
from tests.programmes.samples import sample_document


def applied(course: Course, document: dict[str, object]) -> None:
    terms.apply_programme(course, document, at=clock.now())


def test_the_sample_brings_its_terms_topics_and_twelve_meetings(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course()
        applied(course, sample_document())
        found = terms_queries.terms_of(course.id)
        assert found is not None
        assert (found.slot_minutes, found.buffer_minutes, found.notice_hours) == (90, 15, 24)
        assert (found.required_sessions, found.required_minutes) == (12, 1080)
        quotas = {each.code: each.sessions for each in terms_queries.topics(course.id)}
        assert quotas == {"WG": 4, "DT": 2, "PD": 3, "PR": 3}
        meetings = terms_queries.planned_meetings(course.id)
        assert [each.number for each in meetings] == list(range(1, 13))
        assert meetings[0].topic.code == "WG"
        assert meetings[0].month.day == 1


def test_doing_it_again_changes_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course()
        applied(course, sample_document())
        applied(course, sample_document())
        assert len(terms_queries.topics(course.id, every=True)) == 4
        assert len(terms_queries.planned_meetings(course.id, every=True)) == 12
        found = terms_queries.terms_of(course.id)
        assert found is not None
        assert found.row_version == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) == 0


def test_another_file_updates_and_what_it_leaves_out_is_no_longer_offered(app: Flask) -> None:
    document = copy.deepcopy(sample_document())
    section = document["mentoring"]
    assert isinstance(section, dict)
    section["policy"]["slot_minutes"] = 50
    section["plan"] = section["plan"][:3]
    with app.app_context(), transaction():
        course = a_course()
        applied(course, sample_document())
        applied(course, document)
        found = terms_queries.terms_of(course.id)
        assert found is not None
        assert found.slot_minutes == 60, "whole quarters of an hour"
        assert len(terms_queries.planned_meetings(course.id)) == 3
        assert len(terms_queries.planned_meetings(course.id, every=True)) == 12
        event = db.session.scalars(sa.select(AuditEvent)).one()
        assert (event.before or {})["slot_minutes"] == 90


def test_a_programme_without_mentoring_leaves_none(app: Flask) -> None:
    document = {name: value for name, value in sample_document().items() if name != "mentoring"}
    with app.app_context(), transaction():
        course = a_course()
        applied(course, document)
        assert terms_queries.terms_of(course.id) is None


def test_terms_that_somebody_else_has_changed_are_not_overwritten(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_course()
            applied(course, sample_document())
        found = terms_queries.terms_of(course.id)
        assert found is not None
        spec = terms.spec_of(found)
        with transaction():
            wanted = dataclasses.replace(spec, notice_hours=1)
            terms.change_terms(course, found, wanted, row_version=1, person_id=None, at=clock.now())
        with pytest.raises(terms.TermsChanged), transaction():
            terms.change_terms(course, found, spec, row_version=1, person_id=None, at=clock.now())
        assert found.notice_hours == 1
