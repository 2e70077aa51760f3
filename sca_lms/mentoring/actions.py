"""Agree on work between meetings: who does it until when; what is open begins the next meeting."""

import datetime as dt

from flask_babel import lazy_gettext as _l

from sca_lms.courses.models import Enrolment
from sca_lms.database import db, lock
from sca_lms.errors import Refused
from sca_lms.mentoring.models import ActionItem, Appointment
from sca_lms.projects.models import Pair

MOST_OPEN = 100


class CannotAgree(Refused):
    """This cannot be agreed on, or not by this person."""

    code = "cannot-agree"


class AlreadyDone(Refused):
    """It is done or dropped already."""

    code = "already-done"


def add(
    pair: Pair,
    text: str,
    owner: Enrolment,
    *,
    due_on: dt.date | None,
    appointment: Appointment | None,
    open_now: int,
    at: dt.datetime,
) -> ActionItem:
    """Write down what a pair has agreed on. Raise `CannotAgree` when there is more open than anybody does."""
    if open_now >= MOST_OPEN:
        raise CannotAgree(_l("So much is open already. Tick off or drop something first."))
    item = ActionItem(
        pair_id=pair.id, text=text, owner_id=owner.id, due_on=due_on, created_at=at, dropped=False,
        appointment_id=appointment.id if appointment else None,
    )  # fmt: skip
    item.pair, item.owner = pair, owner
    db.session.add(item)
    db.session.flush()
    return item


def tick_off(item: ActionItem, by: Enrolment, *, at: dt.datetime) -> None:
    """Say that it is done; either side may. Raise `AlreadyDone`."""
    _lock_open(item)
    item.done_at, item.done_by_id, item.drop_asked_by_id = at, by.person_id, None
    db.session.flush()


def take_up_again(item: ActionItem) -> None:
    """Say that it is not done after all."""
    lock(item)
    item.done_at = item.done_by_id = item.drop_asked_by_id = None
    item.dropped = False
    db.session.flush()


def put_off(item: ActionItem, due_on: dt.date | None) -> None:
    """Carry it on with another due date, or without one. Raise `AlreadyDone`."""
    _lock_open(item)
    item.due_on = due_on
    db.session.flush()


def drop(item: ActionItem, by: Enrolment, *, at: dt.datetime) -> bool:
    """Ask to leave it, or agree to leave it; returns whether both sides have agreed and it is dropped.

    Raise `AlreadyDone`.
    """
    _lock_open(item)
    agreed = item.drop_asked_by_id is not None and item.drop_asked_by_id != by.id
    if agreed:
        item.done_at, item.done_by_id, item.dropped = at, by.person_id, True
    else:
        item.drop_asked_by_id = by.id
    db.session.flush()
    return agreed


def keep(item: ActionItem) -> None:
    """Do not leave it after all, whoever had asked for that. Raise `AlreadyDone`."""
    _lock_open(item)
    item.drop_asked_by_id = None
    db.session.flush()


def _lock_open(item: ActionItem) -> None:
    lock(item)
    if item.done_at is not None:
        raise AlreadyDone(_l("This is done or dropped already."))
