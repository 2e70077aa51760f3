"""Know who is logged in to the pretend LMS and which language they read."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import g, render_template, request, session
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden, Unauthorized

from sca_lms.demo.addresses import origin
from sca_lms.demo.lms import current_lms
from sca_lms.demo.site import EDITING_ROLES, TEACHING_ROLES, Course, SiteRole, User
from sca_lms.texts import Bilingual

LANGUAGES = ("th", "en")
ZONE = ZoneInfo("Asia/Bangkok")


def language() -> str:
    """Return the reader's language: the chosen one, else the browser's, else Thai."""
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def find_visitor() -> User | None:
    """Return who is logged in, or None."""
    with current_lms().reading() as site:
        return site.users.get(str(session.get("user_id")))


def visitor() -> User:
    """Return who is logged in; nobody is sent to the front page (401)."""
    found = find_visitor()
    if found is None:
        raise Unauthorized(_("Choose on the front page who you are."))
    return found


def role_in(course: Course) -> SiteRole:
    """Return the visitor's role in a course; a stranger is refused (403)."""
    role = course.members.get(visitor().id)
    if role is None:
        raise Forbidden(_("You are not enrolled in this course."))
    return role


def teach(course: Course) -> SiteRole:
    """Let only teachers of a course pass (403)."""
    role = role_in(course)
    if role not in TEACHING_ROLES:
        raise Forbidden(_("Only teachers of the course see this page."))
    return role


def manage() -> None:
    """Let only a manager of the site pass (403)."""
    if not is_manager(visitor()):
        raise Forbidden(_("Only managers of the site see this page."))


def is_manager(user: User) -> bool:
    """Tell whether somebody manages a course, and with it this small site."""
    with current_lms().reading() as site:
        return any(course.members[user.id] is SiteRole.MANAGER for course in site.courses_of(user.id))


def role_name(role: SiteRole) -> str:
    """Name a role for people."""
    names = {
        SiteRole.LEARNER: _("Learner"),
        SiteRole.MENTOR: _("Mentor"),
        SiteRole.INSTRUCTOR: _("Instructor"),
        SiteRole.TUTOR: _("Judge (non-editing teacher)"),
        SiteRole.MANAGER: _("Manager"),
        SiteRole.TEST_USER: _("Test learner"),
    }
    return names[role]


def local(text: Bilingual) -> str:
    """Return a text in the reader's language."""
    return text.pick(language())[0]


def moment(at: dt.datetime) -> str:
    """Write a moment in the wall time of the sample course, to the second."""
    return format_datetime(at, "d MMM HH:mm:ss", tzinfo=ZONE, locale=language())


def page(template: str, *, status: int = 200, **context: object) -> tuple[str, int]:
    """Render a page with what every page shows."""
    user = find_visitor()
    lms = current_lms()
    with lms.reading() as site:
        body = render_template(
            f"demo/{template}",
            visitor=user,
            manages=bool(user and is_manager(user)),
            language=language(),
            personality=lms.personality,
            teaching=TEACHING_ROLES,
            editing=EDITING_ROLES,
            my_courses=site.courses_of(user.id) if user else [],
            **context,
        )
    return body, status


def submit_page(
    address: str, fields: Mapping[str, str], *, title: str, method: str = "post"
) -> tuple[str, int]:
    """Render a page that posts a form by itself, with a button where scripts are off."""
    if origin(address):
        allow_origins(address)
    return page("submit.html", address=address, fields=dict(fields), title=title, method=method)


def allow_origins(*urls: str) -> None:
    """Let this one answer frame and post to the origins of these URLs as well."""
    g.setdefault("origins", set()).update(filter(None, map(origin, urls)))
