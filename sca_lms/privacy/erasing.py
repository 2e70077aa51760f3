"""Make one person anonymous, in one transaction; sums, marks and the ledger's chain stay as they are.

Doing it again changes nothing. Bytes of files leave the store after the transaction; should the process die
in between, they have no row any more, and the store's own clearing removes them.
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.assessments.models import Attempt, QuestionAttachment, QuestionImport, Quiz
from sca_lms.assignments.models import Submission, Work, WorkFile
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.operations import name_keys
from sca_lms.courses.rules import EnrolmentState
from sca_lms.courses.sessions import SessionGrant, WebSession
from sca_lms.database import db
from sca_lms.grades.models import Delivery, Score
from sca_lms.grades.rules import UNSENT, State
from sca_lms.lti.models import LtiUser
from sca_lms.lti.roster_models import RosterMember
from sca_lms.modules.models import ModuleFile
from sca_lms.privacy import audit_lines
from sca_lms.privacy.holdings import ERASED, Erase, Holding
from sca_lms.privacy.models import PersonExport, PrivacyRequest
from sca_lms.privacy.paths import any_of
from sca_lms.privacy.registry import HOLDINGS, about_people
from sca_lms.privacy.rules import ExportState, RequestKind, RequestState
from sca_lms.privacy.washing import terms_of, washed, without
from sca_lms.projects.models import Captaincy, Pair
from sca_lms.updates.models import UpdateFile
from sca_lms.uploads.content import ending_of
from sca_lms.uploads.models import StoredFile

LONGEST_KEY_BYTES = 16
AT_ONCE = 500
CALENDARS = ("calendar_owner", "occupancy_cell", "time_off")
"""Come after the enrolments, in this order: whoever gives somebody's time away locks them so."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done: how many rows changed or went, and the keys of files whose bytes are to be forgotten."""

    rows: int
    keys: tuple[str, ...]


def erase(person: Person, *, at: dt.datetime) -> Erased:
    """Blank a person and everything that says who they were; call it inside a transaction.

    The learning platform keeps its own copy, and whoever launches from there again is somebody new here.
    """
    # Nobody waits for these locks who only writes down that something is about the person.
    db.session.refresh(person, sa.inspect(Person).column_attrs.keys(), with_for_update={"key_share": True})
    terms = _terms(person)
    mine = sa.select(Enrolment.id).where(Enrolment.person_id == person.id).order_by(Enrolment.id)
    enrolments = db.session.scalars(mine).all()
    _lock_pairs(enrolments)
    _lock_quizzes(enrolments)
    rows = audit_lines.scrub(person.id, terms) + audit_lines.scrub_notices(terms)
    keys = [*_blank_files(person.id), *_forget_exports(person.id)]
    _stop_deliveries(enrolments)
    _close_requests(person.id, terms, at=at)
    _end_sessions(person.id, enrolments)
    holdings = list(reversed(about_people()))
    for holding in holdings:
        if holding.table not in CALENDARS:
            rows += _act(holding, person.id)
    db.session.scalars(mine.with_for_update(key_share=True)).all()
    for table in CALENDARS:
        rows += _act(HOLDINGS[table], person.id)
    db.session.execute(
        sa.update(Enrolment)
        .where(Enrolment.id.in_(enrolments), Enrolment.state == EnrolmentState.ACTIVE)
        .values(state=EnrolmentState.WITHDRAWN)
        .execution_options(synchronize_session="fetch")
    )
    person.name = person.given_name = person.family_name = person.nickname = ""
    person.prefix = person.email = ""
    person.locale = None
    person.sort_key, person.search_key = name_keys("", "", "")
    db.session.flush()
    return Erased(rows + 1, tuple(keys))


