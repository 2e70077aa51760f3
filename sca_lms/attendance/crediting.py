"""Turn presences into ledger entries: what the rules give now against what was written before.

Doing it again changes nothing. A difference is a reversal and a new entry in one transaction, with a reason.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.attendance import ledger, queries
from sca_lms.attendance.models import (
    AttendanceSession,
    EntryKind,
    HoursPolicyVersion,
    LedgerEntry,
    SessionCredit,
    SessionState,
)
from sca_lms.attendance.rules import (
    Attended,
    Credit,
    HoursPolicy,
    Presence,
    SessionTimes,
    credited_together,
    session_minutes,
)
from sca_lms.database import db
from sca_lms.programmes.periods import Period

ENTERED = (SessionState.OPEN, SessionState.CLOSED)


@dataclass(frozen=True, slots=True)
class Change:
    """What a session gives somebody now and before; `pending` when a check-out is missing."""

    enrolment_id: int
    session_id: int
    before: int
    after: int
    pending: bool

    @property
    def gain(self) -> int:
        """Minutes gained; negative when some are lost."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Supposed:
    """What would be: other times of sessions, or other policies, than those stored."""

    times: Mapping[int, SessionTimes]
    policies: Sequence[HoursPolicyVersion] | None = None
    cancelled: frozenset[int] = frozenset()


NOTHING_SUPPOSED = Supposed({})


def worked_out(
    course_id: int,
    sessions: Sequence[AttendanceSession],
    enrolment_ids: Collection[int] | None = None,
    *,
    supposed: Supposed = NOTHING_SUPPOSED,
) -> dict[tuple[int, int], Credit]:
    """Return what the rules give for sessions, by (enrolment id, session id), open or closed.

    Only those who have a stay appear. Sessions of the course that overlap these are taken into account, as a
    minute is paid once. Nothing is written.
    """
    if not sessions:
        return {}
    around = _around(course_id, sessions, supposed)
    policies = supposed.policies if supposed.policies is not None else queries.policy_versions(course_id)
    stays: dict[int, dict[int, list[Presence]]] = defaultdict(lambda: defaultdict(list))
    for record in queries.presences([each.id for each in around], enrolment_ids):
        stays[record.enrolment_id][record.session_id].append(Presence(record.in_at, record.out_at))
    times = {each.id: supposed.times.get(each.id, each.times) for each in around}
    rules = {each.id: policy_of(policies, times[each.id].starts_at) for each in around}
    wanted = {each.id for each in sessions}
    found: dict[tuple[int, int], Credit] = {}
    for enrolment_id, by_session in stays.items():
        attended = [
            Attended(session_id, times[session_id], tuple(records), rules[session_id])
            for session_id, records in by_session.items()
        ]
        for session_id, credit in credited_together(attended).items():
            if session_id in wanted:
                found[enrolment_id, session_id] = credit
    return found


def policy_of(versions: Sequence[HoursPolicyVersion], at: dt.datetime) -> HoursPolicy:
    """Return the rules that a session beginning at this moment follows; without a policy, the plainest."""
    version = queries.in_force(versions, at)
    return HoursPolicy.of(version.document) if version is not None else HoursPolicy()


def changes(
    course_id: int,
    sessions: Sequence[AttendanceSession],
    enrolment_ids: Collection[int] | None = None,
    *,
    supposed: Supposed = NOTHING_SUPPOSED,
) -> list[Change]:
    """Return who would gain or lose minutes in these closed sessions, without writing anything.

    This is what `settle` writes: the preview of a change equals its result.
    """
    closed = [each for each in sessions if each.state is SessionState.CLOSED]
    given = worked_out(course_id, closed, enrolment_ids, supposed=supposed)
    ids = [each.id for each in closed]
    people = set(enrolment_ids) if enrolment_ids is not None else {key[0] for key in given} | _credited(ids)
    before = queries.credits_of(ids, people)
    found = []
    for key in sorted(given.keys() | before.keys()):
        credit = given.get(key, Credit(0, pending=False))
        minutes = 0 if key[1] in supposed.cancelled else credit.minutes
        known = before.get(key)
        if known is None or (known.minutes, known.pending) != (minutes, credit.pending):
            found.append(Change(*key, known.minutes if known else 0, minutes, credit.pending))
    return found


