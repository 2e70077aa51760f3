"""Let in only who may: every view declares it, one guard reads it, and everything else is refused."""

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import sqlalchemy as sa
from flask import Flask, abort, current_app, g, request, url_for
from werkzeug.wrappers import Response

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.courses import sessions
from sca_lms.courses.models import Course, Person
from sca_lms.courses.rules import Actor, EnrolmentState, Role
from sca_lms.database import transaction
from sca_lms.web import cookies, forms
from sca_lms.web.access import PUBLIC, declare, declared_access
from sca_lms.web.incoming import LARGEST_ID
from sca_lms.web.tab_tokens import TAB_TOKEN

P = ParamSpec("P")
R = TypeVar("R")

OPERATOR = "operator"
OWN = "own"

KNOWN_HOSTS = "sca_known_hosts"
"""`app.extensions[KNOWN_HOSTS]` returns the origins of all hosts that may frame pages of the tool."""
_COURSE = re.compile(r"/courses/(?P<id>[0-9]{1,10})(?:/|$)", re.ASCII)
OPEN_DOORS = "sca_open_doors"
"""`app.extensions[OPEN_DOORS]` is a condition on `SessionGrant`: that no host of the course was shut."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def allow(*roles: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let these roles of the course in the address use the view."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        declare(view, frozenset(roles))
        return view

    return mark


def operator_only(view: Callable[P, R]) -> Callable[P, R]:
    """Let only the installation's operator use the view, who entered by a link made at the shell."""
    declare(view, OPERATOR)
    return view


def own_data(view: Callable[P, R]) -> Callable[P, R]:
    """Let everybody of the course use the view for themselves, also those who have left it."""
    declare(view, OWN)
    return view


def actor() -> Actor:
    """Return who is asking; only inside a view that `allow`s roles."""
    found = g.get("actor")
    if not isinstance(found, Actor):
        raise TypeError("this view lets roles of a course in, so it has an actor")
    return found


def current_course() -> Course:
    """Return the course in the address of the request."""
    return _grant().course


def current_person() -> Person | None:
    """Return the person who is asking, None for a guest."""
    return _grant().person


def current_grant() -> sessions.SessionGrant:
    """Return what the launch said about this browser in this course."""
    return _grant()


def current_session() -> sessions.WebSession | None:
    """Return the browser's session, if it has one."""
    found = g.get("web_session")
    return found if isinstance(found, sessions.WebSession) else None


def _grant() -> sessions.SessionGrant:
    found = g.get("grant")
    if not isinstance(found, sessions.SessionGrant):
        raise TypeError("this view lets roles of a course in, so it has a grant")
    return found


def cookie_name() -> str:
    """Return the session cookie's name; browsers refuse the `__Host-` prefix on plain http."""
    return "__Host-sca_lms" if settings().is_https else "sca_lms"


def cookie_of_session(token: str, *, partitioned: bool = True) -> str:
    """Return the header that hands the session to the browser."""
    seconds = int(sessions.LIFETIME.total_seconds())
    return cookies.written(cookie_name(), token, seconds=seconds, partitioned=partitioned)


def give_cookie(response: Response, token: str, *, partitioned: bool = True) -> None:
    """Hand the session to the browser, by default in a partition of its own for each host."""
    response.headers.add("Set-Cookie", cookie_of_session(token, partitioned=partitioned))


def take_cookie_back(response: Response) -> None:
    """Let the browser forget its session, wherever it keeps the cookie."""
    for partitioned in (True, False):
        cookies.take_back(response, cookie_name(), partitioned=partitioned)


def session_token() -> str | None:
    """Return the token that the browser showed: of this tab's address, else of its cookie."""
    tab = request.environ.get(TAB_TOKEN)
    return str(tab) if tab else request.cookies.get(cookie_name())


def way_back() -> str | None:
    """Return the first page of the course in the address, where this browser is let in; for error pages."""
    session, course_id = current_session(), _course_in_address()
    if session is None or course_id is None or _find_grant(session, course_id) is None:
        return None
    return url_for("progress.home", course_id=course_id)


