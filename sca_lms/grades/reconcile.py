"""Compare the hosts' gradebooks with what was sent, and say what a teacher has changed or what is missing."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses import queries as people
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from sca_lms.grades import host_columns
from sca_lms.grades.addresses import addresses_of, choose
from sca_lms.grades.asking import Failed, ask
from sca_lms.grades.models import Delivery, DeliveryEntry, GradeColumn, HostColumn, Score
from sca_lms.grades.rules import HostScore, Outcome, Reason, State, compare, on_our_scale
from sca_lms.lti import scopes
from sca_lms.lti.ags import GradeServices
from sca_lms.lti.models import LtiContext, Platform, PlatformState
from sca_lms.lti.outbound import outbound

EVERY = dt.timedelta(hours=24)
COMPARED = (State.DELIVERED, State.CHANGED, State.MISSING)
REASONS = {State.CHANGED: Reason.CHANGED, State.MISSING: Reason.MISSING}
BATCH = 500


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one column of a host compares with ours."""

    course_id: int
    column: str
    counts: Mapping[State, int] = field(default_factory=dict)
    failure: Reason | None = None
    """Why the host's column could not be read, if it could not."""


def reconcile(course_id: int | None, *, now: Callable[[], dt.datetime]) -> Iterator[Comparison]:
    """Compare every column of a course, or of all, with its host; call it outside of a transaction."""
    for place in _places(course_id=course_id, before=None):
        yield _compare_column(place, now=now)


def reconcile_due(*, now: Callable[[], dt.datetime]) -> None:
    """Compare the columns whose last comparison is a day ago."""
    for place in _places(course_id=None, before=now() - EVERY):
        _compare_column(place, now=now)


def _places(*, course_id: int | None, before: dt.datetime | None) -> Sequence[HostColumn]:
    wanted = (
        sa.select(HostColumn)
        .join(HostColumn.column)
        .join(HostColumn.context)
        .join(LtiContext.platform)
        .where(
            GradeColumn.is_active,
            HostColumn.line_item_url.is_not(None),
            Platform.state == PlatformState.ACTIVE,
        )
        .options(
            contains_eager(HostColumn.column),
            contains_eager(HostColumn.context).contains_eager(LtiContext.platform),
        )
        .order_by(GradeColumn.course_id, GradeColumn.position, HostColumn.id)
        .execution_options(populate_existing=True)
    )
    if course_id is not None:
        wanted = wanted.where(GradeColumn.course_id == course_id)
    if before is not None:
        wanted = wanted.where(HostColumn.compared_at <= before)
    found = db.session.scalars(wanted).all()
    # Nothing may be held open while a host takes its time; what was read stays readable.
    db.session.close()
    return found


def _compare_column(place: HostColumn, *, now: Callable[[], dt.datetime]) -> Comparison:
    column, url, started_at = place.column, place.line_item_url or "", now()
    if scopes.RESULT not in place.context.ags_scopes:
        _note(place, at=started_at)
        return Comparison(column.course_id, column.code, failure=Reason.NO_SERVICE)
    services = GradeServices(place.context.platform, way_out=outbound(), now=now)
    try:
        shown = ask(lambda: _shown(services, url))
    except Failed as failure:
        with transaction():
            if failure.verdict.outcome is Outcome.FINAL and failure.verdict.reason is Reason.COLUMN_GONE:
                host_columns.note_gone(place.id, url, at=now())
        return Comparison(column.course_id, column.code, failure=failure.verdict.reason)
    counts: Counter[State] = Counter()
    last_id = 0
    while True:
        with transaction():
            rows = _delivered(column, after=last_id, before=started_at)
            counts.update(_compare_rows(place, rows, shown, at=now()))
        if not rows:
            break
        last_id = rows[-1][0].id
    _note(place, at=started_at)
    return Comparison(column.course_id, column.code, dict(counts))


def _shown(services: GradeServices, url: str) -> dict[str, HostScore]:
    return {
        result.user_id: HostScore(result.score, result.maximum)
        for result in services.results(url)
        if result.score is not None
    }


def _delivered(column: GradeColumn, *, after: int, before: dt.datetime) -> list[tuple[Score, Delivery]]:
    """Return what was delivered before the host was asked and is in nobody's hands."""
    rows = db.session.execute(
        sa.select(Score, Delivery)
        .join(Delivery, Delivery.score_id == Score.id)
        .join(Score.enrolment)
        .join(Enrolment.person)
        .where(
            Score.column_id == column.id,
            Score.id > after,
            Delivery.state.in_(COMPARED),
            Delivery.delivered_at < before,
            Delivery.lease_token.is_(None),
            people.counts(),
        )
        .options(joinedload(Score.enrolment, innerjoin=True))
        .order_by(Score.id)
        .limit(BATCH)
        .with_for_update(of=Delivery)
        .execution_options(populate_existing=True)
    )
    return [(score, delivery) for score, delivery in rows]


def _compare_rows(
    place: HostColumn,
    rows: Sequence[tuple[Score, Delivery]],
    shown: Mapping[str, HostScore],
    *,
    at: dt.datetime,
) -> Iterator[State]:
    """Yield the state of each that lives in this column of the host."""
    addresses = addresses_of({place.column.course_id}, {score.enrolment.person_id for score, _ in rows})
    for score, delivery in rows:
        address = choose(addresses.get((place.column.course_id, score.enrolment.person_id), ()))
        if isinstance(address, Reason) or address.context.id != place.context_id:
            continue
        if delivery.delivered_value is None:
            continue
        host = shown.get(address.subject)
        state = compare(host, maximum=place.column.score_maximum, delivered=delivery.delivered_value)
        if state is not delivery.state:
            db.session.add(
                DeliveryEntry(score_id=score.id, at=at, state=state, reason=REASONS.get(state), detail="")
            )
        delivery.state, delivery.reason, delivery.detail = state, REASONS.get(state), ""
        differs = host is not None and state is State.CHANGED
        delivery.host_value = on_our_scale(host, place.column.score_maximum) if host and differs else None
        yield state


def _note(place: HostColumn, *, at: dt.datetime) -> None:
    with transaction():
        db.session.execute(
            sa.update(HostColumn)
            .where(HostColumn.id == place.id)
            .values(compared_at=at)
            .execution_options(synchronize_session=False)
        )
