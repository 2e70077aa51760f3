"""Let people decide what becomes of scores and columns; the worker carries it out.

Every decision may be made twice: what is so already is left alone, and leaves no line in the audit. A
delivery comes from `overview.find_delivery`, with score, column, course and person.
"""

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.assessments.models import Quiz
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db, lock
from sca_lms.errors import Refused
from sca_lms.grades import settling
from sca_lms.grades.addresses import addresses_of, choose
from sca_lms.grades.models import Delivery, GradeColumn, GradeSettings, HostColumn, Score
from sca_lms.grades.rules import UNSENT, Reason, State
from sca_lms.grades.sources import QUIZ, QUIZ_MAXIMUM, family_code
from sca_lms.lti.linkables import resource_id_of, tag_of
from sca_lms.lti.models import LtiContext, ResourceLink
from sca_lms.lti.profiles import profile_named

QUIZ_ACTIVITY = "quiz:"
"""Before its code, the activity of a host that opens a quiz."""
QUIZ_POSITION = 10_000
"""Columns of quizzes stand behind those of the programme."""
SENT_AGAIN = (State.REFUSED, State.MISSING, State.WAITING)


class NothingToSend(Refused):
    """There is no score yet."""

    code = "nothing-to-send"


class NothingToWithdraw(Refused):
    """The host has nothing of ours for this person."""

    code = "nothing-to-withdraw"


class CannotWithdraw(Refused):
    """The host takes no grade back; the message says how its staff do it."""

    code = "cannot-withdraw"


class NotChangedInHost(Refused):
    """No change of a teacher is known."""

    code = "not-changed-in-host"


class ColumnNotGone(Refused):
    """The host still has the column, as far as is known."""

    code = "column-not-gone"


def send_again(delivery: Delivery, *, by: int | None, at: dt.datetime) -> bool:
    """Send one score once more, or now if it waits; raises `NothingToSend`.

    A teacher's change in the host is not overwritten by it: that is `overwrite_host_change`.
    """
    _lock(delivery)
    if delivery.score.value is None:
        raise NothingToSend(_l("There is no score to send yet."))
    if delivery.state not in {*SENT_AGAIN, State.WITHDRAWN}:
        return False
    return _want(delivery, "send-grade-again", by=by, at=at)


def send_all_again(
    course: Course, *, column: GradeColumn | None = None, by: int | None, at: dt.datetime
) -> int:
    """Send once more what was refused or lost, or waits, in a course or one column; returns how many.

    What a teacher has changed in the host, and what was taken back, stays as it is. Scores of a column that
    was deleted there stay where they are until it is made again.
    """
    wanted = (
        sa.select(Score.id)
        .join(Score.column)
        .where(GradeColumn.course_id == course.id, GradeColumn.is_active, Score.value.is_not(None))
    )
    if column is not None:
        wanted = wanted.where(Score.column_id == column.id)
    found = db.session.execute(
        sa.update(Delivery)
        .where(Delivery.state.in_(SENT_AGAIN), Delivery.lease_token.is_(None), Delivery.score_id.in_(wanted))
        .values(_due(at) | {"settled_revision": 0})
        .returning(Delivery.score_id)
        .execution_options(synchronize_session=False)
    ).all()
    if found:
        subject = column.code if column is not None else ""
        courses.record_audit(course, by, "send-grades-again", subject, at=at, after={"scores": len(found)})
    return len(found)


def withdraw(delivery: Delivery, *, by: int | None, at: dt.datetime) -> bool:
    """Ask the host to show no grade; raises `NothingToWithdraw` and `CannotWithdraw`.

    The score stays with us, and is only sent again when somebody says so.
    """
    _lock(delivery)
    if delivery.withdraws and delivery.state in {*UNSENT, State.WITHDRAWN}:
        return False
    if all(
        known is None for known in (delivery.delivered_value, delivery.attempted_value, delivery.host_value)
    ):
        raise NothingToWithdraw(_l("Nothing of this score is in the LMS."))
    score = delivery.score
    place = (score.column.course_id, score.enrolment.person_id)
    address = choose(addresses_of({place[0]}, {place[1]}).get(place, ()))
    if not isinstance(address, Reason):
        withdrawal = profile_named(address.platform.profile).withdrawal
        if not withdrawal.possible:
            raise CannotWithdraw(withdrawal.warning)
    return _want(delivery, "withdraw-grade", withdraws=True, by=by, at=at)


