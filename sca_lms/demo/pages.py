"""Show the pretend LMS: front page, course, participants, and the frames in which the tool is opened."""

from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, abort, redirect, request, send_from_directory, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from sca_lms.demo.addresses import origin
from sca_lms.demo.lms import PretendLms, current_lms
from sca_lms.demo.site import (
    EDITING_ROLES,
    GRADED_ROLES,
    TEACHING_ROLES,
    Activity,
    Course,
    SiteRole,
    User,
)
from sca_lms.demo.visitor import LANGUAGES, local, page, role_in, visitor

bp = Blueprint("pages", __name__)

FEATURED = (SiteRole.LEARNER, SiteRole.MENTOR, SiteRole.INSTRUCTOR, SiteRole.MANAGER)
FONTS = Path(__file__).parent.parent / "web" / "static" / "vendor" / "sarabun-5.3.0"


@dataclass(frozen=True, slots=True)
class Door:
    """One big button of the front page: enter the course as this person."""

    role: SiteRole
    user: User


@bp.get("/")
def front() -> ResponseReturnValue:
    """Greet a newcomer with one button a role, and everybody by name below."""
    lms = current_lms()
    with lms.reading() as site:
        course = next(iter(site.courses.values()), None)
        if course is None:
            return page("front.html", course=None, doors=[], groups=[], home=None)
        home = next(iter(site.activities_of(course.id)), None)
        people = [(role, site.users[user_id]) for user_id, role in course.members.items()]
        groups = [
            (role, [user for each, user in people if each is role])
            for role in SiteRole
            if any(each is role for each, _user in people)
        ]
        return page("front.html", course=course, doors=_doors(lms, course), groups=groups, home=home)


@bp.post("/enter")
def enter() -> ResponseReturnValue:
    """Log in as somebody, and open an activity or the course."""
    with current_lms().reading() as site:
        user = site.users.get(request.form.get("user", "")) or abort(404)
        activity = site.activities.get(request.form.get("activity", ""))
        courses = site.courses_of(user.id) or abort(404)
    session["user_id"] = user.id
    if activity:
        return redirect(url_for("pages.activity", activity_id=activity.id), 303)
    return redirect(url_for("pages.course", course_id=courses[0].id), 303)


@bp.post("/leave")
def leave() -> ResponseReturnValue:
    """Log out."""
    session.pop("user_id", None)
    return redirect(url_for("pages.front"), 303)


