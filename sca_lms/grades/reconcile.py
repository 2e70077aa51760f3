"""Compare the hosts' gradebooks with what was sent, and say what a teacher has changed or what is missing."""

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses import queries as people
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, release, transaction
from sca_lms.grades import host_columns
from sca_lms.grades.addresses import addresses_of, choose
from sca_lms.grades.asking import Failed, ask
from sca_lms.grades.containment import Contained
from sca_lms.grades.models import Delivery, DeliveryEntry, GradeColumn, HostColumn, Score
from sca_lms.grades.rules import HostScore, Reason, State, compare, on_our_scale
from sca_lms.lti import scopes
from sca_lms.lti.ags import GradeServices
from sca_lms.lti.models import LtiContext, Platform, PlatformState
from sca_lms.lti.outbound import outbound

EVERY = host_columns.COMPARED_EVERY
CLAIMED_FOR = dt.timedelta(minutes=10)
"""So long a comparison may take before another worker tries it."""
LONGEST_READING_SECONDS = 120.0
"""A host that needs longer to show one column is asked again later."""
FIRST_WAIT = dt.timedelta(minutes=15)
LONGEST_WAIT = dt.timedelta(hours=12)
TURN_SECONDS = 60.0
MOST_IN_A_TURN = 200
COMPARED = (State.DELIVERED, State.CHANGED, State.KEPT, State.MISSING)
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
    detail: str = ""


def reconcile(course_id: int | None, *, now: Callable[[], dt.datetime]) -> Iterator[Comparison]:
    """Compare every column of a course, or of all, with its host; call it outside of a transaction."""
    for place in _places(GradeColumn.course_id == course_id if course_id is not None else sa.true()):
        yield _compare(place, now=now)


def reconcile_due(*, now: Callable[[], dt.datetime], stop: threading.Event | None = None) -> int:
    """Compare columns that are due, for a while; what is left goes on at the next call.

    Of several workers each takes other columns. One that cannot be compared says why and is tried again
    later and later. Returns how many were compared.
    """
    began, compared = time.monotonic(), 0
    while compared < MOST_IN_A_TURN and time.monotonic() - began < TURN_SECONDS:
        place = _next_due(at=now())
        if place is None or (stop is not None and stop.is_set()):
            break
        _compare(place, now=now)
        compared += 1
    return compared


def _next_due(*, at: dt.datetime) -> HostColumn | None:
    with transaction():
        due = (
            _comparable(HostColumn.next_comparison_at <= at)
            .order_by(None)
            .order_by(HostColumn.next_comparison_at, HostColumn.id)
            .limit(1)
            .with_for_update(of=HostColumn, skip_locked=True)
        )
        place = db.session.scalars(due).one_or_none()
        if place is not None:
            # Should this worker die, the column is due again.
            place.next_comparison_at = at + CLAIMED_FOR
    # Nothing may be held open while a host takes its time; what was read stays readable.
    db.session.close()
    return place


def _comparable(condition: sa.ColumnElement[bool]) -> sa.Select[HostColumn]:
    return (
        sa.select(HostColumn)
        .join(HostColumn.column)
        .join(HostColumn.context)
        .join(LtiContext.platform)
        .where(
            GradeColumn.is_active,
            HostColumn.line_item_url.is_not(None),
            Platform.state == PlatformState.ACTIVE,
            condition,
        )
        .options(
            contains_eager(HostColumn.column),
            contains_eager(HostColumn.context).contains_eager(LtiContext.platform),
        )
        .order_by(GradeColumn.course_id, GradeColumn.position, HostColumn.id)
        .execution_options(populate_existing=True)
    )


def _places(condition: sa.ColumnElement[bool]) -> Sequence[HostColumn]:
    found = db.session.scalars(_comparable(condition)).all()
    db.session.close()
    return found


def _compare(place: HostColumn, *, now: Callable[[], dt.datetime]) -> Comparison:
    """Compare one column, whatever happens, and note when it is compared next."""
    course_id, code = place.column.course_id, place.column.code
    with Contained("compare", host_column=place.id) as held:
        found = _compare_column(place, now=now)
    if held.reference:
        db.session.rollback()
        found = Comparison(course_id, code, failure=Reason.DEFECT, detail=held.reference)
    with Contained("note comparison", host_column=place.id), transaction():
        _note(place, found, at=now())
    return found


