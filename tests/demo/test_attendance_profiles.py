"""The nine attendance profiles of the sample earn their golden minutes, through doors, closing and ledger."""

from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from sca_lms.attendance import ledger, queries
from sca_lms.attendance.models import EntryKind
from sca_lms.bootcamp import queries as bootcamp
from sca_lms.database import transaction
from sca_lms.demo.attendance_profiles import days_of, stays
from sca_lms.programmes.faults import find, find_whole
from tests import builders
from tests.attendance.camp import a_camp, attend, close_all, session_of
from tests.programmes.samples import sample_document

PROFILES = (
    "full", "late_mornings", "left_early_fridays", "missed_field_day_makeup_approved", "two_devices_overlap",
    "missing_checkouts", "half_days", "absent_week_2", "withdrawn_day_9",
)  # fmt: skip


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_earns_its_golden_minutes(app: Flask, profile: str) -> None:
    document = sample_document()
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        sessions, zone = queries.timetable(course.id), ZoneInfo(course.timezone)
        days = days_of(sessions, zone)
        for session in sessions:
            day, is_last = days[session.id]
            for stay in stays(profile, session, day, is_last_of_day=is_last, zone=zone):
                attend(session, learner, (stay.in_at, stay.out_at))
            close_all([session])
        if profile == "missed_field_day_makeup_approved":
            missed = session_of(course, "D05A")
            made_up = ledger.Draft(
                learner.id, missed.category_id, 240, EntryKind.MAKE_UP, "make-up", "field report", missed.id
            )
            ledger.post([made_up], person_id=None, at=sessions[-1].ends_at)
        standing = bootcamp.standings(course.id, [learner.id])[learner.id]
    place = ("sample_cohort", "attendance_profiles", profile)
    assert standing.total == find_whole(document, *place, "expected_minutes")
    assert standing.has_passed is find(document, *place, "expected_pass")
