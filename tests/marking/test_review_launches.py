"""A review that a host asks for leads staff to the work of that learner, and nobody else anywhere new."""

from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.lti.models import LtiUser
from tests.lti.platform_double import INSTRUCTOR, LEARNER, MEMBERSHIP, Browser, Host, accepted, connected
from tests.marking.builders import TEXT, a_rubric, a_work, an_assignment, an_attempt

REVIEW = {"message_type": "LtiSubmissionReviewRequest", "for_user": {"user_id": "learner-5"}}
ESSAY = "รถเชื่อมตลาดกับสถานี"
QUIZ = {"custom": {"activity": "quiz:Q1"}, "resource_link": {"id": "link-quiz"}}
WORK = {"custom": {"activity": "assignment:A1"}, "resource_link": {"id": "link-work"}}


@dataclass(frozen=True)
class Desk:
    """A course that came from a host, where one learner has handed in a quiz and an assignment."""

    app: Flask
    host: Host
    graders: dict[str, str]
    """By kind of activity, where staff mark what the learner did."""

    def launched(self, sub: str, roles: list[str], **changes: object) -> tuple[Browser, str]:
        """Let somebody launch and return their browser, and where it was led to."""
        browser = Browser(self.app)
        return browser, accepted(browser.launch(self.host, sub=sub, roles=roles, **changes))


@pytest.fixture
def desk(app: Flask) -> Desk:
    host = Host(app, connected(app)).register()
    Browser(app).launch(host, sub="learner-5")
    with app.app_context(), transaction():
        learner = db.session.scalars(sa.select(Enrolment)).one()
        course = db.session.scalars(sa.select(Course)).one()
        work = a_work(an_assignment(course, a_rubric(course)), learner)
        attempt = an_attempt(course, learner, essay=ESSAY)
        places = {"quiz": f"attempts/{attempt.id}", "assignment": f"works/{work.id}"}
        return Desk(app, host, {kind: f"/courses/{course.id}/marking/{at}" for kind, at in places.items()})


@pytest.mark.parametrize(
    ("kind", "link", "handed_in"),
    [("quiz", QUIZ, ESSAY), ("assignment", WORK, TEXT.partition("\n")[0])],
)
def test_a_review_opens_the_grader_at_what_that_learner_handed_in(
    desk: Desk, kind: str, link: dict[str, object], handed_in: str
) -> None:
    teacher, path = desk.launched("teacher", [INSTRUCTOR], **REVIEW, **link)
    assert path == desk.graders[kind]
    page = teacher.get(path)
    assert page.status_code == 200
    assert handed_in in page.text
    assert "ปวีณา" in page.text


@pytest.mark.parametrize("roles", [[LEARNER], [MEMBERSHIP + "Mentor"], []])
@pytest.mark.parametrize(("kind", "link"), [("quiz", QUIZ), ("assignment", WORK)])
def test_a_review_that_a_learner_obtains_opens_nobodys_work(
    desk: Desk, kind: str, link: dict[str, object], roles: list[str]
) -> None:
    """Hosts sign such a message for any member who asks for one, so it is the role that decides."""
    curious, path = desk.launched("curious", roles, **REVIEW, **link)
    assert path != desk.graders[kind]
    assert ESSAY not in curious.get(path).text
    for grader in desk.graders.values():
        assert curious.get(grader).status_code == 403
    with desk.app.app_context():
        of_curious = sa.select(Enrolment).join(LtiUser, LtiUser.person_id == Enrolment.person_id)
        enrolment = db.session.scalars(of_curious.where(LtiUser.subject == "curious")).one()
        assert enrolment.roles.isdisjoint({Role.INSTRUCTOR, Role.MANAGER, Role.AUTHOR})


@pytest.mark.parametrize("link", [QUIZ, WORK])
def test_a_review_of_nobody_in_particular_opens_the_activity_and_nobodys_work(
    desk: Desk, link: dict[str, object]
) -> None:
    """The heading of a column in Moodle's gradebook asks for one."""
    message = {"message_type": REVIEW["message_type"]}
    teacher, path = desk.launched("teacher", [INSTRUCTOR], **message, **link)
    # The activity leads staff on to the page that is theirs.
    onward = teacher.get(path).headers["Location"]
    assert not {path, onward} & set(desk.graders.values())
    assert teacher.get(onward).status_code == 200
    curious, path = desk.launched("curious", [LEARNER], **message, **link)
    assert ESSAY not in curious.get(path).text


@pytest.mark.parametrize("link", [QUIZ, WORK])
def test_a_review_of_somebody_who_handed_in_nothing_opens_that_learner(
    desk: Desk, link: dict[str, object]
) -> None:
    desk.launched("learner-6", [LEARNER])
    nothing = {**REVIEW, "for_user": {"user_id": "learner-6"}}
    teacher, path = desk.launched("teacher", [INSTRUCTOR], **nothing, **link)
    assert path not in desk.graders.values()
    assert "/learners/" in path
    assert teacher.get(path).status_code == 200


def test_a_review_in_another_course_does_not_reach_the_work(desk: Desk) -> None:
    elsewhere = {"context": {"id": "course-elsewhere", "title": "Elsewhere"}}
    teacher, path = desk.launched("teacher", [INSTRUCTOR], **REVIEW, **WORK, **elsewhere)
    assert path not in desk.graders.values()
    for grader in desk.graders.values():
        assert teacher.get(grader).status_code in {401, 403, 404}
