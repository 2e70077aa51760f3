"""Say in one sentence each what needs a learner now, with the page on which it is done."""

import datetime as dt
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _

from sca_lms.assignments.rules import WorkState
from sca_lms.attendance.models import AttendanceSession
from sca_lms.bootcamp.request_models import RequestState
from sca_lms.courses.models import Course
from sca_lms.guidance.gathering import Known
from sca_lms.modules.plan import UnitType
from sca_lms.modules.standing import ModuleStanding, ModuleState, UnitState
from sca_lms.progress.today_queries import Waiting
from sca_lms.progress.today_rules import NEAR, Need, Urgency, by_urgency
from sca_lms.texts import Bilingual
from sca_lms.updates.queries import timing_of
from sca_lms.updates.rules import Standing, may_hand_in
from sca_lms.web import formats

TO_WRITE = (Standing.TO_REFLECT, Standing.DRAFT, Standing.RETURNED)
ALL_DAY = dt.time(23, 59)


def needs_of(course: Course, known: Known, waiting: Waiting, *, at: dt.datetime) -> list[Need]:
    """Return everything that needs a learner now, the most pressing first."""
    stays = known.hours.waiting if known.hours else ()
    return by_urgency(
        [
            *_stays(course.id, stays),
            *_meetings(course.id, waiting),
            *_reports(course.id, waiting),
            *_works(course.id, waiting, at),
            *_attempts(course.id, waiting),
            *_quizzes(course.id, waiting, at),
            *_modules(course.id, known, at),
            *_reflections(course.id, known, waiting, at),
            *_actions(course, waiting, at),
            *_answers(course.id, waiting),
        ]
    )


def _stays(course_id: int, sessions: Sequence[AttendanceSession]) -> Iterator[Need]:
    for session in sessions:
        yield Need(
            Urgency.LOST_TIME, "wait", "out", _("Confirm when you left"),
            url_for("hours.index", course_id=course_id, show="pending", _anchor="list"),
            _("See what is pending"),
            session.title,
            formats.period(session.starts_at, session.ends_at, "short"),
        )  # fmt: skip


def _meetings(course_id: int, waiting: Waiting) -> Iterator[Need]:
    for each in waiting.requests:
        yield Need(
            Urgency.ANSWER, "wait", "chat", _("Answer the meeting your captain asks for"),
            url_for("mentoring_appointments.page", course_id=course_id, appointment_id=each.id),
            _("Give an answer"),
            each.topic.title,
            formats.own_period(each.starts_at, each.ends_at, "short"),
            each.starts_at,
        )  # fmt: skip


def _reports(course_id: int, waiting: Waiting) -> Iterator[Need]:
    for each in waiting.reports:
        meeting = each.place.appointment
        yield Need(
            Urgency.ANSWER, "behind", "people", _("Report how long you met"),
            url_for("mentoring_appointments.page", course_id=course_id, appointment_id=meeting.id),
            _("Report"),
            meeting.topic.title,
            formats.own_period(meeting.starts_at, meeting.ends_at, "short"),
            meeting.ends_at,
        )  # fmt: skip


def _works(course_id: int, waiting: Waiting, at: dt.datetime) -> Iterator[Need]:
    for each in waiting.works:
        due = each.times.due_at
        is_late = each.state is WorkState.OVERDUE
        if not is_late and (due is None or due > at + NEAR):
            continue
        yield Need(
            Urgency.OVERDUE if is_late else Urgency.DUE,
            "behind",
            "pen",
            _("Hand in this work: it is late") if is_late else _("Hand in this work"),
            url_for("assignments.page", course_id=course_id, assignment_id=each.assignment.id),
            _("Write on") if each.state is WorkState.STARTED else _("Open the assignment"),
            each.assignment.title,
            _due(due, is_late=is_late),
            due,
        )


def _attempts(course_id: int, waiting: Waiting) -> Iterator[Need]:
    for each in waiting.attempts:
        yield Need(
            Urgency.DUE, "behind", "quiz", _("Hand in the quiz that you have begun"),
            url_for("assessments.quiz", course_id=course_id, quiz_id=each.quiz_id),
            _("Go on"),
            each.quiz.title,
            _due(each.deadline_at, is_late=False),
            each.deadline_at,
        )  # fmt: skip


def _quizzes(course_id: int, waiting: Waiting, at: dt.datetime) -> Iterator[Need]:
    for each in waiting.quizzes:
        if each.closes_at > at + NEAR:
            continue
        yield Need(
            Urgency.DUE, "behind", "quiz", _("Take the quiz in time"),
            url_for("assessments.quiz", course_id=course_id, quiz_id=each.quiz.id),
            _("Take the quiz"),
            each.quiz.title,
            _due(each.closes_at, is_late=False),
            each.closes_at,
        )  # fmt: skip


