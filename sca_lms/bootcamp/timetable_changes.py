"""Change what is published: say beforehand who gains or loses how many minutes, then do exactly that."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from flask_babel import lazy_gettext as _l

from sca_lms.attendance import class_time, crediting, timetable
from sca_lms.attendance.crediting import Change
from sca_lms.attendance.models import AttendanceSession, EntryKind, Mode, SessionCredit
from sca_lms.attendance.rules import SessionTimes, counted_periods
from sca_lms.attendance.timetable import Particulars, Rearranged
from sca_lms.bootcamp import queries as hours
from sca_lms.bootcamp import timetable_operations as operations
from sca_lms.bootcamp import timetable_queries as queries
from sca_lms.bootcamp.queries import Camp, Evidence, Hours
from sca_lms.bootcamp.timetable_queries import PUBLISHED, Workbench
from sca_lms.bootcamp.timetable_rules import (
    Clash,
    PlannedSession,
    SumFault,
    as_mapping,
    digest_of,
    new_clashes,
    sum_faults,
)
from sca_lms.calendar.classes import ClassesClash
from sca_lms.calendar.queries import InTheWay
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.errors import Refused

Key = TypeVar("Key")


class Outdated(Refused):
    """What was looked at is not what is there any more."""

    code = "changed-meanwhile"


class Clashing(Refused):
    """The change would put somebody into two places, or two sessions into one room."""

    code = "clash"

    def __init__(self, clashes: Sequence[Clash]) -> None:
        super().__init__(_l("The change would put people or rooms into two sessions at once."))
        self.clashes = tuple(clashes)


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to become of a timetable, all of it or nothing."""

    puts: tuple[PlannedSession, ...] = ()
    """Drafts to add or to change."""
    removed: tuple[str, ...] = ()
    """Codes of drafts to delete."""
    changed: tuple[PlannedSession, ...] = ()
    """Published sessions as they are to be."""
    cancelled: tuple[str, ...] = ()
    """Codes of published sessions to cancel."""

    @property
    def concerns_published(self) -> bool:
        """Tell whether anything that people have seen already would change."""
        return bool(self.changed or self.cancelled)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to one person; standing and outlook are None in a course without an hours policy."""

    enrolment: Enrolment
    gain: int
    """Minutes gained in the ledger; negative when some are lost."""
    before: Hours | None
    after: Hours | None

    @property
    def would_fall(self) -> bool:
        """Whether this person has passed now and would not have passed any more."""
        return self._passes(self.before) and not self._passes(self.after)

    @property
    def would_pass(self) -> bool:
        """Whether this person would have passed and has not now."""
        return self._passes(self.after) and not self._passes(self.before)

    @property
    def would_be_lost(self) -> bool:
        """Whether this person could no longer pass, and can now."""
        return self._can_pass(self.before) and not self._can_pass(self.after)

    @property
    def would_be_back(self) -> bool:
        """Whether this person could pass again, and cannot now."""
        return self._can_pass(self.after) and not self._can_pass(self.before)

    @property
    def is_told(self) -> bool:
        """Whether there is anything to say about this person."""
        turns = self.would_fall or self.would_pass or self.would_be_lost or self.would_be_back
        return bool(self.gain) or turns

    @staticmethod
    def _passes(state: Hours | None) -> bool:
        return state is not None and state.standing.has_passed

    @staticmethod
    def _can_pass(state: Hours | None) -> bool:
        return state is not None and state.outlook.can_pass


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that edits would do; the digest differs as soon as any of it does."""

    edits: Edits
    effects: tuple[Effect, ...]
    """Who gains or loses, the worst first."""
    changes: tuple[Change, ...]
    clashes: tuple[Clash, ...]
    """Which the edits would bring; they cannot be committed then."""
    in_the_way: tuple[InTheWay, ...]
    """Appointments of people whom a session would then expect; the edits cannot be committed either."""
    sums: tuple[SumFault, ...]
    """Categories that would not add up any more; allowed, but to be known."""
    digest: str

    def count(self, what: str) -> int:
        """Return how many people an effect is true of: `would_fall`, `would_be_lost` and so on."""
        return sum(bool(getattr(effect, what)) for effect in self.effects)

    @property
    def gaining(self) -> int:
        """How many people gain minutes."""
        return sum(effect.gain > 0 for effect in self.effects)

    @property
    def losing(self) -> int:
        """How many people lose minutes."""
        return sum(effect.gain < 0 for effect in self.effects)


def preview(course: Course, edits: Edits, *, at: dt.datetime) -> Preview:
    """Return what these edits would do, without doing it; raise `Outdated` when they do not fit any more."""
    return _preview(course, queries.workbench(course), edits, at=at)


