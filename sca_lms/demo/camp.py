"""Let the sample people attend the bootcamp so far, each in their own way, and be in the middle of it now."""

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sca_lms.attendance import door, queries, timetable
from sca_lms.attendance.door import Act
from sca_lms.attendance.models import AttendanceSession, SessionState, Source
from sca_lms.attendance.rules import Presence, SessionTimes
from sca_lms.bootcamp import requests
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.demo.attendance_profiles import MISSED_FIELD_DAY, days_of, stays
from sca_lms.programmes.faults import items, rows
from sca_lms.uploads.models import StoredFile

MADE_UP_MINUTES = 240
BEGAN_AGO = dt.timedelta(minutes=20)
STEP = dt.timedelta(minutes=5)
NOT_HERE_YET = 3
"""So many of the sample learners have not come to the session going on; the newcomer is one of them."""


def profiles(document: Mapping[str, object]) -> list[str]:
    """Return the attendance profile of each sample pair, in the file's order."""
    return [
        str(row.get("attendance_profile", "full")) for _path, row in rows(document, "sample_cohort", "pairs")
    ]


def attend(
    course: Course,
    learners: Sequence[Enrolment],
    instructor: Enrolment,
    document: Mapping[str, object],
    *,
    at: dt.datetime,
) -> None:
    """Fill the sessions up to now, close those that are over, and let one be going on."""
    sessions = queries.timetable(course.id)
    if not sessions or not items(document, "sample_cohort", "pairs"):
        return
    zone, known = ZoneInfo(course.timezone), profiles(document)
    days = days_of(sessions, zone)
    people = list(zip(learners, known, strict=False))
    over = [each for each in sessions if each.ends_at <= at - BEGAN_AGO - STEP]
    for session in over:
        day, is_last = days[session.id]
        for learner, profile in people:
            for stay in stays(profile, session, day, is_last_of_day=is_last, zone=zone):
                _record(session, learner, stay, instructor)
        timetable.close(session, person_id=instructor.person_id, at=session.ends_at + STEP)
    _make_up(course, people, instructor)
    to_come = [each for each in sessions if each not in over]
    if to_come:
        _hold_now(to_come[0], [learner for learner, _profile in people][NOT_HERE_YET:], instructor, at=at)


def _record(session: AttendanceSession, learner: Enrolment, stay: Presence, instructor: Enrolment) -> None:
    reported_at = stay.out_at or session.ends_at
    act = Act(stay.in_at, Source.SAMPLE, "", reported_at, by_id=instructor.person_id)
    door.record_stay(session, learner, stay, act)


def _make_up(course: Course, people: Sequence[tuple[Enrolment, str]], instructor: Enrolment) -> None:
    """Let those who missed the field day hand in a report, which was accepted."""
    missed = next((each for each in queries.timetable(course.id) if each.code == MISSED_FIELD_DAY), None)
    if missed is None or missed.state is not SessionState.CLOSED or instructor.person_id is None:
        return
    asked_at = missed.ends_at + dt.timedelta(days=1)
    for learner, profile in people:
        if profile != "missed_field_day_makeup_approved":
            continue
        report = StoredFile(
            course_id=course.id, key=f"sample-{learner.id}", name="field-report.pdf",
            media_type="application/pdf", size=0, sha256="", person_id=learner.person_id, created_at=asked_at,
        )  # fmt: skip
        db.session.add(report)
        db.session.flush()
        request = requests.ask_make_up(
            missed, learner, MADE_UP_MINUTES, "รายงานภาคสนาม (ข้อมูลตัวอย่าง)", file=report, at=asked_at
        )
        requests.grant_make_up(
            request, missed, learner, minutes=MADE_UP_MINUTES, answer="รายงานครบถ้วน (ข้อมูลตัวอย่าง)",
            course=course, person_id=instructor.person_id, at=asked_at + dt.timedelta(days=1),
        )  # fmt: skip


def _hold_now(
    session: AttendanceSession, present: Sequence[Enrolment], instructor: Enrolment, *, at: dt.datetime
) -> None:
    """Move the next session so that it is going on, whatever the hour, and let most be there."""
    begins = at.replace(second=0, microsecond=0) - BEGAN_AGO
    begins -= dt.timedelta(minutes=begins.minute % (STEP // dt.timedelta(minutes=1)))
    by = begins - session.starts_at
    times = SessionTimes(
        begins,
        session.ends_at + by,
        tuple((pause.starts_at + by, pause.ends_at + by) for pause in session.breaks),
    )
    timetable.move(
        session, times, reason="sample", person_id=instructor.person_id, at=begins - dt.timedelta(days=1)
    )
    for number, learner in enumerate(present):
        came_at = begins + dt.timedelta(seconds=75 * number - 300)
        act = Act(min(came_at, at), Source.ROOM_CODE, f"sample-{session.code}", at)
        door.check_in(session, learner, act)
