"""Answer the logins and launches that come in crowds: people about whom nothing is new, from a known host.

Everything else, and every doubt, is left to the views: they explain, make what is missing, and refuse.
"""

import datetime as dt
from http import HTTPStatus

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.courses import access, sessions
from sca_lms.database import direct_transaction
from sca_lms.lti import attempts, browser, door, forms, messages, platform_book, recognition
from sca_lms.lti.attempts import Attempt
from sca_lms.lti.claims import Launch
from sca_lms.lti.refusals import LaunchRefused
from sca_lms.web import cookies
from sca_lms.web.express import Onward, Visit


def log_in(visit: Visit) -> Onward | None:
    """Send the browser on to its host; None where a page has to be shown instead."""
    try:
        wanted = forms.login_of(visit.fields)
        platform = platform_book.find_for_login(wanted.issuer, wanted.client_id)
        door.require_active(platform)
    except LaunchRefused:
        return None
    if wanted.storage_target or browser.has_too_many(visit.cookies):
        return None
    opened = attempts.open_attempt(
        platform,
        forms.place_of(wanted.target_link_uri),
        None,
        secret_key=settings().secret_key,
        at=clock.now(),
    )
    secret = browser.cookie_of_login(opened.state, opened.browser_secret)
    return Onward(door.authentication_url(platform, wanted, opened), [secret], HTTPStatus.FOUND)


def let_in(visit: Visit) -> Onward | None:
    """Lead somebody to their page about whom nothing is new; None, and nothing done, for everybody else."""
    at = clock.now()
    try:
        answer = forms.answer_of(visit.fields)
        attempt = attempts.find_attempt(answer.state, secret_key=settings().secret_key, at=at)
        arrived = door.read(attempt, door.verify(attempt, answer.id_token, at=at, at_hand=True))
        login_cookie = browser.login_cookie(answer.state)
        if not attempt.is_from(visit.cookies.get(login_cookie)):
            return None
        return _welcome(visit, attempt, arrived, login_cookie, at=at)
    except LaunchRefused:
        return None


def _welcome(
    visit: Visit, attempt: Attempt, arrived: Launch, login_cookie: str, *, at: dt.datetime
) -> Onward | None:
    token = visit.cookies.get(access.cookie_name())
    session = sessions.find_session(token, at=at) if token else None
    with direct_transaction() as change:
        attempts.use(attempt, at=at, on=change)
        known = recognition.recognise(change, attempt.platform, arrived, at=at)
        if known is None:
            change.connection.rollback()
            return None
        opened = sessions.open_session(token, at=at, known=session, on=change)
        sessions.put_grant(
            change,
            {
                "session_id": opened.session_id,
                "course_id": known.course_id,
                "person_id": known.person_id,
                "enrolment_id": known.enrolment_id,
                **door.circumstances(attempt.platform, arrived),
                "granted_at": at,
            },
        )
    path = messages.link_path(known.course_id, known.roles, known.activity)
    return Onward(
        visit.script_root + path,
        [access.cookie_of_session(opened.token), cookies.written(login_cookie, "", seconds=0)],
    )
