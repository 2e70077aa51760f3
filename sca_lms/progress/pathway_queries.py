"""Read the five stages of the programme with where one learner stands in each."""

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sca_lms.attendance.models import SessionState
from sca_lms.bootcamp import queries as bootcamp
from sca_lms.courses.models import Course
from sca_lms.courses.queries import find_course
from sca_lms.guidance.gathering import Known
from sca_lms.mentoring import terms_queries
from sca_lms.progress.pathway import (
    Round,
    Stage,
    StageKey,
    StageState,
    last_of_month,
    state_of,
)
from sca_lms.projects.models import Pair
from sca_lms.texts import Bilingual
from sca_lms.updates import queries as updates

WHOLE_DAY = len("2023-05-23")


def stages_of(course: Course, known: Known, pair: Pair | None, *, at: dt.datetime) -> list[Stage]:
    """Return the stages that the course has, in their order; a constant number of statements."""
    zone = ZoneInfo(course.timezone)
    today = at.astimezone(zone).date()
    whole = find_course(course.id)
    document = whole.programme.document if whole and whole.programme else {}
    stages = [
        _modules(known, document, zone, today),
        _bootcamp(course, known, zone, today),
        _mentoring(course, known, pair, today),
        _updates(course, known, zone, today),
        _pitching(document, today),
    ]
    return [each for each in stages if each is not None]


def _modules(known: Known, document: Mapping[str, object], zone: ZoneInfo, today: dt.date) -> Stage | None:
    standing = known.modules
    if not standing.modules:
        return None
    opens = [each.plan.opens_at for each in standing.modules if each.plan.opens_at is not None]
    due = [each.due_at for each in standing.modules if each.due_at is not None]
    begins = min(opens).astimezone(zone).date() if opens else None
    ends = max(due).astimezone(zone).date() if due else None
    if begins is None and ends is not None:
        # Without a date of release they can be done from the launch on, or since somebody joined.
        joined = known.enrolment.joined_at.astimezone(zone).date()
        begins = min(_launch(document) or joined, ends)
    state = state_of(today, begins, ends, is_done=standing.completed)
    return Stage(StageKey.PRE, state, begins, ends, standing.units_done, standing.units_total)


def _bootcamp(course: Course, known: Known, zone: ZoneInfo, today: dt.date) -> Stage | None:
    camp, hours = bootcamp.camp_of(course.id), known.hours
    if camp is None or hours is None:
        return None
    mine = [
        each
        for each in camp.sessions
        if each.expects(known.enrolment.group) and each.state is not SessionState.CANCELLED
    ]
    begins = min((each.starts_at for each in mine), default=None)
    ends = max((each.ends_at for each in mine), default=None)
    first = begins.astimezone(zone).date() if begins else None
    last = ends.astimezone(zone).date() if ends else None
    is_over = last is not None and today > last
    state = state_of(today, first, last, is_done=hours.standing.has_passed and is_over)
    if first is None:
        state = StageState.AHEAD
    return Stage(
        StageKey.BOOTCAMP, state, first, last, hours.standing.total, hours.standing.rule.required_minutes
    )


def _mentoring(course: Course, known: Known, pair: Pair | None, today: dt.date) -> Stage | None:
    terms = terms_queries.terms_of(course.id)
    if terms is None:
        return None
    months = [each.month for each in terms_queries.planned_meetings(course.id)]
    begins, ends = min(months, default=None), max(months, default=None)
    last = last_of_month(ends) if ends else None
    standing = known.mentoring
    is_done = terms.required_minutes > 0 and standing.counted >= terms.required_minutes
    state = state_of(today, begins, last, is_done=is_done, is_locked=pair is None)
    return Stage(StageKey.MENTORING, state, begins, last, standing.counted, terms.required_minutes)


def _updates(course: Course, known: Known, zone: ZoneInfo, today: dt.date) -> Stage | None:
    held = [
        each.session
        for each in updates.updates_of(course.id)
        if each.session.state is not SessionState.CANCELLED
    ]
    if not held:
        return None
    begins = min(each.starts_at for each in held).astimezone(zone).date()
    ends = max(each.ends_at for each in held).astimezone(zone).date()
    progress = known.updates
    is_done = progress.total > 0 and progress.counted == progress.total
    state = state_of(today, begins, ends, is_done=is_done)
    return Stage(StageKey.UPDATES, state, begins, ends, progress.counted, progress.total)


def _launch(document: Mapping[str, object]) -> dt.date | None:
    about = document.get("programme")
    return _day(about.get("launch_date")) if isinstance(about, Mapping) else None


def _pitching(document: Mapping[str, object], today: dt.date) -> Stage | None:
    rounds = rounds_of(document)
    days = sorted(day for each in rounds for day in each.days)
    if not rounds:
        return None
    begins, ends = (days[0], days[-1]) if days else (None, None)
    # What happens there is not done here: it is ahead, going on, or over, and never missed.
    state = StageState.NOW if begins and ends and begins <= today <= ends else StageState.AHEAD
    if ends and today > ends:
        state = StageState.DONE
    return Stage(StageKey.PITCHING, state, begins, ends, rounds=tuple(rounds))


def rounds_of(document: Mapping[str, object]) -> list[Round]:
    """Return the rounds of pitching that a checked programme file announces; none without such a section."""
    section = document.get("pitching")
    listed = section.get("rounds") if isinstance(section, Mapping) else None
    if not isinstance(listed, list):
        return []
    return [
        Round(
            Bilingual.of(each.get("title")),
            tuple(_days(each)),
            _whole(each.get("teams_in")),
            _whole(each.get("teams_out")),
        )
        for each in listed
        if isinstance(each, Mapping)
    ]


def _days(announced: Mapping[str, object]) -> Sequence[dt.date]:
    dates = announced.get("dates")
    named: list[object] = list(dates) if isinstance(dates, list) else []
    named += [announced.get(name) for name in ("submit_by", "judge_until")]
    days = (_day(each) for each in named)
    return sorted({day for day in days if day is not None})


def _day(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value)[:WHOLE_DAY])
    except ValueError:
        return None


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
