"""Keep columns as the programme has them and scores as the evidence has them."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from sca_lms.courses import operations as courses
from sca_lms.courses import queries as people
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.grades import overrides
from sca_lms.grades.models import Delivery, GradeColumn, GradedEvidence, Score
from sca_lms.grades.rules import State
from sca_lms.grades.sources import Source, all_scores, family_of
from sca_lms.lti.linkables import resource_id_of, tag_of
from sca_lms.texts import Bilingual

BATCH = 500
SETTLED = (State.NOTHING, State.DELIVERED, State.REFUSED, State.MISSING)
"""States that a newer score leaves by itself; what a teacher or somebody here has decided stands."""


class MaximumFrozen(Refused):
    """Scores have been sent on another scale already."""

    code = "maximum-frozen"


def put_columns(
    course: Course, document: Mapping[str, object], *, codes: Collection[str], at: dt.datetime
) -> None:
    """Take over the columns of a programme for which there are scores (`codes`); raises `MaximumFrozen`.

    A column that the programme no longer has is kept with its scores and no longer sent.
    """
    known = {
        column.code: column
        for column in db.session.scalars(sa.select(GradeColumn).where(GradeColumn.course_id == course.id))
    }
    # Where an instructor has set a score, the column stands even if nothing is worked out for it.
    scored = {*codes, *overrides.codes_set(course.id)}
    wanted = {code: (place, item) for place, code, item in _line_items(document) if code in scored}
    awakened = False
    for code, (place, item) in wanted.items():
        column = known.get(code)
        if column is None:
            column = GradeColumn(
                course=course, code=code, resource_id=resource_id_of(code), tag=tag_of(code),
                is_active=False, score_maximum=_maximum(item), created_at=at,
            )  # fmt: skip
            db.session.add(column)
        _set_maximum(column, _maximum(item))
        awakened = awakened or not column.is_active
        column.title, column.position, column.is_active = Bilingual.of(item.get("title")), place, True
    for code, column in known.items():
        if code not in wanted and family_of(code) is None:
            column.is_active = False
    db.session.flush()
    if awakened:
        courses.touch_everybody(course)


def put_missing_columns(*, codes: Collection[str], at: dt.datetime) -> None:
    """Give courses the columns that their programme has and for which scores have since become possible."""
    complete = (
        sa.select(GradeColumn.course_id)
        .where(GradeColumn.code.in_(codes))
        .group_by(GradeColumn.course_id)
        .having(sa.func.count() == len(codes))
    )
    lacking = (
        sa.select(Course)
        .where(Course.programme_id.is_not(None), Course.id.not_in(complete))
        .options(joinedload(Course.programme))
    )
    for course in db.session.scalars(lacking):
        if course.programme is not None and _lacks(course, course.programme.document, codes):
            put_columns(course, course.programme.document, codes=codes, at=at)


def courses_moved(*, limit: int = BATCH) -> Sequence[int]:
    """Return the courses in which somebody's evidence has changed since their scores were worked out.

    Only those who count are looked at; who comes to count later still has all changes before them.
    """
    _note_newcomers(limit)
    return db.session.scalars(
        sa.select(Enrolment.course_id)
        .join(GradedEvidence, GradedEvidence.enrolment_id == Enrolment.id)
        .join(Enrolment.person)
        .where(*_moved())
        .distinct()
        .order_by(Enrolment.course_id)
    ).all()


def recompute_moved(
    sources: Mapping[str, Source], *, at: dt.datetime, course_id: int | None = None, limit: int = BATCH
) -> int:
    """Work out the scores of people whose evidence has changed; returns how many there were.

    At most `limit` of each course are looked at; without a course, those of all courses.
    """
    courses_wanted = courses_moved(limit=limit) if course_id is None else [course_id]
    return sum(_recompute_course(each, sources, at=at, limit=limit) for each in courses_wanted)


def _recompute_course(course_id: int, sources: Mapping[str, Source], *, at: dt.datetime, limit: int) -> int:
    moved = db.session.execute(
        sa.select(GradedEvidence.enrolment_id, Enrolment.evidence_revision)
        .join(GradedEvidence.enrolment)
        .join(Enrolment.person)
        .where(Enrolment.course_id == course_id, *_moved())
        .order_by(GradedEvidence.enrolment_id)
        .limit(limit)
        # Of two workers each takes other people, and nobody writes a score from older evidence over a newer.
        .with_for_update(of=GradedEvidence, skip_locked=True)
    ).all()
    if not moved:
        return 0
    revisions = {row.enrolment_id: row.evidence_revision for row in moved}
    _recompute(course_id, revisions, sources, at=at)
    db.session.execute(
        sa.update(GradedEvidence),
        [{"enrolment_id": number, "revision": revision} for number, revision in revisions.items()],
    )
    return len(moved)


def raise_due(*, at: dt.datetime, enrolment_ids: Collection[int] | None = None) -> None:
    """Make due what the host has not been told of; without ids, everywhere."""
    newer = sa.exists().where(
        Score.id == Delivery.score_id, Score.value.is_not(None), Score.revision > Delivery.settled_revision
    )
    if enrolment_ids is not None:
        newer = newer.where(Score.enrolment_id.in_(enrolment_ids))
    db.session.execute(
        sa.update(Delivery)
        .where(Delivery.state.in_(SETTLED), newer)
        .values(state=State.DUE, next_try_at=at, reason=None, detail="", failures=0, host_value=None)
        .execution_options(synchronize_session=False)
    )


def put_comment(score: Score, comment: str) -> None:
    """Say something about a score; the host gets it with the score."""
    if comment != score.comment:
        db.session.execute(
            sa.update(Score)
            .where(Score.id == score.id)
            .values(comment=comment, revision=Score.revision + 1)
            .execution_options(synchronize_session="fetch")
        )


def _line_items(document: Mapping[str, object]) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    items = document.get("line_items")
    for place, item in enumerate(items if isinstance(items, Sequence) else ()):
        if isinstance(item, Mapping):
            yield place, str(item.get("code")), item


def _maximum(item: Mapping[str, object]) -> Decimal:
    return Decimal(str(item.get("score_maximum")))


def _set_maximum(column: GradeColumn, maximum: Decimal) -> None:
    if maximum == column.score_maximum:
        return
    if column.frozen_at is not None:
        raise MaximumFrozen(
            _l(
                "The maximum of %(code)s stays %(now)s: scores on that scale have been sent to the LMS "
                "already, and it would rescale them.",
                code=column.code,
                now=f"{column.score_maximum.normalize():f}",
            )
        )
    column.score_maximum = maximum


def _lacks(course: Course, document: Mapping[str, object], codes: Collection[str]) -> bool:
    known = set(db.session.scalars(sa.select(GradeColumn.code).where(GradeColumn.course_id == course.id)))
    return any(code in codes and code not in known for _place, code, _item in _line_items(document))


def _scored() -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions, on an enrolment joined to its person, that scores are worked out for it."""
    with_columns = sa.select(GradeColumn.course_id).where(GradeColumn.is_active)
    return people.counts(), Enrolment.course_id.in_(with_columns)


