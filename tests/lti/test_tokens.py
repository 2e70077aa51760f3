"""A token is let through only when it is genuine, meant for us, and fresh."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from sca_lms.lti import tokens
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.lti.tokens import Expected, VerificationKey, keys_of, read_header, verify
from tests.lti.platform_double import rsa_key

AT = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
NOW = int(AT.timestamp())
# The modulus of a key of 1024 bits.
SHORT_MODULUS = (
    "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC"
    "5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4"
)
EXPECTED = Expected("https://lms.example.edu", "client-1", "https://lms.example.edu/jwks")
CLAIMS: dict[str, object] = {
    "iss": "https://lms.example.edu",
    "aud": "client-1",
    "sub": "5",
    "nonce": "n",
    "iat": NOW,
    "exp": NOW + 60,
}


def sign(claims: object, key: object = None, **header: object) -> str:
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    named = {"alg": "RS256", "kid": "key-1", **header}
    registry = jws.JWSRegistry(algorithms=[str(named["alg"])], strict_check_header=False)
    registry.max_header_length = 1_000_000
    return jws.serialize_compact(named, payload, key or rsa_key("key-1"), registry=registry)  # type: ignore[arg-type]  # Any of the library's keys.


def key_set(*entries: Mapping[str, object]) -> dict[str, object]:
    return {"keys": list(entries)}


def public(key: RSAKey | ECKey | OKPKey, **members: object) -> dict[str, object]:
    return {**key.as_dict(private=False), "kid": "key-1", **members}


def check(token: str, document: dict[str, object] | None = None, *, at: dt.datetime = AT) -> object:
    header = read_header(token)
    keys = keys_of(document or key_set(public(rsa_key("key-1"))), header.kid)
    return verify(token, header, keys, EXPECTED, at=at)


def refusal(token: str, document: dict[str, object] | None = None) -> Code:
    with pytest.raises(LaunchRefused) as caught:
        check(token, document)
    return caught.value.reason


def changed(**changes: object) -> dict[str, object]:
    return {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}


def test_a_genuine_fresh_token_for_us_is_read() -> None:
    assert check(sign(CLAIMS)) == CLAIMS


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://lms.example.edu/"}, Code.ISSUER_MISMATCH),
        ({"iss": "https://other.example.edu"}, Code.ISSUER_MISMATCH),
        ({"iss": None}, Code.CLAIM_MISSING),
        ({"aud": None}, Code.CLAIM_MISSING),
        ({"aud": []}, Code.CLAIM_MISSING),
        ({"aud": "client-2"}, Code.AUDIENCE_MISMATCH),
        ({"aud": ["client-2", "client-3"]}, Code.AUDIENCE_MISMATCH),
        ({"aud": {"client-1": 1}}, Code.AUDIENCE_MISMATCH),
        ({"aud": ["client-1", "client-2"]}, Code.PARTY_MISMATCH),
        ({"aud": ["client-1", "client-2"], "azp": "client-2"}, Code.PARTY_MISMATCH),
        ({"azp": "client-2"}, Code.PARTY_MISMATCH),
        ({"exp": None}, Code.CLAIM_MISSING),
        ({"iat": None}, Code.CLAIM_MISSING),
        ({"nonce": None}, Code.CLAIM_MISSING),
        ({"exp": NOW - 61}, Code.TOKEN_EXPIRED),
        ({"iat": NOW + 61}, Code.TOKEN_EARLY),
        ({"nbf": NOW + 61}, Code.TOKEN_EARLY),
        ({"iat": NOW - 661}, Code.TOKEN_STALE),
        ({"exp": str(NOW + 60)}, Code.CLAIM_MALFORMED),
        ({"exp": True}, Code.CLAIM_MALFORMED),
        ({"exp": [NOW]}, Code.CLAIM_MALFORMED),
        ({"iat": 10**400}, Code.CLAIM_MALFORMED),
    ],
)  # fmt: skip
def test_a_token_that_breaks_a_rule_is_refused(changes: dict[str, object], code: Code) -> None:
    assert refusal(sign(changed(**changes))) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW - 59},
        {"iat": NOW + 59, "exp": NOW + 120},
        {"iat": NOW - 659},
        {"iat": float(NOW)},
        {"nbf": NOW + 59},
        {"aud": ["client-1"]},
        {"aud": ["client-2", "client-1"], "azp": "client-1"},
        {"azp": "client-1"},
    ],
)
def test_clocks_may_differ_by_a_minute_and_the_audience_may_be_a_list(changes: dict[str, object]) -> None:
    assert check(sign(changed(**changes))) == changed(**changes)


def test_an_unsigned_token_is_refused() -> None:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    assert refusal(f"{part({'alg': 'none', 'kid': 'key-1'})}.{part(CLAIMS)}.") == Code.ALGORITHM_REFUSED


def test_a_token_signed_with_the_public_key_as_a_password_is_refused() -> None:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "kid": "key-1"}).encode())
    signed = f"{head}.{part(json.dumps(CLAIMS).encode())}"
    password = rsa_key("key-1").as_pem(private=False)
    signature = hmac.new(password, signed.encode(), hashlib.sha256).digest()
    assert refusal(f"{signed}.{part(signature)}") == Code.ALGORITHM_REFUSED


def test_a_key_set_with_a_password_in_it_gives_no_key() -> None:
    password = OctKey.generate_key(256)
    entry = {**password.as_dict(), "kid": "key-1", "alg": "HS256"}
    assert keys_of(key_set(entry), "key-1") == ()


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_asymmetric_algorithm_is_taken_when_the_key_declares_it(algorithm: str) -> None:
    document = key_set(public(rsa_key("key-1"), alg=algorithm))
    assert check(sign(CLAIMS, alg=algorithm), document) == CLAIMS
    assert refusal(sign(CLAIMS), document) == Code.ALGORITHM_REFUSED


def test_an_algorithm_that_the_key_does_not_declare_is_refused() -> None:
    assert refusal(sign(CLAIMS, alg="PS256")) == Code.ALGORITHM_REFUSED


@pytest.mark.parametrize(("curve", "algorithm"), [("P-256", "ES256"), ("P-384", "ES384"), ("P-521", "ES512")])
def test_keys_on_curves_are_taken(curve: str, algorithm: str) -> None:
    key = ECKey.generate_key(curve, private=True)
    assert check(sign(CLAIMS, key, alg=algorithm), key_set(public(key))) == CLAIMS


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_edwards_keys_are_taken() -> None:
    key = OKPKey.generate_key("Ed25519", private=True)
    assert check(sign(CLAIMS, key, alg="EdDSA"), key_set(public(key))) == CLAIMS


def test_the_key_of_another_host_does_not_fit() -> None:
    assert refusal(sign(CLAIMS, rsa_key("stranger"))) == Code.SIGNATURE_INVALID


def test_of_two_keys_with_one_id_either_may_have_signed() -> None:
    document = key_set(public(rsa_key("stranger")), public(rsa_key("key-1")))
    assert check(sign(CLAIMS), document) == CLAIMS


def test_a_changed_payload_is_refused() -> None:
    header, _, signature = sign(CLAIMS).split(".")
    forged = base64.urlsafe_b64encode(json.dumps(changed(sub="admin")).encode()).rstrip(b"=").decode()
    assert refusal(f"{header}.{forged}.{signature}") == Code.SIGNATURE_INVALID


@pytest.mark.parametrize(
    "entry",
    [
        {"use": "enc"},
        {"alg": "HS256"},
        {"alg": "RSA-OAEP"},
        {"n": "AQAB"},
        {"n": "A" * 20_000},
        {"n": None},
        {"n": "%%%" * 120},
        {"kty": "EC"},
        {"kty": None},
        {"e": ""},
    ],
)
def test_an_unfit_key_is_as_good_as_none(entry: dict[str, object]) -> None:
    assert keys_of(key_set(public(rsa_key("key-1"), **entry)), "key-1") == ()


@pytest.mark.parametrize(
    "document", [{}, {"keys": None}, {"keys": {}}, {"keys": ["x", None, 5]}, {"keys": [[]]}]
)
def test_a_strange_key_set_has_no_keys(document: dict[str, object]) -> None:
    assert keys_of(document, "key-1") == ()


def test_a_short_key_is_not_trusted() -> None:
    numbers = rsa_key("key-1").as_dict(private=False)
    short = {
        **numbers,
        "kid": "key-1",
        "n": SHORT_MODULUS,
    }
    assert keys_of(key_set(short), "key-1") == ()


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", Code.TOKEN_MALFORMED),
        ("a.b", Code.TOKEN_MALFORMED),
        ("a.b.c.d", Code.TOKEN_MALFORMED),
        ("ก.ข.ค", Code.TOKEN_MALFORMED),
        ("....", Code.TOKEN_MALFORMED),
        ("e30.e30.e30", Code.ALGORITHM_REFUSED),
        ("W10.e30.e30", Code.TOKEN_MALFORMED),
        ("bnVsbA.e30.e30", Code.TOKEN_MALFORMED),
        ("A" * 100_001, Code.TOKEN_TOO_LARGE),
    ],
)
def test_what_is_not_a_token_is_refused(token: str, code: Code) -> None:
    assert refusal(token) == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"kid": ""}, Code.KEY_MISSING),
        ({"kid": 5}, Code.KEY_MISSING),
        ({"kid": "x" * 501}, Code.TOKEN_MALFORMED),
        ({"kid": "a\nb"}, Code.TOKEN_MALFORMED),
        ({"crit": ["exp"]}, Code.TOKEN_MALFORMED),
    ],
)
def test_a_strange_header_is_refused(header: dict[str, object], code: Code) -> None:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    token = f"{part({'alg': 'RS256', 'kid': 'key-1', **header})}.{part(CLAIMS)}.AAAA"
    assert refusal(token) == code


def test_header_fields_that_nobody_knows_do_no_harm() -> None:
    assert check(sign(CLAIMS, x5t="abc", vendor={"a": 1}, typ="JWT")) == CLAIMS


@pytest.mark.parametrize(
    "payload",
    [
        b'{"iss": "https://lms.example.edu", "iss": "https://evil.example"}',
        b'{"a": {"b": 1, "b": 2}}',
    ],
)
def test_a_name_that_stands_twice_is_refused(payload: bytes) -> None:
    assert refusal(sign(payload)) == Code.TOKEN_AMBIGUOUS


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"5",
        b"\xff\xfe",
        b'{"exp": NaN}',
        b'{"exp": Infinity}',
        b"[" * 50_000,
        b'{"a":' * 10_000,
        b'{"exp":' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_not_a_json_object_is_refused(payload: bytes) -> None:
    assert refusal(sign(payload)) == Code.TOKEN_MALFORMED


def test_a_key_remembers_the_one_algorithm_it_may_be_used_with() -> None:
    (found,) = keys_of(key_set(public(rsa_key("key-1"))), "key-1")
    assert isinstance(found, VerificationKey)
    assert found.algorithm == "RS256"
    assert not found.key.is_private


def test_private_members_that_a_host_shows_by_mistake_are_not_taken_in() -> None:
    careless = {**rsa_key("key-1").as_dict(private=True), "kid": "key-1"}
    (found,) = keys_of(key_set(careless), "key-1")
    assert not found.key.is_private


def test_the_longest_real_token_is_far_from_the_limit() -> None:
    many = changed(**{f"custom_{number}": "x" * 50 for number in range(500)})
    assert check(sign(many)) == many
    assert len(sign(many)) < tokens.LARGEST_TOKEN
