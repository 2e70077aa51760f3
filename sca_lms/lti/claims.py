"""Turn the verified claims of a launch into our own words, once.

Hosts are sloppy in harmless ways, and those are let through: numbers as ids, empty or unknown roles, no name,
no course. What decides who may do what is never guessed: it is required, or the launch is refused.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sca_lms.courses.rules import Role
from sca_lms.lti import vocabulary as lti
from sca_lms.lti.models import ID_LENGTH
from sca_lms.lti.plain import clean, is_clean
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.lti.roles import resolve
from sca_lms.lti.vocabulary import MessageType

LONGEST_NAME = 200
LONGEST_URL = 2_000
LONGEST_CUSTOM = 2_000
MOST_ENTRIES = 500
# What a host puts in the place of a variable that it does not know: `$ResourceLink.id.history`.
_UNEXPANDED = re.compile(r"\$[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)+")
# Only what RFC 3986 lets stand in an address, so nothing of it can end an attribute or a header.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+([/?#][!#-;=?-Z\[\]_a-z~]*)?", re.IGNORECASE)
_ACTIVITY = re.compile(r"[a-z][a-z-]{0,30}(:[A-Za-z0-9._-]{1,64})?")


@dataclass(frozen=True, slots=True)
class Names:
    """What the host tells of a person's name; each may be empty."""

    name: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""

    @property
    def shown(self) -> str:
        """Return the name to show, empty when the host tells none."""
        return self.name or f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class Context:
    """The host's course."""

    id: str
    title: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """The host's link that was opened."""

    id: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class GradeServices:
    """Where scores and columns of the host's course are, and what we may do there."""

    scopes: tuple[str, ...] = ()
    lineitems_url: str | None = None
    lineitem_url: str | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """One verified message from a host."""

    message_type: MessageType
    deployment_id: str
    subject: str | None
    roles: frozenset[Role]
    is_test: bool
    target_link_uri: str
    context: Context | None
    link: Link | None
    names: Names
    grades: GradeServices
    memberships_url: str | None = None
    notices_url: str | None = None
    """Where a host is told to send us notices of copied courses, if it sends such."""
    locale: str | None = None
    return_url: str | None = None
    document_target: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    for_user: str | None = None
    """The subject of the learner whose work is to be reviewed; a wish, never a right."""
    mentees: tuple[str, ...] = ()
    deep_linking: Mapping[str, object] = field(default_factory=dict)
    family: str = ""

    @property
    def activity(self) -> str | None:
        """Return which activity of ours the link says it opens."""
        said = self.custom.get(lti.CUSTOM_ACTIVITY, "")
        return said if _ACTIVITY.fullmatch(said) else None

    @property
    def history(self) -> tuple[str, ...]:
        """Return the ids of the courses that this one was copied from, newest first."""
        return self._ids(lti.CUSTOM_CONTEXT_HISTORY)

    @property
    def link_history(self) -> tuple[str, ...]:
        """Return the ids of the links that this one was copied from, newest first."""
        return self._ids(lti.CUSTOM_LINK_HISTORY)

    def _ids(self, name: str) -> tuple[str, ...]:
        said = self.custom.get(name, "").split(",")
        return tuple(part.strip()[:ID_LENGTH] for part in said if part.strip())[:MOST_ENTRIES]


