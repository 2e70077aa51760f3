"""Switching a host off ends what its people have open; leaving a course ends it for one browser."""

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.courses.sessions import SessionGrant, WebSession
from sca_lms.database import db, transaction
from sca_lms.lti.models import Deployment, DeploymentState, Platform, PlatformState
from tests.builders import csrf_of
from tests.lti.platform_double import Browser, Host, Network, accepted
from tests.statements import counted

COOKIE = "__Host-sca_lms"


def switch(app: Flask, model: type[Platform] | type[Deployment], issuer: str, state: object) -> None:
    with app.app_context(), transaction():
        platform = db.session.scalars(sa.select(Platform).where(Platform.issuer == issuer)).one()
        row = (
            platform
            if model is Platform
            else db.session.scalars(sa.select(Deployment).where(Deployment.platform_id == platform.id)).one()
        )
        row.state = state  # type: ignore[assignment]  # Each model has a state of its own kind.


@pytest.mark.parametrize(
    ("model", "off", "on"),
    [
        (Platform, PlatformState.DISABLED, PlatformState.ACTIVE),
        (Platform, PlatformState.PENDING, PlatformState.ACTIVE),
        (Deployment, DeploymentState.INACTIVE, DeploymentState.ACTIVE),
    ],
)
def test_a_host_that_is_switched_off_has_no_sessions_until_it_is_let_in_again(
    app: Flask,
    host: Host,
    network: Network,
    model: type[Platform] | type[Deployment],
    off: object,
    on: object,
) -> None:
    ours, guest, other = Browser(app), Browser(app), Browser(app)
    elsewhere = Host(app, network, issuer="https://other.example.edu").register()
    path, other_path = accepted(ours.launch(host)), accepted(other.launch(elsewhere))
    assert accepted(guest.launch(host, sub=None)) == path
    switch(app, model, host.issuer, off)
    assert (ours.get(path).status_code, guest.get(path).status_code) == (404, 404)
    assert other.get(other_path).status_code == 200
    switch(app, model, host.issuer, on)
    # A guest's first page leads on to the outline.
    assert (ours.get(path).status_code, guest.get(path).status_code) == (200, 302)


def test_asking_for_the_door_costs_no_further_statement(app: Flask, host: Host, visitor: Browser) -> None:
    path = accepted(visitor.launch(host))
    visitor.get(path)
    with counted(app) as sent:
        assert visitor.get(path).status_code == 200
    grants = [line for line in sent if "FROM session_grant" in line]
    assert len(grants) == 1
    assert "lti_platform" in grants[0]


def leave(visitor: Browser, path: str) -> int:
    token = csrf_of(visitor.get(path).text)
    answer = visitor.post(f"{path}logout", {"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/left")
    assert visitor.get("/left").status_code == 200
    return answer.status_code


def test_whoever_leaves_the_last_course_has_no_session_any_more(
    app: Flask, host: Host, visitor: Browser
) -> None:
    path = accepted(visitor.launch(host))
    leave(visitor, path)
    assert visitor.client.get_cookie(COOKIE, domain="tool.example.org") is None
    assert visitor.get(path).status_code == 401
    with app.app_context():
        assert db.session.scalars(sa.select(WebSession)).all() == []


def test_whoever_leaves_one_course_stays_in_the_other(app: Flask, host: Host, visitor: Browser) -> None:
    first = accepted(visitor.launch(host))
    second = accepted(visitor.launch(host, context={"id": "another"}))
    leave(visitor, first)
    assert (visitor.get(first).status_code, visitor.get(second).status_code) == (404, 200)
    with app.app_context():
        assert len(db.session.scalars(sa.select(SessionGrant)).all()) == 1


def test_nobody_is_made_to_leave_by_another_page(host: Host, visitor: Browser) -> None:
    path = accepted(visitor.launch(host))
    assert visitor.post(f"{path}logout", {}).status_code == 400
    assert visitor.get(path).status_code == 200