def settle(
    course_id: int,
    sessions: Sequence[AttendanceSession],
    enrolment_ids: Collection[int] | None = None,
    *,
    reason: str = "",
    source: str = "presence",
    person_id: int | None,
    at: dt.datetime,
) -> list[Change]:
    """Make the ledger say what the rules give for the closed ones of these sessions; return the differences.

    Closed sessions that overlap them are settled as well. A later increase takes back so much of a make-up
    that a session never pays more than it is worth.
    """
    touched = _closed_around(course_id, sessions)
    differences = changes(course_id, touched, enrolment_ids)
    return _write(course_id, touched, differences, reason=reason, source=source, person_id=person_id, at=at)


def take_back(
    course_id: int, session: AttendanceSession, *, reason: str, person_id: int | None, at: dt.datetime
) -> list[Change]:
    """Reverse what a session has paid, because it is reopened or cancelled; return what people lost."""
    known = queries.credits_of([session.id], _credited([session.id]))
    differences = [Change(*key, credit.minutes, 0, pending=False) for key, credit in sorted(known.items())]
    written = _write(
        course_id, [session], differences, reason=reason, source="timetable", person_id=person_id, at=at
    )
    db.session.execute(sa.delete(SessionCredit).where(SessionCredit.session_id == session.id))
    return written


def _write(
    course_id: int,
    sessions: Sequence[AttendanceSession],
    differences: list[Change],
    *,
    reason: str,
    source: str,
    person_id: int | None,
    at: dt.datetime,
) -> list[Change]:
    ids = [each.id for each in sessions]
    known = queries.credits_of(ids, {change.enrolment_id for change in differences})
    drafts = _drafts(course_id, sessions, differences, known, reason=reason, source=source)
    posted = ledger.post(drafts, person_id=person_id, at=at)
    live_entries = {
        (entry.enrolment_id, entry.session_id): entry.id
        for entry in posted
        if entry.kind is EntryKind.ATTENDANCE
    }
    for change in differences:
        key = (change.enrolment_id, change.session_id)
        credit = known.get(key)
        if credit is None:
            credit = SessionCredit(enrolment_id=key[0], session_id=key[1], minutes=0, pending=False)
            db.session.add(credit)
        credit.pending = change.pending
        if change.gain:
            credit.minutes, credit.entry_id = change.after, live_entries.get(key)
    db.session.flush()
    return differences


def would_post(
    course_id: int,
    sessions: Sequence[AttendanceSession],
    differences: Sequence[Change],
    *,
    supposed: Supposed = NOTHING_SUPPOSED,
) -> list[ledger.Draft]:
    """Return the entries that `settle` would write for these differences.

    Their sum may be less than that of the differences: a make-up that no longer fits beside attendance is
    taken back with them.
    """
    people = {change.enrolment_id for change in differences}
    known = queries.credits_of([each.id for each in sessions], people)
    return _drafts(course_id, sessions, differences, known, reason="", source="preview", supposed=supposed)


def _drafts(
    course_id: int,
    sessions: Sequence[AttendanceSession],
    differences: Sequence[Change],
    known: Mapping[tuple[int, int], SessionCredit],
    *,
    reason: str,
    source: str,
    supposed: Supposed = NOTHING_SUPPOSED,
) -> list[ledger.Draft]:
    """Return the entries that make the ledger say what the differences say."""
    by_id = {each.id: each for each in sessions}
    versions = supposed.policies if supposed.policies is not None else queries.policy_versions(course_id)
    entries = _entries([credit.entry_id for credit in known.values() if credit.entry_id is not None])
    people = {change.enrolment_id for change in differences}
    extras = _by_key(queries.live_extras(by_id.keys(), people))
    drafts: list[ledger.Draft] = []
    for change in differences:
        if change.gain == 0:
            continue
        key, session = (change.enrolment_id, change.session_id), by_id[change.session_id]
        times = supposed.times.get(session.id, session.times)
        worth = session_minutes(times, counting_mode=policy_of(versions, times.starts_at).counting_mode)
        live = known.get(key)
        if live is not None and live.entry_id is not None:
            drafts.append(ledger.reversal_of(entries[live.entry_id], reason=reason or source, source=source))
        drafts.extend(_trimmed(extras.get(key, []), worth - change.after, source=source))
        if change.after:
            version = queries.in_force(versions, times.starts_at)
            drafts.append(
                ledger.Draft(
                    change.enrolment_id, session.category_id, change.after, EntryKind.ATTENDANCE, source,
                    reason, session.id, version.id if version else None,
                )
            )  # fmt: skip
    return drafts


