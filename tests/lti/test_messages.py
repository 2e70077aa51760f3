"""A message leads to its page, and never gives a right."""

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db, transaction
from sca_lms.lti import messages
from sca_lms.lti.launch import Arrival
from sca_lms.lti.models import LtiUser
from tests.lti.platform_double import INSTRUCTOR, LEARNER, MEMBERSHIP, Browser, Host, accepted, refused_with

REVIEW = {"message_type": "LtiSubmissionReviewRequest"}


def enrolment_of(app: Flask, subject: str) -> int:
    with app.app_context():
        return db.session.scalars(
            sa.select(Enrolment.id)
            .join(LtiUser, LtiUser.person_id == Enrolment.person_id)
            .where(LtiUser.subject == subject)
        ).one()


@pytest.mark.parametrize(
    ("custom", "path"),
    [
        (None, "/courses/1/"),
        ({}, "/courses/1/"),
        ({"activity": "programme"}, "/courses/1/"),
        ({"activity": "module"}, "/courses/1/modules"),
        ({"activity": "unheard-of:X"}, "/courses/1/"),
        ({"activity": "//evil.example"}, "/courses/1/"),
        ({"ACTIVITY": "module"}, "/courses/1/modules"),
        ({"activity": "module:PB1"}, "/courses/1/"),
        ({"activity": "$ResourceLink.id.history"}, "/courses/1/"),
    ],
)
def test_a_link_leads_to_the_activity_it_names(
    visitor: Browser, host: Host, custom: dict[str, str] | None, path: str
) -> None:
    assert accepted(visitor.launch(host, custom=custom)) == path


def test_packages_bring_their_own_activities(app: Flask, visitor: Browser, host: Host) -> None:
    app.extensions[messages.ACTIVITIES]["quiz"] = lambda course_id, code: (
        f"/courses/{course_id}/quizzes/{code}"
    )
    assert accepted(visitor.launch(host, custom={"activity": "quiz:Q1"})) == "/courses/1/quizzes/Q1"
    assert accepted(visitor.launch(host)) == "/courses/1/quizzes/Q1", "a link remembers its activity"


def test_staff_reach_the_work_they_are_asked_to_review(app: Flask, visitor: Browser, host: Host) -> None:
    visitor.launch(host)
    teacher = Browser(app)
    answer = teacher.launch(
        host, sub="teacher", roles=[INSTRUCTOR], for_user={"user_id": "learner-5"}, **REVIEW
    )
    assert accepted(answer) == f"/courses/1/learners/{enrolment_of(app, 'learner-5')}"


@pytest.mark.parametrize("for_user", [None, {}, {"user_id": "never-came"}, {"user_id": ""}, "learner-5", []])
def test_a_review_of_nobody_we_know_leads_to_the_course(
    visitor: Browser, host: Host, for_user: object
) -> None:
    answer = visitor.launch(host, sub="teacher", roles=[INSTRUCTOR], for_user=for_user, **REVIEW)
    assert accepted(answer) == "/courses/1/"


@pytest.mark.parametrize(
    "roles",
    [
        [LEARNER],
        [],
        [MEMBERSHIP + "Mentor"],
        ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"],
    ],
)
def test_a_learner_who_obtains_a_review_of_another_learner_sees_their_own_page(
    app: Flask, visitor: Browser, host: Host, roles: list[str]
) -> None:
    """Moodle signs such a message for any learner who asks for it."""
    visitor.launch(host, sub="victim")
    curious = Browser(app)
    answer = curious.launch(host, sub="curious", roles=roles, for_user={"user_id": "victim"}, **REVIEW)
    assert accepted(answer) == "/courses/1/"
    with app.app_context():
        enrolment = db.session.get_one(Enrolment, enrolment_of(app, "curious"))
        assert enrolment.roles.isdisjoint({Role.INSTRUCTOR, Role.MANAGER})


