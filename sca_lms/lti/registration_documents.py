"""Read what a host says of itself, and write what it must know of us (LTI Dynamic Registration 1.0).

https://www.imsglobal.org/spec/lti-dr/v1p0. Moodle and Canvas read the same request: what only one of them
knows is ignored by the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from urllib.parse import unquote, urlsplit

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.lti import configuration, scopes
from sca_lms.lti import vocabulary as lti
from sca_lms.lti.configuration import CANVAS, ToolAddresses
from sca_lms.lti.host_addresses import LONGEST_NAME, PlatformDetails, address_fault, same_place
from sca_lms.lti.models import ID_LENGTH
from sca_lms.lti.plain import clean, is_clean
from sca_lms.lti.refused_registration import RegistrationRefused, Trouble

PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CANVAS_CONFIGURATION = CANVAS + "tool_configuration"
ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email", "locale")
MOST_ENTRIES = 500

# Canvas in the cloud names one issuer for everybody and serves its documents from another host:
# https://community.canvaslms.com/t5/The-Product-Blog/Minor-LTI-1-3-Changes-New-OIDC-Auth-Endpoint/ba-p/551677
_SERVED_ELSEWHERE = {
    "canvas.instructure.com": "sso.canvaslms.com",
    "canvas.beta.instructure.com": "sso.beta.canvaslms.com",
    "canvas.test.instructure.com": "sso.test.canvaslms.com",
}
_FAMILIES = {
    "moodle": "moodle",
    "canvas": "canvas",
    "openedx": "openedx",
    "open-edx": "openedx",
    "blackboard": "blackboard",
    "desire2learn": "d2l",
    "d2l": "d2l",
    "brightspace": "d2l",
    "sakai": "sakai",
}


@dataclass(frozen=True, slots=True)
class HostConfiguration:
    """What a host says of itself; None where it says nothing, so that nothing is taken for a no."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    registration_endpoint: str
    token_audience: str | None
    family: str
    version: str
    account: str
    scopes: frozenset[str] | None
    claims: frozenset[str] | None
    messages: Mapping[str, tuple[str, ...]] | None
    variables: frozenset[str] | None

    @property
    def profile(self) -> str:
        """Return the name of the profile that the product belongs to."""
        return next((name for start, name in _FAMILIES.items() if self.family.startswith(start)), "generic")

    @property
    def name(self) -> str:
        """Return how to call the host until somebody gives it a better name."""
        return " · ".join(part for part in (self.account, urlsplit(self.issuer).netloc) if part)[
            :LONGEST_NAME
        ]

    def takes(self, message: lti.MessageType) -> bool | None:
        """Tell whether the host can send a message; None when it does not say."""
        return None if self.messages is None else message in self.messages


