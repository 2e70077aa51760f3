"""A picture goes with its question from the bank to the attempt, its review and the marker's desk."""

import io

import sqlalchemy as sa

from sca_lms.assessments import quiz_editor_operations
from sca_lms.assessments.models import Question, Quiz, Response
from sca_lms.assessments.quiz_editor_operations import Terms
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.texts import Bilingual
from tests.assessments.builders import NINE
from tests.assessments.desks import Desk
from tests.assessments.places import text_of
from tests.assessments.test_bank_pages import PNG

ESSAY_FIELDS = {
    "code": "MAP", "shelf": "Data", "tags": "", "prompt_th": "![แผนที่](attachment:map.png)", "prompt_en": "",
    "prompt_format": "markdown", "points": "2", "based_on": "0",
}  # fmt: skip


def a_quiz_with_a_picture(desk: Desk) -> str:
    """Write an essay with a picture, put it into a new quiz and return the quiz's address."""
    fields = {**ESSAY_FIELDS, "pictures": (io.BytesIO(PNG), "map.png")}
    assert desk.post(f"{desk.bank}/new/essay", **fields).status_code == 302
    with desk.place.app.app_context(), transaction():
        course = db.session.get_one(Course, desk.place.course_id)
        question = db.session.scalars(sa.select(Question).where(Question.code == "MAP")).one()
        quiz = quiz_editor_operations.make_quiz(
            course, Terms(Bilingual("แผนที่", "Map"), attempts_allowed=1), by=None, at=NINE
        )
        quiz_editor_operations.add_questions(quiz, [question], by=None, at=NINE)
        quiz_editor_operations.set_published(quiz, published=True, by=None, at=NINE)
        return f"/courses/{course.id}/quizzes/{quiz.id}"


def test_a_picture_of_the_bank_is_seen_in_the_attempt_its_review_and_by_the_marker(desk: Desk) -> None:
    place = desk.place
    attempt = place.post(f"{a_quiz_with_a_picture(desk)}/attempts").location
    with place.app.app_context():
        asked = db.session.scalars(
            sa.select(Response).join(Response.attempt).join(Quiz).order_by(Response.id.desc())
        ).first()
        assert asked is not None
        attempt_id, picture = (
            asked.attempt_id, f"{desk.bank}/pictures/{asked.question_version_id}/map.png",
        )  # fmt: skip
    assert f'src="{picture}"' in text_of(place.learner.get(attempt))
    assert place.learner.get(picture).data == PNG
    assert place.somebody(Role.LEARNER, given_name="ธนา").get(picture).status_code == 404
    review = place.post(attempt, a0="เห็นตลาดสามแห่ง", action="submit").location
    assert review == f"{attempt}/review"
    assert f'src="{picture}"' in text_of(place.learner.get(review))
    marker = place.somebody(Role.INSTRUCTOR, given_name="ต้น")
    desk_of_marker = f"/courses/{place.course_id}/marking/attempts/{attempt_id}"
    assert f'src="{picture}"' in text_of(marker.get(desk_of_marker))
    assert marker.get(picture).data == PNG
