"""A bootcamp to attend in tests: the sample programme, put to work in a course."""

import datetime as dt
from collections.abc import Iterable

from sca_lms import clock
from sca_lms.app import apply_timetable
from sca_lms.attendance import door, queries, timetable
from sca_lms.attendance.door import Act
from sca_lms.attendance.models import AttendanceSession, SessionState, Source
from sca_lms.attendance.rules import Presence
from sca_lms.courses import programmes
from sca_lms.courses.models import Course, Enrolment
from tests import builders
from tests.programmes.samples import sample_document

MINUTE = dt.timedelta(minutes=1)


def a_camp() -> Course:
    """Return a course that follows the sample programme; call it inside a transaction."""
    course = builders.a_course()
    programme = programmes.store_programme(sample_document(), at=clock.now())
    programmes.use_programme(course, programme, [apply_timetable], person_id=None, at=clock.now())
    return course


def session_of(course: Course, code: str) -> AttendanceSession:
    """Return a session of the camp by its code, whatever its state."""
    found = queries.timetable(course.id, states=list(SessionState))
    return next(each for each in found if each.code == code)


def act(at: dt.datetime, *, key: str = "", by_id: int | None = None, source: Source = Source.LIST) -> Act:
    """Return an act at the door that is reported when it happens."""
    return Act(at, source, key or f"key-{at.isoformat()}", at, by_id=by_id)


def attend(
    session: AttendanceSession, learner: Enrolment, *stays: tuple[dt.datetime, dt.datetime | None]
) -> None:
    """Record stays of a learner as staff would after the fact."""
    for came, left in stays:
        door.record_stay(session, learner, Presence(came, left), act(session.ends_at))


def attend_whole(session: AttendanceSession, *learners: Enrolment) -> None:
    """Let learners be there from start to end."""
    for learner in learners:
        attend(session, learner, (session.starts_at, session.ends_at))


def close_all(sessions: Iterable[AttendanceSession]) -> None:
    """Close sessions an hour after each ends."""
    for session in sessions:
        timetable.close(session, person_id=None, at=session.ends_at + dt.timedelta(hours=1))
