"""Take a file of questions into the bank: plan it, store all or nothing, undo it while it is unused."""

import datetime as dt
import hashlib
import io
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from sca_lms.assessments import bank_operations, bank_queries
from sca_lms.assessments.bank_words import path_fault, tidy_path
from sca_lms.assessments.formats.bank import AttachedFile, Bank, BankQuestion
from sca_lms.assessments.models import (
    Question,
    QuestionAttachment,
    QuestionCategory,
    QuestionImport,
    QuestionVersion,
    QuizSlot,
    Response,
)
from sca_lms.assessments.question_types import document_of
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.uploads.content import shown_name
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.operations import Scanner
from sca_lms.uploads.storage import FileStore

KEPT = dt.timedelta(days=1)
"""So long waits a file that was checked and not taken in."""
# Read again under a lock before anything is decided; only these, since PostgreSQL locks no outer join.
_DECIDED = ("stored_at", "undone_at")


class ImportRefused(Refused):
    """The file cannot be taken in as it is."""

    code = "import-refused"


class ImportUsed(Refused):
    """Something of the import was asked, placed in a quiz or changed since."""

    code = "import-used"


class Step(StrEnum):
    """What taking a question in would do."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Planned:
    """One question of the file, where it goes, and what that does."""

    step: Step
    path: str
    incoming: BankQuestion
    document: dict[str, object]
    question_id: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking a file in would do; nothing can be stored where a shelf has no possible name."""

    rows: Sequence[Planned]
    bad_paths: Sequence[str]

    @property
    def counts(self) -> Mapping[Step, int]:
        """Return how many questions are new, changed and the same."""
        found = Counter(row.step for row in self.rows)
        return {step: found[step] for step in Step}


def receive(
    course: Course,
    name: str,
    content: bytes,
    *,
    place: FileStore,
    scanners: Sequence[Scanner],
    by: int | None,
    at: dt.datetime,
) -> QuestionImport:
    """Keep a file until it is taken in; raise `ImportRefused` when a scanner finds something."""
    for scan in scanners:
        found = scan(io.BytesIO(content))
        if found is not None:
            raise ImportRefused(_l("The file was refused: %(reason)s.", reason=found))
    stored = _stored(course, shown_name(name), "application/octet-stream", content, place=place, by=by, at=at)
    received = QuestionImport(
        course_id=course.id, file=stored, person_id=by, created_at=at, stored_at=None, undone_at=None
    )
    db.session.add(received)
    db.session.flush()
    return received


def forget_old(course: Course, *, at: dt.datetime) -> list[str]:
    """Forget files that were checked and never taken in; return the keys of their bytes, to be deleted."""
    old = db.session.scalars(
        sa.select(QuestionImport).where(
            QuestionImport.course_id == course.id,
            QuestionImport.stored_at.is_(None),
            QuestionImport.created_at < at - KEPT,
        )
    ).all()
    files = db.session.scalars(
        sa.select(StoredFile).where(StoredFile.id.in_([each.file_id for each in old]))
    ).all()
    for row in (*old, *files):
        db.session.delete(row)
        db.session.flush()
    return [file.key for file in files]


def plan(course: Course, bank: Bank, *, shelf: str, keep_shelves: bool) -> Plan:
    """Compare a file with the bank by shelf and code; `keep_shelves` puts its own shelves below `shelf`."""
    paths = {
        each.category: tidy_path(f"{shelf}/{each.category}" if keep_shelves else shelf)
        for each in bank.questions
    }
    bad = sorted({path for path in paths.values() if path_fault(path) is not None})
    known = _known(course, set(paths.values()))
    rows = []
    for each in bank.questions:
        path, document = paths[each.category], document_of(each.question)
        found = known.get((path, each.code))
        if found is None:
            rows.append(Planned(Step.NEW, path, each, document, None))
        else:
            same = found[1] == document and (not each.tags or list(each.tags) == found[2])
            rows.append(Planned(Step.SAME if same else Step.CHANGED, path, each, document, found[0]))
    return Plan(rows, bad)


