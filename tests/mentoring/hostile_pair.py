"""A pair with a meeting, agreed work and a template of notes, for those who try every address."""

import datetime as dt
from collections.abc import Sequence

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.mentoring import actions, notes, terms_queries
from sca_lms.mentoring.models import Appointment, AppointmentPlace, AppointmentState, PlaceState
from sca_lms.projects.list_deeds import Deeds, PairDeed, PairStand
from sca_lms.projects.models import Captaincy, Pair, PairList
from sca_lms.texts import Bilingual
from tests.mentoring import hostile_rows


def mentoring(
    course: Course, visitor: Enrolment, learner: Enrolment, classmate: Enrolment, *, at: dt.datetime
) -> dict[str, Sequence[object]]:
    """Leave one of everything; the visitor is a side of it where the role allows."""
    captain, ambassador = classmate, learner
    if Role.MENTOR in visitor.roles:
        captain = visitor
    elif Role.LEARNER in visitor.roles:
        ambassador = visitor
    pair = Pair(course_id=course.id, code="H1", ambassador_id=ambassador.id, began_at=at - dt.timedelta(9))
    db.session.add(pair)
    db.session.flush()
    db.session.add(Captaincy(pair_id=pair.id, captain_id=captain.id, began_at=pair.began_at))
    topic = terms_queries.topics(course.id)[0]
    held = Appointment(
        course_id=course.id, captain_id=captain.id, pair_id=pair.id, topic_id=topic.id,
        starts_at=at - dt.timedelta(days=1), ends_at=at - dt.timedelta(hours=22), capacity=1,
        state=AppointmentState.CONFIRMED, created_at=at - dt.timedelta(3), changed_at=at - dt.timedelta(3),
    )  # fmt: skip
    db.session.add(held)
    db.session.flush()
    place = AppointmentPlace(
        appointment_id=held.id, enrolment_id=ambassador.id, state=PlaceState.IN, asked_at=at
    )
    db.session.add(place)
    item = actions.add(pair, "x", ambassador, due_on=None, appointment=held, open_now=0, at=at)
    template = notes.put_template(
        course, None, title=Bilingual("ก", "a"), body=Bilingual("ข", "b"), planned_meeting=None, topic=None,
        person_id=None, at=at,
    )  # fmt: skip
    stand = PairStand(area=None, agency=None, dimension="", captaincy=None)
    deeds = Deeds(pairs=[PairDeed(pair=pair.id, before=None, after=stand)], areas=[], agencies=[], roles=[])
    stored = PairList(course_id=course.id, stored_at=at, deeds=dict(deeds))
    db.session.add(stored)
    db.session.flush()
    ahead = hostile_rows.appointments(course, pair, captain, [visitor, learner], at=at)
    return {
        "pair_id": [pair.id],
        "list_id": [stored.id],
        "appointment_id": [held.id, *ahead["appointment_id"]],
        "appointment_file_id": ahead["appointment_file_id"],
        "place_id": [place.id],
        "item_id": [item.id],
        "template_id": [template.id],
    }
