"""An instructor chooses in the host's picker, and the host gets exactly what it accepts."""

import datetime as dt
import html
import json
import re
from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.courses.models import AuditEvent
from sca_lms.database import db, transaction
from sca_lms.demo.lms import PretendLms
from sca_lms.demo.personalities import PERSONALITIES
from sca_lms.demo.platform import create_platform, lms_of
from sca_lms.demo.settings import PlatformSettings
from sca_lms.demo.site import Message
from sca_lms.lti import housekeeping
from sca_lms.lti.deep_linking_models import DeepLinkingRequest
from sca_lms.lti.linkables import EXTENSION, Column, Linkable
from sca_lms.texts import Bilingual
from tests.builders import csrf_of
from tests.demo.site import COURSE, ISSUER, a_site
from tests.demo.site import INSTRUCTOR as TEACHER
from tests.lti.platform_double import (
    INSTRUCTOR,
    LEARNER,
    TOOL,
    Browser,
    Host,
    Network,
    accepted,
    refused_with,
)

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
RETURN = "https://lms.example.edu/pick?course=2&sesskey=a%22b"
DUE = dt.datetime(2026, 12, 4, 16, 59, tzinfo=dt.UTC)
PRE = Column("PRE", Bilingual(th="ผลการเรียนก่อนเข้าค่าย", en="Pre-bootcamp learning"), Decimal(100))
QUIZ = Column("Q1", Bilingual(th="แบบทดสอบ 1", en="Quiz 1"), Decimal("12.5"))
OFFERED = [
    Linkable(
        "module:PB1",
        Bilingual(th="บทบาทและหน้าที่", en="Roles & <duties>"),
        Bilingual(th="90 นาที", en="90 minutes"),
        column=PRE,
        available_from=dt.datetime(2026, 11, 25, tzinfo=dt.UTC),
        due=DUE,
    ),
    Linkable("home", Bilingual(th="ห้องเรียนของโครงการ", en="Programme home"), kind="today", column=PRE),
    Linkable("quiz:Q1", Bilingual(th="แบบทดสอบ 1", en="Quiz 1"), kind="quiz", column=QUIZ),
]


@pytest.fixture(autouse=True)
def programme(app: Flask) -> None:
    app.extensions[EXTENSION] = [lambda _course_id: OFFERED]


