"""Hold a programme's hours policy against the worked cases that its authors gave for it."""

from collections.abc import Iterator, Mapping

from sca_lms.attendance.rules import Credit, HoursPolicy, Presence, SessionTimes, credited_minutes
from sca_lms.programmes.faults import (
    Document,
    Fault,
    Locate,
    Path,
    find,
    find_text,
    find_whole,
    items,
    rows,
    was_refused,
)
from sca_lms.programmes.periods import Period, read_break, read_moment
from sca_lms.texts import worded

_POLICY_FIELDS = (
    "counting_mode",
    "grace_in_minutes",
    "grace_out_minutes",
    "quantum_minutes",
    "min_session_fraction",
)


def check_worked_cases(document: Document, locate: Locate) -> Iterator[Fault]:
    """Report each case of `hours_policy.examples` whose minutes the policy does not give.

    A case that is not well-formed was reported with its shape and is passed over here, and so are all cases
    while a field of the policy itself is faulty: their minutes would mean nothing.
    """
    section = find(document, "hours_policy")
    faulty = any(was_refused(document, locate, "hours_policy", name) for name in _POLICY_FIELDS)
    if not isinstance(section, Mapping) or faulty:
        return
    policy = HoursPolicy.of(section)
    for path, case in rows(document, "hours_policy", "examples"):
        expected = find_whole(case, "minutes")
        credit = _credit(document, locate, path, policy)
        if expected is not None and credit is not None and credit.minutes != expected:
            number = int(path[-1]) + 1
            reason = worded(
                "case %(number)s: the policy gives %(given)s minutes, but %(expected)s minutes are expected",
                number=number,
                given=credit.minutes,
                expected=expected,
            )
            yield locate(*path, "minutes").fault(reason)


def _credit(document: Document, locate: Locate, path: Path, policy: HoursPolicy) -> Credit | None:
    optional = (("session", "breaks"), ("paid_elsewhere",))
    if any(was_refused(document, locate, *path, *field) for field in optional):
        return None
    case = find(document, *path)
    session = _session(case)
    presences, paid = items(case, "presences"), items(case, "paid_elsewhere")
    if session is None or not isinstance(find(case, "presences"), list) or None in (*presences, *paid):
        return None
    stays = [_stay(presence) for presence in presences]
    elsewhere = [(stay.in_at, stay.out_at) for stay in map(_stay, paid) if stay.out_at is not None]
    return credited_minutes(stays, session=session, paid_elsewhere=elsewhere, policy=policy)


def _session(case: object) -> SessionTimes | None:
    start, end = find_text(case, "session", "start"), find_text(case, "session", "end")
    if start is None or end is None or read_moment(end) <= read_moment(start):
        return None
    pauses: list[Period] = []
    for pause in items(case, "session", "breaks"):
        begins, ends = find_text(pause, "start"), find_text(pause, "end")
        if begins is None or ends is None:
            return None
        pauses.append(read_break(begins, ends, session_start=read_moment(start)))
    return SessionTimes(read_moment(start), read_moment(end), tuple(pauses))


def _stay(pair: object) -> Presence:
    came, left = find(pair, 0), find(pair, 1)
    return Presence(read_moment(str(came)), None if left is None else read_moment(str(left)))