class Offer(Enum):
    """Whether a host offers something."""

    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that will work with a host or not, and what that means."""

    title: Text
    offer: Offer
    meaning: Text


@dataclass(frozen=True, slots=True)
class Registration:
    """What a host answered: as whom it knows us, in which deployment, and what it gave."""

    client_id: str
    deployment_id: str | None
    scopes: frozenset[str] | None


def read_configuration(document: object, *, url: str, allow_private: bool) -> HostConfiguration:
    """Return what a host says of itself; raises `RegistrationRefused` naming the field at fault."""
    if not isinstance(document, Mapping):
        raise RegistrationRefused(Trouble.CONFIGURATION_UNREADABLE, known=url)
    issuer = document.get("issuer")
    if not isinstance(issuer, str) or not issuer:
        raise RegistrationRefused(Trouble.CONFIGURATION_INCOMPLETE, sent="issuer", known=url)
    fault = address_fault(issuer, allow_private=allow_private, reached=False)
    if fault is not None:
        raise RegistrationRefused(Trouble.ADDRESS_REFUSED, sent="issuer", known=fault)
    if not _speaks_for(url, issuer):
        raise RegistrationRefused(
            Trouble.ISSUER_MISMATCH, sent=_without_query(issuer), known=_without_query(url)
        )
    addresses = {name: _address(document, name, url=url, allow_private=allow_private) for name in ADDRESSES}
    endpoint = addresses["registration_endpoint"]
    if not same_place(endpoint, url) and not same_place(endpoint, issuer):
        # The registration token goes there, so it must not leave the host.
        raise RegistrationRefused(
            Trouble.ENDPOINT_FOREIGN, sent=urlsplit(endpoint).netloc, known=urlsplit(url).netloc
        )
    _check_methods(document)
    platform = document.get(PLATFORM_CONFIGURATION)
    product = platform if isinstance(platform, Mapping) else {}
    audience = document.get("authorization_server")
    return HostConfiguration(
        issuer=issuer,
        **addresses,
        # Canvas writes a bare host name here, which is not the audience it wants.
        token_audience=audience if _is_other_audience(audience, addresses["token_endpoint"]) else None,
        family=_text(product.get("product_family_code")).lower(),
        version=_text(product.get("version")),
        account=_text(product.get(CANVAS + "account_name")),
        scopes=_words(document.get("scopes_supported")),
        claims=_words(document.get("claims_supported")),
        messages=_messages(product.get("messages_supported")),
        variables=_words(product.get("variables")),
    )


def capabilities(host: HostConfiguration) -> list[Capability]:
    """Say what will work with a host and what will not, before anything is registered."""
    return [
        Capability(
            _l("Names of people"),
            _offer(host.claims, "name", "given_name"),
            _l("Without names, learners choose a name to be shown and you match it once."),
        ),
        Capability(
            _l("E-mail addresses"),
            _offer(host.claims, "email"),
            _l("Without them everything works; only messages by e-mail are not possible."),
        ),
        Capability(
            _l("Scores into the gradebook"),
            _offer(host.scopes, scopes.SCORE),
            _l("Without it scores stay in this tool."),
        ),
        Capability(
            _l("Columns made by this tool"),
            _offer(host.scopes, scopes.LINE_ITEM),
            _l("Without it each column is made by hand in the course."),
        ),
        Capability(
            _l("Scores read back"),
            _offer(host.scopes, scopes.RESULT),
            _l("Without it nobody is told when a teacher changes a score in the host."),
        ),
        Capability(
            _l("List of participants"),
            _offer(host.scopes, scopes.ROSTER),
            _l("Without it people appear when they open the tool for the first time."),
        ),
        Capability(
            _l("Choosing content (deep linking)"),
            _offer_of(host.takes(lti.MessageType.DEEP_LINKING)),
            _l("Without it each activity is added to the course by hand."),
        ),
        Capability(
            _l("Notice of copied courses"),
            _offer(host.scopes, scopes.NOTICES),
            _l("Without it a copied course is recognised at its first visit, if the host tells its history."),
        ),
    ]


def registration_request(host: HostConfiguration, addresses: ToolAddresses) -> dict[str, object]:
    """Return what is posted to the host's registration endpoint."""
    asked = [scope for scope in scopes.WANTED if host.scopes is None or scope in host.scopes]
    if scopes.NOTICES in (host.scopes or ()):
        asked.append(scopes.NOTICES)
    claims = [
        claim for claim in CLAIMS if host.claims is None or claim in host.claims or claim in {"iss", "sub"}
    ]
    request: dict[str, object] = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": addresses.login,
        "redirect_uris": [addresses.launch],
        "client_name": configuration.TITLE,
        "client_uri": addresses.public_url,
        "logo_uri": addresses.icon,
        "jwks_uri": addresses.key_set,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(asked),
        TOOL_CONFIGURATION: {
            "domain": addresses.domain,
            "description": configuration.DESCRIPTION,
            "target_link_uri": addresses.launch,
            "custom_parameters": configuration.variables(host.variables),
            "claims": claims,
            "messages": _wanted_messages(host, addresses),
            CANVAS + "privacy_level": "public",
            CANVAS + "tool_id": configuration.TOOL_ID,
            CANVAS + "vendor": configuration.TITLE,
        },
    }
    if host.profile == "canvas":
        request[CANVAS_CONFIGURATION] = {
            "privacy_level": "public",
            "tool_id": configuration.TOOL_ID,
            "domain": addresses.domain,
            "icon_url": addresses.icon,
            "selection_width": configuration.FRAME_WIDTH,
            "selection_height": configuration.FRAME_HEIGHT,
        }
    return request


def read_answer(document: object) -> Registration:
    """Return as whom the host knows us; raises `RegistrationRefused` when it does not say."""
    if not isinstance(document, Mapping):
        raise RegistrationRefused(Trouble.ANSWER_UNREADABLE, sent="JSON")
    client_id = _identifier(document.get("client_id"))
    if client_id is None:
        raise RegistrationRefused(Trouble.ANSWER_UNREADABLE, sent="client_id")
    tool = document.get(TOOL_CONFIGURATION)
    deployment = _identifier(tool.get("deployment_id")) if isinstance(tool, Mapping) else None
    said = document.get("scope")
    granted = frozenset(said.split()) if isinstance(said, str) else None
    return Registration(client_id=client_id, deployment_id=deployment, scopes=granted)


def granted(host: HostConfiguration, registered: Registration) -> HostConfiguration:
    """Return the host's configuration with the services that it really gave us."""
    return host if registered.scopes is None else replace(host, scopes=registered.scopes)


def details_of(host: HostConfiguration, registered: Registration) -> PlatformDetails:
    """Return what is written down of a host that has registered."""
    return PlatformDetails(
        name=host.name,
        issuer=host.issuer,
        client_id=registered.client_id,
        auth_login_url=host.authorization_endpoint,
        auth_token_url=host.token_endpoint,
        jwks_url=host.jwks_uri,
        token_audience=host.token_audience,
        profile=host.profile,
        deployments=(registered.deployment_id,) if registered.deployment_id else (),
    )


