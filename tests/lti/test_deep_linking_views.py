"""The picker's page explains itself, is shown to those who teach, and answers nobody but the host."""

import re

import pytest
from flask import Flask

from sca_lms.lti.linkables import EXTENSION
from tests.lti.picker_world import DL, OFFERED, RETURN, form_of, items, open_picker, read, send, settings_of
from tests.lti.platform_double import INSTRUCTOR, LEARNER, Browser, Host, accepted, refused_with


@pytest.fixture(autouse=True)
def programme(app: Flask) -> None:
    app.extensions[EXTENSION] = [lambda _course_id: OFFERED]


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


def test_a_choice_of_nothing_is_asked_again(visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    answer = send(visitor, path, scope="single")
    assert answer.status_code == 422
    assert "Choose at least one activity." in answer.text
    assert visitor.get(path).status_code == 200


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


def test_titles_are_shown_as_text(visitor: Browser, host: Host) -> None:
    page = visitor.get(open_picker(visitor, host)).text
    assert "Roles &amp; &lt;duties&gt;" in page


def test_a_request_without_csrf_token_changes_nothing(visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    assert visitor.post(path, {"action": "add", "scope": "whole"}).status_code == 400
    assert visitor.get(path).status_code == 200
