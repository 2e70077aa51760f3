"""Show everybody the pages of their role on every page of a course."""

from collections.abc import Sequence
from dataclasses import dataclass

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


Wanted = tuple[str, str, str, str, str]
"""The view, the beginning of all endpoints that belong to the page, label, word in the dock, icon."""


@dataclass(frozen=True, slots=True)
class Family:
    """Pages that belong together: one tab, and below it a line with its pages."""

    label: str
    short: str
    icon: str
    pages: Sequence[Wanted]


def _tabs(asking: Actor, endpoint: str) -> list[Tab]:
    if asking.has(*STAFF, Role.AUTHOR):
        families = [family for family in _families(asking) if family.pages]
        return [_tab_of(family, asking, endpoint) for family in families]
    return _pages(_learner_pages(asking), asking, endpoint)


def _tab_of(family: Family, asking: Actor, endpoint: str) -> Tab:
    pages = _pages(family.pages, asking, endpoint)
    return Tab(
        pages[0].url,
        family.label,
        family.icon,
        current=any(page.current for page in pages),
        short=family.short,
        pages=tuple(pages),
    )


def _pages(wanted: Sequence[Wanted], asking: Actor, endpoint: str) -> list[Tab]:
    # The longest beginning decides, so that one page of a family may stand alone.
    mine = max(
        (start for target, start, *_rest in wanted if endpoint == target or endpoint.startswith(start)),
        key=len,
        default=None,
    )
    return [
        Tab(url_for(target, course_id=asking.course_id), label, picture, current=start == mine, short=short)
        for target, start, label, short, picture in wanted
    ]


def _learner_pages(asking: Actor) -> list[Wanted]:
    modules = ("modules.index", "module", _("Modules"), _("Modules"), "path")
    timetable = ("timetable.index", "timetable", _("Timetable"), _("Timetable"), "calendar")
    if not asking.has(Role.LEARNER):
        return [modules, timetable]
    return [
        ("progress.home", "progress.home", _("Today"), _("Today"), "today"),
        ("check_in.page", "check_in.", _("Check in"), _("Check in"), "scan"),
        modules,
        ("hours.index", "hours", _("My hours"), _("Hours"), "clock"),
        ("assignments.index", "assignments", _("Assignments"), _("Work"), "task"),
        timetable,
        ("progress.grades", "progress.grades", _("Grades"), _("Grades"), "grade"),
    ]


def _families(asking: Actor) -> list[Family]:
    """Return the families of those who run the course; an author sees none that shows learners."""
    learning = Family(_("Learning"), _("Learning"), "path", _learning_pages(asking))
    programme = Family(
        _("Programme"),
        _("Programme"),
        "book",
        [("courses.programme", "courses.programme", _("Programme"), _("Programme"), "book")],
    )
    if not asking.has(*STAFF):
        return [learning, programme]
    bootcamp: list[Wanted] = [
        ("rooms.index", "rooms", _("Rooms"), _("Rooms"), "room"),
        ("grid.index", "grid.", _("Attendance"), _("Attendance"), "grid"),
        ("timetable.index", "timetable", _("Timetable"), _("Timetable"), "calendar"),
        ("requests.index", "requests.", _("Requests"), _("Requests"), "chat"),
    ]
    marking: list[Wanted] = [
        ("marking.index", "marking", _("To mark"), _("Marking"), "pen"),
        ("gradebook.index", "gradebook", _("Gradebook"), _("Gradebook"), "grade"),
        ("grades.index", "grades.", _("Grade delivery"), _("Delivery"), "send"),
    ]
    people: list[Wanted] = [
        ("progress.learners", "progress.learner", _("Learners"), _("Learners"), "people"),
        ("pace.index", "pace.", _("Pace"), _("Pace"), "chart"),
        ("lti_roster.index", "lti_roster.", _("Roster"), _("Roster"), "swap"),
    ]
    return [
        Family(_("Bootcamp"), _("Bootcamp"), "room", bootcamp),
        Family(_("People"), _("People"), "people", people),
        learning,
        Family(_("Marks"), _("Marks"), "pen", marking),
        programme,
    ]


def _learning_pages(asking: Actor) -> list[Wanted]:
    pages: list[Wanted] = []
    if asking.has(*STAFF):
        pages.append(("modules.index", "module", _("Modules"), _("Modules"), "path"))
        pages.append(("assessments.quizzes", "assessments.", _("Quizzes"), _("Quizzes"), "quiz"))
    else:
        pages.append(("quiz_editor.index", "quiz_editor.", _("Quizzes"), _("Quizzes"), "quiz"))
    pages.append(("bank.index", "bank", _("Question bank"), _("Bank"), "book"))
    pages.append(("assignments.index", "assignments", _("Assignments"), _("Work"), "task"))
    return pages