def commit(
    course: Course, edits: Edits, *, digest: str, reason: str, person_id: int | None, at: dt.datetime
) -> Preview:
    """Do what the preview with this digest said, all of it or nothing.

    Raise `Outdated` when something changed meanwhile, `Clashing` when the edits would bring a clash,
    `ClassesClash` when appointments are in the way.
    """
    operations.lock(course)
    bench = queries.workbench(course)
    seen = _preview(course, bench, edits, at=at)
    if seen.digest != digest:
        raise Outdated(_l("Something changed meanwhile. Look at the preview again before you save."))
    if seen.clashes:
        raise Clashing(seen.clashes)
    if seen.in_the_way:
        raise ClassesClash(seen.in_the_way)
    wanted = _wanted(bench, edits)
    before = {each.session.code: timetable.as_json(each.session) for each in wanted}
    timetable.rearrange(course.id, wanted, reason=reason, person_id=person_id, at=at)
    for each in wanted:
        session = each.session
        verb = "cancel-session" if each.cancelled else "change-session"
        courses.record_audit(
            course, person_id, verb, session.code, at=at, before=before[session.code],
            after=timetable.as_json(session) | {"reason": reason},
        )  # fmt: skip
    if edits.puts or edits.removed:
        operations.change_drafts(course, edits.puts, edits.removed, verb="import", person_id=person_id, at=at)
    return seen


def _preview(course: Course, bench: Workbench, edits: Edits, *, at: dt.datetime) -> Preview:
    wanted = _wanted(bench, edits)
    supposed = timetable.supposed_by(wanted)
    touched = timetable.touched_by(course.id, wanted)
    changes = [
        each
        for each in crediting.changes(course.id, touched, supposed=supposed)
        if each.gain or each.session_id not in supposed.cancelled
    ]
    effects = _effects(course, bench, wanted, touched, changes, supposed, at=at)
    published, after = _published_after(bench, edits)
    moved = [(each.session, each.times) for each in wanted if _takes_other_time(each)]
    in_the_way = class_time.in_the_way(course.id, moved, at=at)
    present = {code: [bench.row_of[code].revision, as_mapping(bench.plan_by_code[code])]
               for code in _codes(edits) if code in bench.row_of}  # fmt: skip
    digest = digest_of(
        present,
        [as_mapping(plan) for plan in (*edits.puts, *edits.changed)],
        [*edits.removed, "", *edits.cancelled],
        [[each.enrolment_id, each.session_id, each.before, each.after, each.pending] for each in changes],
        [[each.enrolment.id, each.gain, each.would_fall, each.would_be_lost] for each in effects],
        [[each.key, each.person_id, each.lesson_key] for each in in_the_way],
    )
    return Preview(
        edits,
        tuple(sorted(effects, key=_worst_first)),
        tuple(changes),
        tuple(new_clashes(published, after)) if edits.concerns_published else (),
        tuple(in_the_way),
        tuple(_new_sum_faults(bench, edits)),
        digest,
    )


def _takes_other_time(each: Rearranged) -> bool:
    begins, ends = each.times.starts_at, each.times.ends_at
    return not each.cancelled and (begins, ends) != (each.session.starts_at, each.session.ends_at)


def _codes(edits: Edits) -> list[str]:
    return [*(plan.code for plan in (*edits.puts, *edits.changed)), *edits.removed, *edits.cancelled]


def _wanted(bench: Workbench, edits: Edits) -> list[Rearranged]:
    """Return the changes of published sessions; raise `Outdated` for one that is not published (any more)."""
    wanted = []
    for code, plan in [
        *((plan.code, plan) for plan in edits.changed),
        *((code, None) for code in edits.cancelled),
    ]:
        row = bench.row_of.get(code)
        if row is None or row.state not in PUBLISHED:
            raise Outdated(_l("The session %(code)s is not published any more.", code=code))
        if plan is None:
            wanted.append(Rearranged(row, row.times, Particulars.of(row), cancelled=True))
        else:
            wanted.append(Rearranged(row, plan.times, _particulars(plan)))
    return [each for each in wanted if each.changes_anything]


def _particulars(plan: PlannedSession) -> Particulars:
    return Particulars(plan.title, Mode(plan.mode), plan.venue, plan.room, plan.join_url, plan.capacity)


def _after(bench: Workbench, edits: Edits) -> list[PlannedSession]:
    """Return the whole timetable as it would be, drafts included."""
    put = {plan.code: plan for plan in (*edits.puts, *edits.changed)}
    gone = {*edits.removed, *edits.cancelled}
    kept = [put.pop(plan.code, plan) for plan in bench.planned if plan.code not in gone]
    return [counted(plan, bench) for plan in (*kept, *put.values())]


