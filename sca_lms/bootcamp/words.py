"""Say in the reader's language what the ledger, the strips and the outlook say in codes."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sca_lms.attendance.ledger import BY_OPERATOR, BY_RULES
from sca_lms.attendance.models import EntryKind
from sca_lms.bootcamp.account import Correction, LineState
from sca_lms.bootcamp.account_queries import OWN
from sca_lms.bootcamp.pace import Pace, Situation, pace_of
from sca_lms.bootcamp.queries import Hours
from sca_lms.bootcamp.strips import SECONDS_PER_MINUTE, Cause, Line, Part, Strip
from sca_lms.courses.rules import Role
from sca_lms.errors import Text
from sca_lms.programmes.periods import Period, united
from sca_lms.web import formats
from sca_lms.web.calendar_text import EN_DASH, MINUS
from sca_lms.web.i18n import wall_time

KINDS: Mapping[EntryKind, Text] = {
    EntryKind.ATTENDANCE: _l("Attendance"),
    EntryKind.MAKE_UP: _l("Make-up"),
    EntryKind.AWARD: _l("Award"),
    EntryKind.ADJUSTMENT: _l("Adjustment"),
    EntryKind.REVERSAL: _l("Reversal"),
}
SOURCES: Mapping[str, Text] = {
    "presence": _l("check-in and check-out"),
    "policy": _l("the hours policy"),
    "timetable": _l("the timetable"),
    "programme": _l("the programme file"),
    "make-up": _l("a make-up request"),
    "dispute": _l("a request to look again"),
    "operator": _l("the operator"),
}
"""What caused an entry; also what stands as a reason when nobody gave one."""
REASONS: Mapping[str, Text] = {
    "presence": _l("check-in or check-out was corrected"),
    "policy": _l("the hours policy changed"),
    "timetable": _l("the timetable changed"),
    "programme": _l("the programme file changed"),
    "the session itself now pays these minutes": _l("the session itself now pays these minutes"),
}
"""Reasons that the rules write themselves, in the language of the ledger."""
WHO: Mapping[str, Text] = {
    BY_RULES: _l("the rules"),
    BY_OPERATOR: _l("the operator"),
    OWN: _l("the learner"),
    Role.MANAGER: _l("a manager"),
    Role.INSTRUCTOR: _l("an instructor"),
    Role.CHAIR: _l("the chair of the judges"),
    Role.MENTOR: _l("a mentor"),
    Role.JUDGE: _l("a judge"),
    Role.AUTHOR: _l("an author"),
    Role.LEARNER: _l("another learner"),
}
CAUSES: Mapping[Cause, Text] = {
    Cause.BREAK: _l("Break"),
    Cause.ABSENT: _l("Not there"),
    Cause.LATE: _l("Came late, at %(end)s"),
    Cause.LATE_FORGIVEN: _l("Came late, at %(end)s: within the grace, forgiven"),
    Cause.AWAY: _l("Away %(start)s–%(end)s"),
    Cause.LEFT_FOR_BREAK: _l("Left before the break, at %(start)s"),
    Cause.BACK_LATE: _l("Came back late from the break, at %(end)s"),
    Cause.LEFT: _l("Left early, at %(start)s"),
    Cause.LEFT_FORGIVEN: _l("Left early, at %(start)s: within the grace, forgiven"),
    Cause.ELSEWHERE: _l("Paid in another session at the same time"),
    Cause.WAITING: _l("Waits: no check-out"),
    Cause.COMING: _l("Still to come"),
    Cause.TOO_LITTLE: _l("Less than the share of a session that is paid"),
    Cause.ROUNDING: _l("Rounded down"),
}
"""Why a line of a strip takes time off; `start` and `end` are wall times."""
PINS: Mapping[Cause, Text] = {
    Cause.ABSENT: _l("not there"),
    Cause.LATE: _l("in %(end)s, %(amount)s late"),
    Cause.AWAY: _l("away %(amount)s"),
    Cause.LEFT_FOR_BREAK: _l("out %(start)s, %(amount)s early"),
    Cause.BACK_LATE: _l("back %(end)s, %(amount)s late"),
    Cause.LEFT: _l("out %(start)s, %(amount)s early"),
    Cause.ELSEWHERE: _l("in another session"),
    Cause.WAITING: _l("no check-out"),
    Cause.TOO_LITTLE: _l("too short to be paid"),
}
"""The same for the narrow place above a strip."""
STATES: Mapping[LineState, tuple[str, Text]] = {
    LineState.PART: ("behind", _l("not the whole session")),
    LineState.MISSED: ("never", _l("not there")),
    LineState.PENDING: ("wait", _l("no check-out")),
    LineState.RUNNING: ("silent", _l("going on now")),
    LineState.UNCLOSED: ("silent", _l("not closed yet")),
    LineState.CANCELLED: ("silent", _l("cancelled")),
}
"""The look and the word of a line's state; what is as it should be says nothing."""


@dataclass(frozen=True, slots=True)
class PaceWords:
    """How somebody is doing, to be shown: the state's look, a title, and what follows from it."""

    state: str
    short: str
    title: str
    text: str


