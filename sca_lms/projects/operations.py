"""Make pairs, replace their captains, end them; what was stays on record."""

import datetime as dt
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.lti import roster
from sca_lms.projects.models import Agency, AgencyKind, Area, Captaincy, Pair
from sca_lms.texts import Bilingual

CaptainReplaced = Callable[[Pair, Captaincy, Captaincy | None, dt.datetime], None]
"""What a feature does when a captaincy has ended: the pair, the one that ended, the new one, and when."""


class PairRefused(Refused):
    """A pair cannot be as asked."""

    code = "pair-refused"


class CodeTaken(PairRefused):
    """Another pair, area or agency of the course has the code."""

    code = "code-taken"


class AmbassadorTaken(PairRefused):
    """The ambassador is in another pair at that time."""

    code = "ambassador-taken"


class NotTheirTime(PairRefused):
    """A moment lies before what it should follow, or the pair has ended."""

    code = "not-their-time"


def make_pair(
    course: Course,
    code: str,
    ambassador: Enrolment,
    *,
    captain: Enrolment | None,
    area: Area | None,
    agency: Agency | None,
    person_id: int | None,
    at: dt.datetime,
    dimension: str = "",
    begins_at: dt.datetime | None = None,
) -> Pair:
    """Let somebody be the ambassador of a new pair; the captain gets the course role of a mentor.

    Raises `CodeTaken`, `AmbassadorTaken`, and `PairRefused` for people who cannot be in a pair.
    """
    begins_at = begins_at or at
    if Role.LEARNER not in ambassador.roles or ambassador.state is EnrolmentState.WITHDRAWN:
        raise PairRefused(_l("The ambassador has to be a learner of this course."))
    overlapping = sa.select(Pair.id).where(
        Pair.ambassador_id == ambassador.id, sa.or_(Pair.ended_at.is_(None), Pair.ended_at > begins_at)
    )
    if db.session.scalar(overlapping.limit(1)) is not None:
        raise AmbassadorTaken(_l("This ambassador is in another pair at that time. End that one first."))
    if db.session.scalar(sa.select(Pair.id).where(Pair.course_id == course.id, Pair.code == code)):
        raise CodeTaken(_l("Another pair has this code."))
    pair = Pair(
        course=course, code=code, ambassador=ambassador, area=area, agency=agency, dimension=dimension,
        began_at=begins_at, ended_at=None, end_reason="",
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(pair)
    except IntegrityError as error:
        raise AmbassadorTaken(
            _l("Somebody has just made a pair with this code or this ambassador.")
        ) from error
    courses.record_audit(
        course, person_id, "make-pair", f"pair {code}", at=at, after=_described(pair, captain)
    )
    if captain is not None:
        _begin(course, pair, captain, begins_at, person_id=person_id, at=at)
    courses.touch(ambassador)
    return pair


def replace_captain(
    course: Course,
    pair: Pair,
    captain: Enrolment | None,
    *,
    reason: str,
    person_id: int | None,
    from_at: dt.datetime,
    at: dt.datetime,
    hooks: Sequence[CaptainReplaced] = (),
) -> Captaincy | None:
    """Let a pair have another captain from a moment on, or none; the one before stays in its history.

    A moment equal to the beginning of the current captaincy corrects a mistake: nobody was led in between.
    Raises `NotTheirTime`, and `PairRefused` when nothing would change.
    """
    _hold(pair)
    history = db.session.scalars(
        sa.select(Captaincy).where(Captaincy.pair_id == pair.id).order_by(Captaincy.began_at, Captaincy.id)
    ).all()
    current = next((each for each in history if each.ended_at is None), None)
    if (current.captain_id if current else None) == (captain.id if captain else None):
        raise PairRefused(_l("Nothing changes: this is the captain already."))
    if from_at < max(pair.began_at, *(each.ended_at or each.began_at for each in history), pair.began_at):
        raise NotTheirTime(_l("Choose a later moment: the captain before began after it, or the pair did."))
    if current is not None:
        current.ended_at, current.reason = from_at, reason
        # The new one may only be written when the old one has ended: the database lets one stand.
        db.session.flush()
    new = None
    if captain is not None:
        new = _begin(course, pair, captain, from_at, person_id=person_id, at=at)
    courses.record_audit(
        course,
        person_id,
        "replace-captain",
        f"pair {pair.code}",
        at=at,
        before={"captain": current.captain_id if current else None},
        after={"captain": captain.id if captain else None, "from": from_at.isoformat(), "reason": reason},
    )
    if current is not None:
        for tell in hooks:
            tell(pair, current, new, at)
    _touch(pair)
    return new


def end_pair(
    course: Course,
    pair: Pair,
    *,
    reason: str,
    person_id: int | None,
    at: dt.datetime,
    hooks: Sequence[CaptainReplaced] = (),
) -> None:
    """End a pair now, and with it the time of its captain. Raises `NotTheirTime` when it has ended."""
    _hold(pair)
    current = db.session.scalar(
        sa.select(Captaincy).where(Captaincy.pair_id == pair.id, Captaincy.ended_at.is_(None))
    )
    pair.ended_at, pair.end_reason = max(at, pair.began_at), reason
    if current is not None:
        current.ended_at, current.reason = max(at, current.began_at), reason
    courses.record_audit(course, person_id, "end-pair", f"pair {pair.code}", at=at, after={"reason": reason})
    db.session.flush()
    if current is not None:
        for tell in hooks:
            tell(pair, current, None, at)
    _touch(pair)


def change_pair(
    course: Course,
    pair: Pair,
    *,
    area: Area | None,
    agency: Agency | None,
    dimension: str,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Let a pair work in another area or agency, or on another dimension."""
    before = _described(pair, None)
    pair.area, pair.agency, pair.dimension = area, agency, dimension
    after = _described(pair, None)
    if before != after:
        courses.record_audit(
            course, person_id, "change-pair", f"pair {pair.code}", at=at, before=before, after=after
        )


def put_area(
    course: Course,
    area: Area | None,
    *,
    code: str,
    title: Bilingual,
    province: Bilingual,
    group: str,
    person_id: int | None,
    at: dt.datetime,
) -> Area:
    """Make an area or change one. Raises `CodeTaken`."""
    before = _area_words(area) if area is not None else None
    if area is None:
        area = Area(course=course, code=code, title=title, province=province, group=group)
    else:
        area.code, area.title, area.province, area.group = code, title, province, group
    _store(area)
    _audit_place(course, "area", code, before, _area_words(area), person_id=person_id, at=at)
    return area


def put_agency(
    course: Course,
    agency: Agency | None,
    *,
    code: str,
    title: Bilingual,
    kind: AgencyKind,
    person_id: int | None,
    at: dt.datetime,
) -> Agency:
    """Make an agency or change one. Raises `CodeTaken`."""
    before = _agency_words(agency) if agency is not None else None
    if agency is None:
        agency = Agency(course=course, code=code, title=title, kind=kind)
    else:
        agency.code, agency.title, agency.kind = code, title, kind
    _store(agency)
    _audit_place(course, "agency", code, before, _agency_words(agency), person_id=person_id, at=at)
    return agency


def let_be(
    course: Course, enrolment: Enrolment, role: Role, *, person_id: int | None, at: dt.datetime
) -> None:
    """Give a course role for what somebody does in a pair or a jury; no roster of a host takes it away."""
    if role not in enrolment.roles:
        roster.change_role(
            course, enrolment, role, given=True, by_enrolment_id=None, person_id=person_id, at=at
        )


def _begin(
    course: Course, pair: Pair, captain: Enrolment, begins_at: dt.datetime, *, person_id: int | None,
    at: dt.datetime,
) -> Captaincy:  # fmt: skip
    if captain.id == pair.ambassador_id:
        raise PairRefused(_l("Nobody can be their own captain."))
    if captain.state is EnrolmentState.WITHDRAWN:
        raise PairRefused(_l("The captain has left this course."))
    new = Captaincy(
        pair=pair, captain=captain, began_at=begins_at, ended_at=None, reason="", recorded_by_id=person_id
    )
    try:
        with db.session.begin_nested():
            db.session.add(new)
    except IntegrityError as error:
        raise NotTheirTime(_l("Somebody has just given this pair a captain. Look again.")) from error
    let_be(course, captain, Role.MENTOR, person_id=person_id, at=at)
    courses.touch(captain)
    return new


def _hold(pair: Pair) -> None:
    """Let nobody else change a pair until the transaction ends; raise `NotTheirTime` when it is over."""
    db.session.flush()
    times = db.session.execute(
        sa.select(Pair.began_at, Pair.ended_at).where(Pair.id == pair.id).with_for_update(key_share=True)
    ).one_or_none()
    if times is None:
        raise NotTheirTime(_l("This pair is gone: the list that made it was taken back."))
    set_committed_value(pair, "began_at", times.began_at)
    set_committed_value(pair, "ended_at", times.ended_at)
    if pair.ended_at is not None:
        raise NotTheirTime(_l("This pair has ended."))


def _touch(pair: Pair) -> None:
    courses.touch_all([pair.ambassador_id])


def _store(place: Area | Agency) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(place)
    except IntegrityError as error:
        raise CodeTaken(_l("Another one of this course has this code.")) from error


def _audit_place(
    course: Course,
    kind: str,
    code: str,
    before: dict[str, object] | None,
    after: dict[str, object],
    *,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    if before != after:
        verb = f"make-{kind}" if before is None else f"change-{kind}"
        courses.record_audit(course, person_id, verb, f"{kind} {code}", at=at, before=before, after=after)


def _described(pair: Pair, captain: Enrolment | None) -> dict[str, object]:
    said: dict[str, object] = {
        "ambassador": pair.ambassador_id or pair.ambassador.id,
        "area": pair.area.code if pair.area else "",
        "agency": pair.agency.code if pair.agency else "",
        "dimension": pair.dimension,
    }
    return {**said, "captain": captain.id} if captain is not None else said


def _area_words(area: Area) -> dict[str, object]:
    return {
        "code": area.code, "th": area.title.th, "en": area.title.en, "province_th": area.province.th,
        "province_en": area.province.en, "group": area.group,
    }  # fmt: skip


def _agency_words(agency: Agency) -> dict[str, object]:
    return {"code": agency.code, "th": agency.title.th, "en": agency.title.en, "kind": str(agency.kind)}
