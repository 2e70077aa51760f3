"""Let the sample's learners hand draft proposals in, and an instructor be in the middle of marking them."""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from sca_lms.assignments import extensions, rubric_files, rubrics, terms, writing
from sca_lms.assignments.extensions import Planned
from sca_lms.assignments.models import Assignment, Work
from sca_lms.assignments.rubric_models import RubricVersion
from sca_lms.assignments.rubric_rules import Rubric, document_of, number_of, read_rubric
from sca_lms.assignments.terms import AssignmentTerms
from sca_lms.bootcamp import typeset
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.demo.cohort import Cohort, acting
from sca_lms.demo.sample_proposals import (
    COMMENTS,
    EXTENSION,
    INSTRUCTIONS,
    PITCHING_TITLE,
    PROPOSALS,
    REGRADE,
    RUBRIC_CODE,
    RUBRIC_TITLE,
    TITLE,
    Proposal,
)
from sca_lms.marking import annotating, comments, operations, queries, regrading, releasing
from sca_lms.marking.annotating import Place
from sca_lms.marking.models import Mark
from sca_lms.marking.releasing import About
from sca_lms.marking.rules import UNDO_TIME, Judgement
from sca_lms.marking.subjects import Subject, SubjectKind
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.content import MEBIBYTE, Allowed
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store

CODE = "DRAFT"
PAPER = Path(__file__).parent / "templates" / "demo" / "proposal.typ"
PAPER_NAME = "project-proposal.pdf"
FOOTER = "ข้อมูลตัวอย่าง บุคคลและเหตุการณ์สมมติขึ้น"
DAY = dt.timedelta(days=1)
OPENED_DAYS_AGO, DUE_DAYS_AGO, EXTENDED_DAYS_AGO, CLOSES_IN_DAYS = 20, 7, 3, 7
EXTENDED = 4
"""The place of the learner who had more time."""
RELEASED = 4
"""The marks of so many learners, the first ones, were released."""
ASKS_AGAIN = 1
READ = dt.timedelta(minutes=9)
"""One proposal is read in this time."""
TERMS = AssignmentTerms(
    title=TITLE,
    instructions=INSTRUCTIONS,
    takes_text=True,
    takes_files=True,
    takes_link=False,
    endings=["docx", "pdf"],
    most_files=3,
    largest_mebibytes=20,
    by_team=False,
    anonymous=False,
    two_markers=False,
    opens_at=None,
    due_at=None,
    closes_at=None,
    most_versions=None,
    max_score=Decimal(100),
    pass_percent=60,
    late_percent_per_day=Decimal(5),
    late_percent_at_most=Decimal(20),
)


def collect(cohort: Cohort, document: Mapping[str, object], *, at: dt.datetime) -> None:
    """Set the assignment, let the learners write, and mark some of what came in until `at`."""
    version = _rubrics(cohort, document, at=at - OPENED_DAYS_AGO * DAY)
    if version is None:
        return
    assignment = _assignment(cohort, version, at=at)
    works = _write(cohort, assignment, at=at)
    _mark(cohort, assignment, works, at=at)


def _rubrics(cohort: Cohort, document: Mapping[str, object], *, at: dt.datetime) -> RubricVersion | None:
    """Take the pitching's rubric over as it stands, and one without the criterion of the stage for drafts."""
    file = rubric_files.programme_rubric(document, PITCHING_TITLE)
    if file is None:
        return None
    whole = read_rubric(file.document)
    by = cohort.instructor.person_id
    rubrics.create(cohort.course, file.code, file.title, document_of(whole), person_id=by, at=at)
    on_paper = Rubric(whole.criteria[:-1])
    made = rubrics.create(
        cohort.course, RUBRIC_CODE, RUBRIC_TITLE, document_of(on_paper), person_id=by, at=at
    )
    return rubrics.newest_version(made)


def _assignment(cohort: Cohort, version: RubricVersion, *, at: dt.datetime) -> Assignment:
    course, by, opened_at = cohort.course, cohort.instructor.person_id, at - OPENED_DAYS_AGO * DAY
    dated = replace(
        TERMS,
        opens_at=opened_at,
        due_at=cohort.end_of_day(-DUE_DAYS_AGO, at=at),
        closes_at=cohort.end_of_day(CLOSES_IN_DAYS, at=at),
    )
    assignment = terms.create(course, CODE, dated, person_id=by, at=opened_at)
    assignment.course = course
    rubrics.use_version(assignment, course, version, person_id=by, at=opened_at)
    terms.publish(assignment, course, published=True, person_id=by, at=opened_at)
    db.session.flush()
    until = cohort.end_of_day(-EXTENDED_DAYS_AGO, at=at)
    for learner in cohort.learners[EXTENDED : EXTENDED + 1]:
        more_time = [Planned(learner, None, until, EXTENSION)]
        extensions.apply(assignment, course, more_time, person_id=by, at=at - (DUE_DAYS_AGO + 1) * DAY)
    return assignment


