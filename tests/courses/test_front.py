"""Who comes without a course reads what this is; who is in one is led back to it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sca_lms import __version__
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from tests.builders import a_course, an_enrolment, signed_in

ENGLISH = {"Accept-Language": "en"}


def a_learner(app: Flask, title: str = "City data") -> tuple[FlaskClient, int]:
    with app.app_context(), transaction():
        enrolment = an_enrolment(a_course(title), roles={Role.LEARNER})
        enrolment_id, course_id = enrolment.id, enrolment.course_id
    return signed_in(app, enrolment_id), course_id


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_first_page_says_in_both_languages_what_this_is_and_how_to_enter(
    client: FlaskClient, language: str
) -> None:
    answer = client.get("/", headers={"Accept-Language": language})
    assert answer.status_code == 200
    thai, english = answer.text.index("เข้าใช้งานจากรายวิชา"), answer.text.index("Enter from your course.")
    assert (thai < english) is (language == "th")
    assert f"SCA LMS {__version__}" in answer.text
    for path in ("config.json", "login", "launch", "jwks.json"):
        assert f"https://tool.example.org/lti/{path}" in answer.text
    assert "/courses/" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_the_first_page_leads_back_to_the_courses_of_this_browser(app: Flask) -> None:
    browser, course_id = a_learner(app)
    a_learner(app, "Another course")
    page = browser.get("/", headers=ENGLISH).text
    assert "City data" in page
    assert f'href="/courses/{course_id}/"' in page
    assert "Another course" not in page


@pytest.mark.parametrize(
    ("path", "status"),
    [("learners", 403), ("nonsense", 404), ("modules/PB1/none", 404), ("quizzes/999", 404)],
)
def test_an_error_in_a_course_leads_back_to_its_first_page(app: Flask, path: str, status: int) -> None:
    browser, course_id = a_learner(app)
    answer = browser.get(f"/courses/{course_id}/{path}", headers=ENGLISH)
    assert answer.status_code == status
    assert f'href="/courses/{course_id}/">Back to your course' in answer.text
    assert 'href="/">What SCA LMS is' in answer.text


@pytest.mark.parametrize("path", ["/nowhere", "/courses/999/", "/courses/99999999999/"])
def test_an_error_elsewhere_leads_to_the_first_page_only(app: Flask, path: str) -> None:
    browser, _course_id = a_learner(app)
    for visitor in (browser, app.test_client()):
        answer = visitor.get(path, headers=ENGLISH)
        assert answer.status_code in {401, 404}
        assert "Back to your course" not in answer.text
        assert 'href="/">What SCA LMS is' in answer.text
