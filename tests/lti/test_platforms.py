"""Hosts are written down once, checked field by field, and every change leaves an audit line."""

import dataclasses
import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import AuditEvent
from sca_lms.database import db, transaction
from sca_lms.lti import platforms
from sca_lms.lti.host_addresses import PlatformDetails, address_fault, details_faults, same_place
from sca_lms.lti.models import Deployment, DeploymentState, Platform, PlatformState
from sca_lms.lti.platforms import DetailsRefused

MOODLE = PlatformDetails(
    name="Moodle",
    issuer="https://lms.example.org",
    client_id="abc",
    auth_login_url="https://lms.example.org/auth",
    auth_token_url="https://lms.example.org/token",
    jwks_url="https://lms.example.org/jwks",
    profile="moodle",
    deployments=("1", "2"),
)


def add(app: Flask, details: PlatformDetails = MOODLE, *, state: PlatformState = PlatformState.ACTIVE) -> int:
    with app.app_context(), transaction():
        return platforms.add_platform(details, allow_private=False, at=clock.now(), state=state).id


def switch(app: Flask, platform_id: int, state: PlatformState) -> None:
    with app.app_context(), transaction():
        platforms.switch(db.session.get_one(Platform, platform_id), state, at=clock.now())


def state_of(app: Flask, platform_id: int) -> PlatformState:
    with app.app_context():
        return db.session.get_one(Platform, platform_id).state


def verbs(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)))


def test_adding_a_host_again_brings_it_up_to_date(app: Flask) -> None:
    first = add(app)
    again = add(app, dataclasses.replace(MOODLE, name="Moodle of the centre", deployments=("2", "3")))
    assert first == again
    with app.app_context():
        assert db.session.get_one(Platform, first).name == "Moodle of the centre"
        found = db.session.scalars(sa.select(Deployment.deployment_id).order_by(Deployment.id)).all()
    assert found == ["1", "2", "3"]
    assert verbs(app) == ["add-host", "add-deployment", "add-deployment", "change-host", "add-deployment"]


def test_adding_without_a_change_leaves_no_trace(app: Flask) -> None:
    add(app)
    before = verbs(app)
    add(app)
    assert verbs(app) == before


def test_another_client_id_is_another_host(app: Flask) -> None:
    assert add(app) != add(app, dataclasses.replace(MOODLE, client_id="def"))


def test_an_issuer_with_a_slash_is_another_issuer(app: Flask) -> None:
    assert add(app) != add(app, dataclasses.replace(MOODLE, issuer="https://lms.example.org/"))


def test_what_an_operator_switched_off_stays_off(app: Flask) -> None:
    platform_id = add(app)
    switch(app, platform_id, PlatformState.DISABLED)
    add(app)
    assert state_of(app, platform_id) is PlatformState.DISABLED


def test_a_host_that_waits_is_let_in_when_an_operator_adds_it(app: Flask) -> None:
    platform_id = add(app, state=PlatformState.PENDING)
    add(app)
    assert state_of(app, platform_id) is PlatformState.ACTIVE


def test_approving_a_host_lets_its_waiting_deployments_in(app: Flask) -> None:
    platform_id = add(app, dataclasses.replace(MOODLE, deployments=()), state=PlatformState.PENDING)
    with app.app_context(), transaction():
        platform = db.session.get_one(Platform, platform_id)
        platforms.note_deployment(platform, "9", DeploymentState.INACTIVE, at=clock.now())
        platforms.approve(platform, at=clock.now())
    with app.app_context():
        [deployment] = db.session.scalars(sa.select(Deployment))
        assert deployment.state is DeploymentState.ACTIVE
        assert deployment.approved_at is not None
    assert state_of(app, platform_id) is PlatformState.ACTIVE


def test_two_that_add_one_host_at_once_make_one(app: Flask) -> None:
    found: list[int] = []
    both = threading.Barrier(2)

    def adds() -> None:
        both.wait()
        found.append(add(app))

    workers = [threading.Thread(target=adds) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(set(found)) == 1
    assert len(found) == 2


def test_every_fault_is_named_with_its_field() -> None:
    wrong = PlatformDetails(
        name=" ",
        issuer="lms.example.org",
        client_id="",
        auth_login_url="http://lms.example.org/auth",
        auth_token_url="https://10.0.0.8/token",
        jwks_url="",
        token_audience="a\u0000b",
        profile="webct",
        deployments=("", "x" * 300),
    )
    assert set(details_faults(wrong, allow_private=False)) == {
        "name",
        "issuer",
        "client_id",
        "auth_login_url",
        "auth_token_url",
        "jwks_url",
        "token_audience",
        "profile",
        "deployments",
    }


def test_a_host_with_faults_is_not_stored(app: Flask) -> None:
    with pytest.raises(DetailsRefused) as caught:
        add(app, dataclasses.replace(MOODLE, jwks_url="https://[::1]/jwks"))
    assert set(caught.value.faults) == {"jwks_url"}
    with app.app_context():
        assert db.session.scalars(sa.select(Platform)).all() == []


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/",
        "https://127.1.2.3/",
        "https://10.1.2.3/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fc00::1]/",
        "https://[::ffff:192.168.0.1]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://224.0.0.1/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://lms.localhost/",
        "https://lms.internal/",
        "https://lms.local/",
    ],
)
def test_private_addresses_are_refused_unless_the_operator_allows_them(address: str) -> None:
    assert address_fault(address, allow_private=False) is not None
    assert address_fault(address, allow_private=True) is None


@pytest.mark.parametrize(
    "address", ["https://lms.example.org/a?b=c", "https://8.8.8.8/", "https://xn--12c1.example/"]
)
def test_public_addresses_are_taken(address: str) -> None:
    assert address_fault(address, allow_private=False) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://lms.example.org", "https://LMS.example.org:443/path", True),
        ("https://lms.example.org", "https://lms.example.org.", True),
        ("https://lms.example.org", "https://lms.example.org:8443", False),
        ("https://lms.example.org", "https://evil.lms.example.org", False),
        ("https://lms.example.org", "https://lms.example.org@evil.example", False),
        ("javascript:1", "javascript:1", False),
    ],
)
def test_the_host_of_two_addresses_is_compared_with_its_port(one: str, other: str, same: bool) -> None:
    assert same_place(one, other) is same