def counted(plan: PlannedSession, bench: Workbench) -> PlannedSession:
    """Return a session with what counts of it by the policy that is in force when it begins."""
    policy = crediting.policy_of(bench.versions, plan.times.starts_at)
    return replace(plan, counted=tuple(counted_periods(plan.times, counting_mode=policy.counting_mode)))


def _published_after(bench: Workbench, edits: Edits) -> tuple[list[PlannedSession], list[PlannedSession]]:
    before = [plan for plan in bench.planned if plan.published]
    codes = {plan.code for plan in before}
    return before, [plan for plan in _after(bench, edits) if plan.code in codes]


def _new_sum_faults(bench: Workbench, edits: Edits) -> list[SumFault]:
    known = sum_faults(bench.planned, required=bench.required, groups=bench.everybody)
    after = sum_faults(_after(bench, edits), required=bench.required, groups=bench.everybody)
    return [fault for fault in after if fault not in known]


def _effects(
    course: Course,
    bench: Workbench,
    wanted: Sequence[Rearranged],
    touched: Sequence[AttendanceSession],
    changes: Sequence[Change],
    supposed: crediting.Supposed,
    *,
    at: dt.datetime,
) -> list[Effect]:
    """Return what the changes do to everybody whom they concern."""
    if not wanted:
        return []
    gains: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    unmade: dict[int, dict[int | None, int]] = defaultdict(lambda: defaultdict(int))
    for draft in crediting.would_post(course.id, touched, changes, supposed=supposed):
        gains[draft.enrolment_id][draft.category_id] += draft.minutes
        kind = draft.reverses.kind if draft.reverses is not None else draft.kind
        if kind is EntryKind.MAKE_UP:
            unmade[draft.enrolment_id][draft.session_id] += draft.minutes
    people = queries.learners_concerned(
        course.id, [each.session for each in wanted], sorted({each.enrolment_id for each in changes})
    )
    camp = hours.camp_of(course.id)
    found = []
    if camp is None:
        found = [Effect(each, sum(gains[each.id].values()), None, None) for each in people]
    else:
        evidence = hours.evidence_of(camp, [each.id for each in people])
        then = _camp_then(camp, bench, wanted)
        earned = _credits_then(evidence, changes)
        for each in people:
            now = evidence[each.id]
            later = Evidence(_added(now.sums, gains[each.id]), earned, _added(now.made_up, unmade[each.id]))
            found.append(
                Effect(
                    each,
                    sum(gains[each.id].values()),
                    hours.hours_from(camp, each, now, at=at),
                    hours.hours_from(then, each, later, at=at),
                )
            )
    return [effect for effect in found if effect.is_told]


def _camp_then(camp: Camp, bench: Workbench, wanted: Sequence[Rearranged]) -> Camp:
    """Return the camp with the sessions as they would be; the rows are values here, never stored."""
    by_id = {each.session.id: each for each in wanted}
    sessions = [
        _session_then(each, by_id[each.id].times, bench) if each.id in by_id else each
        for each in camp.sessions
        if each.id not in by_id or not by_id[each.id].cancelled
    ]
    return replace(camp, sessions=sessions)


def _session_then(session: AttendanceSession, times: SessionTimes, bench: Workbench) -> AttendanceSession:
    return AttendanceSession(
        id=session.id,
        category_id=session.category_id,
        groups=session.groups,
        state=session.state,
        starts_at=times.starts_at,
        ends_at=times.ends_at,
        credit_minutes=timetable.worth(bench.versions, times),
    )


def _credits_then(
    evidence: Mapping[int, Evidence], changes: Sequence[Change]
) -> dict[tuple[int, int], SessionCredit]:
    # Everybody's evidence holds the credits of all.
    earned = dict(next(iter(evidence.values())).earned) if evidence else {}
    for change in changes:
        key = (change.enrolment_id, change.session_id)
        earned[key] = SessionCredit(
            enrolment_id=key[0], session_id=key[1], minutes=change.after, pending=change.pending
        )
    return earned


def _added(sums: Mapping[Key, int], gains: Mapping[Key, int]) -> dict[Key, int]:
    return {key: sums.get(key, 0) + gains.get(key, 0) for key in sums.keys() | gains.keys()}


def _worst_first(effect: Effect) -> tuple[bool, bool, int, str, int]:
    return (
        not effect.would_be_lost,
        not effect.would_fall,
        effect.gain,
        effect.enrolment.person.sort_key,
        effect.enrolment.id,
    )