def _write(cohort: Cohort, assignment: Assignment, *, at: dt.datetime) -> list[tuple[Proposal, Work]]:
    due_at = assignment.due_at or at
    works = []
    for learner, proposal in zip(cohort.learners, PROPOSALS, strict=False):
        if proposal is None:
            continue
        written_at = due_at + dt.timedelta(hours=proposal.hours or 0)
        work = writing.open_work(assignment, learner, None)
        if proposal.earlier:
            _save(assignment, work, proposal.earlier, at=written_at - DAY)
            writing.hand_in(assignment, work, learner, seen_versions=0, at=written_at - DAY)
        _save(assignment, work, proposal.text, at=written_at)
        if proposal.on_paper:
            writing.add_file(work, _paper(cohort, learner, proposal, at=written_at), at=written_at)
        if proposal.hours is not None:
            writing.hand_in(assignment, work, learner, seen_versions=work.versions, at=written_at)
            works.append((proposal, work))
    return works


def _save(assignment: Assignment, work: Work, text: str, *, at: dt.datetime) -> None:
    writing.save_draft(assignment, work, text=text, link="", based_on=work.draft_version, at=at)


def _paper(cohort: Cohort, learner: Enrolment, proposal: Proposal, *, at: dt.datetime) -> StoredFile:
    content = {
        "title": TITLE.th,
        "person": learner.person.full_name,
        "area": learner.area,
        "paragraphs": proposal.text.split("\n\n"),
        "footer": FOOTER,
    }
    return uploads.take(
        cohort.course,
        PAPER_NAME,
        io.BytesIO(typeset.pdf(str(PAPER), "proposal", content)),
        allowed=Allowed(frozenset(TERMS.endings), TERMS.largest_mebibytes * MEBIBYTE),
        place=store(),
        person_id=learner.person_id,
        at=at,
    )


# ---------------------------------------------------------------- marking


def _mark(
    cohort: Cohort, assignment: Assignment, works: Sequence[tuple[Proposal, Work]], *, at: dt.datetime
) -> None:
    course, by = cohort.course, cohort.instructor.person_id
    for text in COMMENTS:
        comments.add(course, text, owner_id=None, at=at - OPENED_DAYS_AGO * DAY)
    began_at = at - 2 * DAY
    marks: list[Mark] = []
    subjects: list[Subject] = []
    for number, (proposal, work) in enumerate(works):
        subject = queries.find_subject(cohort.marker, SubjectKind.WORKS, work.id)
        if subject is None:
            raise LookupError("what was handed in can be marked")
        subjects.append(subject)
        if proposal.levels:
            mark = _judge(cohort, subject, proposal, at=began_at + number * READ)
            marks += [mark] if mark is not None else []
    released_at = at - DAY
    about = About(course, assignment=assignment)
    ready = [mark.id for mark in marks[:RELEASED]]
    made = releasing.release(about, mark_ids=ready, by=by, at=released_at)
    releasing.settle(made.id, at=released_at + UNDO_TIME)
    asks = cohort.learners[ASKS_AGAIN]
    seen = queries.find_subject(acting(asks), SubjectKind.WORKS, subjects[ASKS_AGAIN].id)
    if seen is not None:
        regrading.ask(seen, asks, REGRADE, at=released_at + 3 * UNDO_TIME)


def _judge(cohort: Cohort, subject: Subject, proposal: Proposal, *, at: dt.datetime) -> Mark | None:
    """Mark a proposal with its levels; None where the marker has only typed so far."""
    rubric, submission, by = subject.rubric, subject.submission, cohort.instructor.person_id
    if rubric is None or submission is None or by is None:
        raise LookupError("what was handed in has a rubric and a version")
    chosen = {
        criterion.code: number_of(Decimal(level))
        for criterion, level in zip(rubric.criteria, proposal.levels, strict=False)
    }
    judgement = Judgement(levels=chosen, comment=proposal.comment)
    passage = annotating.passage(submission.text, proposal.quote)
    if passage is not None:
        annotating.annotate(submission, Place(*passage), proposal.remark, author_id=by, at=at)
    if proposal.is_typed_only:
        operations.keep_draft(subject, judgement, person_id=by, based_on=0, at=at)
        return None
    return operations.save(
        subject, judgement, by=cohort.marker, seen_version=0, submission_id=submission.id, at=at
    )