def _speaks_for(url: str, issuer: str) -> bool:
    """Tell whether a document at an address may speak for an issuer: it must lie at or below the issuer.

    Several hosts may share one name, each below a path of its own; none of them speaks for another one.
    """
    if same_place(url, issuer):
        return _lies_below(urlsplit(url).path, urlsplit(issuer).path)
    elsewhere = _SERVED_ELSEWHERE.get((urlsplit(issuer).hostname or "").lower())
    return elsewhere is not None and same_place(url, f"https://{elsewhere}")


def _without_query(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"


def _lies_below(path: str, issuer_path: str) -> bool:
    """Tell whether a path is at or below the issuer's, or its well-known place (RFC 8414, section 3.1)."""
    above = [part for part in unquote(issuer_path).split("/") if part]
    parts = [part for part in unquote(path).split("/") if part]
    if {".", ".."} & {*parts, *above}:
        return False
    well_known = [".well-known", "openid-configuration", *above]
    return parts[: len(above)] == above or parts[: len(well_known)] == well_known


def _address(document: Mapping[str, object], name: str, *, url: str, allow_private: bool) -> str:
    said = document.get(name)
    if not isinstance(said, str) or not said:
        raise RegistrationRefused(Trouble.CONFIGURATION_INCOMPLETE, sent=name, known=url)
    fault = address_fault(said, allow_private=allow_private)
    if fault is not None:
        raise RegistrationRefused(Trouble.ADDRESS_REFUSED, sent=name, known=fault)
    return said


def _check_methods(document: Mapping[str, object]) -> None:
    """Refuse a host that says it takes neither our way to sign nor our way to prove who we are."""
    for name, needed in (
        ("token_endpoint_auth_methods_supported", "private_key_jwt"),
        ("token_endpoint_auth_signing_alg_values_supported", "RS256"),
    ):
        said = _words(document.get(name))
        if said and needed not in said:
            raise RegistrationRefused(Trouble.METHOD_MISSING, sent=name, known=needed)


def _wanted_messages(host: HostConfiguration, addresses: ToolAddresses) -> list[dict[str, object]]:
    """Return the messages to be sent to us; only one for deep linking, because Moodle keeps the last."""
    wanted: list[dict[str, object]] = []
    if host.takes(lti.MessageType.DEEP_LINKING) is not False:
        offered = (host.messages or {}).get(lti.MessageType.DEEP_LINKING, ())
        pickers = [CANVAS + name for name in configuration.CANVAS_PICKERS if CANVAS + name in offered]
        wanted.append(_message(lti.MessageType.DEEP_LINKING, addresses, pickers or ["ContentArea"]))
    if CANVAS + "course_navigation" in (host.messages or {}).get(lti.MessageType.RESOURCE_LINK, ()):
        link = _message(lti.MessageType.RESOURCE_LINK, addresses, [CANVAS + "course_navigation"])
        wanted.append({**link, CANVAS + "course_navigation/default_enabled": False})
    wanted.extend(
        _message(message, addresses, [])
        for message in (lti.MessageType.SUBMISSION_REVIEW, lti.MessageType.DATA_PRIVACY)
        if host.takes(message)
    )
    return wanted


def _message(message: lti.MessageType, addresses: ToolAddresses, placements: list[str]) -> dict[str, object]:
    described: dict[str, object] = {
        "type": str(message),
        "target_link_uri": addresses.launch,
        "label": configuration.TITLE,
        "icon_uri": addresses.icon,
    }
    return {**described, "placements": placements} if placements else described


def _is_other_audience(said: object, token_endpoint: str) -> bool:
    return (
        isinstance(said, str) and address_fault(said, allow_private=True) is None and said != token_endpoint
    )


def _words(said: object) -> frozenset[str] | None:
    return frozenset(_text(each) for each in said[:MOST_ENTRIES]) if isinstance(said, list) else None


def _messages(said: object) -> dict[str, tuple[str, ...]] | None:
    """Return the placements by message; some hosts list the messages' names alone."""
    if not isinstance(said, list):
        return None
    found: dict[str, tuple[str, ...]] = {}
    for entry in said[:MOST_ENTRIES]:
        if isinstance(entry, str):
            found[_text(entry)] = ()
        elif isinstance(entry, Mapping):
            found[_text(entry.get("type"))] = tuple(sorted(_words(entry.get("placements")) or ()))
    return found


def _offer(known: frozenset[str] | None, *names: str) -> Offer:
    return _offer_of(None if known is None else not known.isdisjoint(names))


def _offer_of(said: bool | None) -> Offer:
    return Offer.UNSAID if said is None else Offer.YES if said else Offer.NO


def _text(said: object) -> str:
    return clean(said).replace("\n", " ").strip()[:LONGEST_NAME] if isinstance(said, str) else ""


def _identifier(said: object) -> str | None:
    """Return an id as text: some hosts send numbers."""
    if isinstance(said, bool) or not isinstance(said, str | int):
        return None
    text = str(said).strip()
    return text if text and len(text) <= ID_LENGTH and is_clean(text) else None