@bp.get("/language/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Remember the language and go back to a page of this site."""
    if code not in LANGUAGES:
        abort(404)
    session["language"] = code
    following = request.args.get("next", "/")
    local_path = following.startswith("/") and not following.startswith(("//", "/\\"))
    return redirect(following if local_path else "/", 303)


@bp.get("/courses/<course_id>")
def course(course_id: str) -> ResponseReturnValue:
    """Show a course and its activities."""
    with current_lms().reading() as site:
        found = find_course(course_id)
        role = role_in(found)
        shown = [(each, site.columns_of(each.id)) for each in site.activities_of(found.id)]
        return page("course.html", course=found, role=role, activities=shown)


@bp.get("/courses/<course_id>/participants")
def participants(course_id: str) -> ResponseReturnValue:
    """Show who is in a course, and as what."""
    with current_lms().reading() as site:
        found = find_course(course_id)
        role = role_in(found)
        people = [(site.users[user_id], each) for user_id, each in found.members.items()]
        return page(
            "participants.html", course=found, role=role, people=people, with_email=role in TEACHING_ROLES
        )


@bp.get("/activities/<activity_id>")
def activity(activity_id: str) -> ResponseReturnValue:
    """Show an activity: the tool in a frame."""
    found, of_course = find_activity(activity_id)
    role = role_in(of_course)
    source = url_for("launching.launch", activity_id=activity_id)
    return framed(
        of_course, role, title=local(found.title), source=source, client_id=found.client_id, activity=found
    )


@bp.get("/activities/<activity_id>/grade")
def review(activity_id: str) -> ResponseReturnValue:
    """Open the tool on somebody's work; a column heading leads here without naming anybody."""
    found, of_course = find_activity(activity_id)
    role = role_in(of_course)
    user_id = request.args.get("user", "")
    if role not in TEACHING_ROLES and user_id != visitor().id:
        abort(403)
    title = _("Review: %(title)s", title=local(found.title))
    source = url_for("launching.launch", activity_id=activity_id, action="gradeReport", user=user_id or None)
    return framed(of_course, role, title=title, source=source, client_id=found.client_id, activity=found)


@bp.get("/courses/<course_id>/add")
def add(course_id: str) -> ResponseReturnValue:
    """Let an instructor pick activities in the tool (deep linking)."""
    found = find_course(course_id)
    role = role_in(found)
    if role not in EDITING_ROLES:
        abort(403)
    client_id = _chosen_tool()
    if client_id is None:
        return _choose(found, role, title=_("Add activities: from which tool?"), target="pages.add")
    source = url_for("launching.pick", course_id=course_id, tool=client_id)
    return framed(found, role, title=_("Add activities from the tool"), source=source, client_id=client_id)


@bp.get("/courses/<course_id>/privacy")
def privacy(course_id: str) -> ResponseReturnValue:
    """Open the tool's page on personal data, on hosts that have such a launch."""
    lms = current_lms()
    if not lms.personality.launch.privacy_launch:
        abort(404)
    found = find_course(course_id)
    role = role_in(found)
    client_id = _chosen_tool()
    if client_id is None:
        return _choose(found, role, title=_("My data: in which tool?"), target="pages.privacy")
    source = url_for("launching.privacy", course_id=course_id, tool=client_id)
    return framed(found, role, title=_("My data in the tool"), source=source, client_id=client_id)


@bp.get("/lti/return")
def back() -> ResponseReturnValue:
    """Take people back from the tool, with what it wants to tell them."""
    said = request.args.get("lti_errormsg") or request.args.get("lti_msg") or ""
    course_id = request.args.get("course", "")
    return page("message.html", title=_("Back from the tool"), text=said, course_id=course_id)


@bp.get("/fonts/<name>")
def fonts(name: str) -> ResponseReturnValue:
    """Serve the Thai font."""
    return send_from_directory(FONTS, name, max_age=86_400)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Tell that the pretend LMS is up."""
    return {"status": "ok", "personality": current_lms().personality.name}


def find_course(course_id: str) -> Course:
    """Return a course, or answer 404."""
    with current_lms().reading() as site:
        found = site.courses.get(course_id)
    if found is None:
        raise NotFound
    return found


def find_activity(activity_id: str) -> tuple[Activity, Course]:
    """Return an activity and its course, or answer 404."""
    with current_lms().reading() as site:
        found = site.activities.get(activity_id)
    if found is None:
        raise NotFound
    return found, find_course(found.course_id)


def framed(
    course: Course,
    role: SiteRole,
    *,
    title: str,
    source: str,
    client_id: str,
    activity: Activity | None = None,
) -> tuple[str, int]:
    """Render the page that holds the tool's frame."""
    lms = current_lms()
    with lms.reading() as site:
        tool = site.tools.get(client_id)
        columns = site.columns_of(activity.id) if activity else []
    if tool is None:
        raise NotFound
    return page(
        "frame.html",
        course=course,
        role=role,
        title=title,
        source=source,
        tool_origin=origin(tool.target_link_uri),
        storage_frame=lms.personality.launch.storage_frame,
        graded=bool(columns),
        sees_report=role in GRADED_ROLES,
    )


def _chosen_tool() -> str | None:
    """Return the tool that was asked for, or the only one there is; None when somebody has to choose."""
    asked = request.args.get("tool", "")
    with current_lms().reading() as site:
        known = [tool.client_id for tool in site.active_tools()]
    if asked:
        return asked if asked in known else abort(404)
    return next(iter(known), "") if len(known) < 2 else None


def _choose(course: Course, role: SiteRole, *, title: str, target: str) -> tuple[str, int]:
    with current_lms().reading() as site:
        tools = site.active_tools()
    return page("choose.html", course=course, role=role, title=title, target=target, tools=tools)


def _doors(lms: PretendLms, course: Course) -> list[Door]:
    chosen = lms.settings.featured
    doors = []
    for role in FEATURED:
        people = [user_id for user_id, each in course.members.items() if each is role]
        if people:
            user_id = chosen.get(str(role), people[0])
            doors.append(Door(role, lms.state.users[user_id]))
    return doors
