"""Sign with the platform's keys and check what tools have signed with theirs."""

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import cast

import requests
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization, RSAKey

from sca_lms.errors import Refused

ALGORITHM = "RS256"
KEYS_KEPT = 2
FETCH_SECONDS = (5, 10)

Claims = dict[str, object]


class BadSignature(Refused):
    """A token is not what it claims to be: not a JWT, signed by nobody we know, or out of date."""

    code = "bad-signature"


class KeysUnreachable(BadSignature):
    """The tool's key set could not be had."""

    code = "keys-unreachable"


def fetch_keys(url: str) -> object:
    """Fetch a tool's key set over HTTP; raises KeysUnreachable."""
    try:
        answer = requests.get(
            url, timeout=FETCH_SECONDS, headers={"User-Agent": "PretendLMS/1.0", "Accept": "application/json"}
        )
        answer.raise_for_status()
        return answer.json()
    except (requests.RequestException, ValueError) as error:
        raise KeysUnreachable(f"the key set at {url} cannot be had: {error}") from error


class SigningKeys:
    """The platform's own keys, newest first; the one before the newest stays published."""

    def __init__(self, keys: Iterable[RSAKey] = ()) -> None:
        self._keys = list(keys) or [_new_key()]

    @property
    def current(self) -> RSAKey:
        """Return the key that signs."""
        return self._keys[0]

    def rotate(self) -> str:
        """Sign with a new key from now on and return its kid."""
        self._keys = [_new_key(), *self._keys][:KEYS_KEPT]
        return self.current.thumbprint()

    def sign(self, claims: Mapping[str, object], *, header: Mapping[str, object] | None = None) -> str:
        """Write a JWT; `header` adds to or replaces the usual header, and a None in it removes a field."""
        fields = {"typ": "JWT", "alg": ALGORITHM, "kid": self.current.thumbprint(), **(header or {})}
        kept = {name: value for name, value in fields.items() if value is not None}
        return jwt.encode(kept, dict(claims), self.current, algorithms=[ALGORITHM], default_type=None)

    def open(self, token: str, at: dt.datetime) -> Claims:
        """Read a JWT of our own; raises BadSignature."""
        return _open(token, self.public(), at)

    def public(self) -> dict[str, list[dict[str, object]]]:
        """Return the key set to publish."""
        return {"keys": [self._published(key) for key in self._keys]}

    def private(self) -> list[dict[str, object]]:
        """Return the keys for safe-keeping."""
        return [dict(key.as_dict(private=True)) for key in self._keys]

    @staticmethod
    def _published(key: RSAKey) -> dict[str, object]:
        return {**key.as_dict(private=False), "kid": key.thumbprint(), "alg": ALGORITHM, "use": "sig"}


class ToolKeys:
    """The key sets of tools, kept by address and fetched anew once when a signature does not fit."""

    def __init__(self, fetch: Callable[[str], object]) -> None:
        self._fetch = fetch
        self._kept: dict[str, object] = {}
        self._lock = threading.Lock()

    def open(self, token: str, url: str, at: dt.datetime) -> Claims:
        """Read a JWT of the tool whose key set is at `url`; raises BadSignature or KeysUnreachable."""
        with self._lock:
            kept = self._kept.get(url)
        if kept is not None:
            try:
                return _open(token, kept, at)
            except BadSignature:
                # The tool may have rotated its keys since; the second look below decides.
                kept = None
        fresh = self._fetch(url)
        with self._lock:
            self._kept[url] = fresh
        return _open(token, fresh, at)


def peek(token: str) -> Claims:
    """Read the claims of a token without believing them; raises BadSignature for what is not a JWT."""
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError) as error:
        raise BadSignature("this is not a JWT") from error
    if not isinstance(claims, dict):
        raise BadSignature("the token does not hold claims")
    return claims


def import_private(keys: Iterable[Mapping[str, object]]) -> list[RSAKey]:
    """Read back what `SigningKeys.private` gave."""
    # A JWK's members are strings; joserfc says so in its types, JSON cannot.
    return [RSAKey.import_key(cast("dict[str, str | list[str]]", dict(key))) for key in keys]


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, private=True, auto_kid=True)


def _open(token: str, keys: object, at: dt.datetime) -> Claims:
    try:
        key_set = KeySet.import_key_set(cast("KeySetSerialization", keys))  # Checked by the import itself.
        # Without a kid a library may try any key of the set; hosts do not.
        if not jws.extract_compact(token.encode()).headers().get("kid"):
            raise BadSignature("the token's header names no key (kid)")
        claims = jwt.decode(token, key_set, algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadSignature(f"the token cannot be verified: {error}") from error
    if not isinstance(claims, dict):
        raise BadSignature("the token does not hold claims")
    _in_time(claims, at)
    return dict(claims)


def _in_time(claims: Mapping[str, object], at: dt.datetime) -> None:
    """Check exp, iat and nbf without any leeway, as Moodle does."""
    now = at.timestamp()
    times = {name: claims.get(name) for name in ("exp", "iat", "nbf")}
    for name, value in times.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise BadSignature(f"{name} is not a number")
    expires, issued, begins = times["exp"], times["iat"], times["nbf"]
    if not isinstance(expires, int | float) or expires <= now:
        raise BadSignature("the token has expired or does not say when it does")
    if any(isinstance(moment, int | float) and moment > now for moment in (issued, begins)):
        raise BadSignature("the token is dated in the future")