def _compare_column(place: HostColumn, *, now: Callable[[], dt.datetime]) -> Comparison:
    column, url = place.column, place.line_item_url or ""
    if scopes.RESULT not in place.context.ags_scopes:
        return Comparison(column.course_id, column.code, failure=Reason.NO_SERVICE)
    services = GradeServices(place.context.platform, way_out=outbound(), now=now)
    sent_before = _sent(column)
    try:
        shown = ask(lambda: _shown(services, url))
    except Failed as failure:
        with transaction():
            if failure.is_final and failure.verdict.reason is Reason.COLUMN_GONE:
                host_columns.note_gone(place.id, url, at=now())
        return Comparison(
            column.course_id, column.code, failure=failure.verdict.reason, detail=failure.detail
        )
    if shown is None:
        return Comparison(column.course_id, column.code, failure=Reason.TOO_LONG)
    counts: Counter[State] = Counter()
    last_id = 0
    while True:
        with transaction():
            rows = _delivered(column, after=last_id)
            settled = [
                (score, delivery)
                for score, delivery in rows
                if score.id in sent_before and sent_before[score.id] == delivery.last_timestamp
            ]
            counts.update(_compare_rows(place, settled, shown, at=now()))
        if not rows:
            break
        last_id = rows[-1][0].id
    return Comparison(column.course_id, column.code, dict(counts))


def _shown(services: GradeServices, url: str) -> dict[str, HostScore] | None:
    """Return what the host shows for everybody, None when it takes too long to tell."""
    began, shown = time.monotonic(), dict[str, HostScore]()
    for result in services.results(url):
        if time.monotonic() - began > LONGEST_READING_SECONDS:
            return None
        if result.score is not None:
            shown[result.user_id] = HostScore(result.score, result.maximum)
    return shown


def _sent(column: GradeColumn) -> dict[int, dt.datetime | None]:
    """Return, before the host is asked, by score which sending of it is settled.

    Where another has begun since, what the host showed may be older than what is known here. The clocks of
    two machines would not tell; this does.
    """
    rows = db.session.execute(
        sa.select(Delivery.score_id, Delivery.last_timestamp)
        .join(Delivery.score)
        .where(Score.column_id == column.id, *_SETTLED)
    )
    found = {row.score_id: row.last_timestamp for row in rows}
    release()
    return found


_SETTLED = (
    Delivery.state.in_(COMPARED),
    Delivery.lease_token.is_(None),
    Delivery.withdraws.is_(False),
)


def _delivered(column: GradeColumn, *, after: int) -> list[tuple[Score, Delivery]]:
    """Return what was delivered and is in nobody's hands."""
    rows = db.session.execute(
        sa.select(Score, Delivery)
        .join(Delivery, Delivery.score_id == Score.id)
        .join(Score.enrolment)
        .join(Enrolment.person)
        .where(Score.column_id == column.id, Score.id > after, *_SETTLED, people.counts())
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
        accepted = delivery.host_value if delivery.state is State.KEPT else None
        maximum = place.column.score_maximum
        state = compare(host, maximum=maximum, delivered=delivery.delivered_value, accepted=accepted)
        if state is not delivery.state:
            db.session.add(
                DeliveryEntry(score_id=score.id, at=at, state=state, reason=REASONS.get(state), detail="")
            )
        delivery.state, delivery.reason, delivery.detail = state, REASONS.get(state), ""
        differs = host is not None and state in {State.CHANGED, State.KEPT}
        delivery.host_value = on_our_scale(host, maximum) if host and differs else None
        if state is State.DELIVERED:
            delivery.confirmed_at = at
        yield state


def _note(place: HostColumn, found: Comparison, *, at: dt.datetime) -> None:
    failures = place.comparison_failures + 1 if found.failure else 0
    wait = EVERY
    if failures and found.failure is not Reason.NO_SERVICE:
        wait = min(FIRST_WAIT * (1 << min(failures - 1, 10)), LONGEST_WAIT)
    compared: dict[str, object] = {} if found.failure else {"compared_at": at}
    db.session.execute(
        sa.update(HostColumn)
        .where(HostColumn.id == place.id)
        .values(
            next_comparison_at=at + wait,
            comparison_reason=found.failure,
            comparison_failures=failures,
            **compared,
        )
        .execution_options(synchronize_session=False)
    )