def read(claims: Mapping[str, object]) -> Launch:
    """Return the launch that verified claims describe; raises `LaunchRefused` for what LTI 1.3 forbids."""
    version = claims.get(lti.VERSION)
    if version is None:
        raise LaunchRefused(Code.CLAIM_MISSING, sent="version")
    if version != lti.SUPPORTED_VERSION:
        raise LaunchRefused(Code.VERSION_UNSUPPORTED, sent=version, known=lti.SUPPORTED_VERSION)
    message_type = _message_type(claims)
    standing = resolve(_roles(claims))
    launch = Launch(
        message_type=message_type,
        deployment_id=_required_id(claims.get(lti.DEPLOYMENT_ID), "deployment_id"),
        subject=_subject(claims),
        roles=standing.roles,
        is_test=standing.is_test,
        target_link_uri=_text(claims.get(lti.TARGET_LINK_URI), LONGEST_URL),
        context=_context(claims),
        link=_link(claims),
        names=names_of(claims),
        grades=_grades(claims),
        memberships_url=_url(_mapping(claims, lti.NAMES_AND_ROLES).get("context_memberships_url")),
        notices_url=_notices_url(_mapping(claims, lti.NOTIFICATIONS)),
        locale=_text(_mapping(claims, lti.PRESENTATION).get("locale"), 16) or None,
        return_url=_url(_mapping(claims, lti.PRESENTATION).get("return_url")),
        document_target=_text(_mapping(claims, lti.PRESENTATION).get("document_target"), 16),
        custom=_custom(claims),
        for_user=_identifier(_mapping(claims, lti.FOR_USER).get("user_id"), "for_user"),
        mentees=_mentees(claims),
        deep_linking=_mapping(claims, lti.DEEP_LINKING_SETTINGS),
        family=_text(_mapping(claims, lti.TOOL_PLATFORM).get("product_family_code"), 64).lower(),
    )
    _REQUIREMENTS[message_type](launch, claims)
    return launch


def _message_type(claims: Mapping[str, object]) -> MessageType:
    said = claims.get(lti.MESSAGE_TYPE)
    if said is None:
        raise LaunchRefused(Code.CLAIM_MISSING, sent="message_type")
    try:
        return MessageType(str(said))
    except ValueError as error:
        known = ", ".join(MessageType)
        raise LaunchRefused(Code.MESSAGE_TYPE_UNKNOWN, sent=said, known=known) from error


def _roles(claims: Mapping[str, object]) -> list[str]:
    said = claims.get(lti.ROLES)
    if said is None:
        raise LaunchRefused(Code.CLAIM_MISSING, sent="roles")
    if isinstance(said, str):
        # Hosts that came from LTI 1.1 keep writing a list as one string.
        said = said.split(",")
    if not isinstance(said, list):
        raise LaunchRefused(Code.CLAIM_MALFORMED, sent="roles", known=type(said).__name__)
    return [role.strip() for role in said[:MOST_ENTRIES] if isinstance(role, str)]


def _subject(claims: Mapping[str, object]) -> str | None:
    """Return who launches: None when the host does not say; a claim that says nothing is refused."""
    if "sub" not in claims:
        return None
    return _required_id(claims["sub"], "sub")


def _context(claims: Mapping[str, object]) -> Context | None:
    said = _mapping(claims, lti.CONTEXT)
    found = _identifier(said.get("id"), "context.id")
    if found is None:
        return None
    return Context(
        id=found, title=_text(said.get("title"), LONGEST_NAME), label=_text(said.get("label"), LONGEST_NAME)
    )


def _link(claims: Mapping[str, object]) -> Link | None:
    said = _mapping(claims, lti.RESOURCE_LINK)
    found = _identifier(said.get("id"), "resource_link.id")
    return Link(id=found, title=_text(said.get("title"), LONGEST_NAME)) if found is not None else None


def names_of(claims: Mapping[str, object]) -> Names:
    """Return what a launch or a member of a roster says about a person's name."""
    email = _text(claims.get("email"), LONGEST_NAME)
    return Names(
        name=_text(claims.get("name"), LONGEST_NAME),
        given_name=_text(claims.get("given_name"), LONGEST_NAME),
        family_name=_text(claims.get("family_name"), LONGEST_NAME),
        email=email if "@" in email else "",
    )


def _grades(claims: Mapping[str, object]) -> GradeServices:
    said = _mapping(claims, lti.GRADES)
    scopes = {_text(scope, LONGEST_NAME) for scope in _list(said.get("scope")) if isinstance(scope, str)}
    return GradeServices(
        scopes=tuple(sorted(scopes)),
        lineitems_url=_url(said.get("lineitems")),
        lineitem_url=_url(said.get("lineitem")),
    )


def _notices_url(said: Mapping[str, object]) -> str | None:
    offered = lti.COPY_NOTICE in _list(said.get("notice_types_supported"))
    return _url(said.get("platform_notification_service_url")) if offered else None


