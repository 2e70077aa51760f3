"""Two editors who save one question of the bank at the same instant: one is kept, the other is told."""

import threading
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assessments import bank_operations
from sca_lms.assessments.bank_operations import ChangedMeanwhile, Content
from sca_lms.assessments.models import Question, QuestionVersion
from sca_lms.assessments.question_types import document_of
from sca_lms.courses.models import Course
from sca_lms.database import db, transaction
from tests.assessments.builders import LAW, NINE
from tests.assessments.desks import Desk
from tests.assessments.samples import text

EDITORS = 4


def test_of_editors_who_save_at_once_one_is_kept_and_the_others_are_told(desk: Desk) -> None:
    app, question_id = desk.place.app, desk.add()
    together = threading.Barrier(EDITORS)
    kept: list[str] = []
    refused: list[str] = []

    def write(words: str) -> None:
        with app.app_context():
            wanted = sa.select(Question).where(Question.id == question_id)
            question = db.session.scalars(wanted.options(joinedload(Question.category))).one()
            course = db.session.get_one(Course, desk.place.course_id)
            db.session.rollback()
            together.wait()
            try:
                with transaction():
                    bank_operations.save_question(
                        course, question, Content(document_of(replace(LAW, prompt=text(words))), {}),
                        based_on=1, shelf=question.category, code=question.code, tags=[], by=None, at=NINE,
                    )  # fmt: skip
            except ChangedMeanwhile as refusal:
                refused.append(refusal.code)
            else:
                kept.append(words)
            db.session.remove()

    editors = [threading.Thread(target=write, args=[f"Editor {number}"]) for number in range(EDITORS)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert (len(kept), refused) == (1, [ChangedMeanwhile.code] * (EDITORS - 1))
    with app.app_context():
        versions = db.session.scalars(
            sa.select(QuestionVersion)
            .where(QuestionVersion.question_id == question_id)
            .order_by(QuestionVersion.number)
        ).all()
        assert [version.number for version in versions] == [1, 2]
        assert kept[0] in str(versions[1].document)
