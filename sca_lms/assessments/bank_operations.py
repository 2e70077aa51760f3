"""Keep the question bank: shelves, questions and their versions; what was ever asked stays as it was."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.assessments import bank_file_queries, bank_queries
from sca_lms.assessments.bank_words import free_code, lacking, path_fault, search_words
from sca_lms.assessments.models import (
    Question,
    QuestionAttachment,
    QuestionCategory,
    QuestionImport,
    QuestionVersion,
)
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db, lock
from sca_lms.errors import Refused, Text
from sca_lms.uploads.models import StoredFile

_PATH_SENTENCES: Mapping[str, Text] = {
    "empty": _l("Name the shelf."),
    "long": _l("Use shorter names for the shelves."),
    "deep": _l("Use at most six shelves, one in another."),
}


class BadShelf(Refused):
    """The path of the shelf is empty, too long or too deep."""

    code = "bad-shelf"


class ShelfNotEmpty(Refused):
    """There are still questions on the shelf or below it."""

    code = "shelf-not-empty"


class ShelfTaken(Refused):
    """Another shelf of the bank has this path."""

    code = "shelf-taken"


class CodeTaken(Refused):
    """Another question of this shelf has the code."""

    code = "code-taken"


class ChangedMeanwhile(Refused):
    """Somebody else saved the question after this person had opened it."""

    code = "changed-meanwhile"


class QuestionUsed(Refused):
    """The question was asked, or a quiz names it."""

    code = "question-used"


@dataclass(frozen=True, slots=True)
class Content:
    """What a question says: its document, and the files of its pictures by name."""

    document: dict[str, object]
    pictures: Mapping[str, StoredFile]


# ---------------------------------------------------------------- shelves


def shelf_of(course_id: int, path: str, *, at: dt.datetime) -> QuestionCategory:
    """Return the shelf of the bank with this path; it is made when it is not there.

    Raise `BadShelf` for a path that no shelf can have.
    """
    fault = path_fault(path)
    if fault is not None:
        raise BadShelf(_PATH_SENTENCES[fault])
    wanted = sa.select(QuestionCategory).where(
        QuestionCategory.course_id == course_id, QuestionCategory.path == path
    )
    shelf = db.session.scalar(wanted)
    if shelf is not None:
        return shelf
    shelf = QuestionCategory(course_id=course_id, path=path, created_at=at)
    try:
        with db.session.begin_nested():
            db.session.add(shelf)
    except IntegrityError:
        # Somebody else has just made it.
        return db.session.scalars(wanted).one()
    return shelf


def rename_shelf(
    course: Course, shelf: QuestionCategory, path: str, *, by: int | None, at: dt.datetime
) -> bool:
    """Give a shelf another path, and with it every shelf below; return whether anything has changed.

    Raise `BadShelf` for a path that no shelf can have, `ShelfTaken` when there is one with this path already.
    """
    before = shelf.path
    if path == before:
        return False
    below = db.session.scalars(
        sa.select(QuestionCategory).where(
            QuestionCategory.course_id == shelf.course_id,
            QuestionCategory.path.startswith(f"{before}/", autoescape=True),
        )
    ).all()
    wanted = {shelf: path, **{each: f"{path}/{each.path.removeprefix(f'{before}/')}" for each in below}}
    for fault in filter(None, map(path_fault, wanted.values())):
        raise BadShelf(_PATH_SENTENCES[fault])
    if path.startswith(f"{before}/"):
        raise BadShelf(_l("A shelf cannot stand below itself."))
    try:
        with db.session.begin_nested():
            for each, new in wanted.items():
                each.path = new
    except IntegrityError as error:
        raise ShelfTaken(_l("There is a shelf with this name already. Move the questions there.")) from error
    courses.record_audit(
        course, by, "question-shelf-renamed", path, at=at, before={"path": before}, after={"path": path}
    )
    return True


def remove_shelf(course: Course, shelf: QuestionCategory, *, by: int | None, at: dt.datetime) -> None:
    """Take an empty shelf away; raise `ShelfNotEmpty` while a question or a place of a quiz needs it."""
    path = shelf.path
    try:
        with db.session.begin_nested():
            db.session.delete(shelf)
    except IntegrityError as error:
        raise ShelfNotEmpty(
            _l("This shelf still has questions, or a quiz draws from it. Move its questions first.")
        ) from error
    courses.record_audit(course, by, "question-shelf-removed", path, at=at)


# ---------------------------------------------------------------- questions


def put_version(
    question: Question,
    document: dict[str, object],
    *,
    before: QuestionVersion | None,
    by: int | None,
    at: dt.datetime,
    pictures: Mapping[str, StoredFile] | None = None,
    question_import: QuestionImport | None = None,
) -> QuestionVersion:
    """Return the newest version of a question; one is added only when the question reads otherwise."""
    if before is not None and before.document == document:
        return before
    missing = lacking(document)
    version = QuestionVersion(
        question=question,
        number=before.number + 1 if before else 1,
        document=document,
        kind=str(document["type"]),
        words=search_words(document),
        lacks_thai="th" in missing,
        lacks_english="en" in missing,
        created_at=at,
        created_by_id=by,
        question_import=question_import,
    )
    db.session.add(version)
    for name, stored in (pictures or {}).items():
        db.session.add(QuestionAttachment(question_version=version, name=name, file=stored))
    return version


def add_question(
    course: Course,
    shelf: QuestionCategory,
    code: str,
    content: Content,
    *,
    tags: Sequence[str] = (),
    by: int | None,
    at: dt.datetime,
) -> Question:
    """Put a new question on a shelf; raise `CodeTaken` when another one there has its code."""
    question = Question(
        course_id=course.id, category=shelf, code=code, tags=list(tags), archived_at=None, created_at=at
    )
    _flush_with_code(question)
    put_version(question, content.document, before=None, by=by, at=at, pictures=content.pictures)
    db.session.flush()
    courses.record_audit(course, by, "question-added", _subject(question), at=at, after=content.document)
    return question


def save_question(
    course: Course,
    question: Question,
    content: Content,
    *,
    based_on: int,
    shelf: QuestionCategory,
    code: str,
    tags: Sequence[str],
    by: int | None,
    at: dt.datetime,
) -> QuestionVersion:
    """Change a question that was read at version `based_on`; attempts under way keep what they asked.

    Raise `ChangedMeanwhile` when somebody else has saved it since, `CodeTaken` for a code that is in use.
    """
    newest = _locked(question)
    if newest.number != based_on:
        raise ChangedMeanwhile(
            _l("Somebody else saved this question while you were writing. Nothing of yours is stored yet.")
        )
    version = put_version(question, content.document, before=newest, by=by, at=at, pictures=content.pictures)
    moved = (question.category_id, question.code, question.tags) != (shelf.id, code, list(tags))
    question.category, question.code, question.tags = shelf, code, list(tags)
    _flush_with_code(question)
    if version is not newest or moved:
        courses.record_audit(
            course, by, "question-changed", _subject(question), at=at,
            before=newest.document, after=version.document,
        )  # fmt: skip
    return version


def restore(course: Course, version: QuestionVersion, *, by: int | None, at: dt.datetime) -> QuestionVersion:
    """Let a question read again as in one of its versions; that is a new version."""
    newest = _locked(version.question)
    pictures = {each.name: each.file for each in bank_file_queries.attachments_of(version)}
    restored = put_version(
        version.question, dict(version.document), before=newest, by=by, at=at, pictures=pictures
    )
    db.session.flush()
    if restored is not newest:
        courses.record_audit(
            course, by, "question-restored", _subject(version.question), at=at,
            before=newest.document, after=version.document,
        )  # fmt: skip
    return restored


def move(
    course: Course, questions: Sequence[Question], shelf: QuestionCategory, *, by: int | None, at: dt.datetime
) -> None:
    """Put questions on another shelf; one whose code is in use there gets the next free one."""
    taken = set(db.session.scalars(sa.select(Question.code).where(Question.category_id == shelf.id)))
    for question in questions:
        if question.category_id == shelf.id:
            continue
        before = _subject(question)
        question.code = free_code(question.code, taken)
        question.category = shelf
        taken.add(question.code)
        courses.record_audit(
            course, by, "question-moved", _subject(question), at=at, before={"place": before}
        )
    db.session.flush()


def archive(course: Course, question: Question, *, by: int | None, at: dt.datetime) -> None:
    """Offer and draw a question no more; raise `QuestionUsed` while a quiz names it."""
    quizzes = bank_queries.uses_of(question).quizzes
    if quizzes:
        raise QuestionUsed(
            _l("A quiz names this question (%(code)s). Take it out of the quiz first.", code=quizzes[0].code)
        )
    if question.archived_at is None:
        question.archived_at = at
        courses.record_audit(course, by, "question-archived", _subject(question), at=at)


def unarchive(course: Course, question: Question, *, by: int | None, at: dt.datetime) -> None:
    """Offer an archived question again."""
    if question.archived_at is not None:
        question.archived_at = None
        courses.record_audit(course, by, "question-unarchived", _subject(question), at=at)


def duplicate(course: Course, question: Question, *, by: int | None, at: dt.datetime) -> Question:
    """Put a copy of a question, as it reads now, on the same shelf."""
    newest = bank_queries.newest_version(question)
    pictures = {each.name: each.file for each in bank_file_queries.attachments_of(newest)}
    taken = set(
        db.session.scalars(sa.select(Question.code).where(Question.category_id == question.category_id))
    )
    return add_question(
        course, question.category, free_code(question.code, taken), Content(dict(newest.document), pictures),
        tags=question.tags, by=by, at=at,
    )  # fmt: skip


def delete(course: Course, question: Question, *, by: int | None, at: dt.datetime) -> None:
    """Delete a question that was never asked and that no quiz names; otherwise raise `QuestionUsed`."""
    lock(question)
    uses = bank_queries.uses_of(question)
    if uses:
        raise QuestionUsed(_l("This question was asked, or a quiz names it. Archive it instead."))
    subject = _subject(question)
    try:
        with db.session.begin_nested():
            forget([question.id])
    except IntegrityError as error:
        raise QuestionUsed(_l("This question was asked, or a quiz names it. Archive it instead.")) from error
    courses.record_audit(course, by, "question-deleted", subject, at=at)


def forget(question_ids: Sequence[int]) -> None:
    """Delete questions with all their versions; the database refuses when one of them was ever asked."""
    for start in range(0, len(question_ids), bank_queries.MOST_AT_ONCE):
        some = question_ids[start : start + bank_queries.MOST_AT_ONCE]
        versions = sa.select(QuestionVersion.id).where(QuestionVersion.question_id.in_(some))
        for gone in (
            sa.delete(QuestionAttachment).where(QuestionAttachment.question_version_id.in_(versions)),
            sa.delete(QuestionVersion).where(QuestionVersion.question_id.in_(some)),
            sa.delete(Question).where(Question.id.in_(some)),
        ):
            db.session.execute(gone.execution_options(synchronize_session=False))


def _locked(question: Question) -> QuestionVersion:
    """Let nobody else change the question until this is done, and return how it reads now."""
    db.session.execute(sa.select(Question.id).where(Question.id == question.id).with_for_update())
    return bank_queries.newest_version(question)


def _flush_with_code(question: Question) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(question)
            db.session.flush()
    except IntegrityError as error:
        raise CodeTaken(_l("Another question on this shelf has this code.")) from error


def _subject(question: Question) -> str:
    return f"{question.category.path}/{question.code}"