def pace_words(hours: Hours, *, own: bool) -> PaceWords:
    """Say how somebody is doing and what can still be reached, to them (`own`) or about them."""
    now, ahead = hours.standing, hours.outlook
    pace = pace_of(
        Situation(
            has_passed=now.has_passed,
            can_pass=ahead.can_pass,
            counted=now.total + hours.pending_minutes,
            elapsed=hours.elapsed_minutes,
            pass_percent=now.rule.pass_percent,
            missed_days=0,
        ),
        silent_after_days=1,
    )
    reach = formats.minutes(ahead.reachable)
    miss = formats.minutes(ahead.may_miss)
    if own:
        outlook = _(
            "You can still reach %(hours)s; you may miss at most %(missed)s.", hours=reach, missed=miss
        )
    else:
        outlook = _(
            "Still within reach: %(hours)s; at most %(missed)s may be missed.", hours=reach, missed=miss
        )
    if pace is Pace.CANNOT_REACH:
        needed = formats.minutes(now.rule.pass_minutes)
        text = _(
            "At most %(hours)s can be reached; the pass mark is %(needed)s, and %(floor)s of every area.",
            hours=reach, needed=needed, floor=floor_words(hours),
        )  # fmt: skip
        return PaceWords("never", _("pass mark out of reach"), _("The pass mark is out of reach."), text)
    if pace is Pace.PASSED:
        if ahead.reachable == now.total:
            return PaceWords("ok", _("pass mark reached"), _("The pass mark is reached."), "")
        text = _("With every session to come and all that may be made up it will be %(hours)s.", hours=reach)
        return PaceWords("ok", _("pass mark reached"), _("The pass mark is reached."), text)
    if pace is Pace.ON_PACE:
        return PaceWords("ok", _("on pace"), _("On pace."), outlook)
    return PaceWords("behind", _("behind"), _("Behind."), outlook)


def floor_words(hours: Hours) -> str:
    """Return the share that every area asks for, or the lowest and the highest when they differ."""
    floors = sorted({each.rule.floor_percent for each in hours.standing.categories})
    if not floors:
        return formats.percent(0)
    if len(floors) == 1:
        return formats.percent(floors[0])
    return f"{formats.percent(floors[0])}{EN_DASH}{formats.number(floors[-1])}"


# Lines of a strip -------------------------------------------------


def amount(seconds: int) -> str:
    """Write a part of a session: `225 min`, with seconds only where they are not whole minutes."""
    minutes, rest = divmod(seconds, SECONDS_PER_MINUTE)
    if not rest:
        return _("%(minutes)s min", minutes=formats.number(minutes))
    if not minutes:
        return _("%(seconds)s s", seconds=rest)
    return _("%(minutes)s min %(seconds)s s", minutes=formats.number(minutes), seconds=rest)


def line_words(line: Line) -> str:
    """Say why a line takes time off."""
    return str(CAUSES[line.cause]) % {"start": _clock(line.starts_at), "end": _clock(line.ends_at)}


def pin_words(line: Line) -> str:
    """Say the same in a few words, with how much it is; empty for what has no place on the strip."""
    values = {"start": _clock(line.starts_at), "end": _clock(line.ends_at), "amount": amount(line.seconds)}
    return str(PINS[line.cause]) % values if line.cause in PINS else ""


def line_amount(line: Line) -> str:
    """Write what a line takes off; nothing when it is forgiven."""
    return f"{MINUS}{amount(line.seconds)}" if line.taken_off else amount(0)


def finding(strip: Strip) -> str:
    """Say in one sentence what a strip shows."""
    there = united(
        (each.starts_at, each.ends_at)
        for each in strip.segments
        if each.part in {Part.PAID, Part.FORGIVEN, Part.ELSEWHERE}
    )
    parts = [_("counted %(times)s", times=_periods(there))] if there else []
    breaks = [(each.starts_at, each.ends_at) for each in strip.segments if each.part is Part.BREAK]
    if breaks:
        parts.append(_("break %(times)s", times=_periods(breaks)))
    parts += [
        f"{line_words(line)} ({amount(line.seconds)})"
        for line in strip.lines
        if line.cause is not Cause.BREAK
    ]
    return " · ".join([*parts, _("together %(amount)s", amount=amount(strip.minutes * SECONDS_PER_MINUTE))])


def _periods(periods: list[Period]) -> str:
    return ", ".join(f"{_clock(start)}{EN_DASH}{_clock(end)}" for start, end in periods)


def _clock(moment: dt.datetime | None) -> str:
    """Write a wall time with its seconds only when it has some."""
    if moment is None:
        return ""
    wall = wall_time(moment)
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"


# Entries of the ledger ---------------------------------------------


def signed(minutes: int) -> str:
    """Write the minutes of an entry with their sign."""
    return f"{MINUS if minutes < 0 else '+'}{formats.number(abs(minutes))}"


def reason_words(reason: str) -> str:
    """Write the reason of an entry; what the rules wrote is translated."""
    return str(REASONS.get(reason, reason))


def source_words(source: str) -> str:
    """Write what caused an entry."""
    return str(SOURCES.get(source, source))


def role_words(role: str) -> str:
    """Write who made an entry: a role in the course, never a name."""
    return str(WHO.get(role, _("somebody who is not in the course any more")))


def correction_words(correction: Correction) -> str:
    """Say what was reversed and what was booked instead."""
    before = signed(correction.reversal.minutes)
    if correction.instead is None:
        return _("Reversed %(before)s", before=before)
    after = signed(correction.instead.minutes)
    return _("Reversed %(before)s, then booked %(after)s", before=before, after=after)