def _course_in_address() -> int | None:
    """Return the course of an address, also of one that leads nowhere."""
    found = _COURSE.match(request.path)
    course_id = int(found["id"]) if found else None
    return course_id if course_id is not None and course_id <= LARGEST_ID else None


def init_app(app: Flask) -> None:
    """Put the one guard before every request."""
    app.before_request(guard)


def guard() -> None:
    """Find out who is asking and refuse what the view does not declare."""
    _load_session()
    if request.endpoint is None:
        if current_session() is not None:
            # The page that says so stands in a host's frame as well.
            let_hosts_frame()
        return
    if request.endpoint == "static":
        return
    access = declared_access(current_app.view_functions[request.endpoint])
    if access is None:
        raise TypeError(f"{request.endpoint} does not declare who may use it")
    if access == PUBLIC:
        return
    session = current_session()
    if session is None:
        let_hosts_frame()
        abort(401)
    if access == OPERATOR:
        _load_operator(session)
    else:
        _load_actor(session)
    if not _may(access):
        abort(403)
    if request.method not in SAFE_METHODS and not forms.csrf_valid(_sent_token()):
        abort(400, description="csrf")


def _may(access: object) -> bool:
    """Tell whether what a view declares lets the one in who asks."""
    if access == OWN:
        return actor().person_id is not None
    return not isinstance(access, frozenset) or actor().has(*access)


def let_hosts_frame() -> None:
    """Let every host show the page that says what to do; a browser would leave the frame empty otherwise."""
    known_hosts: Callable[[], list[str]] = current_app.extensions.get(KNOWN_HOSTS, list)
    g.frame_ancestors = known_hosts()


def _sent_token() -> str:
    return request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")


def _load_session() -> None:
    at = clock.now()
    token = session_token()
    session = sessions.find_session(token, at=at, tab=TAB_TOKEN in request.environ) if token else None
    g.web_session = session
    if session is None:
        return
    g.locale_choice, g.theme = session.locale_choice, session.theme
    g.form_secret = session.form_secret.encode()
    if at - session.seen_at > sessions.SEEN_EVERY:
        with transaction():
            session.seen_at = at
            session.expires_at = at + (sessions.TAB_LIFETIME if session.is_tab else sessions.LIFETIME)


def _find_grant(session: sessions.WebSession, course_id: int) -> sessions.SessionGrant | None:
    door: sa.ColumnElement[bool] | None = current_app.extensions.get(OPEN_DOORS)
    return sessions.find_grant(session, course_id, *(() if door is None else (door,)))


def _load_operator(session: sessions.WebSession) -> None:
    if not session.is_operator:
        # Nobody learns from the answer that these pages exist.
        abort(404)


def _load_actor(session: sessions.WebSession) -> None:
    course_id = (request.view_args or {}).get("course_id")
    found = _find_grant(session, course_id) if isinstance(course_id, int) else None
    if found is None:
        let_hosts_frame()
        abort(404)
    g.grant = found
    g.launch_locale = found.launch_locale
    g.timezone = found.course.timezone
    g.course_label = found.course.label or found.course.title
    if found.frame_origin:
        g.frame_ancestors = [found.frame_origin]
    # A form shown to one person must not be sent as another who has launched in the same browser since.
    who = f"{found.course_id}:{found.person_id}".encode()
    g.form_secret = hmac.new(session.form_secret.encode(), who, hashlib.sha256).digest()
    g.actor = _actor_of(found)


def _actor_of(found: sessions.SessionGrant) -> Actor:
    enrolment, person = found.enrolment, found.person
    if enrolment is None or person is None:
        roles = frozenset({Role.GUEST})
    elif enrolment.state is EnrolmentState.WITHDRAWN:
        roles = frozenset()
    else:
        roles = enrolment.roles
    return Actor(
        course_id=found.course_id,
        person_id=found.person_id,
        enrolment_id=found.enrolment_id,
        roles=roles,
        is_test=bool(person and person.is_test),
        locale=found.launch_locale,
    )