def _modules(course_id: int, known: Known, at: dt.datetime) -> Iterator[Need]:
    for module in known.modules.modules:
        is_late = module.state is ModuleState.LATE
        due = module.due_at
        is_open = module.state in {ModuleState.OPEN, ModuleState.STARTED}
        if not is_late and not (is_open and due is not None and due <= at + NEAR):
            continue
        quiz = _quiz_alone(module)
        yield Need(
            Urgency.OVERDUE if is_late else Urgency.DUE,
            "behind",
            "quiz" if quiz else "path",
            _take(is_late=is_late) if quiz else _complete(is_late=is_late),
            _quiz_address(course_id, module, quiz) if quiz else _address(course_id, module),
            _("Take the quiz") if quiz else _("Go on learning"),
            module.title,
            _due(due, is_late=is_late),
            due,
        )


def _quiz_alone(module: ModuleStanding) -> str:
    """Return the unit of the quiz when nothing but it is missing in a module, else nothing."""
    left = [each for each in module.units if each.plan.required and not each.done]
    alone = len(left) == 1 and left[0].plan.type is UnitType.QUIZ and left[0].state is not UnitState.LOCKED
    return left[0].plan.code if alone else ""


def _quiz_address(course_id: int, module: ModuleStanding, unit_code: str) -> str:
    """Return the page of a module's quiz."""
    return url_for("modules.unit", course_id=course_id, code=module.code, unit_code=unit_code)


def _address(course_id: int, module: ModuleStanding) -> str:
    return url_for("modules.module", course_id=course_id, code=module.code)


def _take(*, is_late: bool) -> str:
    return _("Take the quiz: it is late") if is_late else _("Take the quiz in time")


def _complete(*, is_late: bool) -> str:
    return _("Complete this module: it is late") if is_late else _("Complete this module in time")


def _reflections(course_id: int, known: Known, waiting: Waiting, at: dt.datetime) -> Iterator[Need]:
    for update in waiting.updates:
        part = known.updates.parts.get(update.id)
        if part is None or part.standing not in TO_WRITE:
            continue
        if not may_hand_in(timing_of(update.session), part.reflection, update.reflection_due_at, at):
            continue
        is_back = part.standing is Standing.RETURNED
        yield Need(
            Urgency.ANSWER if is_back else Urgency.DUE,
            "behind",
            "pen",
            _("Write on: your reflection was sent back") if is_back else _("Write your reflection"),
            url_for("updates.page", course_id=course_id, number=update.number, _anchor="reflection"),
            _("Write on") if is_back or part.standing is Standing.DRAFT else _("Write"),
            update.session.title,
            _due(update.reflection_due_at, is_late=False),
            update.reflection_due_at,
        )


def _actions(course: Course, waiting: Waiting, at: dt.datetime) -> Iterator[Need]:
    zone = ZoneInfo(course.timezone)
    today = at.astimezone(zone).date()
    for each in waiting.actions:
        if each.due_on is None or each.due_on > today:
            continue
        is_late = each.due_on < today
        yield Need(
            Urgency.OVERDUE if is_late else Urgency.DUE,
            "behind",
            "task",
            _("Do what you agreed on: it is late") if is_late else _("Do what you agreed on today"),
            url_for("mentoring_actions.index", course_id=course.id, _anchor=f"action-{each.id}"),
            _("See what was agreed"),
            each.text,
            _("until %(day)s", day=formats.day(each.due_on, "short")),
            dt.datetime.combine(each.due_on, ALL_DAY, zone),
        )


def _answers(course_id: int, waiting: Waiting) -> Iterator[Need]:
    for each in waiting.answers:
        granted = each.state is RequestState.GRANTED
        title: Bilingual = each.session.title
        yield Need(
            Urgency.TO_KNOW, "ok" if granted else "silent", "clock",
            _("Your request about hours was granted")
            if granted
            else _("Your request about hours was refused"),
            url_for("requests.mine", course_id=course_id),
            _("Read the answer"),
            title,
            formats.moment(each.decided_at, "short"),
        )  # fmt: skip


def _due(due: dt.datetime | None, *, is_late: bool) -> str:
    if due is None:
        return ""
    shown = formats.moment(due, "short")
    return _("was due %(when)s", when=shown) if is_late else _("due %(when)s", when=shown)