def _trimmed(extras: Sequence[LedgerEntry], room: int, *, source: str) -> Iterable[ledger.Draft]:
    """Take back make-ups and adjustments, the newest first, that no longer fit beside attendance."""
    excess = sum(entry.minutes for entry in extras) - room
    for entry in reversed(extras):
        if excess <= 0:
            return
        if entry.minutes <= 0:
            continue
        kept = max(0, entry.minutes - excess)
        excess -= entry.minutes - kept
        reason = "the session itself now pays these minutes"
        yield ledger.reversal_of(entry, reason=reason, source=source)
        if kept:
            yield ledger.Draft(
                entry.enrolment_id, entry.category_id, kept, entry.kind, source, entry.reason,
                entry.session_id, entry.policy_version_id,
            )  # fmt: skip


def neighbours(
    course_id: int, sessions: Sequence[AttendanceSession], *, supposed: Supposed = NOTHING_SUPPOSED
) -> list[AttendanceSession]:
    """Return the other closed sessions whose credit hangs on these, because they overlap.

    With times supposed, also those that these would overlap then.
    """
    own = {each.id for each in sessions}
    return [each for each in _closed_around(course_id, sessions, supposed) if each.id not in own]


def _around(
    course_id: int, sessions: Sequence[AttendanceSession], supposed: Supposed
) -> list[AttendanceSession]:
    """Return the sessions and all that overlap them, as they stand or as they are supposed to be."""
    frames = [each.times for each in sessions] + list(supposed.times.values())
    start, end = min(each.starts_at for each in frames), max(each.ends_at for each in frames)
    found = {each.id: each for each in queries.sessions_between(course_id, start, end, states=ENTERED)} | {
        each.id: each for each in sessions
    }
    return [each for each in found.values() if each.id not in supposed.cancelled]


def _closed_around(
    course_id: int, sessions: Sequence[AttendanceSession], supposed: Supposed = NOTHING_SUPPOSED
) -> list[AttendanceSession]:
    """Return the closed ones of these sessions and every closed one that is bound to them by overlaps."""
    bound = list(sessions)
    frames_only = Supposed(supposed.times)
    while bound:
        known = {each.id for each in bound}
        frames = [frame for each in bound for frame in _frames(each, supposed)]
        more = [
            each
            for each in _around(course_id, bound, frames_only)
            if each.id not in known
            and any(
                start < ends_at and starts_at < end
                for start, end in frames
                for starts_at, ends_at in _frames(each, supposed)
            )
        ]
        if not more:
            break
        bound += more
    return [each for each in bound if each.state is SessionState.CLOSED]


def _frames(session: AttendanceSession, supposed: Supposed) -> list[Period]:
    """Return when a session takes place, and when it is supposed to."""
    other = supposed.times.get(session.id)
    stored = (session.starts_at, session.ends_at)
    return [stored] if other is None else [stored, (other.starts_at, other.ends_at)]


def _credited(session_ids: Collection[int]) -> set[int]:
    return set(
        db.session.scalars(
            sa.select(SessionCredit.enrolment_id).where(SessionCredit.session_id.in_(session_ids))
        )
    )


def _entries(ids: Collection[int]) -> dict[int, LedgerEntry]:
    return {
        entry.id: entry for entry in db.session.scalars(sa.select(LedgerEntry).where(LedgerEntry.id.in_(ids)))
    }


def _by_key(extras: Sequence[LedgerEntry]) -> dict[tuple[int, int], list[LedgerEntry]]:
    found: dict[tuple[int, int], list[LedgerEntry]] = defaultdict(list)
    for entry in extras:
        if entry.session_id is not None:
            found[entry.enrolment_id, entry.session_id].append(entry)
    return found
