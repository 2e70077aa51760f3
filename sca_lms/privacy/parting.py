"""Let somebody go: first nothing new can be booked with them, then what is ahead ends, then they are erased.

Each step is a transaction of its own, and each may be done again: whoever dies in between is followed by
another worker, which finds what is left. In one transaction the cancelling would hold the calendars of others
while it waits for rows that a booking holds.
"""

import datetime as dt

import sqlalchemy as sa

from sca_lms.calendar import owners
from sca_lms.courses.models import Enrolment, Person
from sca_lms.database import db, transaction
from sca_lms.mentoring import leaving


def part_from(person_id: int, *, at: dt.datetime) -> int:
    """Close a person's calendar, call off what they have ahead and end their pairs; tell the others.

    Call it outside of a transaction, before `erasing.erase`. Returns how many appointments ended.
    """
    with transaction():
        owners.close(person_id, at=at)
        ahead = leaving.ahead_of(person_id, at=at)
    ended = 0
    for appointment_id in ahead:
        with transaction():
            ended += leaving.call_off(appointment_id, person_id, at=at)
    with transaction():
        leaving.end_pairs(person_id, at=at)
    _wait_for_writers(person_id)
    return ended


def _wait_for_writers(person_id: int) -> None:
    """Let everybody finish who is writing something about the person: erasing must see what they wrote.

    A row that points to another one holds its key until the end of the transaction, and only `FOR UPDATE`
    waits for that. It is asked for one row at a time, in a transaction that holds nothing else.
    """
    with transaction():
        db.session.scalar(sa.select(Person.id).where(Person.id == person_id).with_for_update())
    enrolments = db.session.scalars(sa.select(Enrolment.id).where(Enrolment.person_id == person_id)).all()
    for enrolment_id in enrolments:
        with transaction():
            db.session.scalar(sa.select(Enrolment.id).where(Enrolment.id == enrolment_id).with_for_update())
