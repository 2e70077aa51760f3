"""What an operator does at the shell: JSON out, one clear line when it cannot be done."""

import json
from collections.abc import Iterator

import click
import pytest
import time_machine
from click.testing import Result
from flask import Flask

from sca_lms import clock
from sca_lms.courses import programmes
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.lti import cli, cli_directory, keys, traces
from sca_lms.lti.models import Deployment, DeploymentState, LtiContext, LtiUser, Platform, PlatformState
from sca_lms.lti.refusals import Code, LaunchRefused
from tests.builders import a_course, a_person, an_enrolment
from tests.lti.host_server import HostServer, running_host

MOODLE = {
    "--name": "Moodle of the centre",
    "--issuer": "http://localhost:8100",
    "--client-id": "abc",
    "--auth-login-url": "http://localhost:8100/auth",
    "--auth-token-url": "http://localhost:8100/token",
    "--jwks-url": "http://localhost:8100/jwks",
}


def run(app: Flask, group: click.Command, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(group, list(arguments))


def add(app: Flask, *more: str, **changes: str) -> Result:
    given = {**MOODLE, **{f"--{name.replace('_', '-')}": value for name, value in changes.items()}}
    return run(app, cli.platform_group, "add", *(part for pair in given.items() for part in pair), *more)


def lines(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def server() -> Iterator[HostServer]:
    with running_host() as running:
        yield running


def test_adding_a_host_prints_it_with_its_id(app: Flask) -> None:
    [added] = lines(add(app, "--deployment-id", "1", "--deployment-id", "2", "--profile", "moodle"))
    assert added["id"] == 1
    assert added["state"] == "active"
    assert added["profile"] == "moodle"
    assert added["deployments"] == [
        {"deployment_id": "1", "state": "active"},
        {"deployment_id": "2", "state": "active"},
    ]
    assert lines(add(app, name="Another name"))[0]["id"] == 1
    assert lines(run(app, cli.platform_group, "list")) == [
        {
            "id": 1,
            "name": "Another name",
            "issuer": "http://localhost:8100",
            "client_id": "abc",
            "profile": "generic",
            "state": "active",
        }
    ]


def test_a_wrong_address_is_one_line_that_names_the_option(app: Flask) -> None:
    result = add(app, jwks_url="file:///etc/passwd", issuer="moodle")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert "--jwks-url" in result.stderr
    assert "--issuer" in result.stderr


def test_a_missing_option_is_wrong_usage(app: Flask) -> None:
    assert run(app, cli.platform_group, "add", "--name", "Moodle").exit_code == 2
    assert add(app, "--profile", "webct").exit_code == 2
    assert run(app, cli.platform_group, "show", "one").exit_code == 2


def test_hosts_are_switched_and_shown(app: Flask) -> None:
    add(app)
    assert lines(run(app, cli.platform_group, "disable", "1"))[0]["state"] == "disabled"
    [shown] = lines(run(app, cli.platform_group, "show", "1"))
    assert shown["state"] == "disabled"
    assert shown["last_launch_at"] is None
    assert lines(run(app, cli.platform_group, "enable", "1"))[0]["state"] == "active"
    for command in ("show", "disable", "enable", "approve", "test"):
        result = run(app, cli.platform_group, command, "7")
        assert result.exit_code == 1
        assert "There is no host with the id 7" in result.stderr


def test_a_deployment_that_waits_is_let_in(app: Flask) -> None:
    add(app)
    with app.app_context(), transaction():
        platform = db.session.get_one(Platform, 1)
        platform.state = PlatformState.PENDING
        for name in ("8", "9"):
            db.session.add(
                Deployment(
                    platform_id=1,
                    deployment_id=name,
                    state=DeploymentState.INACTIVE,
                    first_seen_at=clock.now(),
                )
            )
    [one] = lines(run(app, cli.platform_group, "approve", "1", "--deployment-id", "9"))
    assert one["state"] == "active"
    assert one["deployments"] == [
        {"deployment_id": "8", "state": "inactive"},
        {"deployment_id": "9", "state": "active"},
    ]
    missing = run(app, cli.platform_group, "approve", "1", "--deployment-id", "77")
    assert missing.exit_code == 1
    [both] = lines(run(app, cli.platform_group, "approve", "1"))
    assert [each["state"] for each in both["deployments"]] == ["active", "active"]  # type: ignore[attr-defined]  # JSON.


def test_an_invite_is_an_address_on_a_line_of_its_own(app: Flask) -> None:
    result = run(app, cli.platform_group, "invite", "--valid-hours", "2")
    assert result.exit_code == 0
    [address] = result.stdout.splitlines()
    assert address.startswith("https://tool.example.org/lti/register?invite=")
    assert run(app, cli.platform_group, "invite", "--valid-hours", "0").exit_code == 2


def test_a_test_of_a_dead_host_names_the_fields_and_fails(app: Flask, server: HostServer) -> None:
    add(
        app,
        issuer=server.url,
        auth_login_url=f"{server.url}/auth",
        auth_token_url=f"{server.url}/token",
        jwks_url=f"{server.url}/jwks",
    )
    result = run(app, cli.platform_group, "test", "1")
    assert result.exit_code == 1
    assert "jwks_url" in result.stdout
    assert "FAULT" in result.stdout
    assert "steps failed" in result.stderr


def test_keys_are_listed_and_rotated_with_an_overlap(app: Flask) -> None:
    with time_machine.travel(clock.now(), tick=False):
        with app.app_context():
            first = keys.signing_key(at=clock.now()).kid
        [made] = lines(run(app, cli.key_group, "rotate"))
        assert made["state"] == "waiting"
        assert [(line["kid"], line["state"]) for line in lines(run(app, cli.key_group, "list"))] == [
            (first, "signing"),
            (made["kid"], "waiting"),
        ]


def test_a_key_that_became_known_is_replaced_at_once(app: Flask) -> None:
    with app.app_context():
        keys.signing_key(at=clock.now())
    [made] = lines(run(app, cli.key_group, "rotate", "--at-once"))
    assert made["state"] == "signing"
    assert [line["state"] for line in lines(run(app, cli.key_group, "list"))] == ["retired", "signing"]


def test_a_refused_launch_is_looked_up_by_its_reference(app: Flask) -> None:
    with app.app_context(), transaction():
        refusal = LaunchRefused(Code.DEPLOYMENT_INACTIVE, sent="7")
        traces.record(refusal, "7F3K-2Q9D", {"issuer": "x"}, platform_id=None, at=clock.now())
    [listed] = lines(run(app, cli.trace_group, "list"))
    assert listed["reference"] == "7F3K-2Q9D"
    assert listed["code"] == "deployment-inactive"
    [shown] = lines(run(app, cli.trace_group, "show", "7f3k2q9d"))
    assert shown["facts"] == {"issuer": "x", "refused_sent": "7"}
    assert shown["administrator"]
    missing = run(app, cli.trace_group, "show", "AAAA-AAAA")
    assert missing.exit_code == 1
    assert len(missing.stderr.strip().splitlines()) == 1


def test_courses_and_people_are_one_object_a_line(app: Flask) -> None:
    add(app)
    with app.app_context(), transaction():
        course, lonely = a_course("หลักสูตร"), a_course("ยังไม่มีโฮสต์")
        programme = programmes.store_programme(
            {"programme": {"code": "SCA-GEN2", "title": "SCA"}}, at=clock.now()
        )
        course.programme_id = programme.id
        context = LtiContext(
            platform_id=1, course_id=course.id, context_id="42", tenant="", title="", label="",
            ags_scopes=[], history=[], updated_at=clock.now(),
        )  # fmt: skip
        person = a_person("ปวีณา", "แก้วมณี")
        enrolment = an_enrolment(course, person, roles={Role.LEARNER, Role.MENTOR})
        stranger = an_enrolment(course, a_person("Ana", "Ávila"))
        db.session.add_all([context, LtiUser(platform_id=1, tenant="", subject="5", person_id=person.id)])
        ids = (course.id, lonely.id, person.id, stranger.person_id)
        assert enrolment.course_id == course.id
    listed = lines(run(app, cli_directory.courses_group, "list"))
    assert listed[0] == {
        "id": ids[0],
        "title": "หลักสูตร",
        "platform": 1,
        "platform_name": "Moodle of the centre",
        "context_id": "42",
        "programme_code": "SCA-GEN2",
    }
    assert listed[1]["id"] == ids[1]
    assert listed[1]["platform"] is None
    people = lines(run(app, cli_directory.people_group, "list", str(ids[0])))
    assert people == [
        {
            "id": ids[3],
            "sub": None,
            "name": "Ana Ávila",
            "roles": ["learner"],
            "state": "active",
            "is_test": False,
        },
        {
            "id": ids[2],
            "sub": "5",
            "name": "ปวีณา แก้วมณี",
            "roles": ["learner", "mentor"],
            "state": "active",
            "is_test": False,
        },
    ]
    assert run(app, cli_directory.people_group, "list", "999").exit_code == 1
