"""Read what a host's browser sends to the door; nothing of it is trusted, and nothing of it can break it."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import HTTPException

from sca_lms.config import settings
from sca_lms.lti.plain import is_clean
from sca_lms.lti.refusals import Code, LaunchRefused

LONGEST_URL = 2_000
LONGEST_ID = 255
LONGEST_HINT = 10_000
LONGEST_FRAME = 100


@dataclass(frozen=True, slots=True)
class Login:
    """A login that a host began."""

    issuer: str
    login_hint: str
    target_link_uri: str
    client_id: str | None
    message_hint: str | None
    storage_target: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host posted at the end of a login."""

    id_token: str
    state: str


def read_login() -> Login:
    """Return the login; raises `LaunchRefused` for one that is incomplete or leads elsewhere."""
    return login_of(_parameters())


def login_of(given: Mapping[str, str]) -> Login:
    """Return the login that these fields describe; raises `LaunchRefused` as `read_login` does."""
    login = Login(
        issuer=given.get("iss", ""),
        login_hint=given.get("login_hint", ""),
        target_link_uri=given.get("target_link_uri", ""),
        client_id=given.get("client_id") or None,
        message_hint=given.get("lti_message_hint") or None,
        storage_target=given.get("lti_storage_target") or None,
    )
    required = {
        "iss": (login.issuer, LONGEST_URL),
        "login_hint": (login.login_hint, LONGEST_HINT),
        "target_link_uri": (login.target_link_uri, LONGEST_URL),
    }
    optional = {
        "client_id": (login.client_id or "", LONGEST_ID),
        "lti_message_hint": (login.message_hint or "", LONGEST_HINT),
        "lti_storage_target": (login.storage_target or "", LONGEST_FRAME),
    }
    for name, (value, longest) in {**required, **optional}.items():
        if (name in required and not value) or len(value) > longest or not is_clean(value):
            raise LaunchRefused(Code.LOGIN_INCOMPLETE, sent=name, known=own_address("/lti/login"))
    if not is_ours(login.target_link_uri):
        raise LaunchRefused(Code.TARGET_FOREIGN, sent=login.target_link_uri, known=settings().public_url)
    return login


def read_answer() -> Answer:
    """Return what the host posted; raises `LaunchRefused` when it is an error or incomplete."""
    return answer_of(_parameters(), method=request.method)


def answer_of(given: Mapping[str, str], *, method: str = "POST") -> Answer:
    """Return what these fields answer; raises `LaunchRefused` as `read_answer` does."""
    if given.get("error"):
        said = " ".join(filter(None, (given["error"], given.get("error_description"))))
        raise LaunchRefused(Code.HOST_REFUSED, sent=said, known=own_address("/lti/launch"))
    if method != "POST":
        # A token in an address would stay in histories and logs.
        raise LaunchRefused(Code.LAUNCH_INCOMPLETE, sent=method, known="POST")
    for name in ("id_token", "state"):
        if not given.get(name):
            raise LaunchRefused(Code.LAUNCH_INCOMPLETE, sent=name, known=own_address("/lti/launch"))
    return Answer(id_token=given["id_token"], state=given["state"])


def read_continuation() -> Mapping[str, str]:
    """Return the fields of the page on which a launch is continued."""
    return _parameters()


def own_address(path: str) -> str:
    """Return the absolute address of one of our paths."""
    return settings().public_url + path


def is_ours(address: str) -> bool:
    """Tell whether an address leads to this tool: same scheme, host, port, and below its path."""
    return _is_below(address, settings().public_url)


# The same few targets are named by every launch, twice each.
@functools.lru_cache(maxsize=256)
def _is_below(address: str, public_url: str) -> bool:
    try:
        given, own = urlsplit(address), urlsplit(public_url)
        place = (given.scheme.lower(), given.hostname, _port(given.scheme, given.port))
        ours = (own.scheme, own.hostname, _port(own.scheme, own.port))
    except ValueError:
        return False
    below = f"{own.path}/"
    inside = given.path == own.path or given.path.startswith(below)
    # `/lms/../elsewhere` begins with our path and leads out of it.
    climbs = ".." in given.path.replace("%2e", ".").replace("%2E", ".").split("/")
    return place == ours and inside and not climbs and "\\" not in address and given.username is None


@functools.lru_cache(maxsize=256)
def place_of(address: str) -> str:
    """Return an address written one way, so that the case of a host or a default port make no difference."""
    try:
        parts = urlsplit(address)
        place = f"{parts.scheme.lower()}://{parts.hostname}:{_port(parts.scheme, parts.port)}"
    except ValueError:
        return address
    return f"{place}{parts.path or '/'}?{parts.query}"


def _port(scheme: str, port: int | None) -> int:
    return port or (443 if scheme.lower() == "https" else 80)


def _parameters() -> dict[str, str]:
    """Return query and form together, the form winning; raises `LaunchRefused` for an absurd body."""
    try:
        return {**request.args.to_dict(), **request.form.to_dict()}
    except HTTPException as error:
        raise LaunchRefused(Code.TOKEN_TOO_LARGE) from error