def take_in(
    course: Course,
    received: QuestionImport,
    planned: Plan,
    *,
    shelf: str,
    place: FileStore,
    by: int | None,
    at: dt.datetime,
) -> None:
    """Store everything of a plan; doing so again changes nothing. Raise `ImportRefused` for a bad shelf."""
    file_name = received.file.name
    db.session.refresh(received, _DECIDED, with_for_update=True)
    if received.stored_at is not None:
        return
    if planned.bad_paths:
        raise ImportRefused(_l("Choose a shelf with a shorter name, at most six in one another."))
    shelves = {
        path: bank_operations.shelf_of(course.id, path, at=at) for path in {row.path for row in planned.rows}
    }
    pictures = _Pictures(course, place, by, at)
    changed = {row.question_id: row for row in planned.rows if row.step is Step.CHANGED}
    newest = bank_queries.newest_versions([each for each in changed if each is not None])
    for row in planned.rows:
        if row.step is Step.SAME:
            continue
        before = newest.get(row.question_id) if row.question_id is not None else None
        question = (
            before.question if before is not None else _new_question(course, shelves[row.path], row, at)
        )
        if before is not None and row.incoming.tags:
            question.tags = list(row.incoming.tags)
        bank_operations.put_version(
            question, row.document, before=before, by=by, at=at,
            pictures=pictures.kept(row.incoming.attachments), question_import=received,
        )  # fmt: skip
    counts = planned.counts
    received.added, received.changed = counts[Step.NEW], counts[Step.CHANGED]
    received.stored_at, received.shelf = at, shelf
    db.session.flush()
    courses.record_audit(
        course, by, "questions-imported", file_name, at=at,
        after={"added": received.added, "changed": received.changed, "import": received.id},
    )  # fmt: skip


def undo(course: Course, received: QuestionImport, *, by: int | None, at: dt.datetime) -> None:
    """Take back all that an import brought; raise `ImportUsed` when something of it is in use."""
    file_name = received.file.name
    db.session.refresh(received, _DECIDED, with_for_update=True)
    if received.stored_at is None or received.undone_at is not None:
        return
    refusal = ImportUsed(
        _l("A question of this import was asked, stands in a quiz or was changed since, so all of it stays.")
    )
    if _is_used(received):
        raise refusal
    brought = sa.select(QuestionVersion.id).where(QuestionVersion.import_id == received.id)
    new = db.session.scalars(
        sa.select(QuestionVersion.question_id).where(
            QuestionVersion.import_id == received.id, QuestionVersion.number == 1
        )
    ).all()
    try:
        with db.session.begin_nested():
            bank_operations.forget(new)
            db.session.execute(
                sa.delete(QuestionAttachment)
                .where(QuestionAttachment.question_version_id.in_(brought))
                .execution_options(synchronize_session=False)
            )
            db.session.execute(
                sa.delete(QuestionVersion)
                .where(QuestionVersion.import_id == received.id)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError as error:
        raise refusal from error
    received.undone_at = at
    courses.record_audit(course, by, "question-import-undone", file_name, at=at)


def _is_used(received: QuestionImport) -> bool:
    mine, later = aliased(QuestionVersion), aliased(QuestionVersion)
    asked = sa.select(Response.id).join(mine, mine.id == Response.question_version_id)
    placed = (
        sa.select(QuizSlot.id).join(mine, mine.question_id == QuizSlot.question_id).where(mine.number == 1)
    )
    changed = sa.select(later.id).join(
        mine, sa.and_(mine.question_id == later.question_id, later.number > mine.number)
    )
    return any(
        db.session.scalar(sa.select(found.where(mine.import_id == received.id).exists()))
        for found in (asked, placed, changed)
    )


def _known(
    course: Course, paths: set[str]
) -> dict[tuple[str, str], tuple[int, dict[str, object], list[str]]]:
    """Return what lies on these shelves: number, document and tags by path and code."""
    found: dict[tuple[str, str], tuple[int, dict[str, object], list[str]]] = {}
    for path in sorted(paths):
        for question, version in bank_queries.on_shelf(course.id, path):
            found[path, question.code] = (question.id, version.document, question.tags)
    return found


def _new_question(course: Course, shelf: QuestionCategory, row: Planned, at: dt.datetime) -> Question:
    question = Question(
        course_id=course.id, category=shelf, code=row.incoming.code, tags=list(row.incoming.tags),
        archived_at=None, created_at=at,
    )  # fmt: skip
    db.session.add(question)
    return question


class _Pictures:
    """Store each picture of an import once, however many questions show it."""

    def __init__(self, course: Course, place: FileStore, by: int | None, at: dt.datetime) -> None:
        self._course, self._place, self._by, self._at = course, place, by, at
        self._known: dict[str, StoredFile] = {}

    def kept(self, files: Sequence[AttachedFile]) -> dict[str, StoredFile]:
        """Return the stored files by name."""
        return {file.name: self._one(file) for file in files}

    def _one(self, file: AttachedFile) -> StoredFile:
        if file.sha256 not in self._known:
            self._known[file.sha256] = _stored(
                self._course, file.name, file.media_type, file.content,
                place=self._place, by=self._by, at=self._at,
            )  # fmt: skip
        return self._known[file.sha256]


def _stored(
    course: Course,
    name: str,
    media_type: str,
    content: bytes,
    *,
    place: FileStore,
    by: int | None,
    at: dt.datetime,
) -> StoredFile:
    key = secrets.token_hex(16)
    place.put(key, io.BytesIO(content))
    stored = StoredFile(
        course_id=course.id, key=key, name=name, media_type=media_type, size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), person_id=by, created_at=at,
    )  # fmt: skip
    db.session.add(stored)
    return stored
