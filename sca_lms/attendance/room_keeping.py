"""What staff decide in a room's console: phones that were shared, and many missing check-outs at once."""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy.exc import IntegrityError

from sca_lms.attendance import door
from sca_lms.attendance.door_models import SharedDeviceReview
from sca_lms.attendance.models import AttendanceSession, PresenceRecord
from sca_lms.attendance.room_queries import SharedDevice
from sca_lms.courses.models import Enrolment
from sca_lms.database import db

MINUTE = dt.timedelta(minutes=1)


def find_fine(
    session: AttendanceSession, shared: SharedDevice, *, person_id: int | None, at: dt.datetime
) -> None:
    """Remember that somebody looked at people who share a phone and found nothing wrong; twice is once."""
    review = SharedDeviceReview(
        session_id=session.id, device=shared.device, people=len(shared.enrolment_ids), person_id=person_id,
        at=at,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(review)
    except IntegrityError:
        # Two members of staff pressed at the same moment; the first one's look stands.
        return


def proposed_check_out(session: AttendanceSession, stay: PresenceRecord) -> dt.datetime:
    """Return the time of leaving to propose: the end of the session, if the stay began before it."""
    return session.ends_at if stay.in_at < session.ends_at else stay.in_at + MINUTE


def resolve_all(
    session: AttendanceSession,
    decided: Iterable[tuple[PresenceRecord, Enrolment, dt.datetime]],
    *,
    by_id: int | None,
    at: dt.datetime,
) -> int:
    """Say of several stays when they ended; return how many. Raise `door.NotPlausible`."""
    count = 0
    for stay, learner, out_at in decided:
        door.resolve_check_out(stay, session, learner, out_at, by_id=by_id, at=at)
        count += 1
    return count
