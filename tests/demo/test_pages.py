"""The pages let a newcomer in by one click, and show each role what is theirs."""

import datetime as dt
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.demo.lms import PretendLms
from sca_lms.demo.personalities import CANVAS
from sca_lms.demo.site import Grade, ToolState
from tests.demo.conftest import MakePlatform
from tests.demo.site import (
    ACTIVITY,
    CLASSMATE,
    COLUMN,
    COURSE,
    INSTRUCTOR,
    LEARNER,
    MANAGER,
    MENTOR,
    OTHER_COURSE,
    STRANGER,
    TOOL_URL,
    TUTOR,
)

AT = dt.datetime(2026, 11, 22, 9, 0, 7, tzinfo=dt.UTC)


def enter(client: FlaskClient, user_id: str) -> FlaskClient:
    client.post("/enter", data={"user": user_id})
    return client


def test_the_front_page_has_one_button_a_role_and_says_that_all_is_invented(
    moodle_client: FlaskClient,
) -> None:
    page = moodle_client.get("/", headers={"Accept-Language": "en"})
    for role in ("learner", "mentor", "instructor", "manager"):
        assert f"Enter as {role}" in page.text
    assert "invented" in page.text
    assert "ชยพล วงศ์ทอง" in page.text


def test_one_click_logs_in_and_opens_the_activity(moodle_client: FlaskClient) -> None:
    answer = moodle_client.post("/enter", data={"user": LEARNER, "activity": ACTIVITY})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/activities/{ACTIVITY}")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("pretendlms=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = moodle_client.get(answer.headers["Location"])
    assert f'src="/activities/{ACTIVITY}/launch"' in page.text
    assert 'target="_blank"' in page.text
    assert f'allow="microphone {TOOL_URL}; camera {TOOL_URL}' in page.text
    assert "clipboard" not in page.text


def test_pages_speak_thai_unless_english_is_wanted(moodle_client: FlaskClient) -> None:
    assert '<html lang="th">' in moodle_client.get("/").text
    assert "ลองใช้ SCA LMS" in moodle_client.get("/").text
    back = moodle_client.get("/language/en?next=/courses/2")
    assert back.headers["Location"] == "/courses/2"
    assert '<html lang="en">' in moodle_client.get("/").text
    assert moodle_client.get("/language/fr").status_code == 404


@pytest.mark.parametrize("following", ["//evil.example.org", "https://evil.example.org", "/\\evil"])
def test_choosing_a_language_leads_nowhere_else(moodle_client: FlaskClient, following: str) -> None:
    answer = moodle_client.get("/language/en", query_string={"next": following})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        (f"/courses/{COURSE}", 401),
        (f"/courses/{COURSE}/gradebook", 401),
        (f"/activities/{ACTIVITY}", 401),
        (f"/activities/{ACTIVITY}/launch", 401),
        ("/admin", 401),
        ("/courses/99", 404),
        ("/activities/99", 404),
        ("/nowhere", 404),
        ("/healthz", 200),
    ],
)
def test_who_is_not_logged_in_sees_the_front_page_only(
    moodle_client: FlaskClient, path: str, status: int
) -> None:
    assert moodle_client.get(path).status_code == status


