"""Write a draft that nobody overwrites unseen, keep files with it, and hand versions in."""

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from sca_lms.assignments import queries, rules
from sca_lms.assignments.models import Assignment, AssignmentTeam, Submission, Work, WorkFile
from sca_lms.assignments.rules import Opening
from sca_lms.courses.models import Enrolment
from sca_lms.courses.operations import touch
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.uploads.models import StoredFile

LONGEST_TEXT = 50_000
LONGEST_LINK = 2_000
FRESH = ("draft_text", "draft_link", "draft_version", "versions", "last_submitted_at")
"""What decides between two who write or hand in at the same moment."""


class NotTaken(Refused):
    """Nothing is taken at this moment: not opened yet, or closed."""

    code = "assignment-not-open"


class NoTeam(Refused):
    """The assignment is done in teams and this person is in none."""

    code = "no-team"


class DraftMoved(Refused):
    """Somebody saved the draft in another tab or as another member of the team meanwhile."""

    code = "draft-moved"


class HandedInMeanwhile(Refused):
    """Another version was handed in since the page was opened."""

    code = "handed-in-meanwhile"


class NothingToHandIn(Refused):
    """The draft holds nothing that the assignment takes."""

    code = "nothing-to-hand-in"


class NoVersionsLeft(Refused):
    """The assignment takes no further version."""

    code = "no-versions-left"


class BadLink(Refused):
    """The address is none that a marker can safely open."""

    code = "bad-link"


class TooManyFiles(Refused):
    """The draft has as many files as the assignment takes."""

    code = "too-many-files"


class TextTooLong(Refused):
    """The text is longer than what can be kept."""

    code = "text-too-long"


