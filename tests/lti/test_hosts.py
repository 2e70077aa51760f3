"""The operator's pages: hosts, invites, deployments, keys and refused launches."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.courses.models import AuditEvent
from sca_lms.database import db, transaction
from sca_lms.lti import invites, platforms, traces
from sca_lms.lti.host_addresses import PlatformDetails
from sca_lms.lti.models import Deployment, DeploymentState, Platform, PlatformState
from sca_lms.lti.refusals import Code, LaunchRefused
from tests.builders import an_enrolment, csrf_of, signed_in
from tests.lti.host_server import HostServer, Said, running_host

HOSTS = "/operator/hosts/"
TYPED = {
    "name": "Moodle of the centre",
    "profile": "moodle",
    "issuer": "https://lms.example.org",
    "client_id": "abc",
    "auth_login_url": "https://lms.example.org/auth",
    "auth_token_url": "https://lms.example.org/token",
    "jwks_url": "https://lms.example.org/jwks",
    "token_audience": "",
    "deployments": "1\r\n2\r\n",
}


@pytest.fixture
def operator(app: Flask) -> FlaskClient:
    return signed_in(app, None, operator=True)


@pytest.fixture
def server() -> Iterator[HostServer]:
    with running_host() as running:
        yield running


def show(client: FlaskClient, path: str) -> TestResponse:
    return client.get(path, headers={"Accept-Language": "en"})


def send(client: FlaskClient, path: str, *, page: str = HOSTS, **fields: object) -> TestResponse:
    token = csrf_of(show(client, page).text)
    return client.post(path, data={"csrf_token": token, **fields}, headers={"Accept-Language": "en"})


def a_host(app: Flask, *, state: PlatformState = PlatformState.ACTIVE, **changes: object) -> int:
    known = {name: value for name, value in TYPED.items() if name not in {"deployments", "token_audience"}}
    details = PlatformDetails(**{**known, **changes})  # type: ignore[arg-type]  # Tests name real fields.
    with app.app_context(), transaction():
        return platforms.add_platform(details, allow_private=True, at=clock.now(), state=state).id


def platform(app: Flask, platform_id: int = 1) -> Platform:
    with app.app_context():
        return db.session.get_one(Platform, platform_id)


def verbs(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)))


def test_an_empty_installation_shows_both_ways_to_connect(operator: FlaskClient) -> None:
    page = show(operator, HOSTS).text
    assert "No host is registered yet" in page
    assert "Connect with an invite" in page
    assert "Connect by hand" in page
    assert "https://tool.example.org/lti/config.json" in page


@pytest.mark.parametrize("path", ["/operator/hosts/", "/operator/audit", "/operator/privacy"])
def test_every_page_of_the_operator_leads_to_all_the_others(operator: FlaskClient, path: str) -> None:
    page = show(operator, path).text
    tabs = page[page.index('<nav class="tabs"') : page.index("</nav>")]
    for other in (HOSTS, f"{HOSTS}launches", f"{HOSTS}keys", "/operator/audit", "/operator/privacy"):
        assert f'href="{other}"' in tabs
    assert f'href="{path}" aria-current="page"' in tabs


def test_only_the_operator_knows_these_pages(app: Flask) -> None:
    with app.app_context(), transaction():
        learner = an_enrolment().id
    assert app.test_client().get(HOSTS).status_code == 401
    assert signed_in(app, learner).get(HOSTS).status_code == 404


def test_a_host_is_registered_by_hand(app: Flask, operator: FlaskClient) -> None:
    answer = send(operator, f"{HOSTS}new", page=f"{HOSTS}new", **TYPED)
    assert answer.status_code == 303
    found = platform(app)
    assert (found.name, found.client_id, found.token_audience) == ("Moodle of the centre", "abc", None)
    page = show(operator, answer.location).text
    assert "let in" in page
    # What has to be typed into Moodle stands there in Moodle's own words.
    assert "Redirection URI(s)" in page
    assert "https://tool.example.org/lti/launch" in page
    assert verbs(app) == ["add-host", "add-deployment", "add-deployment"]


def test_each_fault_stands_beside_its_field_and_nothing_typed_is_lost(
    app: Flask, operator: FlaskClient
) -> None:
    wrong = {**TYPED, "jwks_url": "ftp://lms.example.org/", "issuer": "moodle", "client_id": ""}
    answer = send(operator, f"{HOSTS}new", page=f"{HOSTS}new", **wrong)
    assert answer.status_code == 422
    assert 'id="client_id-error"' in answer.text
    assert 'value="ftp://lms.example.org/"' in answer.text
    complete = send(operator, f"{HOSTS}new", page=f"{HOSTS}new", **{**wrong, "client_id": "abc"})
    assert complete.status_code == 422
    assert 'id="jwks_url-error"' in complete.text
    assert 'id="issuer-error"' in complete.text
    with app.app_context():
        assert db.session.scalars(sa.select(Platform)).all() == []


def test_a_host_is_corrected(app: Flask, operator: FlaskClient) -> None:
    platform_id = a_host(app)
    path = f"{HOSTS}{platform_id}/edit"
    page = show(operator, path).text
    assert 'value="https://lms.example.org/jwks"' in page
    answer = send(operator, path, page=path, **{**TYPED, "jwks_url": "https://lms.example.org/keys"})
    assert answer.status_code == 303
    assert platform(app).jwks_url == "https://lms.example.org/keys"
    with app.app_context():
        change = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "change-host")).one()
    assert change.before == {"jwks_url": "https://lms.example.org/jwks"}
    assert change.after == {"jwks_url": "https://lms.example.org/keys"}


def test_a_host_cannot_become_another_one(app: Flask, operator: FlaskClient) -> None:
    a_host(app)
    second = a_host(app, client_id="def")
    path = f"{HOSTS}{second}/edit"
    answer = send(operator, path, page=path, **TYPED)
    assert answer.status_code == 422
    assert "Another host is registered with this issuer and client id." in answer.text
    assert platform(app, second).client_id == "def"


def test_an_invite_is_shown_once_and_kept_as_a_hash(app: Flask, operator: FlaskClient) -> None:
    answer = send(operator, f"{HOSTS}invites", hours="5", approves="y")
    assert answer.status_code == 200
    address = re.search(r"https://tool\.example\.org/lti/register\?invite=([\w-]+)", answer.text)
    assert address
    assert address[1] not in show(operator, HOSTS).text
    with app.app_context():
        found = invites.find_invite(address[1])
    assert found is not None
    assert found.approves


def test_an_invite_for_a_year_is_refused_beside_its_field(operator: FlaskClient) -> None:
    answer = send(operator, f"{HOSTS}invites", hours="9000")
    assert answer.status_code == 422
    assert 'id="hours-error"' in answer.text


def test_an_invite_can_be_withdrawn(app: Flask, operator: FlaskClient) -> None:
    with app.app_context(), transaction():
        token = invites.make_invite(lifetime=invites.USUAL_LIFETIME, approves=False, at=clock.now())
    assert send(operator, f"{HOSTS}invites/1/withdraw").status_code == 303
    with app.app_context():
        assert invites.find_invite(token) is None
    assert send(operator, f"{HOSTS}invites/1/withdraw").status_code == 303
    assert verbs(app) == ["invite-host", "withdraw-invite"]


def test_a_host_that_registered_itself_is_approved_with_its_deployments(
    app: Flask, operator: FlaskClient
) -> None:
    platform_id = a_host(app, state=PlatformState.PENDING)
    with app.app_context(), transaction():
        found = db.session.get_one(Platform, platform_id)
        platforms.note_deployment(found, "7", DeploymentState.INACTIVE, at=clock.now())
    assert "waits for approval" in show(operator, HOSTS).text
    assert send(operator, f"{HOSTS}{platform_id}/state", state="approved").status_code == 303
    assert platform(app).state is PlatformState.ACTIVE
    with app.app_context():
        assert db.session.scalars(sa.select(Deployment)).one().state is DeploymentState.ACTIVE


def test_a_host_is_switched_off_and_on(app: Flask, operator: FlaskClient) -> None:
    platform_id = a_host(app)
    send(operator, f"{HOSTS}{platform_id}/state", state="disabled")
    assert platform(app).state is PlatformState.DISABLED
    assert "Switch on again" in show(operator, f"{HOSTS}{platform_id}").text
    send(operator, f"{HOSTS}{platform_id}/state", state="active")
    assert platform(app).state is PlatformState.ACTIVE
    assert verbs(app)[-2:] == ["disable-host", "enable-host"]


def test_a_deployment_is_let_in_and_kept_out(app: Flask, operator: FlaskClient) -> None:
    platform_id = a_host(app)
    with app.app_context(), transaction():
        found = db.session.get_one(Platform, platform_id)
        row_id = platforms.note_deployment(found, "<7>", DeploymentState.INACTIVE, at=clock.now()).id
    assert "&lt;7&gt;" in show(operator, f"{HOSTS}{platform_id}").text
    for wanted in ("active", "inactive"):
        path = f"{HOSTS}{platform_id}/deployments/{row_id}"
        assert send(operator, path, state=wanted).status_code == 303
        with app.app_context():
            assert db.session.get_one(Deployment, row_id).state.value == wanted


def test_nonsense_is_never_a_defect(app: Flask, operator: FlaskClient) -> None:
    platform_id = a_host(app)
    assert send(operator, f"{HOSTS}{platform_id}/state", state="burnt").status_code == 400
    assert send(operator, f"{HOSTS}{platform_id}/state").status_code == 400
    assert send(operator, f"{HOSTS}{platform_id}/deployments/99", state="active").status_code == 404
    for path in ("77", "77/edit", "launches/none", "99999999999999"):
        assert show(operator, HOSTS + path).status_code == 404
    assert show(operator, f"{HOSTS}launches?host=99999999999999999999&page=-1&q=%00").status_code == 400
    assert show(operator, f"{HOSTS}launches?host=99999999999999999999&page=-1&q=x").status_code == 200
    assert show(operator, f"{HOSTS}launches?host=²").status_code == 200
    assert operator.post(f"{HOSTS}{platform_id}/state", data={"state": "disabled"}).status_code == 400
    assert platform(app).state is PlatformState.ACTIVE


def test_the_self_test_shows_each_step(app: Flask, operator: FlaskClient, server: HostServer) -> None:
    server.serve("/jwks", Said(200, b"<html>log in</html>"))
    platform_id = a_host(
        app,
        issuer=server.url,
        auth_login_url=f"{server.url}/auth",
        auth_token_url=f"{server.url}/token",
        jwks_url=f"{server.url}/jwks",
    )
    answer = send(operator, f"{HOSTS}{platform_id}/test")
    assert answer.status_code == 200
    assert "It is not a JSON document" in answer.text
    assert "does not work" in answer.text


def test_the_next_key_waits_until_every_host_has_it(app: Flask, operator: FlaskClient) -> None:
    assert show(operator, f"{HOSTS}keys").text.count("signs</span>") == 1
    assert send(operator, f"{HOSTS}keys/rotate", page=f"{HOSTS}keys").status_code == 303
    page = show(operator, f"{HOSTS}keys").text
    assert "published, signs later" in page
    assert verbs(app) == ["rotate-key"]


def test_a_refused_launch_is_found_by_the_code_on_its_page(app: Flask, operator: FlaskClient) -> None:
    platform_id = a_host(app)
    with app.app_context(), transaction():
        refusal = LaunchRefused(Code.DEPLOYMENT_INACTIVE, sent="<7>")
        traces.record(refusal, "7F3K-2Q9D", {"roles": ["a", "b"]}, platform_id=platform_id, at=clock.now())
    assert "7F3K-2Q9D" in show(operator, f"{HOSTS}launches").text
    found = show(operator, f"{HOSTS}launches?q=7f3k 2q9d")
    assert found.status_code == 303
    page = show(operator, found.location).text
    assert "deployment-inactive" in page
    assert "<code>&lt;7&gt;</code>" in page
    assert "Moodle sent Deployment ID" in page
    missing = show(operator, f"{HOSTS}launches?q=<b>x")
    assert missing.status_code == 200
    assert "&lt;b&gt;x" in missing.text


def test_names_are_shown_as_text(app: Flask, operator: FlaskClient) -> None:
    platform_id = a_host(app, name="<script>alert(1)</script>")
    for path in (HOSTS, f"{HOSTS}{platform_id}", f"{HOSTS}{platform_id}/edit"):
        page = show(operator, path).text
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_the_list_costs_the_same_for_one_host_and_for_many(app: Flask, operator: FlaskClient) -> None:
    a_host(app)
    one = statements(app, operator)
    for number in range(12):
        a_host(app, client_id=f"client-{number}")
    assert statements(app, operator) == one


def statements(app: Flask, client: FlaskClient) -> int:
    counted: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        counted.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert show(client, HOSTS).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(counted)


@pytest.mark.parametrize("path", ["", "new", "keys", "launches"])
def test_every_page_speaks_thai(operator: FlaskClient, path: str) -> None:
    page = operator.get(HOSTS + path, headers={"Accept-Language": "th"}).text
    assert '<html lang="th"' in page
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert heading
    assert re.search("[ก-๙]", heading[1])