@pytest.mark.parametrize(
    ("user_id", "path", "status"),
    [
        (LEARNER, f"/courses/{COURSE}/participants", 200),
        (LEARNER, f"/courses/{COURSE}/add", 403),
        (LEARNER, f"/courses/{COURSE}/gradebook/{COLUMN}/{LEARNER}", 403),
        (LEARNER, f"/activities/{ACTIVITY}/grade?user={LEARNER}", 200),
        (LEARNER, f"/activities/{ACTIVITY}/grade?user={CLASSMATE}", 403),
        (LEARNER, f"/activities/{ACTIVITY}/grade", 403),
        (LEARNER, "/admin", 403),
        (MENTOR, f"/courses/{COURSE}/gradebook", 200),
        (TUTOR, f"/courses/{COURSE}/add", 403),
        (TUTOR, f"/courses/{COURSE}/gradebook/{COLUMN}/{LEARNER}", 200),
        (INSTRUCTOR, f"/courses/{COURSE}/add", 200),
        (INSTRUCTOR, f"/activities/{ACTIVITY}/grade", 200),
        (INSTRUCTOR, f"/activities/{ACTIVITY}/grade?user={LEARNER}", 200),
        (INSTRUCTOR, f"/courses/{COURSE}/gradebook/99/{LEARNER}", 404),
        (INSTRUCTOR, f"/courses/{COURSE}/gradebook/{COLUMN}/{INSTRUCTOR}", 404),
        (INSTRUCTOR, "/admin", 403),
        (INSTRUCTOR, f"/courses/{COURSE}/privacy", 404),
        (MANAGER, "/admin", 200),
        (STRANGER, f"/courses/{COURSE}", 403),
        (STRANGER, f"/activities/{ACTIVITY}", 403),
        (STRANGER, f"/activities/{ACTIVITY}/launch", 403),
        (STRANGER, f"/courses/{OTHER_COURSE}", 200),
    ],
)
def test_each_role_sees_its_pages(moodle_client: FlaskClient, user_id: str, path: str, status: int) -> None:
    assert enter(moodle_client, user_id).get(path).status_code == status


def test_learners_see_their_own_row_and_teachers_all(moodle: PretendLms, moodle_client: FlaskClient) -> None:
    grades = moodle.state.line_items[COLUMN].grades
    grades[LEARNER] = Grade(Decimal("84.5"), "Half <way>", AT, AT)
    grades[CLASSMATE] = Grade(Decimal(160), "", AT, AT, by_teacher=True, locked=True)
    own = enter(moodle_client, LEARNER).get(f"/courses/{COURSE}/gradebook").text
    assert "84.5" in own
    assert "Half &lt;way&gt;" in own
    assert "16:00:07" in own
    assert "ชยพล" not in own
    everybody = enter(moodle_client, INSTRUCTOR).get(f"/courses/{COURSE}/gradebook").text
    assert "<strong>160</strong>" in everybody
    assert "ผู้สอนแก้ไข" in everybody
    assert f'href="/activities/{ACTIVITY}/grade"' in everybody
    assert f'href="/activities/{ACTIVITY}/grade?user={LEARNER}"' in everybody


def test_the_gradebook_reloads_by_itself_when_asked(moodle_client: FlaskClient) -> None:
    client = enter(moodle_client, INSTRUCTOR)
    assert 'http-equiv="refresh"' not in client.get(f"/courses/{COURSE}/gradebook").text
    assert 'http-equiv="refresh"' in client.get(f"/courses/{COURSE}/gradebook?refresh=1").text


def test_a_teacher_changes_a_grade(moodle: PretendLms, moodle_client: FlaskClient) -> None:
    client = enter(moodle_client, INSTRUCTOR)
    address = f"/courses/{COURSE}/gradebook/{COLUMN}/{LEARNER}"
    answer = client.post(address, data={"score": "100.5", "comment": "Well done", "locked": "1"})
    assert answer.status_code == 303
    cell = moodle.gradebook(COURSE).cell(LEARNER, COLUMN)
    assert cell is not None
    assert (cell.score, cell.comment, cell.locked, cell.by_teacher) == (
        Decimal("100.5"),
        "Well done",
        True,
        True,
    )
    client.post(address, data={"score": ""})
    cleared = moodle.gradebook(COURSE).cell(LEARNER, COLUMN)
    assert cleared is not None
    assert cleared.score is None


@pytest.mark.parametrize("typed", ["many", "169", "-1", "NaN", "Infinity"])
def test_a_wrong_score_is_kept_in_the_field_and_refused(moodle_client: FlaskClient, typed: str) -> None:
    address = f"/courses/{COURSE}/gradebook/{COLUMN}/{LEARNER}"
    page = enter(moodle_client, INSTRUCTOR).post(address, data={"score": typed})
    assert page.status_code == 422
    assert f'value="{typed}"' in page.text
    assert 'id="score-fault"' in page.text


