"""A picker is answered once, and knows what the host's course has already."""

import dataclasses
import datetime as dt
import json
import re
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import AuditEvent
from sca_lms.database import db, transaction
from sca_lms.demo.lms import PretendLms
from sca_lms.demo.personalities import PERSONALITIES
from sca_lms.demo.platform import create_platform, lms_of
from sca_lms.demo.settings import PlatformSettings
from sca_lms.demo.site import Message
from sca_lms.lti import housekeeping
from sca_lms.lti.configuration import variables
from sca_lms.lti.deep_linking_models import DeepLinkingRequest
from sca_lms.lti.linkables import EXTENSION
from sca_lms.lti.models import LtiContext
from tests.builders import csrf_of
from tests.demo.site import COURSE, ISSUER, a_site
from tests.demo.site import INSTRUCTOR as TEACHER
from tests.lti.picker_world import OFFERED, PRE, QUIZ, form_of, items, open_picker, read, send
from tests.lti.platform_double import TOOL, Browser, Host, Network, accepted


@pytest.fixture(autouse=True)
def programme(app: Flask) -> None:
    app.extensions[EXTENSION] = [lambda _course_id: OFFERED]


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


def box_of(page: str, name: str, value: str) -> str:
    """Return a box of the picker as it is written."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="{value}"[^>]*>', page)
    assert found, page
    return found[0]


def test_what_was_asked_for_before_is_not_ticked_again(app: Flask, visitor: Browser, host: Host) -> None:
    sent = send(visitor, open_picker(visitor, host), scope="single", activity="home", column="PRE")
    assert len(items(read(app, sent))) == 1
    path = open_picker(visitor, host)
    page = visitor.get(path).text
    assert "checked" not in box_of(page, "activity", "home")
    assert "checked" in box_of(page, "activity", "module:PB1")
    assert "checked" not in box_of(page, "column", "PRE")
    assert "checked" in box_of(page, "column", "Q1")
    assert "Asked for before" in page
    assert "Everything that is not there yet" in page
    rest = items(read(app, send(visitor, path, scope="whole", column="Q1")))
    assert [item["custom"] for item in rest] == [
        {**variables(), "activity": activity} for activity in ("module:PB1", "quiz:Q1")
    ]


def test_when_everything_is_there_a_second_one_takes_a_tick(app: Flask, visitor: Browser, host: Host) -> None:
    send(visitor, open_picker(visitor, host), scope="whole", column=["PRE", "Q1"])
    path = open_picker(visitor, host)
    page = visitor.get(path).text
    assert "Everything is in the course already." in page
    assert 'name="scope"' not in page
    assert "checked" not in page[page.index("data-activities") : page.index("target-title")]
    assert send(visitor, path, scope="whole").status_code == 422
    [again] = items(read(app, send(visitor, path, scope="single", activity="home")))
    assert "lineItem" not in again


def test_an_activity_that_was_opened_and_a_column_that_is_there_are_known(
    app: Flask, visitor: Browser, host: Host
) -> None:
    graded = {"scope": [], "lineitems": f"{ISSUER}/lineitems", "lineitem": f"{ISSUER}/lineitems/7"}
    accepted(visitor.launch(host, custom={"activity": "home"}, ags=graded))
    page = visitor.get(open_picker(visitor, host)).text
    assert "in the course" in page
    assert "It is in the gradebook already." in page
    assert "checked" not in box_of(page, "activity", "home")
    assert "checked" not in box_of(page, "column", "PRE")


def test_a_column_that_the_tool_made_itself_is_known(app: Flask, visitor: Browser, host: Host) -> None:
    accepted(visitor.launch(host))
    with app.app_context():
        here = db.session.scalars(sa.select(LtiContext.id)).one()
    made = dataclasses.replace(PRE, present_in=frozenset({here}))
    elsewhere = dataclasses.replace(QUIZ, present_in=frozenset({here + 1}))
    app.extensions[EXTENSION] = [
        lambda _course_id: [
            dataclasses.replace(OFFERED[1], column=made),
            dataclasses.replace(OFFERED[2], column=elsewhere),
        ]
    ]
    page = visitor.get(open_picker(visitor, host)).text
    assert "checked" not in box_of(page, "column", "PRE")
    assert "checked" in box_of(page, "column", "Q1")


def test_choosing_leaves_an_audit_line(app: Flask, visitor: Browser, host: Host) -> None:
    send(visitor, open_picker(visitor, host), scope="single", activity="home", column="PRE")
    with app.app_context():
        event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "place-activities")).one()
    assert event.after == {"activities": ["home"], "columns": ["PRE"]}
    assert event.person_id is not None


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
    # What was answered stays, because it says what was asked for.
    assert left.columns == ["PRE"]
    assert left.activities == ["home", "module:PB1", "quiz:Q1"]
