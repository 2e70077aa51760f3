"""Show everybody the pages of their role on every page of a course."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, g, request, url_for
from flask_babel import gettext as _

from sca_lms.courses.access import actor, current_course, current_grant, current_person
from sca_lms.courses.rules import STAFF, Actor, Role, without_prefix
from sca_lms.inbox.queries import unread
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
        # A page of nobody we know has no bell.
        **(_bell(asking, asking.enrolment_id) if asking.enrolment_id else {}),
        "course_title": course.title or course.label,
        "person_name": without_prefix(name),
        "tabs": _tabs(asking, request.endpoint),
        "return_url": current_grant().return_url,
    }


def _bell(asking: Actor, enrolment_id: int) -> dict[str, object]:
    return {
        "unread_notices": unread(enrolment_id),
        "notices_url": url_for("inbox.index", course_id=asking.course_id),
    }


FIRST_PAGE = "progress.home"

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
        Tab(
            url_for(target, course_id=asking.course_id),
            label,
            picture,
            current=start == mine,
            short=short,
        )
        for target, start, label, short, picture in wanted
    ]


def _learner_pages(asking: Actor) -> list[Wanted]:
    modules = ("modules.index", "module", _("Modules"), _("Modules"), "path")
    timetable = ("timetable.index", "timetable", _("Timetable"), _("Timetable"), "calendar")
    calendar = ("calendar.index", "calendar.", _("Calendar"), _("Calendar"), "calendar")
    if asking.has(Role.MENTOR) and not asking.has(Role.LEARNER):
        return [*_captain_pages(), modules, timetable, calendar]
    if not asking.has(Role.LEARNER):
        return [modules, timetable, calendar]
    return [
        (FIRST_PAGE, FIRST_PAGE, _("Today"), _("Today"), "today"),
        ("progress.pathway", "progress.pathway", _("Pathway"), _("Pathway"), "path"),
        ("check_in.page", "check_in.", _("Check in"), _("Check in"), "scan"),
        ("modules.index", "module", _("Modules"), _("Modules"), "book"),
        ("hours.index", "hours", _("My hours"), _("Hours"), "clock"),
        ("mentoring.index", "mentoring", _("Mentoring"), _("Mentoring"), "chat"),
        ("updates.index", "updates.", _("Monthly updates"), _("Updates"), "video"),
        ("assignments.index", "assignments", _("Assignments"), _("Work"), "task"),
        timetable,
        calendar,
        ("progress.grades", "progress.grades", _("Grades"), _("Grades"), "grade"),
    ]


def _captain_pages() -> list[Wanted]:
    return [
        (
            "mentoring_mentees.index",
            "mentoring_mentees.",
            _("My mentees"),
            _("Mentees"),
            "people",
        ),
        ("mentoring.index", "mentoring", _("Appointments"), _("Meetings"), "calendar"),
        ("mentoring_hours.index", "mentoring_hours.", _("My free hours"), _("Hours"), "clock"),
        ("mentoring_actions.index", "mentoring_actions.", _("Agreed work"), _("Agreed"), "task"),
    ]


def _families(asking: Actor) -> list[Family]:
    """Return the families of those who run the course; an author sees none that shows learners."""
    learning = Family(_("Learning"), _("Learning"), "path", _learning_pages(asking))
    about: Wanted = ("courses.programme", "courses.programme", _("Programme"), _("Programme"), "book")
    calendar: Wanted = ("calendar.index", "calendar.", _("Calendar"), _("Calendar"), "calendar")
    programme = Family(_("Programme"), _("Programme"), "book", [about, *_desk_pages(asking)])
    if not asking.has(*STAFF):
        return [learning, Family(_("Programme"), _("Programme"), "book", [about, calendar])]
    bootcamp: list[Wanted] = [
        ("rooms.index", "rooms", _("Rooms"), _("Rooms"), "room"),
        ("grid.index", "grid.", _("Attendance"), _("Attendance"), "grid"),
        ("update_series.index", "update_", _("Monthly updates"), _("Updates"), "video"),
        ("timetable.index", "timetable", _("Timetable"), _("Timetable"), "calendar"),
        calendar,
        ("requests.index", "requests.", _("Requests"), _("Requests"), "chat"),
    ]
    marking: list[Wanted] = [
        ("marking.index", "marking", _("To mark"), _("Marking"), "pen"),
        ("gradebook.index", "gradebook", _("Gradebook"), _("Gradebook"), "grade"),
        ("grades.index", "grades.", _("Grade delivery"), _("Delivery"), "send"),
    ]
    people: list[Wanted] = [
        ("progress.learners", "progress.learner", _("Learners"), _("Learners"), "people"),
        ("interventions.index", "interventions.", _("Follow-ups"), _("Follow-ups"), "flag"),
        ("messages.index", "messages.", _("Messages"), _("Messages"), "send"),
        ("pace.index", "pace.", _("Pace"), _("Pace"), "chart"),
        ("mentoring_coverage.index", "mentoring", _("Mentoring"), _("Mentoring"), "chat"),
        ("mentoring.index", "mentoring.", _("Appointments"), _("Meetings"), "calendar"),
        ("projects.index", "project", _("Pairs"), _("Pairs"), "swap"),
        ("lti_roster.index", "lti_roster.", _("Roster"), _("Roster"), "swap"),
    ]
    overview: list[Wanted] = [
        ("control.index", "control.", _("Control room"), _("Overview"), "today"),
        ("heat.index", "heat.", _("Week by week"), _("Weeks"), "grid"),
        ("risk_rules.index", "risk_rules.", _("Who is noticed"), _("Rules"), "flag"),
        ("reports.index", "reports.", _("Reports"), _("Reports"), "file"),
    ]
    return [
        Family(_("Overview"), _("Overview"), "today", overview),
        Family(_("Bootcamp"), _("Bootcamp"), "room", bootcamp),
        Family(_("People"), _("People"), "people", people),
        learning,
        Family(_("Marks"), _("Marks"), "pen", marking),
        programme,
    ]


def _desk_pages(asking: Actor) -> list[Wanted]:
    """Return what managers alone answer for: requests about data, and the log of changes."""
    if not asking.has(Role.MANAGER):
        return []
    return [
        ("privacy_desk.index", "privacy", _("Privacy desk"), _("Privacy"), "shield"),
        ("audit.index", "audit.", _("Audit log"), _("Log"), "history"),
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
