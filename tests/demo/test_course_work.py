"""The demo has work handed in, marked in part, and a quiz whose written answers wait for a marker."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.assessments.models import Attempt, Question, QuestionCategory, Quiz
from sca_lms.assignments import queries as assignments
from sca_lms.assignments.models import Assignment, AssignmentExtension, Submission, Work, WorkFile
from sca_lms.assignments.rubric_models import Rubric
from sca_lms.config import Settings
from sca_lms.courses import access, sessions
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.demo.cli import prepare
from sca_lms.demo.sample_proposals import COMMENTS, PROPOSALS, TITLE
from sca_lms.marking.models import BankComment, Mark, MarkDraft, RegradeRequest, Release
from sca_lms.modules.models import Unit
from sca_lms.uploads.models import StoredFile


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo's own application, prepared twice as when it is started again."""
    place: Path = tmp_path_factory.mktemp("demo")
    settings = Settings(
        database_url=f"sqlite:///{place / 'demo.sqlite3'}",
        data_dir=place,
        public_url="http://127.0.0.1:8000",
        secret_key="a-test-key-that-is-long-enough-0123456789",
        allow_private_platforms=True,
        log_level="error",
    )
    for _ in range(2):
        prepare(create_app, settings, place, "http://localhost:8100")
    app = create_app(settings)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def an_assignment(code: str) -> Assignment:
    return db.session.scalars(sa.select(Assignment).where(Assignment.code == code)).one()


def test_drafts_came_in_on_time_late_and_with_more_time_and_one_is_no_more_than_a_draft(demo: Flask) -> None:
    with demo.app_context():
        proposal = an_assignment("DRAFT")
        assert proposal.published
        assert proposal.due_at is not None
        now = clock.now()
        assert dt.timedelta(days=6) < now - proposal.due_at < dt.timedelta(days=9)
        works = db.session.scalars(sa.select(Work).where(Work.assignment_id == proposal.id)).all()
        assert len(works) == sum(each is not None for each in PROPOSALS)
        assert Counter(work.versions for work in works) == {0: 1, 1: 11, 2: 1}
        people = [work.enrolment_id for work in works if work.enrolment_id is not None]
        standing = assignments.standing(proposal.course_id, people)
        late = [each for (_, which), each in standing.items() if which == proposal.id and each.late]
        assert len(late) == 1
        assert len(db.session.scalars(sa.select(AssignmentExtension)).all()) == 1
        handed_in = db.session.scalars(sa.select(Submission.submitted_at)).all()
        assert max(handed_in) < now


def test_two_proposals_have_a_real_pdf_that_can_be_read(demo: Flask) -> None:
    with demo.app_context():
        wanted = (
            sa.select(StoredFile)
            .join(WorkFile, WorkFile.file_id == StoredFile.id)
            .where(WorkFile.submission_id.is_not(None))
        )
        files = db.session.scalars(wanted).all()
        assert [file.media_type for file in files] == ["application/pdf"] * 2
        assert all(1_000 < file.size < 200_000 for file in files)


def test_some_are_marked_one_release_is_seen_and_one_learner_asks_again(demo: Flask) -> None:
    with demo.app_context():
        marks = db.session.scalars(sa.select(Mark).where(Mark.work_id.is_not(None))).all()
        kinds = Counter((mark.points is None, mark.release_id is None) for mark in marks)
        assert kinds == {(False, False): 4, (False, True): 3, (True, True): 1}
        assert len(db.session.scalars(sa.select(MarkDraft)).all()) == 1
        release = db.session.scalars(sa.select(Release)).one()
        assert release.settled_at is not None
        request = db.session.scalars(sa.select(RegradeRequest)).one()
        assert request.mark_id in {mark.id for mark in marks if mark.release_id == release.id}
        texts = [comment.text for comment in db.session.scalars(sa.select(BankComment))]
        assert texts == list(COMMENTS)
        assert all(text.th and text.en for text in texts)


def test_the_rubric_of_the_pitching_is_ready_beside_the_one_of_the_draft(demo: Flask) -> None:
    with demo.app_context():
        codes = db.session.scalars(sa.select(Rubric.code).order_by(Rubric.id)).all()
        assert codes == ["RUB-PITCH", "PROPOSAL"]


def test_four_teams_have_planned_their_visit_and_a_unit_leads_there(demo: Flask) -> None:
    with demo.app_context():
        visit = an_assignment("FIELD")
        assert visit.due_at is not None
        assert visit.due_at > clock.now() + dt.timedelta(days=6)
        works = db.session.scalars(sa.select(Work).where(Work.assignment_id == visit.id)).all()
        assert Counter(work.versions for work in works) == {1: 4, 0: 1}
        unit = db.session.scalars(sa.select(Unit).where(Unit.assignment_id == visit.id)).one()
        assert unit.code == "M1.2"


def test_the_course_has_a_quiz_from_the_bank_with_answers_that_wait(demo: Flask) -> None:
    with demo.app_context():
        quiz = db.session.scalars(sa.select(Quiz).where(~Quiz.from_programme)).one()
        attempts = db.session.scalars(sa.select(Attempt).where(Attempt.quiz_id == quiz.id)).all()
        assert [attempt.awaits_marking for attempt in attempts] == [True] * 6
        marked = db.session.scalars(sa.select(Mark).where(Mark.attempt_id.is_not(None))).all()
        assert len(marked) == 2
        tagged = [each.tags for each in db.session.scalars(sa.select(Question)) if each.tags]
        assert len(tagged) == 8
        shelves = db.session.scalars(
            sa.select(QuestionCategory.path).where(QuestionCategory.path.contains("/"))
        ).all()
        assert len(shelves) == 3


PAGES = {
    Role.LEARNER: ("assignments/", "", "grades/mine"),
    Role.INSTRUCTOR: ("assignments/", "marking/", "marking/releases", "rubrics", "questions/", "gradebook"),
    Role.MANAGER: ("assignments/", "marking/", "marking/comments", "gradebook"),
}


@pytest.mark.parametrize("role", PAGES)
def test_every_role_finds_its_pages(demo: Flask, role: Role) -> None:
    with demo.app_context(), transaction():
        course = db.session.scalars(sa.select(Course)).one()
        everybody = db.session.scalars(sa.select(Enrolment).order_by(Enrolment.id)).all()
        enrolment = next(each for each in everybody if role in each.roles)
        opened = sessions.open_session(None, at=clock.now())
        sessions.grant(opened.session_id, course.id, enrolment, at=clock.now())
        course_id, cookie = course.id, access.cookie_name()
    client = demo.test_client()
    client.set_cookie(cookie, opened.token, domain="127.0.0.1")
    for page in PAGES[role]:
        answer = client.get(
            f"/courses/{course_id}/{page}", base_url="http://127.0.0.1:8000", follow_redirects=True
        )
        assert answer.status_code == 200, page
        if page == "assignments/":
            assert TITLE.th in answer.text