def _custom(claims: Mapping[str, object]) -> dict[str, str]:
    """Return the custom parameters by lower-case name, without variables the host did not fill in.

    Moodle sends a parameter twice, as it was written and in lower case; the lower-case one wins.
    """
    said = _mapping(claims, lti.CUSTOM)
    found: dict[str, str] = {}
    for name, value in list(said.items())[:MOST_ENTRIES]:
        if value is None or isinstance(value, dict | list):
            continue
        text = _text(value, LONGEST_CUSTOM)
        if _UNEXPANDED.fullmatch(text) is None and (name.islower() or name.lower() not in found):
            found[clean(name.lower())] = text
    return found


def _mentees(claims: Mapping[str, object]) -> tuple[str, ...]:
    said = _list(claims.get(lti.MENTEES))
    return tuple(_text(subject, ID_LENGTH) for subject in said if isinstance(subject, str | int))


def _mapping(claims: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return a claim that should be an object; anything else says nothing."""
    said = claims.get(name)
    return said if isinstance(said, dict) else {}


def _list(said: object) -> list[object]:
    return said[:MOST_ENTRIES] if isinstance(said, list) else []


def _text(said: object, longest: int) -> str:
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return ""
    return clean(str(said)).strip()[:longest]


def _identifier(said: object, name: str) -> str | None:
    """Return an id as text: some hosts send numbers; None when there is none."""
    if said is None or said == "":
        return None
    if isinstance(said, bool) or not isinstance(said, str | int):
        raise LaunchRefused(Code.CLAIM_MALFORMED, sent=name, known=type(said).__name__)
    text = str(said)
    if len(text) > ID_LENGTH or not is_clean(text):
        raise LaunchRefused(Code.CLAIM_MALFORMED, sent=name, known=text)
    return text


def _required_id(said: object, name: str) -> str:
    found = _identifier(said, name)
    if found is None or not found.strip():
        raise LaunchRefused(Code.CLAIM_MISSING, sent=name)
    return found


def _url(said: object) -> str | None:
    """Return an absolute web address, or None for anything else."""
    if not isinstance(said, str) or len(said) > LONGEST_URL:
        return None
    return said if _is_address(said) else None


# Every launch into a course names the same addresses.
@functools.lru_cache(maxsize=1024)
def _is_address(said: str) -> bool:
    if not _ADDRESS.fullmatch(said):
        return False
    try:
        parts = urlsplit(said)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _require_resource(launch: Launch, claims: Mapping[str, object]) -> None:
    if launch.link is None or not launch.link.id.strip():
        raise LaunchRefused(Code.CLAIM_MISSING, sent="resource_link.id")
    if not launch.target_link_uri:
        raise LaunchRefused(Code.CLAIM_MISSING, sent="target_link_uri")
    if complaint := lti.second_opinion(claims):
        raise LaunchRefused(Code.CLAIM_MISSING, sent=complaint)


def _require_deep_linking(launch: Launch, _claims: Mapping[str, object]) -> None:
    _require_subject(launch)
    if _url(launch.deep_linking.get("deep_link_return_url")) is None:
        raise LaunchRefused(Code.CLAIM_MISSING, sent="deep_link_return_url")


def _require_review(launch: Launch, _claims: Mapping[str, object]) -> None:
    # `for_user` is not required: the column heading in Moodle's gradebook reviews nobody in particular.
    _require_subject(launch)


def _require_privacy(launch: Launch, _claims: Mapping[str, object]) -> None:
    _require_subject(launch)


def _require_subject(launch: Launch) -> None:
    """Refuse what only a person can do; a resource launch alone may be anonymous."""
    if launch.subject is None:
        raise LaunchRefused(Code.SUBJECT_MISSING)


_REQUIREMENTS = {
    MessageType.RESOURCE_LINK: _require_resource,
    MessageType.DEEP_LINKING: _require_deep_linking,
    MessageType.SUBMISSION_REVIEW: _require_review,
    MessageType.DATA_PRIVACY: _require_privacy,
}
