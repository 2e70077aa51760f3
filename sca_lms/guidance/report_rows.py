"""Write what a report holds, line by line, in the language of the page or of `force_locale` around it."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import contains_eager

from sca_lms.bootcamp.models import HoursOutlook
from sca_lms.bootcamp.pace import Pace
from sca_lms.bootcamp.pace_views import WORDS as PACES
from sca_lms.bootcamp.rules import hours
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.queries import counts
from sca_lms.database import db
from sca_lms.errors import Text
from sca_lms.guidance import noticed_queries
from sca_lms.guidance.models import LearnerSnapshot, ReportKind
from sca_lms.guidance.rule_words import because
from sca_lms.guidance.rules import unpacked
from sca_lms.guidance.words import INTERVENTIONS
from sca_lms.mentoring import credit
from sca_lms.web.exports import Cell

TITLES: Mapping[ReportKind, Text] = {
    ReportKind.COHORT: _l("Cohort"),
    ReportKind.NOTICED: _l("Who is noticed"),
    ReportKind.HOURS: _l("Hours"),
    ReportKind.MENTORING: _l("Mentoring"),
    ReportKind.UPDATES: _l("Monthly updates"),
}
CONTENTS: Mapping[ReportKind, Text] = {
    ReportKind.COHORT: _l("Every learner with every figure of modules, hours, mentoring, updates and work."),
    ReportKind.NOTICED: _l("Who is listed by the rules and why, and what was done about it."),
    ReportKind.HOURS: _l("Credited hours of every learner, what can still be reached, and the pace."),
    ReportKind.MENTORING: _l("Minutes and meetings of every learner, and when the pair last met."),
    ReportKind.UPDATES: _l("How many monthly updates count for every learner, and how many were missed."),
}
BATCH = 500
Line = tuple[LearnerSnapshot, HoursOutlook | None]


def header_of(kind: ReportKind) -> list[str]:
    """Return the titles of a report's columns."""
    who = [_("Name"), _("Group"), _("Area")]
    match kind:
        case ReportKind.COHORT:
            return [
                *who, _("State"), _("Modules complete"), _("Modules"), _("Modules late"),
                _("Progress, percent"), _("Hours, minutes"), _("Held so far, minutes"),
                _("Can still reach, minutes"), _("Work late"), _("Mentoring, minutes"),
                _("Mentoring meetings"), _("Last met"), _("Updates that count"), _("Updates held"),
                _("Last sign"), _("Weight"), _("Why"),
            ]  # fmt: skip
        case ReportKind.NOTICED:
            return [*who, _("State"), _("Weight"), _("Why"), _("Last done"), _("Done on"), _("Look again on")]
        case ReportKind.HOURS:
            return [
                *who, _("State"), _("Hours"), _("Minutes"), _("Pending minutes"), _("Held so far, minutes"),
                _("Can still reach, minutes"), _("May miss, minutes"),
            ]  # fmt: skip
        case ReportKind.MENTORING:
            return [
                *who, _("Mentoring, minutes"), _("Asked for, minutes"), _("Mentoring meetings"),
                _("Last met"), _("Days without mentoring"),
            ]  # fmt: skip
        case ReportKind.UPDATES:
            return [*who, _("Updates that count"), _("Updates held"), _("Updates missed")]


def rows_of(course: Course, kind: ReportKind) -> Iterator[list[Cell]]:
    """Return the lines of a report in the order of names (who is noticed: the worst first)."""
    zone = ZoneInfo(course.timezone)
    if kind is ReportKind.NOTICED:
        return _noticed(course.id, zone)
    required = credit.required_minutes(course.id)
    write: Mapping[ReportKind, Callable[[LearnerSnapshot, HoursOutlook | None], list[Cell]]] = {
        ReportKind.COHORT: lambda each, outlook: _cohort(each, outlook, zone),
        ReportKind.HOURS: _hours,
        ReportKind.MENTORING: lambda each, _outlook: _mentoring(each, required, zone),
        ReportKind.UPDATES: lambda each, _outlook: _updates(each),
    }
    return (
        [*_who(snapshot.enrolment), *write[kind](snapshot, outlook)]
        for snapshot, outlook in _lines(course.id)
    )


def _lines(course_id: int) -> Iterator[Line]:
    """Return every learner's figures by name, in batches that bound the memory."""
    whole = (
        sa.select(LearnerSnapshot, HoursOutlook)
        .join(LearnerSnapshot.enrolment)
        .join(Enrolment.person)
        .outerjoin(HoursOutlook, HoursOutlook.enrolment_id == LearnerSnapshot.enrolment_id)
        .where(counts())
        .options(contains_eager(LearnerSnapshot.enrolment).contains_eager(Enrolment.person))
        .order_by(Person.sort_key, LearnerSnapshot.enrolment_id)
    )
    ids: Sequence[int] = db.session.scalars(
        whole.where(LearnerSnapshot.course_id == course_id).with_only_columns(LearnerSnapshot.enrolment_id)
    ).all()
    for start in range(0, len(ids), BATCH):
        part = whole.where(LearnerSnapshot.enrolment_id.in_(ids[start : start + BATCH]))
        yield from ((snapshot, outlook) for snapshot, outlook in db.session.execute(part))


def _who(enrolment: Enrolment) -> list[Cell]:
    return [enrolment.person.full_name or _("(no name)"), enrolment.group, enrolment.area]


def _state(pace: Pace | None) -> str:
    return str(PACES[pace]) if pace is not None else ""


def _why(snapshot: LearnerSnapshot) -> str:
    return " · ".join(because(each) for each in unpacked(snapshot.reasons))


def _cohort(each: LearnerSnapshot, outlook: HoursOutlook | None, zone: ZoneInfo) -> list[Cell]:
    return [
        _state(outlook.pace if outlook else None), each.modules_done, each.modules_total, each.modules_late,
        each.progress_percent, each.hours_minutes, each.hours_possible, each.hours_reachable, each.work_late,
        each.mentoring_minutes, each.mentoring_sessions, _wall(each.last_met_at, zone), each.updates_counted,
        each.updates_held, _wall(each.last_sign_at, zone), each.risk, _why(each),
    ]  # fmt: skip


def _hours(each: LearnerSnapshot, outlook: HoursOutlook | None) -> list[Cell]:
    return [
        _state(outlook.pace if outlook else None), hours(each.hours_minutes), each.hours_minutes,
        outlook.pending if outlook else None, each.hours_possible, each.hours_reachable,
        outlook.may_miss if outlook else None,
    ]  # fmt: skip


def _mentoring(each: LearnerSnapshot, required: int, zone: ZoneInfo) -> list[Cell]:
    return [
        each.mentoring_minutes, required, each.mentoring_sessions, _wall(each.last_met_at, zone),
        each.days_without_mentoring,
    ]  # fmt: skip


def _updates(each: LearnerSnapshot) -> list[Cell]:
    return [each.updates_counted, each.updates_held, each.updates_missed]


def _noticed(course_id: int, zone: ZoneInfo) -> Iterator[list[Cell]]:
    for each in noticed_queries.all_noticed(course_id):
        deed = each.last_deed
        yield [
            *_who(each.enrolment),
            _state(each.pace),
            each.snapshot.risk,
            _why(each.snapshot),
            str(INTERVENTIONS[deed.kind]) if deed else "",
            _wall(deed.at, zone) if deed else "",
            deed.follow_up_on.isoformat() if deed and deed.follow_up_on else "",
        ]


def _wall(moment: dt.datetime | None, zone: ZoneInfo) -> str:
    """Write a moment so that spreadsheets sort it, in the course's zone."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""
