"""The tool's own keys: there when needed, published before they sign, retired after they did."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet

from sca_lms import clock
from sca_lms.database import db, transaction
from sca_lms.lti import keys, sealing
from sca_lms.lti.models import ToolKey
from tests.lti.platform_double import Browser, Host

AT = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def kids(at: dt.datetime) -> list[object]:
    listed = keys.published(at=at)["keys"]
    assert isinstance(listed, list)
    return [key["kid"] for key in listed]


def test_the_first_key_is_made_when_it_is_first_needed_and_signs_at_once(app: Flask) -> None:
    with app.app_context():
        signing = keys.signing_key(at=AT)
        assert kids(AT) == [signing.kid]
        assert keys.signing_key(at=AT).kid == signing.kid


def test_what_the_tool_signs_can_be_checked_with_what_it_publishes(app: Flask) -> None:
    with app.app_context():
        signing = keys.signing_key(at=AT)
        token = jwt.encode({"alg": "RS256", "kid": signing.kid}, {"iss": "tool"}, signing.key)
        published = KeySet.import_key_set(keys.published(at=AT))  # type: ignore[arg-type]  # A JSON document.
        assert jwt.decode(token, published).claims == {"iss": "tool"}


def test_a_new_key_is_published_a_day_before_it_signs_and_the_old_one_a_day_after(app: Flask) -> None:
    with app.app_context():
        old = keys.signing_key(at=AT).kid
        with transaction():
            new = keys.rotate(at=AT).kid
        assert kids(AT) == [old, new]
        assert keys.signing_key(at=AT + 23 * HOUR).kid == old
        assert keys.signing_key(at=AT + 24 * HOUR).kid == new
        assert kids(AT + 47 * HOUR) == [old, new]
        assert kids(AT + 48 * HOUR) == [new]
        with transaction():
            keys.forget_retired(at=AT + 80 * HOUR)
        assert [key.kid for key in keys.all_keys()] == [new]


def test_a_key_that_became_known_is_gone_at_once(app: Flask) -> None:
    with app.app_context():
        keys.ensure_key(at=AT)
        with transaction():
            new = keys.rotate(at=AT, at_once=True).kid
        assert kids(AT) == [new]
        assert keys.signing_key(at=AT).kid == new


def test_rotating_twice_never_prolongs_the_life_of_an_old_key(app: Flask) -> None:
    with app.app_context():
        first = keys.ensure_key(at=AT).kid
        for hours in (0, 10):
            with transaction():
                keys.rotate(at=AT + hours * HOUR)
        retires = {key.kid: key.retires_at for key in keys.all_keys()}
        assert retires[first] == AT + 48 * HOUR


def test_the_private_half_is_not_readable_in_the_database_and_not_published(app: Flask) -> None:
    with app.app_context():
        keys.ensure_key(at=AT)
        kept = db.session.scalars(sa.select(ToolKey)).one()
        assert "PRIVATE KEY" not in kept.private_key
        assert set(kept.public_jwk) == {"kty", "n", "e", "kid", "use", "alg"}
        assert "PRIVATE KEY" in sealing.unseal(
            kept.private_key, purpose=keys.PURPOSE, secret_key=app.config["SECRET_KEY"]
        )


def test_another_secret_key_is_noticed_and_named(app: Flask) -> None:
    with app.app_context():
        assert keys.problem() is None
        keys.ensure_key(at=clock.now())
        assert keys.problem() is None
        with transaction():
            kept = db.session.scalars(sa.select(ToolKey)).one()
            kept.private_key = sealing.seal("another", purpose=keys.PURPOSE, secret_key="another secret key")
        assert "SCA_LMS_SECRET_KEY" in (keys.problem() or "")
        with pytest.raises(sealing.Unreadable):
            keys.signing_key(at=clock.now())


def test_what_is_sealed_for_one_purpose_cannot_be_opened_for_another() -> None:
    sealed = sealing.seal("secret", purpose="one", secret_key="k" * 40)
    assert sealing.unseal(sealed, purpose="one", secret_key="k" * 40) == "secret"
    for purpose, secret in (("two", "k" * 40), ("one", "j" * 40)):
        with pytest.raises(sealing.Unreadable):
            sealing.unseal(sealed, purpose=purpose, secret_key=secret)
    with pytest.raises(sealing.Unreadable):
        sealing.unseal("ไม่ใช่", purpose="one", secret_key="k" * 40)


def test_hosts_fetch_the_key_set_by_its_address_and_may_keep_it_for_an_hour(
    visitor: Browser, host: Host
) -> None:
    answer = visitor.get("/lti/jwks.json")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert [key["kty"] for key in answer.get_json()["keys"]] == ["RSA"]
    assert visitor.get("/lti/jwks.json").get_json() == answer.get_json()