def _moved() -> tuple[sa.ColumnElement[bool], ...]:
    return Enrolment.evidence_revision > GradedEvidence.revision, *_scored()


def _note_newcomers(limit: int) -> None:
    known = sa.exists().where(GradedEvidence.enrolment_id == Enrolment.id)
    newcomers = (
        sa.select(Enrolment.id, sa.literal(-1))
        .join(Enrolment.person)
        .where(~known, *_scored())
        .order_by(Enrolment.id)
        .limit(limit)
    )
    try:
        with db.session.begin_nested():
            db.session.execute(sa.insert(GradedEvidence).from_select(["enrolment_id", "revision"], newcomers))
    except IntegrityError:
        # Another worker noted some of them just now.
        return


def _recompute(
    course_id: int, revisions: Mapping[int, int], sources: Mapping[str, Source], *, at: dt.datetime
) -> None:
    columns = db.session.scalars(
        sa.select(GradeColumn).where(GradeColumn.course_id == course_id, GradeColumn.is_active)
    ).all()
    ids = list(revisions)
    known = {
        (row.column_id, row.enrolment_id): row
        for row in db.session.execute(
            sa.select(Score.id, Score.column_id, Score.enrolment_id, Score.value).where(
                Score.enrolment_id.in_(ids)
            )
        )
    }
    fresh: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    codes = [column.code for column in columns]
    worked_out: dict[str, Mapping[int, Decimal | None]] = {code: {} for code in codes}
    worked_out |= all_scores(course_id, codes, ids, sources)
    scores = overrides.with_overrides(worked_out, ids)
    for column in columns:
        for enrolment_id, value in scores.get(column.code, {}).items():
            row = known.get((column.id, enrolment_id))
            if row is None and value is not None:
                fresh.append(
                    {
                        "column_id": column.id, "enrolment_id": enrolment_id, "value": value, "comment": "",
                        "revision": 1, "evidence_revision": revisions[enrolment_id], "computed_at": at,
                    }
                )  # fmt: skip
            elif row is not None and row.value != value:
                changed.append(
                    {"row": row.id, "new": value, "evidence": revisions[enrolment_id], "moment": at}
                )
    _write(fresh, changed)
    if fresh or changed:
        _begin_deliveries(ids)
        raise_due(at=at, enrolment_ids=ids)


def _write(fresh: list[dict[str, object]], changed: list[dict[str, object]]) -> None:
    if fresh:
        db.session.execute(sa.insert(Score), fresh)
    if changed:
        # The revision grows in the database: somebody may be writing a comment at the same time.
        statement = (
            sa.update(Score)
            .where(Score.id == sa.bindparam("row"))
            .values(
                value=sa.bindparam("new"),
                evidence_revision=sa.bindparam("evidence"),
                computed_at=sa.bindparam("moment"),
                revision=Score.revision + 1,
            )
        )
        db.session.connection().execute(statement, changed)


def _begin_deliveries(enrolment_ids: Collection[int]) -> None:
    known = sa.exists().where(Delivery.score_id == Score.id)
    without = sa.select(
        Score.id,
        sa.literal(State.NOTHING.value),
        sa.literal(""),
        sa.false(),
        sa.literal(0),
        sa.literal(0),
    ).where(Score.enrolment_id.in_(enrolment_ids), ~known)
    db.session.execute(
        sa.insert(Delivery).from_select(
            ["score_id", "state", "detail", "withdraws", "failures", "settled_revision"],
            without,
            include_defaults=False,
        )
    )