def settings_of(**changes: object) -> dict[str, object]:
    said = {
        "deep_link_return_url": RETURN,
        "accept_types": ["link", "ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def open_picker(
    visitor: Browser, host: Host, *, roles: Sequence[str] = (INSTRUCTOR,), **changes: object
) -> str:
    """Launch the picker and return its path."""
    answer = visitor.launch(
        host,
        message_type="LtiDeepLinkingRequest",
        resource_link=None,
        roles=list(roles),
        launch_presentation={"locale": "en", "return_url": f"{host.issuer}/return"},
        deep_linking_settings=settings_of(**changes),
    )
    return accepted(answer)


def send(visitor: Browser, path: str, **fields: object) -> TestResponse:
    page = visitor.get(path)
    assert page.status_code == 200, page.text
    return visitor.post(path, {"csrf_token": csrf_of(page.text), "action": "add", **fields})


def form_of(answer: TestResponse) -> tuple[str, str]:
    """Return where the page's form goes, and the token in it."""
    assert answer.status_code == 200, answer.text
    action = re.search(r'<form[^>]*action="([^"]*)"[^>]*data-send-at-once', answer.text)
    token = re.search(r'name="JWT" value="([^"]+)"', answer.text)
    assert action, answer.text
    assert token
    return html.unescape(action[1]), token[1]


def read(app: Flask, answer: TestResponse) -> dict[str, object]:
    """Return the answer's claims as a host reads them, with our published keys."""
    published = app.test_client().get("/lti/jwks.json", base_url=TOOL).json
    assert published is not None
    return dict(jwt.decode(form_of(answer)[1], KeySet.import_key_set(published), algorithms=["RS256"]).claims)


def items(claims: dict[str, object]) -> list[dict[str, object]]:
    found = claims[DL + "content_items"]
    assert isinstance(found, list)
    return found


def test_the_whole_programme_is_placed_in_one_go(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    assert re.fullmatch(r"/courses/\d+/deep-linking/\d+", path)
    answer = send(visitor, path, scope="whole", column=["PRE", "Q1"], target="iframe")
    claims = read(app, answer)
    at = clock.now().timestamp()
    assert claims["iss"] == host.client_id
    assert claims["aud"] == host.issuer
    assert at - 15 < int(str(claims["iat"])) <= at - 4
    assert at < int(str(claims["exp"])) < at + 600
    assert claims["nonce"]
    assert claims[LTI + "deployment_id"] == host.deployment_id
    assert claims[LTI + "message_type"] == "LtiDeepLinkingResponse"
    assert claims[LTI + "version"] == "1.3.0"
    assert DL + "data" not in claims
    assert claims[DL + "msg"] == "3 activities were added."
    home, module, quiz = items(claims)
    assert [home["title"], module["title"], quiz["title"]] == [
        "ห้องเรียนของโครงการ",
        "บทบาทและหน้าที่",
        "แบบทดสอบ 1",
    ]
    assert {item["url"] for item in (home, module, quiz)} == {f"{TOOL}/lti/launch"}
    assert module["custom"] == {
        "activity": "module:PB1",
        "context_history": "$Context.id.history",
        "link_history": "$ResourceLink.id.history",
    }
    assert home["icon"] == {"url": f"{TOOL}/static/lti/icon-128.png", "width": 128, "height": 128}
    assert module["available"] == {"startDateTime": "2026-11-25T00:00:00.000Z"}
    assert module["submission"] == {"endDateTime": "2026-12-04T16:59:00.000Z"}
    assert home["lineItem"] == {
        "label": "ผลการเรียนก่อนเข้าค่าย",
        "scoreMaximum": 100,
        "resourceId": "sca-lms:PRE",
        "tag": "PRE",
        "submissionReview": {
            "reviewableStatus": ["InProgress", "Submitted", "Completed"],
            "url": f"{TOOL}/lti/launch",
            "custom": {"activity": "home"},
        },
    }
    assert "lineItem" not in module
    assert quiz["lineItem"] == {**quiz["lineItem"], "scoreMaximum": 12.5, "tag": "Q1"}  # type: ignore[dict-item]  # It is a mapping.
    assert all("iframe" in item and "window" not in item for item in (home, module, quiz))


def test_no_member_is_null_or_empty(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host, accept_presentation_document_targets=None)
    claims = read(app, send(visitor, path, scope="whole"))

    def walk(value: object) -> None:
        assert value not in (None, "", [], {}), claims
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(each)

    walk(claims)
    assert all("iframe" not in item and "window" not in item for item in items(claims))


def test_the_icon_that_is_named_is_there(visitor: Browser) -> None:
    with visitor.get("/static/lti/icon-128.png") as answer:
        assert answer.status_code == 200
        assert answer.data.startswith(b"\x89PNG")


def test_single_activities_are_chosen_by_their_boxes(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    answer = send(visitor, path, scope="single", activity=["module:PB1", "quiz:Q1", "invented"], column="PRE")
    module, quiz = items(read(app, answer))
    # Without the home among them, the shared column goes to the first that has it.
    assert module["lineItem"] == {**module["lineItem"], "tag": "PRE"}  # type: ignore[dict-item]  # It is a mapping.
    assert "lineItem" not in quiz


def test_data_comes_back_as_it_was_sent(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host, data='op=1&"token"=<ก>')
    assert read(app, send(visitor, path, scope="whole"))[DL + "data"] == 'op=1&"token"=<ก>'


@pytest.mark.parametrize("said", [None, False, "false"])
def test_a_host_that_takes_one_activity_gets_one_and_says_how_to_go_on(
    app: Flask, visitor: Browser, host: Host, said: object
) -> None:
    path = open_picker(visitor, host, accept_multiple=said)
    page = visitor.get(path).text
    assert 'type="radio" name="activity"' in page
    assert "takes one activity at a time here" in page
    assert 'name="scope"' not in page
    several = send(visitor, path, activity=["home", "quiz:Q1"])
    assert several.status_code == 422
    assert "Choose one." in several.text
    [item] = items(read(app, send(visitor, path, scope="whole", activity="quiz:Q1", column="Q1")))
    assert item["title"] == "แบบทดสอบ 1"


def test_a_host_that_makes_no_columns_is_asked_for_none(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host, accept_lineitem=False)
    assert "makes no columns here" in visitor.get(path).text
    chosen = items(read(app, send(visitor, path, scope="whole", column=["PRE", "Q1"])))
    assert all("lineItem" not in item for item in chosen)


def test_only_columns_that_were_ticked_are_asked_for(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    chosen = items(read(app, send(visitor, path, scope="whole", column="Q1")))
    assert [item.get("lineItem") is not None for item in chosen] == [False, False, True]


@pytest.mark.parametrize(
    ("accepted_targets", "wanted", "member"),
    [
        (["iframe", "window"], "window", "window"),
        (["window"], "iframe", None),
        (["frame", "Window "], "window", "window"),
        ("iframe,window", "iframe", "iframe"),
        (["embed"], "iframe", None),
    ],
)
def test_it_opens_only_where_the_host_allows(
    app: Flask, visitor: Browser, host: Host, accepted_targets: object, wanted: str, member: str | None
) -> None:
    path = open_picker(visitor, host, accept_presentation_document_targets=accepted_targets)
    [item, *_rest] = items(read(app, send(visitor, path, scope="whole", target=wanted)))
    assert {"iframe", "window"} & set(item) == ({member} if member else set())


def test_a_place_for_files_only_is_explained_and_can_be_left(
    app: Flask, visitor: Browser, host: Host
) -> None:
    path = open_picker(visitor, host, accept_types=["file", "html"])
    page = visitor.get(path).text
    assert "This place takes no activities" in page
    assert 'name="activity"' not in page
    assert send(visitor, path, scope="whole").status_code == 422
    claims = read(app, send(visitor, path, action="cancel"))
    assert claims[DL + "content_items"] == []


def test_cancelling_sends_an_empty_answer(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    claims = read(app, send(visitor, path, action="cancel", scope="whole"))
    assert claims[DL + "content_items"] == []
    assert claims[DL + "msg"] == "Nothing was added."


def test_a_choice_of_nothing_is_asked_again(visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    answer = send(visitor, path, scope="single")
    assert answer.status_code == 422
    assert "Choose at least one activity." in answer.text
    assert visitor.get(path).status_code == 200


def test_the_page_can_be_reloaded_and_the_answer_sent_once(visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    first = visitor.get(path)
    assert first.status_code == visitor.get(path).status_code == 200
    fields = {"csrf_token": csrf_of(first.text), "action": "add", "scope": "whole"}
    assert visitor.post(path, fields).status_code == 200
    again = visitor.post(path, fields)
    assert again.status_code == 409
    assert again.headers["X-Error-Code"] == "deep-linking-answered"
    assert "has already been sent to your course" in again.text
    back = visitor.get(path)
    assert back.status_code == 200
    assert "has already been sent to your course" in back.text


def test_a_picker_that_stood_open_too_long_is_closed(visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    page = visitor.get(path)
    with time_machine.travel(clock.now() + dt.timedelta(hours=5)):
        assert "stood open too long" in visitor.get(path).text
        late = visitor.post(path, {"csrf_token": csrf_of(page.text), "action": "add", "scope": "whole"})
        assert late.status_code == 409
        assert late.headers["X-Error-Code"] == "deep-linking-expired"


def test_the_answer_goes_to_the_host_and_to_nobody_else(visitor: Browser, host: Host) -> None:
    answer = send(visitor, open_picker(visitor, host), scope="whole")
    assert form_of(answer)[0] == RETURN
    policy = answer.headers["Content-Security-Policy"]
    assert "form-action 'self' https://lms.example.edu;" in policy
    assert "unsafe-inline" not in policy
    assert '<button class="btn btn-primary" type="submit">' in answer.text


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "//evil.example", "", None, 7, 'https://"onmouseover=alert(1) x', "ftp://x/"],
)
def test_a_return_address_that_is_none_is_refused_at_the_door(
    visitor: Browser, host: Host, address: object
) -> None:
    answer = visitor.launch(
        host,
        message_type="LtiDeepLinkingRequest",
        resource_link=None,
        roles=[INSTRUCTOR],
        deep_linking_settings=settings_of(deep_link_return_url=address),
    )
    assert refused_with(answer) in {"claim-missing", "claim-malformed"}


@pytest.mark.parametrize(
    "roles", [[LEARNER], [], ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"]]
)
def test_only_those_who_teach_the_course_may_choose(visitor: Browser, host: Host, roles: list[str]) -> None:
    answer = visitor.launch(
        host,
        message_type="LtiDeepLinkingRequest",
        resource_link=None,
        roles=roles,
        deep_linking_settings=settings_of(),
    )
    assert refused_with(answer) == "role-refused"
    assert "__Host-sca_lms=" not in str(answer.headers)


def test_nobody_else_sees_a_picker(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    assert Browser(app).get(path).status_code == 401
    colleague = Browser(app)
    accepted(colleague.launch(host, sub="teacher-9", roles=[INSTRUCTOR]))
    assert colleague.get(path).status_code == 404
    learner = Browser(app)
    accepted(learner.launch(host, sub="learner-7", roles=[LEARNER]))
    assert learner.get(path).status_code == 403
    assert colleague.get(path + "0").status_code == 404


def test_a_course_without_a_programme_leads_to_the_programmes(
    app: Flask, visitor: Browser, host: Host
) -> None:
    app.extensions[EXTENSION] = []
    path = open_picker(visitor, host)
    page = visitor.get(path).text
    assert "This course follows no programme." in page
    assert re.search(r'href="/courses/\d+/programme"', page)
    assert send(visitor, path, scope="whole").status_code == 422


def test_a_column_that_was_asked_for_before_is_not_ticked_again(
    app: Flask, visitor: Browser, host: Host
) -> None:
    send(visitor, open_picker(visitor, host), scope="whole", column="PRE")
    page = visitor.get(open_picker(visitor, host)).text
    pre = re.search(r"<input[^>]*name=\"column\"[^>]*value=\"PRE\"[^>]*>", page)
    quiz = re.search(r"<input[^>]*name=\"column\"[^>]*value=\"Q1\"[^>]*>", page)
    assert pre
    assert quiz
    assert "checked" not in pre[0]
    assert "checked" in quiz[0]
    assert "Asked for before" in page


def test_titles_are_shown_as_text(visitor: Browser, host: Host) -> None:
    page = visitor.get(open_picker(visitor, host)).text
    assert "Roles &amp; &lt;duties&gt;" in page


def test_choosing_leaves_an_audit_line(app: Flask, visitor: Browser, host: Host) -> None:
    send(visitor, open_picker(visitor, host), scope="single", activity="home", column="PRE")
    with app.app_context():
        event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "place-activities")).one()
    assert event.after == {"activities": ["home"], "columns": ["PRE"]}
    assert event.person_id is not None


def test_a_request_without_csrf_token_changes_nothing(visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    assert visitor.post(path, {"action": "add", "scope": "whole"}).status_code == 400
    assert visitor.get(path).status_code == 200


def pretend_lms(app: Flask, network: Network, personality: str) -> tuple[PretendLms, Host]:
    """Return the pretend LMS, and our registration of it."""
    settings = PlatformSettings(
        base_url=ISSUER,
        site=a_site(),
        personality=PERSONALITIES[personality],
        fetch_tool_keys=lambda _url: app.test_client().get("/lti/jwks.json", base_url=TOOL).json,
    )
    lms = lms_of(create_platform(settings))
    [tool] = list(lms.state.tools.values())[:1]
    tool.redirect_uris = (f"{TOOL}/lti/launch",)
    tool.target_link_uri = tool.deep_link_uri = f"{TOOL}/lti/launch"
    host = Host(
        app,
        network,
        issuer=ISSUER,
        client_id=tool.client_id,
        deployment_id=tool.deployment_id,
        profile=personality,
    ).register()
    network.serve(host.jwks_url, lms.keys.public())
    return lms, host


@pytest.mark.parametrize("personality", ["moodle", "canvas"])
def test_a_real_host_makes_the_activities_and_one_pre_column(
    app: Flask, network: Network, visitor: Browser, personality: str
) -> None:
    lms, host = pretend_lms(app, network, personality)
    before = len(lms.state.columns(COURSE))
    begun = lms.begin_launch(TEACHER, course_id=COURSE, client_id=host.client_id, message=Message.DEEP_LINK)
    fields = lms.login_fields(begun)
    fields.pop("lti_storage_target", None)
    login = visitor.post("/lti/login", fields)
    request = {name: values[0] for name, values in parse_qs(urlsplit(login.location).query).items()}
    answered = lms.authorize(request, TEACHER)
    path = accepted(visitor.post("/lti/launch", dict(answered.fields)))
    page = send(visitor, path, scope="whole", column=["PRE", "Q1"], target="iframe")
    address, token = form_of(page)
    assert address.startswith(ISSUER)
    _course, made, message, error = lms.picked(begun.id, TEACHER, token)
    assert [activity.custom["activity"] for activity in made] == ["home", "module:PB1", "quiz:Q1"]
    assert error == ""
    assert message
    columns = lms.state.columns(COURSE)[before:]
    assert [(column.resource_id, column.tag, column.maximum) for column in columns] == [
        ("sca-lms:PRE", "PRE", 100),
        ("sca-lms:Q1", "Q1", Decimal("12.5")),
    ]
    assert columns[0].activity_id == made[0].id
    assert json.dumps(made[0].custom)


def test_pickers_that_nobody_answered_are_forgotten(app: Flask, visitor: Browser, host: Host) -> None:
    answered = open_picker(visitor, host)
    send(visitor, answered, scope="whole", column="PRE")
    open_picker(visitor, host)
    with app.app_context():
        with transaction():
            housekeeping.forget_expired(at=clock.now() + dt.timedelta(hours=5))
        [left] = db.session.scalars(sa.select(DeepLinkingRequest))
    # What was answered stays, because it says which columns were asked for.
    assert left.columns == ["PRE"]