def overwrite_host_change(delivery: Delivery, *, by: int | None, at: dt.datetime) -> bool:
    """Put our score over a teacher's change in the host; raises `NotChangedInHost` and `NothingToSend`."""
    _lock(delivery)
    _refuse_unless_changed(delivery)
    if delivery.score.value is None:
        raise NothingToSend(_l("There is no score to send yet."))
    return _want(delivery, "overwrite-grade", by=by, at=at)


def keep_host_change(delivery: Delivery, *, by: int | None, at: dt.datetime) -> bool:
    """Leave what a teacher has made of a score in the host; raises `NotChangedInHost`."""
    _lock(delivery)
    _refuse_unless_changed(delivery)
    if delivery.state is State.KEPT:
        return False
    _audit(delivery, "keep-grade", by=by, at=at)
    settling.tell(delivery, State.KEPT, at=at)
    delivery.state, delivery.reason, delivery.detail = State.KEPT, None, ""
    return True


def recreate_column(column: GradeColumn, *, by: int | None, at: dt.datetime) -> bool:
    """Find or make a column anew that was deleted in the host, and send everything into it.

    Raises `ColumnNotGone`, also when somebody else has just asked for it.
    """
    revived = db.session.execute(
        sa.update(HostColumn)
        .where(HostColumn.column_id == column.id, HostColumn.gone_at.is_not(None))
        .values(gone_at=None, line_item_url=None)
        .returning(HostColumn.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not revived:
        raise ColumnNotGone(_l("The LMS still has this column, as far as is known here."))
    scores = sa.select(Score.id).where(Score.column_id == column.id, Score.value.is_not(None))
    # A newer revision tells a worker that has a score in hand, on its way to the old column. Scores are
    # locked in one order everywhere.
    settling.locked_revisions(db.session.scalars(scores).all())
    db.session.execute(
        sa.update(Score)
        .where(Score.column_id == column.id, Score.value.is_not(None))
        .values(revision=Score.revision + 1)
        .execution_options(synchronize_session=False)
    )
    nothing_there: dict[str, object] = {
        "settled_revision": 0, "withdraws": False, "attempted_revision": None, "attempted_value": None,
        "earlier_values": None, "delivered_revision": None, "delivered_value": None, "confirmed_at": None,
    }  # fmt: skip
    db.session.execute(
        sa.update(Delivery)
        .where(Delivery.state.not_in((State.NOTHING, State.WITHDRAWN)), Delivery.score_id.in_(scores))
        .values(_due(at) | nothing_there)
        .execution_options(synchronize_session=False)
    )
    courses.record_audit(column.course, by, "recreate-column", column.code, at=at)
    return True


def set_may_create_columns(course: Course, may: bool, *, by: int | None, at: dt.datetime) -> bool:
    """Say whether the tool makes columns in the host's gradebook that are not there."""
    settings = db.session.get(GradeSettings, course.id, with_for_update=True, populate_existing=True)
    before = settings.may_create_columns if settings is not None else True
    if before == may:
        return False
    if settings is None:
        try:
            with db.session.begin_nested():
                settings = GradeSettings(course_id=course.id, may_create_columns=may)
                db.session.add(settings)
        except IntegrityError:
            # Somebody else has decided about this course at the same moment.
            return set_may_create_columns(course, may, by=by, at=at)
    settings.may_create_columns = may
    courses.record_audit(
        course, by, "let-create-columns", "", at=at, before={"may": before}, after={"may": may}
    )
    if may:
        _send_for_want_of_a_column(course, at=at)
    return True


def add_quiz_column(course: Course, quiz: Quiz, *, by: int | None, at: dt.datetime) -> GradeColumn:
    """Give a quiz a column of its own, or wake up the one it had; the host gets it with the first score."""
    code = family_code(QUIZ, quiz.code)
    wanted = sa.select(GradeColumn).where(GradeColumn.course_id == course.id, GradeColumn.code == code)
    column = db.session.scalar(wanted)
    if column is not None and column.is_active:
        return column
    if column is None:
        column = GradeColumn(
            course=course, code=code, title=quiz.title, position=QUIZ_POSITION + quiz.id,
            resource_id=resource_id_of(code), tag=tag_of(code), score_maximum=QUIZ_MAXIMUM,
            is_active=True, frozen_at=None, created_at=at,
        )  # fmt: skip
        try:
            with db.session.begin_nested():
                db.session.add(column)
        except IntegrityError:
            return db.session.scalars(wanted).one()
    column.title, column.is_active = quiz.title, True
    db.session.flush()
    courses.touch_everybody(course)
    courses.record_audit(course, by, "add-grade-column", code, at=at)
    return column


def put_linked_columns(*, at: dt.datetime) -> None:
    """Take up the columns that hosts have made with links to quizzes, when somebody placed them there."""
    linked = db.session.execute(
        sa.select(Course, Quiz)
        .select_from(ResourceLink)
        .join(ResourceLink.context)
        .join(LtiContext.course)
        .join(Quiz, Quiz.course_id == Course.id)
        .where(
            ResourceLink.line_item_url.is_not(None),
            sa.func.lower(ResourceLink.activity) == sa.func.lower(QUIZ_ACTIVITY + Quiz.code),
            ~sa.exists().where(
                GradeColumn.course_id == Course.id,
                GradeColumn.code == sa.literal(family_code(QUIZ, "")) + Quiz.code,
            ),
        )
        .distinct()
    )
    for course, quiz in linked.all():
        add_quiz_column(course, quiz, by=None, at=at)


def drop_quiz_column(column: GradeColumn, *, by: int | None, at: dt.datetime) -> bool:
    """Send nothing into a quiz's column any more; what the host has stays there."""
    if not column.is_active:
        return False
    column.is_active = False
    courses.record_audit(column.course, by, "drop-grade-column", column.code, at=at)
    return True


def compare_now(course: Course, *, by: int | None, at: dt.datetime) -> int:
    """Let the worker compare the columns of a course with the host next; returns how many."""
    columns = sa.select(GradeColumn.id).where(GradeColumn.course_id == course.id, GradeColumn.is_active)
    found = db.session.execute(
        sa.update(HostColumn)
        .where(
            HostColumn.column_id.in_(columns),
            HostColumn.line_item_url.is_not(None),
            HostColumn.next_comparison_at > at,
        )
        .values(next_comparison_at=at)
        .returning(HostColumn.id)
        .execution_options(synchronize_session=False)
    ).all()
    if found:
        courses.record_audit(course, by, "compare-grades", "", at=at, after={"columns": len(found)})
    return len(found)


def _due(at: dt.datetime) -> dict[str, object]:
    return {
        "state": State.DUE, "next_try_at": at, "reason": None, "detail": "", "failures": 0,
        "host_value": None,
    }  # fmt: skip


def _lock(delivery: Delivery) -> None:
    """Read a delivery anew, the score first, as wherever both are locked; what is loaded with them stays."""
    db.session.refresh(delivery.score, ["value", "revision"], with_for_update=True)
    lock(delivery)


def _refuse_unless_changed(delivery: Delivery) -> None:
    if delivery.state not in {State.CHANGED, State.KEPT}:
        raise NotChangedInHost(_l("No change of this score in the LMS is known here."))


def _want(delivery: Delivery, verb: str, *, withdraws: bool = False, by: int | None, at: dt.datetime) -> bool:
    """Make a delivery due; a newer revision tells a worker that has it in hand of the decision."""
    _audit(delivery, verb, by=by, at=at)
    delivery.score.revision += 1
    delivery.state, delivery.reason, delivery.detail = State.DUE, None, ""
    delivery.withdraws, delivery.failures, delivery.next_try_at = withdraws, 0, at
    if delivery.host_value is not None:
        # What the host shows is accepted as known: whoever decides has seen it.
        if delivery.attempted_value is not None:
            settling.may_be_shown(delivery, delivery.attempted_value)
        delivery.attempted_value, delivery.host_value = delivery.host_value, None
        delivery.attempted_revision = None
    db.session.flush()
    return True


def _audit(delivery: Delivery, verb: str, *, by: int | None, at: dt.datetime) -> None:
    column = delivery.score.column
    after: dict[str, object] = {"column": column.code, "enrolment": delivery.score.enrolment_id}
    courses.record_audit(
        column.course, by, verb, column.code, at=at, before={"state": delivery.state.value}, after=after
    )


def _send_for_want_of_a_column(course: Course, *, at: dt.datetime) -> None:
    scores = sa.select(Score.id).join(Score.column).where(GradeColumn.course_id == course.id)
    db.session.execute(
        sa.update(Delivery)
        .where(
            Delivery.state == State.REFUSED,
            Delivery.reason == Reason.NO_COLUMN,
            Delivery.score_id.in_(scores),
        )
        .values(_due(at))
        .execution_options(synchronize_session=False)
    )