def open_work(assignment: Assignment, learner: Enrolment, team: AssignmentTeam | None) -> Work:
    """Return the work of a learner or a team, made at its first use; of two who begin at once both get it."""
    if assignment.by_team and team is None:
        raise NoTeam(_l("This work is done in teams, and you are not in one yet. Ask your instructor."))
    found = queries.own_work(assignment, learner.id, team)
    if found is not None:
        return found
    alone = not assignment.by_team
    work = Work(
        assignment_id=assignment.id,
        enrolment_id=learner.id if alone else None,
        team_id=None if alone or team is None else team.id,
        draft_text="", draft_link="", draft_version=1, versions=0,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(work)
    except IntegrityError as error:
        found = queries.own_work(assignment, learner.id, team)
        if found is None:
            raise NotTaken(_l("This work changed at the same moment. Open the page again.")) from error
        return found
    return work


def save_draft(
    assignment: Assignment, work: Work, *, text: str, link: str, based_on: int, at: dt.datetime
) -> int:
    """Keep text and link, and return the draft's new version.

    `based_on` is the version that was on the page. Raise `DraftMoved` when another one is stored that says
    something else, `NotTaken` outside the time, `BadLink` and `TextTooLong`. A repeat is harmless.
    """
    _refuse_closed(assignment, work, at=at)
    text, link = _checked(assignment, text, link)
    db.session.refresh(work, FRESH, with_for_update=True)
    if (work.draft_text, work.draft_link) == (text, link):
        return work.draft_version
    if work.draft_version != based_on:
        raise DraftMoved(
            _l("Somebody has saved another text meanwhile. Both are shown; nothing of yours is lost.")
        )
    work.draft_text, work.draft_link = text, link
    work.draft_version += 1
    work.draft_saved_at = at
    db.session.flush()
    return work.draft_version


def refuse_another_file(assignment: Assignment, work: Work, *, at: dt.datetime) -> None:
    """Raise `NotTaken` or `TooManyFiles` before a file is read at all."""
    _refuse_closed(assignment, work, at=at)
    if not assignment.takes_files:
        raise NotTaken(_l("This assignment takes no files."))
    db.session.refresh(work, FRESH, with_for_update=True)
    count = db.session.scalar(sa.select(sa.func.count()).where(WorkFile.work_id == work.id)) or 0
    if count >= assignment.most_files:
        raise TooManyFiles(_l("At most %(number)s files. Take one away first.", number=assignment.most_files))


def add_file(work: Work, stored: StoredFile, *, at: dt.datetime) -> WorkFile:
    """Put a stored file into the draft, after the others."""
    last = db.session.scalar(sa.select(sa.func.max(WorkFile.position)).where(WorkFile.work_id == work.id))
    entry = WorkFile(work_id=work.id, file_id=stored.id, position=(last or 0) + 1)
    entry.file = stored
    db.session.add(entry)
    work.draft_saved_at = at
    db.session.flush()
    return entry


def remove_file(assignment: Assignment, work: Work, file_id: int, *, at: dt.datetime) -> str | None:
    """Take a file out of the draft; return the key of its bytes when no version that was handed in has it.

    One that is gone already is fine.
    """
    _refuse_closed(assignment, work, at=at)
    entry = db.session.scalar(
        sa.select(WorkFile)
        .where(WorkFile.work_id == work.id, WorkFile.file_id == file_id)
        .options(joinedload(WorkFile.file))
    )
    if entry is None:
        return None
    stored = entry.file
    db.session.delete(entry)
    work.draft_saved_at = at
    db.session.flush()
    if db.session.scalar(sa.select(WorkFile.id).where(WorkFile.file_id == file_id).limit(1)) is not None:
        return None
    db.session.delete(stored)
    db.session.flush()
    return stored.key


def hand_in(
    assignment: Assignment, work: Work, learner: Enrolment, *, seen_versions: int, at: dt.datetime
) -> Submission:
    """Hand the draft in as the next version, for everybody whose work it is.

    A repeat of what was handed in last returns that version. `seen_versions` is how many there were on the
    page: raise `HandedInMeanwhile` when a member of the team handed in something else since.
    """
    db.session.refresh(work, FRESH, with_for_update=True)
    files = queries.draft_files(work.id)
    last = queries.find_submission(work.id, work.versions) if work.versions else None
    if last is not None and _same(work, files, last):
        return last
    opening = _opening(assignment, work, at=at)
    if opening is Opening.NOT_YET:
        raise NotTaken(_l("Nothing can be handed in yet."))
    if opening is Opening.CLOSED:
        raise NotTaken(_l("The time to hand in is over."))
    if work.versions > seen_versions:
        raise HandedInMeanwhile(
            _l("Another version was handed in meanwhile. Look at it, then hand in again if you want to.")
        )
    if rules.versions_left(queries.terms_of(assignment), used=work.versions) == 0:
        raise NoVersionsLeft(_l("No further version is taken."))
    text, link = _checked(assignment, work.draft_text, work.draft_link)
    if not (text or link or files):
        raise NothingToHandIn(_l("There is nothing to hand in yet. Write, add a file or give a link first."))
    submission = Submission(
        work_id=work.id, number=work.versions + 1, text=text, link=link,
        submitted_at=at, submitted_by_id=learner.person_id,
    )  # fmt: skip
    db.session.add(submission)
    db.session.flush()
    for entry in files:
        db.session.add(WorkFile(submission_id=submission.id, file_id=entry.file_id, position=entry.position))
    work.versions, work.last_submitted_at = submission.number, at
    db.session.flush()
    for member in queries.people_of(work):
        touch(member)
    return submission


def is_changed(work: Work, files: Sequence[WorkFile], last: Submission | None) -> bool:
    """Tell whether the draft holds something else than the version that was handed in last."""
    return last is None or not _same(work, files, last)


def _same(work: Work, files: Sequence[WorkFile], last: Submission) -> bool:
    handed = [entry.file_id for entry in queries.files_of([last.id]).get(last.id, ())]
    return (work.draft_text, work.draft_link, [entry.file_id for entry in files]) == (
        last.text,
        last.link,
        handed,
    )


def _opening(assignment: Assignment, work: Work, *, at: dt.datetime) -> Opening:
    extended = queries.extended_to([work]).get(work.id)
    return rules.opening(queries.times_of(assignment, extended), at=at)


def _refuse_closed(assignment: Assignment, work: Work, *, at: dt.datetime) -> None:
    if _opening(assignment, work, at=at) is Opening.CLOSED:
        raise NotTaken(_l("The time to hand in is over. What is written here is not saved any more."))


def _checked(assignment: Assignment, text: str, link: str) -> tuple[str, str]:
    """Return what the assignment takes of both; what it does not take is left out."""
    text, link = (text if assignment.takes_text else ""), (link.strip() if assignment.takes_link else "")
    if len(text) > LONGEST_TEXT:
        raise TextTooLong(
            _l("The text is longer than %(most)s letters. Hand it in as a file.", most=LONGEST_TEXT)
        )
    if link and not is_safe_link(link):
        raise BadLink(_l("Write a web address that begins with https://."))
    return text, link


def is_safe_link(link: str) -> bool:
    """Tell whether an address leads by https to a named host, without a password in it."""
    if len(link) > LONGEST_LINK or any(letter.isspace() or not letter.isprintable() for letter in link):
        return False
    try:
        parts = urlsplit(link)
        host = parts.hostname
        parts.port  # noqa: B018 - Reading it is what refuses an impossible port.
    except ValueError:
        return False
    return parts.scheme == "https" and bool(host) and "." in str(host) and "@" not in parts.netloc