def _lock_pairs(enrolments: Sequence[int]) -> None:
    """Lock the pairs of a person before anything else of them: whoever books begins with the pair."""
    led = sa.select(Captaincy.pair_id).where(Captaincy.captain_id.in_(enrolments))
    db.session.scalars(
        sa.select(Pair.id)
        .where(sa.or_(Pair.ambassador_id.in_(enrolments), Pair.id.in_(led)))
        .order_by(Pair.id)
        .with_for_update(key_share=True)
    ).all()


def _lock_quizzes(enrolments: Sequence[int]) -> None:
    """Let no figures be begun of quizzes that a person took; `figures_kept.claim` waits for this."""
    taken = sa.select(Attempt.quiz_id).where(Attempt.enrolment_id.in_(enrolments))
    db.session.scalars(
        sa.select(Quiz.id).where(Quiz.id.in_(taken)).order_by(Quiz.id).with_for_update(read=True)
    ).all()


def _terms(person: Person) -> tuple[str, ...]:
    """Return by which words the person is named: whole names, addresses and the host's ids."""
    subjects = db.session.scalars(sa.select(LtiUser.subject).where(LtiUser.person_id == person.id)).all()
    listed = db.session.execute(
        sa.select(RosterMember.name, RosterMember.given_name, RosterMember.family_name, RosterMember.email)
        .join(RosterMember.enrolment)
        .where(Enrolment.person_id == person.id)
    ).all()
    names = [
        person.name,
        person.full_name,
        f"{person.given_name} {person.family_name}",
        person.email,
        *subjects,
    ]
    for row in listed:
        names += [row.name, f"{row.given_name} {row.family_name}", row.email]
    return terms_of(*names)


def _act(holding: Holding, person_id: int) -> int:
    """Blank or delete the rows of one table; returns how many."""
    table = holding.source
    mine = any_of(table, holding.erased_by, person_id)
    if holding.erase is Erase.DELETE:
        return _number(sa.delete(table).where(mine))
    if holding.erase is not Erase.BLANK:
        return 0
    rows = 0
    if holding.blank:
        values = {name: _marked(table.c[name], value) for name, value in holding.blank.items()}
        rows = _number(sa.update(table).where(mine).values(values))
    if holding.wash:
        rows = max(rows, _wash(holding, mine))
    return rows


def _number(statement: sa.Delete | sa.Update) -> int:
    done = db.session.execute(statement.execution_options(synchronize_session=False))
    return max(0, done.rowcount) if isinstance(done, sa.CursorResult) else 0


def _marked(column: sa.Column[object], value: object) -> object:
    """Let an empty text stay empty; what is not there cannot be erased."""
    if value != ERASED:
        return value
    return sa.case((sa.or_(column == "", column.is_(None)), column), else_=sa.literal(ERASED))


def _wash(holding: Holding, mine: sa.ColumnElement[bool]) -> int:
    """Replace what people wrote inside of documents; they are read in pieces, a table may hold many."""
    table = holding.source
    key = next(iter(table.primary_key.columns))
    keys = db.session.scalars(sa.select(key).where(mine)).all()
    changed = 0
    for start in range(0, len(keys), AT_ONCE):
        found = db.session.execute(
            sa.select(key, *(table.c[name] for name in holding.wash)).where(
                key.in_(keys[start : start + AT_ONCE])
            )
        ).all()
        for number, *documents in found:
            new = [washed(document) for document in documents]
            if new != documents:
                values = dict(zip(holding.wash, new, strict=True))
                changed += _number(sa.update(table).where(key == number).values(values))
    return changed


