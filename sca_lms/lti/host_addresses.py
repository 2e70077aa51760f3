"""Check what is known of a host before anything is built on it; every fault belongs to one field."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.lti.models import ID_LENGTH
from sca_lms.lti.outbound import is_public
from sca_lms.lti.plain import clean, is_clean
from sca_lms.lti.profiles import PROFILES

LONGEST_URL = 2_000
LONGEST_NAME = 200
ADDRESS_FIELDS = ("auth_login_url", "auth_token_url", "jwks_url")
# Names that lead to the machine itself or into its own network, wherever they are looked up.
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".home.arpa")


@dataclass(frozen=True, slots=True)
class PlatformDetails:
    """Everything that is written down about a host, however it came to us."""

    name: str
    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    token_audience: str | None = None
    profile: str = "generic"
    deployments: tuple[str, ...] = ()


def details_faults(details: PlatformDetails, *, allow_private: bool) -> dict[str, Text]:
    """Return what is wrong, by field; an empty mapping when all is right.

    The issuer is an identifier and only has to look like an address; it is kept to the letter.
    """
    faults: dict[str, Text] = {}
    if not details.name.strip() or len(details.name) > LONGEST_NAME or clean(details.name) != details.name:
        faults["name"] = _l("Give the host a name of at most %(most)s characters.", most=LONGEST_NAME)
    fault = address_fault(details.issuer, allow_private=allow_private, reached=False)
    if fault is not None:
        faults["issuer"] = fault
    if not details.client_id.strip() or len(details.client_id) > ID_LENGTH or not is_clean(details.client_id):
        faults["client_id"] = _l(
            "Copy the client id from the host; it has at most %(most)s characters.", most=ID_LENGTH
        )
    for field in ADDRESS_FIELDS:
        fault = address_fault(getattr(details, field), allow_private=allow_private)
        if fault is not None:
            faults[field] = fault
    if details.token_audience and (
        len(details.token_audience) > LONGEST_URL or not is_clean(details.token_audience)
    ):
        faults["token_audience"] = _l("The audience is too long or holds characters that cannot be seen.")
    if details.profile not in PROFILES:
        faults["profile"] = _l("The kind of host is one of: %(known)s.", known=", ".join(PROFILES))
    if any(not each.strip() or len(each) > ID_LENGTH or not is_clean(each) for each in details.deployments):
        faults["deployments"] = _l("A deployment id has 1 to %(most)s characters.", most=ID_LENGTH)
    return faults


def address_fault(address: str, *, allow_private: bool, reached: bool = True) -> Text | None:
    """Say why an address of a host cannot be used, or None.

    `reached` addresses are asked by this server, so they must not lead into its own network; the name is
    looked up only when it is asked, and checked again then.
    """
    if not address:
        return _l("Fill in this field.")
    if len(address) > LONGEST_URL or not is_clean(address) or any(map(str.isspace, address)):
        return _l("Copy the whole address, without spaces.")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in {"https", "http"} or not host or port == 0:
        return _l("Write a whole address that begins with https://.")
    if parts.username is not None or parts.password is not None:
        return _l("Leave the name and password out of the address.")
    if reached and parts.fragment:
        return _l("Leave out the part of the address after #.")
    if allow_private:
        return None
    if parts.scheme == "http":
        return _l("The address must begin with https://.")
    if reached and is_local(host):
        return _l("The address leads into a private network; a host must be reachable from the internet.")
    return None


def is_local(host: str) -> bool:
    """Tell whether a host name or literal address is plainly not on the public internet."""
    name = host.rstrip(".").lower()
    if any(
        name == local.lstrip(".") or (local.startswith(".") and name.endswith(local))
        for local in _LOCAL_NAMES
    ):
        return True
    try:
        return not is_public(str(ipaddress.ip_address(name)))
    except ValueError:
        return False


def same_place(one: str, other: str) -> bool:
    """Tell whether two addresses lead to the same host and port."""
    return _place(one) is not None and _place(one) == _place(other)


def _place(address: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    usual: Mapping[str, int] = {"https": 443, "http": 80}
    if not host or parts.scheme not in usual:
        return None
    return host.rstrip(".").lower(), port or usual[parts.scheme]
