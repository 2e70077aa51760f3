"""Decide whether an id_token is genuine, meant for us, and fresh.

The order matters: what costs nothing and needs no key comes first, then the signature, then the claims.
"""

import base64
import binascii
import datetime as dt
import functools
import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from sca_lms.lti.refusals import Code, LaunchRefused

LEEWAY = dt.timedelta(seconds=60)
OLDEST = dt.timedelta(minutes=10)
LARGEST_TOKEN = 100_000
"""Characters; a real one has three to eight thousand."""
LARGEST_HEADER = 8_000
LONGEST_KID = 500
MOST_KEYS = 100
RSA_BITS = range(2048, 8193)
RSA_MODULUS_CHARACTERS = range(342, 1369)
_PUBLIC_MEMBERS = ("kty", "n", "e", "crv", "x", "y")

_RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}
# The type of the library's own dictionaries.
_Members = dict[str, str | list[str]]
_ASYMMETRIC = _RSA_ALGORITHMS | frozenset(_CURVES.values())


_ALGORITHMS = {name: jws.JWSRegistry.algorithms[name] for name in _ASYMMETRIC}


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says of its own signature; nothing of it is trusted yet."""

    kid: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key of a platform and the one algorithm it may be used with."""

    key: Key
    algorithm: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What the login that began here expects of its answer."""

    issuer: str
    client_id: str
    key_set_url: str


def read_header(token: str) -> Header:
    """Return which key and algorithm a token names; raises `LaunchRefused` before any key is looked for."""
    if len(token) > LARGEST_TOKEN:
        raise LaunchRefused(Code.TOKEN_TOO_LARGE)
    if token.count(".") != 2 or not token.isascii():
        raise LaunchRefused(Code.TOKEN_MALFORMED, sent="not three parts")
    encoded = token.split(".", 1)[0]
    if len(encoded) > LARGEST_HEADER:
        raise LaunchRefused(Code.TOKEN_TOO_LARGE)
    return _header(encoded)


# All tokens that a host signs with one key begin alike.
@functools.lru_cache(maxsize=256)
def _header(encoded: str) -> Header:
    header = _json_object(_decode(encoded))
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in _ASYMMETRIC:
        raise LaunchRefused(Code.ALGORITHM_REFUSED, sent=algorithm, known="RS256")
    if not isinstance(kid, str) or not kid:
        raise LaunchRefused(Code.KEY_MISSING)
    if len(kid) > LONGEST_KID or not kid.isprintable():
        raise LaunchRefused(Code.TOKEN_MALFORMED, sent="kid")
    if "crit" in header or header.get("b64") is False:
        raise LaunchRefused(Code.TOKEN_MALFORMED, sent="crit")
    return Header(kid=kid, algorithm=str(algorithm))


def unverified(token: str) -> Mapping[str, object]:
    """Return what a token says, only to find whose keys it has to be checked with; nothing of it is believed.

    Call it after `read_header`, which refuses what is no token at all. Raises `LaunchRefused`.
    """
    return _json_object(_decode(token.split(".")[1]))


def keys_of(document: Mapping[str, object], kid: str) -> tuple[VerificationKey, ...]:
    """Return the usable keys of a key set with this id; others are not even looked at."""
    listed = document.get("keys")
    if not isinstance(listed, list):
        return ()
    entries = (entry for entry in listed[:MOST_KEYS] if isinstance(entry, dict) and entry.get("kid") == kid)
    return tuple(key for key in map(_verification_key, entries) if key is not None)


def verify(
    token: str, header: Header, keys: tuple[VerificationKey, ...], expected: Expected, *, at: dt.datetime
) -> Mapping[str, object]:
    """Return the claims of a genuine, fresh token meant for us; the nonce is left to `check_nonce`.

    Raises `LaunchRefused` with the first rule that it breaks.
    """
    fitting = [key for key in keys if key.algorithm == header.algorithm]
    if not fitting:
        known = ", ".join(sorted({key.algorithm for key in keys}))
        raise LaunchRefused(Code.ALGORITHM_REFUSED, sent=header.algorithm, known=known)
    signed, _, signature = token.rpartition(".")
    if not any(_is_signed(signed.encode(), signature, key) for key in fitting):
        raise LaunchRefused(Code.SIGNATURE_INVALID, sent=header.kid, known=expected.key_set_url)
    claims = _json_object(_decode(signed.partition(".")[2]))
    _check_parties(claims, expected)
    _check_times(claims, at=at)
    return claims


def nonce_of(claims: Mapping[str, object]) -> str:
    """Return the nonce, which every launch must have."""
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        raise LaunchRefused(Code.CLAIM_MISSING, sent="nonce")
    return nonce


def _decode(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise LaunchRefused(Code.TOKEN_MALFORMED, sent="base64url") from error


class _TwiceError(ValueError):
    """A JSON object names one member twice."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return found


