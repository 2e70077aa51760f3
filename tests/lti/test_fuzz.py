"""Whatever is posted to the door, it is let in or refused in words; it never breaks."""

import json
import random

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.lti.platform_double import AGS, LTI, TOOL, Browser, Host

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CLAIMS = ["iss", "aud", "sub", "nonce", "iat", "exp", "nbf", "azp", "name", "email", AGS] + [
    LTI + name
    for name in (
        "message_type", "version", "deployment_id", "target_link_uri", "resource_link", "roles", "context",
        "launch_presentation", "custom", "for_user", "tool_platform", "role_scope_mentor",
    )
]  # fmt: skip


def stands(answer: TestResponse) -> None:
    """Check that the door answered as promised."""
    assert answer.status_code in {302, 303, 400, 401, 403, 200}, (answer.status_code, answer.text[:500])
    if answer.status_code >= 400:
        assert answer.headers["X-Error-Code"]
        assert "data-error-code" in answer.text


@FUZZ
@given(st.dictionaries(st.sampled_from(CLAIMS), ANYTHING, min_size=1, max_size=4))
def test_signed_claims_of_any_kind(visitor: Browser, host: Host, changes: dict[str, object]) -> None:
    login = visitor.log_in(host)
    claims = {**host.claims(login.nonce), **changes}
    stands(visitor.answer(login, host.sign(json.dumps(claims).encode("utf-8", "surrogatepass"))))


@FUZZ
@given(st.binary(max_size=300))
def test_signed_bytes_of_any_kind(visitor: Browser, host: Host, payload: bytes) -> None:
    login = visitor.log_in(host)
    stands(visitor.answer(login, host.sign(payload)))


NAMES = st.sampled_from(
    [
        "iss", "login_hint", "target_link_uri", "client_id", "lti_message_hint", "lti_storage_target",
        "lti_deployment_id", "id_token", "state", "error", "error_description", "ticket", "method", "secret",
    ]
)  # fmt: skip
VALUES = st.text(max_size=60) | st.sampled_from(
    [f"{TOOL}/lti/launch", "https://lms.example.edu", "client-1", "here", "storage", "e30.e30.e30", "_parent"]
)


@FUZZ
@given(
    st.sampled_from(["login", "launch", "continue"]),
    st.dictionaries(NAMES, VALUES, max_size=8),
    st.booleans(),
)
def test_forms_of_any_kind(
    visitor: Browser, host: Host, place: str, fields: dict[str, str], posted: bool
) -> None:
    encoded = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    if posted:
        stands(visitor.post(f"/lti/{place}", encoded, Sec_Fetch_Site="same-origin"))
    else:
        answer = visitor.get(f"/lti/{place}", encoded)
        # An address with a NUL in it is turned away before it reaches any page.
        if not any("\x00" in value for value in encoded.values()):
            stands(answer)
        assert answer.status_code < 500


def test_tokens_with_single_characters_changed(app: Flask, visitor: Browser, host: Host) -> None:
    chance = random.Random(168)
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce))
    for _ in range(150):
        place = chance.randrange(len(token))
        spoiled = token[:place] + chance.choice("Aa0._-=%ก\x00") + token[place + 1 :]
        answer = visitor.answer(login, spoiled)
        stands(answer)
        if answer.status_code == 303:
            assert spoiled == token
            login = visitor.log_in(host)
            token = host.sign(host.claims(login.nonce))


@FUZZ
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=b",
            "text/plain",
            "multipart/form-data",
            "",
        ]
    ),
)
def test_bodies_of_any_kind(visitor: Browser, host: Host, body: bytes, kind: str) -> None:
    for place in ("login", "launch", "continue"):
        stands(visitor.client.post(f"/lti/{place}", data=body, base_url=TOOL, content_type=kind))
