"""Show everybody the pages of their role on every page of a course."""

from flask import Flask, g, request, url_for
from flask_babel import gettext as _

from sca_lms.courses.access import actor, current_course, current_grant, current_person
from sca_lms.courses.rules import STAFF, Actor, Role, without_prefix
from sca_lms.web.navigation import Tab


def init_app(app: Flask) -> None:
    """Give every template the course's title, the person's name and the tabs of their role."""
    app.context_processor(_frame_of_the_page)


def _frame_of_the_page() -> dict[str, object]:
    if "actor" not in g or request.endpoint is None:
        return {}
    course, person, asking = current_course(), current_person(), actor()
    name = (person.given_name or person.full_name) if person else ""
    return {
        "course_title": course.title or course.label,
        "person_name": without_prefix(name),
        "tabs": _tabs(asking, request.endpoint),
        "return_url": current_grant().return_url,
    }


def _tabs(asking: Actor, endpoint: str) -> list[Tab]:
    wanted = [*_learner_tabs(asking), *_staff_tabs(asking)]
    return [
        Tab(
            url_for(target, course_id=asking.course_id),
            label,
            picture,
            current=endpoint == target or endpoint.startswith(family),
            short=short,
        )
        for target, family, label, short, picture in wanted
    ]


Wanted = tuple[str, str, str, str, str]
"""The view, the beginning of all endpoints that belong to the tab, label, word in the dock, icon."""


def _learner_tabs(asking: Actor) -> list[Wanted]:
    if asking.has(*STAFF):
        return []
    modules = ("modules.index", "modules.", _("Modules"), _("Modules"), "path")
    timetable = ("timetable.index", "timetable", _("Timetable"), _("Timetable"), "calendar")
    if not asking.has(Role.LEARNER):
        return [modules, timetable]
    return [
        ("progress.home", "progress.home", _("Today"), _("Today"), "today"),
        ("check_in.page", "check_in.", _("Check in"), _("Check in"), "scan"),
        modules,
        ("hours.index", "hours", _("My hours"), _("Hours"), "clock"),
        timetable,
        ("progress.grades", "progress.grades", _("Grades"), _("Grades"), "grade"),
    ]


def _staff_tabs(asking: Actor) -> list[Wanted]:
    if not asking.has(*STAFF, Role.AUTHOR):
        return []
    tabs: list[Wanted] = []
    if asking.has(*STAFF):
        tabs.append(("rooms.index", "rooms", _("Rooms"), _("Rooms"), "room"))
        tabs.append(("grid.index", "grid.", _("Attendance"), _("Attendance"), "grid"))
        tabs.append(("timetable.index", "timetable", _("Timetable"), _("Timetable"), "calendar"))
        tabs.append(("progress.learners", "progress.learner", _("Learners"), _("Learners"), "people"))
        tabs.append(("pace.index", "pace.", _("Pace"), _("Pace"), "chart"))
        tabs.append(("requests.index", "requests.", _("Requests"), _("Requests"), "chat"))
        tabs.append(("lti_roster.index", "lti_roster.", _("People"), _("People"), "swap"))
        tabs.append(("modules.index", "modules.", _("Modules"), _("Modules"), "path"))
        tabs.append(("grades.index", "grades.", _("Grade delivery"), _("Delivery"), "send"))
        tabs.append(("assessments.quizzes", "assessments.", _("Quizzes"), _("Quizzes"), "quiz"))
    tabs.append(("courses.programme", "courses.programme", _("Programme"), _("Programme"), "book"))
    return tabs
