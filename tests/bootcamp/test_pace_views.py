"""Staff see who is on pace and who is not, the worst first, with figures that agree everywhere."""

import datetime as dt
import random

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.attendance import queries, timetable
from sca_lms.bootcamp import pace_queries
from sca_lms.bootcamp.jobs import refresh_outlooks
from sca_lms.bootcamp.models import HoursOutlook
from sca_lms.bootcamp.pace import Pace
from sca_lms.bootcamp.pace_queries import Wanted
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import a_camp, attend_whole
from tests.statements import counted

EVENING = dt.datetime(2022, 9, 6, 13, 0, tzinfo=dt.UTC)


def a_cohort(app: Flask, *, absent: int = 1) -> tuple[int, FlaskClient]:
    """Return a course of which one learner was in the first six sessions, and an instructor's browser."""
    with app.app_context():
        with transaction():
            course = a_camp()
            there = builders.an_enrolment(course, builders.a_person("กานต์", "ใจดี"))
            there.group = "N"
            for number in range(absent):
                builders.an_enrolment(course, builders.a_person("เอมอร", f"สุขใจ{number}"))
            staff = builders.an_enrolment(course, roles={Role.INSTRUCTOR})
            for session in queries.timetable(course.id)[:6]:
                attend_whole(session, there)
                timetable.close(session, person_id=None, at=session.ends_at)
            course_id, staff_id = course.id, staff.id
        refresh_outlooks(EVENING)
    return course_id, builders.signed_in(app, staff_id)


def test_the_worst_come_first_with_what_they_can_still_reach(app: Flask) -> None:
    course_id, staff = a_cohort(app)
    page = staff.get(f"/courses/{course_id}/pace").text
    assert page.index("เอมอร") < page.index("กานต์")
    assert "ขาดการติดต่อ" in page
    assert "16 ชม." in page


def test_filters_narrow_the_list_and_its_export(app: Flask) -> None:
    course_id, staff = a_cohort(app)
    only = staff.get(f"/courses/{course_id}/pace?pace=on-pace").text
    assert "กานต์" in only
    assert "เอมอร" not in only
    assert "เอมอร" not in staff.get(f"/courses/{course_id}/pace?group=N").text
    assert "กานต์" not in staff.get(f"/courses/{course_id}/pace?q=เอม").text
    exported = staff.get(f"/courses/{course_id}/pace/export.csv?pace=silent").get_data().decode("utf-8-sig")
    assert "เอมอร" in exported
    assert "กานต์" not in exported
    assert staff.get(f"/courses/{course_id}/pace?pace=sideways").status_code == 404


def test_the_page_needs_the_same_statements_for_a_crowd(app: Flask) -> None:
    course_id, staff = a_cohort(app)
    with counted(app) as few:
        staff.get(f"/courses/{course_id}/pace")
    crowd_id, crowd_staff = a_cohort(app, absent=30)
    with counted(app) as many:
        crowd_staff.get(f"/courses/{crowd_id}/pace")
    assert len(many) == len(few)


def test_every_page_continues_where_the_one_before_ended(app: Flask) -> None:
    """The paces of a page follow from the counts, so a page may begin in one and end in the next."""
    course_id, _staff = a_cohort(app, absent=4)
    with app.app_context():
        asking = Actor(course_id, None, None, frozenset({Role.INSTRUCTOR}), is_test=False, locale=None)
        for wanted in (Wanted(), Wanted(pace=Pace.SILENT), Wanted(search="เอมอร"), Wanted(group="N")):
            found = pace_queries.cohort(asking, wanted)
            whole = [each.enrolment_id for each in pace_queries.all_of_pace(asking, wanted)]
            assert len(whole) == found.count(wanted.pace) > 0
            for size in (1, 2, 3, 5):
                pages = [
                    pace_queries.pace_page(asking, wanted, found, number=number, size=size)
                    for number in range(1, -(-len(whole) // size) + 1)
                ]
                assert [each.enrolment_id for page in pages for each in page.items] == whole


@pytest.mark.parametrize("seed", range(3))
def test_pages_of_any_cohort_are_those_of_the_whole_list(app: Flask, seed: int) -> None:
    """Many have the same hours, so that a page begins and ends among equals."""
    draw = random.Random(seed)
    with app.app_context(), transaction():
        course = builders.a_course()
        for number in range(60):
            learner = builders.an_enrolment(course, builders.a_person(f"ผู้เรียน {number % 7}"))
            learner.group = draw.choice(["N", "S"])
            db.session.add(an_outlook(learner, draw.choice(list(Pace)), draw.choice([0, 0, 0, 60, 90, 600])))
        db.session.flush()
        asking = Actor(course.id, None, None, frozenset({Role.INSTRUCTOR}), is_test=False, locale=None)
        for wanted in (Wanted(), Wanted(pace=Pace.BEHIND), Wanted(group="S"), Wanted(search="ผู้เรียน 3")):
            found = pace_queries.cohort(asking, wanted)
            whole = [each.enrolment_id for each in pace_queries.all_of_pace(asking, wanted)]
            assert len(whole) == found.count(wanted.pace) > 3
            for size in (1, 4, 7, 100):
                pages = [
                    pace_queries.pace_page(asking, wanted, found, number=number, size=size)
                    for number in range(1, -(-len(whole) // size) + 1)
                ]
                assert [each.enrolment_id for page in pages for each in page.items] == whole


def an_outlook(learner: Enrolment, pace: Pace, total: int) -> HoursOutlook:
    return HoursOutlook(
        enrolment_id=learner.id, course_id=learner.course_id, evidence_revision=0, hours_revision=0,
        day=EVENING.date(), pace=pace, total=total, pending=0, elapsed=0, reachable=0, may_miss=0,
        last_stay_at=None, worked_out_at=EVENING,
    )  # fmt: skip