def _no_constant(name: str) -> object:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def parse_json(text: bytes | str) -> object:
    """Return what a JSON text says; raises `ValueError` for doubled names, NaN, depth or encoding."""
    try:
        return _DECODER.decode(text.decode("utf-8") if isinstance(text, bytes) else text)
    except RecursionError as error:
        raise ValueError("too deep") from error


def _json_object(text: bytes) -> dict[str, object]:
    try:
        found = parse_json(text)
    except _TwiceError as error:
        raise LaunchRefused(Code.TOKEN_AMBIGUOUS, sent=error) from error
    except ValueError as error:
        raise LaunchRefused(Code.TOKEN_MALFORMED, sent="JSON") from error
    if not isinstance(found, dict):
        raise LaunchRefused(Code.TOKEN_MALFORMED, sent="JSON")
    return found


def _is_signed(signed: bytes, signature: str, key: VerificationKey) -> bool:
    """Tell whether a signature fits what it signs.

    The library is asked for the signature alone: it would parse header and payload once more.
    """
    try:
        return _ALGORITHMS[key.algorithm].verify(signed, _decode(signature), key.key)
    except (JoseError, LaunchRefused, ValueError):
        return False


def _verification_key(entry: Mapping[str, object]) -> VerificationKey | None:
    """Return a public signing key that is strong enough, with its one algorithm; None for any other entry."""
    if entry.get("use", "sig") != "sig":
        return None
    kind, declared = entry.get("kty"), entry.get("alg")
    only_public: _Members = {name: str(entry[name]) for name in _PUBLIC_MEMBERS if name in entry}
    try:
        if kind == "RSA":
            return _rsa(only_public, declared)
        curve = _CURVES.get(str(entry.get("crv")))
        if curve is None or declared not in {None, curve}:
            return None
        key: Key = OKPKey.import_key(only_public) if kind == "OKP" else ECKey.import_key(only_public)
        key.get_op_key("verify")
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return VerificationKey(key, curve)


def _rsa(members: _Members, declared: object) -> VerificationKey | None:
    algorithm = "RS256" if declared is None else str(declared)
    # Measured before the key is built: an enormous modulus would cost seconds with each launch.
    if algorithm not in _RSA_ALGORITHMS or len(members.get("n", "")) not in RSA_MODULUS_CHARACTERS:
        return None
    key = RSAKey.import_key(members)
    if key.public_key.key_size not in RSA_BITS:
        return None
    return VerificationKey(key, algorithm)


def _check_parties(claims: Mapping[str, object], expected: Expected) -> None:
    for name in ("iss", "aud", "exp", "iat", "nonce"):
        if claims.get(name) in (None, "", []):
            raise LaunchRefused(Code.CLAIM_MISSING, sent=name)
    if claims["iss"] != expected.issuer:
        raise LaunchRefused(Code.ISSUER_MISMATCH, sent=claims["iss"], known=expected.issuer)
    said = claims["aud"]
    audience = said if isinstance(said, list) else [said]
    if expected.client_id not in audience:
        raise LaunchRefused(Code.AUDIENCE_MISMATCH, sent=said, known=expected.client_id)
    party = claims.get("azp")
    if (len(audience) > 1 or party is not None) and party != expected.client_id:
        raise LaunchRefused(Code.PARTY_MISMATCH, sent=party, known=expected.client_id)


def _check_times(claims: Mapping[str, object], *, at: dt.datetime) -> None:
    now, leeway = at.timestamp(), LEEWAY.total_seconds()
    expires, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
    if issued > now + leeway:
        raise _untimely(Code.TOKEN_EARLY, issued, at)
    if "nbf" in claims and (begins := _seconds(claims, "nbf")) > now + leeway:
        raise _untimely(Code.TOKEN_EARLY, begins, at)
    if expires <= now - leeway:
        raise _untimely(Code.TOKEN_EXPIRED, expires, at)
    if issued < now - OLDEST.total_seconds() - leeway:
        raise _untimely(Code.TOKEN_STALE, issued, at)


def _untimely(reason: Code, sent: float, at: dt.datetime) -> LaunchRefused:
    return LaunchRefused(reason, sent=_written(sent), known=at.isoformat(timespec="seconds"))


def _seconds(claims: Mapping[str, object], name: str) -> float:
    said = claims[name]
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise LaunchRefused(Code.CLAIM_MALFORMED, sent=name, known=said)
    try:
        found = float(said)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise LaunchRefused(Code.CLAIM_MALFORMED, sent=name, known=said)
    return found


def _written(seconds: float) -> str:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return f"{seconds:g}"
