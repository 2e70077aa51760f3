"""Keys are published, rotated and told apart."""

import datetime as dt

import pytest
from flask.testing import FlaskClient
from joserfc import jwt

from sca_lms.demo.keys import BadSignature, KeysUnreachable, SigningKeys, ToolKeys, fetch_keys, peek
from sca_lms.demo.lms import PretendLms
from tests.demo.counterpart import Tool, new_key, open_token
from tests.demo.site import ACTIVITY, LEARNER

AT = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
SOON = int(AT.timestamp()) + 60
ADDRESS = "http://127.0.0.1:9100/lti/jwks.json"


def test_the_key_set_may_be_cached_and_has_no_private_part(moodle_client: FlaskClient) -> None:
    answer = moodle_client.get("/lti/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    (key,) = (answer.json or {})["keys"]
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert "d" not in key


def test_after_a_rotation_both_keys_are_published_and_the_new_one_signs(
    moodle: PretendLms, moodle_client: FlaskClient
) -> None:
    before = moodle.launch_form(LEARNER, ACTIVITY, state="s", nonce="n")["id_token"]
    kid = moodle.rotate_keys()
    after = moodle.launch_form(LEARNER, ACTIVITY, state="s", nonce="n")["id_token"]
    published = (moodle_client.get("/lti/jwks.json").json or {})["keys"]
    assert published[0]["kid"] == kid
    assert len(published) == 2
    assert open_token(before, moodle)["sub"] == open_token(after, moodle)["sub"] == LEARNER
    moodle.rotate_keys()
    assert len(moodle.keys.public()["keys"]) == 2


def test_a_token_without_a_kid_is_refused(tool: Tool) -> None:
    token = jwt.encode({"alg": "RS256"}, {"exp": SOON}, tool.key, algorithms=["RS256"])
    with pytest.raises(BadSignature, match="kid"):
        ToolKeys(tool.key_set).open(token, ADDRESS, AT)


@pytest.mark.parametrize("key_set", [None, [], {}, {"keys": "none"}, {"keys": [{"kty": "RSA"}]}])
def test_a_broken_key_set_verifies_nothing(tool: Tool, key_set: object) -> None:
    with pytest.raises(BadSignature):
        ToolKeys(lambda _url: key_set).open(tool.sign({"exp": SOON}), ADDRESS, AT)


def test_a_key_set_out_of_reach_is_told_apart() -> None:
    with pytest.raises(KeysUnreachable):
        fetch_keys("http://127.0.0.1:9/lti/jwks.json")


@pytest.mark.parametrize("token", ["", "a.b.c", "é.é.é", "bnVsbA.bnVsbA.bnVsbA"])
def test_what_is_no_token_cannot_be_peeked_into(token: str) -> None:
    with pytest.raises(BadSignature):
        peek(token)


def test_own_tokens_are_known_again() -> None:
    keys = SigningKeys([new_key()])
    assert keys.open(keys.sign({"sub": "me", "exp": SOON}), AT)["sub"] == "me"
    with pytest.raises(BadSignature):
        SigningKeys([new_key()]).open(keys.sign({"exp": SOON}), AT)