def test_the_policy_of_every_page_is_strict(moodle_client: FlaskClient) -> None:
    policy = moodle_client.get("/").headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
        f"base-uri 'none'; frame-ancestors 'self'; frame-src 'self' {TOOL_URL}; form-action 'self' {TOOL_URL}"
    )
    assert moodle_client.get("/").headers["X-Content-Type-Options"] == "nosniff"


def test_no_page_needs_what_the_policy_forbids(moodle_app: Flask) -> None:
    client = enter(moodle_app.test_client(), MANAGER)
    for path in (
        *("/", f"/courses/{COURSE}", f"/activities/{ACTIVITY}", f"/courses/{COURSE}/gradebook", "/admin"),
        *(f"/activities/{ACTIVITY}/launch", f"/courses/{COURSE}/add", f"/courses/{COURSE}/participants"),
    ):
        text = client.get(path).text
        assert "style=" not in text
        assert "<script>" not in text
        assert " onclick" not in text


def test_only_canvas_has_platform_storage_and_a_privacy_page(
    make_platform: MakePlatform, moodle_client: FlaskClient
) -> None:
    canvas = enter(make_platform(CANVAS).test_client(), LEARNER)
    assert 'name="pretend-storage"' in canvas.get(f"/activities/{ACTIVITY}").text
    assert f'data-origins="{TOOL_URL}"' in canvas.get("/lti/storage").text
    assert canvas.get(f"/courses/{COURSE}/privacy").status_code == 200
    assert "pretend-storage" not in enter(moodle_client, LEARNER).get(f"/activities/{ACTIVITY}").text
    assert moodle_client.get("/lti/storage").status_code == 404


def test_the_tool_can_send_people_back_with_a_word(moodle_client: FlaskClient) -> None:
    page = moodle_client.get("/lti/return?course=2&lti_errormsg=Not%20<now>")
    assert "Not &lt;now&gt;" in page.text
    assert 'href="/courses/2"' in page.text


def test_logging_out_ends_the_visit(moodle_client: FlaskClient) -> None:
    client = enter(moodle_client, LEARNER)
    client.post("/leave")
    assert client.get(f"/courses/{COURSE}").status_code == 401


@pytest.mark.parametrize("form", [{"user": "99"}, {}])
def test_nobody_else_can_be_entered(moodle_client: FlaskClient, form: dict[str, str]) -> None:
    assert moodle_client.post("/enter", data=form).status_code == 404


def test_the_thai_font_is_served(moodle_client: FlaskClient) -> None:
    with moodle_client.get("/fonts/sarabun-thai-400-normal.woff2") as font:
        assert (font.status_code, font.mimetype) == (200, "font/woff2")
    assert moodle_client.get("/fonts/../look.css").status_code == 404


def test_with_two_tools_an_instructor_chooses_one(moodle_client: FlaskClient, moodle: PretendLms) -> None:
    client = enter(moodle_client, INSTRUCTOR)
    assert "<iframe" in client.get(f"/courses/{COURSE}/add").text
    with moodle.changing() as site:
        for client_id, state in (("second", ToolState.ACTIVE), ("waiting", ToolState.PENDING)):
            site.register_tool(
                client_id,
                name=f"The {client_id} tool",
                initiate_login_uri=f"{TOOL_URL}/login",
                redirect_uris=[f"{TOOL_URL}/launch"],
                jwks_uri=f"{TOOL_URL}/keys",
                target_link_uri=f"{TOOL_URL}/launch",
                state=state,
            )
    chooser = client.get(f"/courses/{COURSE}/add").text
    assert "<iframe" not in chooser
    assert "The second tool" in chooser
    assert "The waiting tool" not in chooser
    assert f'href="/courses/{COURSE}/add?tool=second"' in chooser
    assert "<iframe" in client.get(f"/courses/{COURSE}/add?tool=second").text
    assert client.get(f"/courses/{COURSE}/add?tool=waiting").status_code == 404
