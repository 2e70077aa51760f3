"""The cases of the 1EdTech certification of tools, for instructors and learners, and what we add to them.

The list of payloads is the one of the certification guide for LTI 1.3 core, section 6.1.
"""

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.courses.sessions import WebSession
from sca_lms.database import db
from tests.lti.platform_double import (
    INSTRUCTOR,
    LEARNER,
    LTI,
    MEMBERSHIP,
    Browser,
    Host,
    Network,
    accepted,
    refused_with,
)

WHO = pytest.mark.parametrize("role", [INSTRUCTOR, LEARNER], ids=["instructor", "learner"])
Claims = dict[str, object]


def without(*names: str) -> Callable[[Claims], Claims]:
    plain = {"aud", "iss", "sub", "iat", "exp", "nonce"}
    gone = {name if name in plain else LTI + name for name in names}
    return lambda claims: {name: value for name, value in claims.items() if name not in gone}


def having(**values: object) -> Callable[[Claims], Claims]:
    plain = {"aud", "iss", "sub", "iat", "exp", "nonce", "azp", "nbf", "email"}
    return lambda claims: {
        **claims,
        **{name if name in plain else LTI + name: v for name, v in values.items()},
    }


# Cases 1 and 2 concern the header and stand below.
BAD: dict[str, tuple[Callable[[Claims], Claims], str]] = {
    "3 wrong version": (having(version="11.3"), "version-unsupported"),
    "4 no version": (without("version"), "claim-missing"),
    "5 not an LTI message": (lambda _: {"name": "badltilaunch"}, "claim-missing"),
    "6 required claims missing": (without("aud", "iss", "sub", "deployment_id", "roles"), "claim-missing"),
    "7 wrong timestamps": (having(iat=11111, exp=22222), "token-expired"),
    "8 no message type": (without("message_type"), "claim-missing"),
    "9 no roles": (without("roles"), "claim-missing"),
    "10 no deployment": (without("deployment_id"), "claim-missing"),
    "11 no resource link id": (having(resource_link={"title": "x"}), "claim-missing"),
    "12 empty user": (having(sub=""), "claim-missing"),
}


@WHO
@pytest.mark.parametrize("case", BAD)
def test_a_known_bad_payload_is_refused_and_opens_no_session(
    app: Flask, visitor: Browser, host: Host, role: str, case: str
) -> None:
    spoil, code = BAD[case]
    login = visitor.log_in(host)
    token = host.sign(spoil(host.claims(login.nonce, roles=[role])))
    assert refused_with(visitor.answer(login, token)) == code
    with app.app_context():
        assert db.session.scalars(sa.select(WebSession)).first() is None


@WHO
def test_case_1_a_token_without_a_key_id_is_refused(visitor: Browser, host: Host, role: str) -> None:
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce, roles=[role]), kid=None)
    assert refused_with(visitor.answer(login, token)) == "key-missing"


@WHO
def test_case_2_a_token_with_a_wrong_key_id_is_refused(visitor: Browser, host: Host, role: str) -> None:
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce, roles=[role]), kid="imstester_66067")
    assert refused_with(visitor.answer(login, token)) == "key-unknown"


@WHO
def test_case_12_a_user_whom_the_host_does_not_name_is_a_guest_without_rights(
    app: Flask, visitor: Browser, host: Host, role: str
) -> None:
    """An anonymous launch is legal in LTI 1.3; whatever role it claims, it may only read."""
    accepted(visitor.launch(host, sub=None, roles=[role]))
    with app.app_context():
        assert db.session.scalars(sa.select(Enrolment)).first() is None


NO_NAMES: dict[str, object] = {"name": None, "given_name": None, "family_name": None}
VALID: dict[str, dict[str, object]] = {
    "complete": {},
    "several roles": {
        "roles": [INSTRUCTOR, LEARNER, "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff"]
    },
    "short role": {"roles": ["Instructor"]},
    "unknown role": {"roles": [MEMBERSHIP + "Unknown"]},
    "no role": {"roles": []},
    "an empty role": {"roles": [""]},
    "only an e-mail address": NO_NAMES,
    "only names": {"email": None},
    "nothing personal": {**NO_NAMES, "email": None},
    "an e-mail address and no course": {**NO_NAMES, "context": None},
    "only a resource link": {**NO_NAMES, "email": None, "context": None, "launch_presentation": None},
}


