"""What an attacker tried, and what now holds."""

import base64
import json
from decimal import Decimal

import pytest
from flask import Flask

from sca_lms import clock
from sca_lms.database import transaction
from sca_lms.lti import ags, links, platforms, tokens
from sca_lms.lti.host_addresses import PlatformDetails
from sca_lms.lti.outbound import Outbound, Unreachable
from sca_lms.lti.platforms import PlatformTaken
from tests.lti.platform_double import Browser, Host, refused_with

ODD_ADDRESSES = (
    "https://evil.example\\@lms.example.org/x",
    "https://evil.example\\.lms.example.org/x",
    "https://user@lms.example.org/x",
    "https://lms.example.org /x",
    "https://lms.example.org\t.evil.example/x",
)


@pytest.mark.parametrize("address", ODD_ADDRESSES)
def test_an_address_that_two_readers_read_differently_is_nobody_s_origin(address: str) -> None:
    assert not links.same_origin(address, "https://lms.example.org/y")
    with pytest.raises(Unreachable):
        Outbound(allow_private=True).request("GET", address)


def test_thousands_of_names_in_a_token_are_read_once_each() -> None:
    names = [f'"{number}":1' for number in range(20_000)]
    with pytest.raises(ValueError, match="19999"):
        tokens.parse_json("{" + ",".join([*names, '"19999":2']) + "}")


def test_an_enormous_header_is_refused_before_it_is_read(host: Host, visitor: Browser) -> None:
    login = visitor.log_in(host)
    header = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": "x" * 9_000}).encode()).decode()
    answer = visitor.answer(login, f"{header}.e30.x")
    assert refused_with(answer) == "token-too-large"


def test_a_token_in_an_address_lets_nobody_in(host: Host, visitor: Browser) -> None:
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce))
    answer = visitor.get("/lti/launch", {"id_token": token, "state": login.state})
    assert answer.status_code == 400


@pytest.mark.parametrize("said", ["9e999999", "1e-999999", "1e30", "1000000000", "NaN", "-Infinity"])
def test_a_number_that_no_gradebook_has_is_no_number(said: str) -> None:
    assert ags._number(said) is None


@pytest.mark.parametrize("said", ["0", "0.0", "12.5", "-3", "99999"])
def test_a_number_that_a_gradebook_may_have_is_taken(said: str) -> None:
    assert ags._number(said) == Decimal(said)


def test_whoever_registers_by_itself_cannot_change_a_host_that_is_there(app: Flask) -> None:
    details = PlatformDetails(
        name="Moodle",
        issuer="https://lms.example.org",
        client_id="client-a",
        auth_login_url="https://lms.example.org/auth",
        auth_token_url="https://lms.example.org/token",
        jwks_url="https://lms.example.org/jwks",
    )
    with app.app_context():
        with transaction():
            platforms.add_platform(details, allow_private=True, at=clock.now())
        with pytest.raises(PlatformTaken), transaction():
            platforms.add_platform(details, allow_private=True, at=clock.now(), only_new=True)