def _blank_files(person_id: int) -> list[str]:
    """Give the person's files new keys without bytes and no name; return the old keys.

    Pictures of a module, files of a question and works of a team belong to others as well and stay.
    """
    of_teams = (
        sa.select(WorkFile.file_id)
        .outerjoin(Submission, Submission.id == WorkFile.submission_id)
        .join(Work, Work.id == sa.func.coalesce(WorkFile.work_id, Submission.work_id))
        .where(Work.team_id.is_not(None))
    )
    shared = [
        sa.select(each.file_id) for each in (ModuleFile, QuestionAttachment, QuestionImport, UpdateFile)
    ]
    feedback = HOLDINGS["mark_feedback_file"].source
    of_marks = HOLDINGS["mark"].source
    about_them = sa.select(feedback.c.file_id).where(
        feedback.c.mark_id.in_(
            sa.select(of_marks.c.id).where(any_of(of_marks, HOLDINGS["mark"].erased_by, person_id))
        )
    )
    files = db.session.scalars(
        sa.select(StoredFile).where(
            sa.or_(StoredFile.person_id == person_id, StoredFile.id.in_(about_them)),
            StoredFile.sha256 != "",
            *(StoredFile.id.not_in(each) for each in (*shared, of_teams)),
        )
    ).all()
    keys = [stored.key for stored in files]
    for stored in files:
        stored.key = secrets.token_hex(LONGEST_KEY_BYTES)
        stored.name = f"{ERASED}.{ending_of(stored.name)}"
        stored.sha256, stored.size = "", 0
    db.session.flush()
    return keys


def _forget_exports(person_id: int) -> list[str]:
    """Delete the archives of the person; a worker that makes one finds that nobody wants it any more."""
    exports = db.session.scalars(
        sa.select(PersonExport).where(
            PersonExport.person_id == person_id, PersonExport.state != ExportState.DELETED
        )
    ).all()
    file_ids = [export.file_id for export in exports if export.file_id is not None]
    for export in exports:
        export.state, export.file_id = ExportState.DELETED, None
        export.lease_token = export.lease_until = None
    db.session.flush()
    gone = db.session.scalars(
        sa.delete(StoredFile)
        .where(StoredFile.id.in_(file_ids))
        .returning(StoredFile.key)
        .execution_options(synchronize_session=False)
    )
    return list(gone)


def _stop_deliveries(enrolments: Sequence[int]) -> None:
    """Send nothing more of what waits for the host; what was sent stays in the receipt."""
    scores = sa.select(Score.id).where(Score.enrolment_id.in_(enrolments))
    revision = sa.select(Score.revision).where(Score.id == Delivery.score_id).scalar_subquery()
    db.session.execute(
        sa.update(Delivery)
        .where(Delivery.score_id.in_(scores), Delivery.state.in_(UNSENT))
        .values(
            state=State.NOTHING, reason=None, next_try_at=None, lease_token=None, lease_until=None,
            settled_revision=revision,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _close_requests(person_id: int, terms: Sequence[str], *, at: dt.datetime) -> None:
    """Settle what the person asked for: erasures are done, the rest has nobody to be answered any more."""
    requests = db.session.scalars(sa.select(PrivacyRequest).where(PrivacyRequest.person_id == person_id))
    for request in requests.all():
        request.answer = str(without(request.answer, terms))
        if request.kind is RequestKind.ERASURE and request.state is RequestState.GRANTED:
            request.state, request.done_at = RequestState.DONE, at
        elif request.state is RequestState.OPEN:
            request.state, request.decided_at = RequestState.WITHDRAWN, at
    db.session.flush()


def _end_sessions(person_id: int, enrolments: Sequence[int]) -> None:
    """Close the doors that stand open; a browser in which others are signed in keeps its session."""
    theirs = sa.or_(SessionGrant.person_id == person_id, SessionGrant.enrolment_id.in_(enrolments))
    sessions = db.session.scalars(sa.select(SessionGrant.session_id).where(theirs)).all()
    db.session.execute(sa.delete(SessionGrant).where(theirs).execution_options(synchronize_session=False))
    others = sa.select(SessionGrant.session_id).where(SessionGrant.session_id == WebSession.id).exists()
    db.session.execute(
        sa.delete(WebSession)
        .where(WebSession.id.in_(sessions), WebSession.is_operator.is_(False), ~others)
        .execution_options(synchronize_session=False)
    )