@WHO
@pytest.mark.parametrize("case", VALID)
def test_a_valid_launch_is_accepted(visitor: Browser, host: Host, role: str, case: str) -> None:
    location = accepted(visitor.launch(host, **{"roles": [role], **VALID[case]}))
    assert location == "/courses/1/"


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([INSTRUCTOR], {Role.INSTRUCTOR}),
        ([LEARNER], {Role.LEARNER}),
        (["Instructor"], {Role.INSTRUCTOR}),
        ([], {Role.GUEST}),
        ([INSTRUCTOR, LEARNER], {Role.INSTRUCTOR, Role.LEARNER}),
    ],
)
def test_a_valid_launch_gives_exactly_the_role_it_names(
    app: Flask, visitor: Browser, host: Host, roles: list[str], expected: set[Role]
) -> None:
    accepted(visitor.launch(host, roles=roles))
    with app.app_context():
        assert db.session.scalars(sa.select(Enrolment)).one().roles == expected


# ---------------------------------------------------------------- beyond the suite

BEYOND: dict[str, tuple[Callable[[Claims], Claims], str]] = {
    "several audiences without a party": (having(aud=["client-1", "other"]), "party-mismatch"),
    "another party": (having(aud=["client-1", "other"], azp="other"), "party-mismatch"),
    "audience without us": (having(aud=["other"]), "audience-mismatch"),
    "issuer with a slash more": (having(iss="https://lms.example.edu/"), "issuer-mismatch"),
    "issued in the future": (having(iat=99_999_999_999, exp=99_999_999_999), "token-early"),
    "without an end": (without("exp"), "claim-missing"),
    "without a beginning": (without("iat"), "claim-missing"),
    "without a nonce": (without("nonce"), "claim-missing"),
    "nonce of nobody": (having(nonce="invented"), "nonce-mismatch"),
    "nonce as a number": (having(nonce=5), "claim-missing"),
    "foreign deployment": (having(deployment_id="of somebody else"), "deployment-inactive"),
    "foreign target": (having(target_link_uri="https://evil.example/"), "target-foreign"),
    "no target": (without("target_link_uri"), "claim-missing"),
    "roles as an object": (having(roles={"a": LEARNER}), "claim-malformed"),
    "user with a NUL": (having(sub="a\x00"), "claim-malformed"),
}


@WHO
@pytest.mark.parametrize("case", BEYOND)
def test_what_the_suite_does_not_try_is_refused_as_well(
    visitor: Browser, host: Host, role: str, case: str
) -> None:
    spoil, code = BEYOND[case]
    login = visitor.log_in(host)
    token = host.sign(spoil(host.claims(login.nonce, roles=[role])))
    assert refused_with(visitor.answer(login, token)) == code


def test_a_doubled_claim_is_refused_even_when_both_say_the_same(visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    plain = json.dumps(host.claims(login.nonce))
    doubled = plain[:-1] + ', "sub": "learner-5"}'
    assert refused_with(visitor.answer(login, host.sign(doubled.encode()))) == "token-ambiguous"


def test_a_million_characters_are_refused(visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce, custom={"x": "y" * 700_000}))
    assert refused_with(visitor.answer(login, token)) == "token-too-large"


def test_a_key_of_another_tenant_on_the_same_issuer_does_not_open_the_door(
    app: Flask, visitor: Browser, host: Host, network: Network
) -> None:
    Host(app, network, client_id="client-2", kid="key-of-2").register()
    login = visitor.log_in(host)
    host.signs_with = "key-of-2"
    assert refused_with(visitor.answer(login, host.sign(host.claims(login.nonce)))) == "key-unknown"
    forged = host.sign(host.claims(login.nonce), kid="key-1")
    assert refused_with(visitor.answer(login, forged)) == "signature-invalid"


SLOPPY: dict[str, dict[str, object]] = {
    "user and deployment as numbers": {"sub": 5, "deployment_id": 1},
    "roles as one string": {"roles": "Learner"},
    "audience as a list of one": {"aud": ["client-1"]},
    "several audiences and us as the party": {"aud": ["x", "client-1"], "azp": "client-1"},
    "a course without a name": {"context": {"id": "course-9"}},
    "a course that is not an object": {"context": "course-9"},
    "link id as a number": {"resource_link": {"id": 3}},
    "claims that nobody knows": {"https://vendor.example/claim": {"a": [1, 2, {"b": None}]}},
    "names of the wrong type": {"name": ["x"], "email": 5},
}


@pytest.mark.parametrize("case", SLOPPY)
def test_harmless_sloppiness_of_hosts_is_let_through(visitor: Browser, host: Host, case: str) -> None:
    accepted(visitor.launch(host, **SLOPPY[case]))
