"""What the worker does: make archives, carry erasures out, and remove what has had its time."""

import datetime as dt

import structlog
from flask import current_app

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.courses.models import Course, Person
from sca_lms.database import db, release, transaction
from sca_lms.privacy import exporting, keeping, notices, parting, queries, requesting
from sca_lms.privacy.models import PrivacyRequest
from sca_lms.privacy.rules import LAST_WORDS_WITHIN, RequestState
from sca_lms.uploads.storage import store

EVERY = dt.timedelta(hours=1)
"""How often it is looked for what is over; archives and erasures are done at once."""
AT_ONCE = 5
SWEPT = "sca_privacy_swept"
REMINDED = "sca_privacy_reminded"

log = structlog.get_logger(__name__)


def make_archives(at: dt.datetime) -> None:
    """Make the archives that people wait for, some at a time, and delete those whose week is over."""
    exporting.forget_expired(store(), at=at)
    for _ in range(AT_ONCE):
        if not exporting.make_next(store(), now=clock.now):
            break
        db.session.remove()


def carry_out_erasures(at: dt.datetime) -> None:
    """Erase the people whose requests were granted, each in one transaction.

    Where e-mails are sent, the one that announces it goes first: with the person their address is gone.
    """
    sends = bool(settings().smtp_url)
    waiting = [
        (each.id, each.person_id)
        for each in queries.granted_erasures()
        if not sends
        or (each.decided_at or each.asked_at) <= at - LAST_WORDS_WITHIN
        or not notices.waits_for_last_words(each)
    ]
    release()
    for request_id, person_id in waiting:
        ended = parting.part_from(person_id, at=at)
        with transaction():
            request = db.session.get_one(
                PrivacyRequest, request_id, with_for_update=True, populate_existing=True
            )
            if request.state is not RequestState.GRANTED:
                continue
            course = db.session.get_one(Course, request.course_id)
            person = db.session.get_one(Person, request.person_id)
            done = requesting.carry_out(request, course, person, at=at)
        for key in done.keys:
            store().forget(key)
        db.session.expunge_all()
        log.info("person_erased", rows=done.rows, appointments=ended)


def remind_of_requests(at: dt.datetime) -> None:
    """Remind those who have to answer, while the thirty days of a request near their end."""
    last = current_app.extensions.get(REMINDED)
    if isinstance(last, dt.datetime) and at - last < EVERY:
        return
    current_app.extensions[REMINDED] = at
    with transaction():
        told = notices.remind(at=at)
    if told:
        log.info("privacy_reminded", people=told)


def keep_periods(at: dt.datetime) -> None:
    """Remove what is older than its period; more often than hourly there is nothing new."""
    last = current_app.extensions.get(SWEPT)
    if isinstance(last, dt.datetime) and at - last < EVERY:
        return
    current_app.extensions[SWEPT] = at
    removed = keeping.remove_expired(store(), at=at)
    if removed:
        log.info("expired_removed", rows=removed)
