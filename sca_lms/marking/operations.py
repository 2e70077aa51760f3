"""Keep drafts and save marks; of two who save at once the second is shown both versions."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.assessments import operations as assessments
from sca_lms.assignments import rubrics
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db, first_version
from sca_lms.errors import Refused
from sca_lms.marking import queries
from sca_lms.marking.models import FeedbackFile, Mark, MarkDraft, MarkRevision, RegradeRequest
from sca_lms.marking.rules import Judgement, MarkPart, RegradeState, part_of
from sca_lms.marking.subjects import Subject, judgement_of
from sca_lms.uploads.models import StoredFile


class OwnWork(Refused):
    """Nobody marks their own work."""

    code = "own-work"


class NotYours(Refused):
    """Two others mark this work, or it is not time for this step."""

    code = "not-your-part"


class NewerVersion(Refused):
    """Meanwhile another version was handed in."""

    code = "newer-version"


class ReasonMissing(Refused):
    """A mark that learners have seen is changed with a reason only."""

    code = "reason-missing"


class MustBeWhole(Refused):
    """A mark that was released, or that is agreed, has no empty part."""

    code = "must-be-whole"


class TooManyPoints(Refused):
    """Points lie between nothing and the maximum."""

    code = "too-many-points"


class DraftMoved(Refused):
    """The same marker has typed about the same subject in another window since."""

    code = "draft-moved"


class MarkChanged(Refused):
    """Somebody else saved this mark since it was opened; nothing was overwritten."""

    code = "mark-changed"


def part_for(subject: Subject, person_id: int) -> MarkPart | None:
    """Return whose judgement this person gives of a subject; None when two others mark it."""
    markers = {mark.part: mark.marker_id for mark in subject.marks}
    return part_of(markers, two=subject.two_markers, person_id=person_id)


def may_agree(subject: Subject, actor: Actor) -> bool:
    """Tell whether both marks are there and this person may settle what counts."""
    if not subject.two_markers:
        return False
    both = all(queries.is_whole(subject, part) for part in (MarkPart.FIRST, MarkPart.SECOND))
    markers = {mark.marker_id for mark in subject.marks if mark.part is not MarkPart.AGREED}
    return both and (actor.has(Role.MANAGER) or actor.person_id in markers)


def keep_draft(
    subject: Subject,
    judgement: Judgement,
    *,
    person_id: int,
    based_on: int,
    at: dt.datetime,
    seen: int | None = None,
) -> int:
    """Keep what somebody has typed so far and return the draft's `row_version`; each person has one draft.

    `seen` is the version the window knows, 0 for none; without it whatever is there is replaced. The same
    text again is never refused. Raise `OwnWork` or `DraftMoved`.
    """
    _refuse_own(subject, person_id)
    draft = queries.draft_of(subject, person_id)
    if draft is not None:
        db.session.refresh(draft, ["row_version", "document", "based_on"], with_for_update=True)
        if draft.document == judgement.document():
            return draft.row_version
        if seen is not None and seen != draft.row_version:
            raise _moved()
        draft.row_version += 1
    if draft is None:
        draft = MarkDraft(
            marker_id=person_id, based_on=based_on, document=judgement.document(), saved_at=at,
            row_version=first_version(), **subject.keys(),
        )  # fmt: skip
        try:
            with db.session.begin_nested():
                db.session.add(draft)
        except IntegrityError:
            draft = queries.draft_of(subject, person_id)
            if draft is None:
                raise
            if seen is not None:
                raise _moved() from None
            draft.row_version += 1
    draft.based_on, draft.document, draft.saved_at = based_on, judgement.document(), at
    db.session.flush()
    return draft.row_version


def refuse_other_draft(subject: Subject, judgement: Judgement, *, person_id: int, seen: int) -> None:
    """Raise `DraftMoved` when the marker typed something else in another window since this one was opened."""
    draft = queries.draft_of(subject, person_id)
    if draft is not None and draft.row_version != seen and draft.document != judgement.document():
        raise _moved()


def _moved() -> DraftMoved:
    return DraftMoved(
        _l("You have typed something else about this in another window. Nothing was overwritten.")
    )


def discard_draft(subject: Subject, *, person_id: int) -> None:
    """Forget what somebody has typed and not saved; again and again is fine."""
    db.session.execute(
        sa.delete(MarkDraft)
        .where(MarkDraft.marker_id == person_id, subject.of(MarkDraft))
        .execution_options(synchronize_session=False)
    )


def save(
    subject: Subject,
    judgement: Judgement,
    *,
    by: Actor,
    seen_version: int,
    submission_id: int | None,
    at: dt.datetime,
    reason: str = "",
    agrees: bool = False,
) -> Mark:
    """Save a judgement as a mark; without every criterion it is a draft, which has no score.

    `seen_version` is the mark's `row_version` when it was opened, 0 when there was none. Raise `MarkChanged`
    when somebody else has saved since, `OwnWork`, `NotYours`, `NewerVersion`, `ReasonMissing`, `MustBeWhole`
    or `TooManyPoints`.
    """
    person_id = _person(by)
    _refuse_own(subject, person_id)
    _refuse_points(subject, judgement)
    if subject.submission is not None and submission_id != subject.submission.id:
        raise NewerVersion(_l("Meanwhile a newer version was handed in. What you typed is kept as a draft."))
    part = MarkPart.AGREED if agrees else part_for(subject, person_id)
    if part is None or (agrees and not may_agree(subject, by)):
        raise NotYours(_l("Two others mark this work."))
    if part is not MarkPart.AGREED and queries.mark_of(subject, MarkPart.AGREED) is not None:
        raise NotYours(_l("The mark is agreed. Change the agreed one."))
    points = subject.points_of(judgement)
    if agrees and points is None:
        raise MustBeWhole(_l("An agreed mark needs every part."))
    mark = queries.mark_of(subject, part)
    if mark is not None and mark.row_version == seen_version + 1:
        sent_again = replace(judgement, points=points) == judgement_of(mark)
        if sent_again and mark.marker_id == person_id:
            # A second click sends what the first one has just saved.
            return mark
    if mark is None and seen_version == 0:
        mark = _first_save(subject, part, person_id, at=at)
    elif mark is None or not _claim(mark, seen_version):
        raise MarkChanged(_l("Somebody else has saved this mark since you opened it."))
    _write(subject, mark, judgement, points, person_id=person_id, reason=reason, at=at)
    discard_draft(subject, person_id=person_id)
    return mark


def give_back(mark: Mark, files: Sequence[StoredFile], *, without: Collection[int] = ()) -> None:
    """Add files to a mark and take others away; the same once more changes nothing."""
    given = {(each.name, each.sha256) for each in queries.feedback_files([mark.id]).get(mark.id, ())}
    if without:
        db.session.execute(
            sa.delete(FeedbackFile)
            .where(FeedbackFile.mark_id == mark.id, FeedbackFile.file_id.in_(without))
            .execution_options(synchronize_session=False)
        )
    for file in files:
        if (file.name, file.sha256) in given:
            db.session.delete(file)
        else:
            db.session.add(FeedbackFile(mark_id=mark.id, file_id=file.id))
    db.session.flush()


def tell_everybody(subject: Subject, mark: Mark, *, at: dt.datetime) -> None:
    """Let scores follow a mark that learners see: points of answers move, and whose it is is worked out."""
    if subject.attempt is not None:
        points = {int(place): Decimal(str(worth)) for place, worth in mark.answer_points.items()}
        assessments.mark_by_hand(subject.attempt, points, at=at)
    for enrolment in subject.people:
        courses.touch(enrolment)


def _first_save(subject: Subject, part: MarkPart, person_id: int, *, at: dt.datetime) -> Mark:
    mark = Mark(
        course_id=subject.course_id, part=part, marker_id=person_id, levels={}, answer_points={}, remarks={},
        points=None, comment="", row_version=1, saved_at=at,
        submission_id=subject.submission.id if subject.submission else None,
        **subject.keys(),
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(mark)
    except IntegrityError as error:
        if subject.two_markers and part is MarkPart.FIRST:
            # Somebody else became the first marker meanwhile. Their mark is not shown, so this is the second.
            return _first_save(subject, MarkPart.SECOND, person_id, at=at)
        raise MarkChanged(_l("Somebody else has saved this mark since you opened it.")) from error
    return mark


def _claim(mark: Mark, seen_version: int) -> bool:
    """Make this transaction the one that changes the mark; False when another was faster."""
    claimed = db.session.scalar(
        sa.update(Mark)
        .where(Mark.id == mark.id, Mark.row_version == seen_version)
        .values(row_version=Mark.row_version + 1)
        .returning(Mark.row_version)
        .execution_options(synchronize_session=False)
    )
    if claimed is None:
        return False
    db.session.refresh(mark)
    db.session.refresh(mark, attribute_names=["release"])
    return True


def _write(
    subject: Subject,
    mark: Mark,
    judgement: Judgement,
    points: Decimal | None,
    *,
    person_id: int,
    reason: str,
    at: dt.datetime,
) -> None:
    seen = queries.is_effective(mark.release, at=at) if mark.release_id else False
    before = judgement_of(mark).document()
    if seen and not reason:
        raise ReasonMissing(_l("Learners have seen this mark. Say why it changes."))
    if seen and points is None:
        raise MustBeWhole(_l("Learners have seen this mark, so it cannot have an empty part any more."))
    if points is None:
        # What is not whole is not released; until the release takes effect nobody has seen it.
        mark.release_id = None
    version = subject.assignment.rubric_version if subject.assignment else None
    if version is not None:
        rubrics.freeze(version, at=at)
    mark.rubric_version_id = version.id if version else None
    mark.submission_id = subject.submission.id if subject.submission else None
    mark.levels = dict(judgement.levels) if version else {}
    mark.answer_points = {str(place): str(worth) for place, worth in judgement.answer_points.items()}
    mark.remarks = {str(place): text for place, text in judgement.remarks.items()}
    mark.points, mark.comment = points, judgement.comment
    mark.marker_id, mark.saved_at = person_id, at
    db.session.add(
        MarkRevision(
            mark_id=mark.id, number=mark.row_version, document=judgement.document(), points=points,
            saved_at=at, saved_by_id=person_id, reason=reason if seen else "",
        )
    )  # fmt: skip
    db.session.flush()
    if seen:
        tell_everybody(subject, mark, at=at)
        _answer_request(mark, reason, person_id=person_id, at=at)
        courses.record_audit(
            course_of(subject), person_id, "change-released-mark", f"{subject.kind.value} {subject.id}",
            at=at, before=before, after=judgement.document(),
        )  # fmt: skip


def course_of(subject: Subject) -> Course:
    """Return the course of a subject, for its audit lines."""
    return subject.assignment.course if subject.assignment else subject.the_attempt.quiz.course


def _answer_request(mark: Mark, reason: str, *, person_id: int, at: dt.datetime) -> None:
    """A new mark answers the learner's request; its reason is the answer."""
    db.session.execute(
        sa.update(RegradeRequest)
        .where(RegradeRequest.mark_id == mark.id, RegradeRequest.state == RegradeState.OPEN)
        .values(state=RegradeState.CHANGED, answer=reason, answered_at=at, answered_by_id=person_id)
        .execution_options(synchronize_session=False)
    )


def _refuse_own(subject: Subject, person_id: int) -> None:
    if queries.is_own(subject, person_id):
        raise OwnWork(_l("Nobody marks their own work. Ask another instructor."))


def _refuse_points(subject: Subject, judgement: Judgement) -> None:
    maxima = {hand.position: hand.maximum for hand in subject.hands}
    given = [(points, maxima.get(place, Decimal(0))) for place, points in judgement.answer_points.items()]
    if judgement.points is not None:
        given.append((judgement.points, subject.maximum))
    if any(not 0 <= points <= largest for points, largest in given):
        raise TooManyPoints(_l("Points lie between 0 and the maximum."))


def _person(by: Actor) -> int:
    if by.person_id is None:
        raise NotYours(_l("Two others mark this work."))
    return by.person_id