def test_somebody_of_another_course_cannot_be_reviewed(app: Flask, visitor: Browser, host: Host) -> None:
    visitor.launch(host, sub="elsewhere", context={"id": "other-course"})
    answer = Browser(app).launch(
        host, sub="teacher", roles=[INSTRUCTOR], for_user={"user_id": "elsewhere"}, **REVIEW
    )
    assert accepted(answer) == "/courses/2/"


def test_a_review_may_lead_to_the_address_of_its_column(visitor: Browser, host: Host) -> None:
    target = "https://tool.example.org/courses/1/review"
    accepted(visitor.launch(host, sub="teacher", roles=[INSTRUCTOR], target_link_uri=target, **REVIEW))
    foreign = visitor.launch(host, target_link_uri="https://evil.example/", **REVIEW)
    assert refused_with(foreign) == "target-foreign"


def test_a_question_about_privacy_leads_to_an_explanation_and_opens_nothing(
    visitor: Browser, host: Host
) -> None:
    answer = visitor.launch(
        host,
        message_type="DataPrivacyLaunchRequest",
        context=None,
        resource_link=None,
        for_user={"user_id": "x"},
    )
    assert accepted(answer) == "/lti/privacy"
    assert not any("sca_lms=" in value for value in answer.headers.getlist("Set-Cookie"))
    assert visitor.get("/lti/privacy").status_code == 200


def test_a_question_about_privacy_leads_somebody_known_to_what_is_kept_about_them(
    visitor: Browser, host: Host
) -> None:
    visitor.launch(host)
    visitor.launch(host, context={"id": "second-course"})
    asking = {
        "message_type": "DataPrivacyLaunchRequest",
        "resource_link": None,
        "for_user": {"user_id": "x"},
    }
    answer = visitor.launch(host, context={"id": "second-course"}, **asking)
    assert accepted(answer) == "/courses/2/my-data"
    assert visitor.get("/courses/2/my-data").status_code == 200
    anywhere = accepted(visitor.launch(host, context=None, **asking))
    assert anywhere in {"/courses/1/my-data", "/courses/2/my-data"}
    assert accepted(visitor.launch(host, context={"id": "never-seen"}, **asking)).endswith("/my-data")


def test_a_question_about_privacy_of_somebody_who_left_is_answered_as_well(
    app: Flask, visitor: Browser, host: Host
) -> None:
    visitor.launch(host)
    with app.app_context(), transaction():
        db.session.execute(sa.update(Enrolment).values(state=EnrolmentState.WITHDRAWN))
    answer = visitor.launch(
        host,
        message_type="DataPrivacyLaunchRequest",
        context=None,
        resource_link=None,
        for_user={"user_id": "x"},
    )
    assert accepted(answer) == "/courses/1/my-data"
    assert visitor.get("/courses/1/my-data").status_code == 200
    assert visitor.get("/courses/1/").status_code == 403


def test_another_package_may_take_a_message(app: Flask, visitor: Browser, host: Host) -> None:
    seen: list[Arrival] = []

    def pick(arrival: Arrival) -> str:
        seen.append(arrival)
        return "/lti/pick"

    app.extensions[messages.MESSAGES]["LtiDeepLinkingRequest"] = pick
    answer = visitor.launch(
        host,
        roles=[INSTRUCTOR],
        message_type="LtiDeepLinkingRequest",
        resource_link=None,
        target_link_uri=None,
        deep_linking_settings={"deep_link_return_url": "https://lms.example.edu/back", "data": "opaque"},
    )
    assert accepted(answer) == "/lti/pick"
    assert seen[0].launch.deep_linking["data"] == "opaque"
    assert seen[0].course is not None


def test_a_message_that_nobody_takes_is_refused(app: Flask, visitor: Browser, host: Host) -> None:
    app.extensions[messages.MESSAGES].pop("DataPrivacyLaunchRequest")
    answer = visitor.launch(host, message_type="DataPrivacyLaunchRequest", context=None, resource_link=None)
    assert refused_with(answer) == "message-type-unknown"
