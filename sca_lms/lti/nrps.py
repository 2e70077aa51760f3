"""Read the members of a course from its host, page by page (LTI Names and Role Provisioning Services 2.0).

A roster may be large, so one page of it is held at a time, and the host is asked for small pages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.lti import scopes
from sca_lms.lti.ags import with_query
from sca_lms.lti.claims import Names, names_of
from sca_lms.lti.links import differences
from sca_lms.lti.models import ID_LENGTH
from sca_lms.lti.outbound import Unreachable
from sca_lms.lti.plain import is_clean
from sca_lms.lti.roles import resolve
from sca_lms.lti.service_calls import Document, ServiceCalls, text_of

MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
PAGE_SIZE = 500
"""How many members are asked for at a time; Canvas sends fifty at most, and some hosts send everybody."""
MOST_PAGES = 20_000
"""A million members in Canvas' pages."""
MOST_ROLES = 100
_PRESENT = "active"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a host's course; names are empty where the host keeps them to itself."""

    subject: str
    roles: frozenset[Role]
    names: Names
    is_test: bool
    is_active: bool
    """False for somebody whom the host lists although they may not enter at present, or who has left."""


@dataclass(frozen=True, slots=True)
class RosterPage:
    """Some members, and where the list goes on (None: this was the last page)."""

    members: tuple[Member, ...]
    following: str | None
    differences_url: str | None = None
    """Where the host will tell who has come, changed or left since; most hosts do not offer that."""


class RosterService(ServiceCalls):
    """The membership service of one platform; see `ServiceCalls` for what is raised."""

    def pages(
        self, memberships_url: str, *, role: str = "", link_id: str = "", limit: int = 0
    ) -> Iterator[RosterPage]:
        """Yield the roster of a course from its beginning, `limit` members at a time.

        With `role`, the short name or the address of a role of LTI, only members who have it; with `link_id`,
        the id of a resource link, only those who may open that link.
        """
        filters = {"role": role, "rlid": link_id}
        asked = {"limit": str(limit or PAGE_SIZE)} | {name: text for name, text in filters.items() if text}
        return self.pages_from(with_query(memberships_url, asked), role=role)

    def pages_from(self, page_url: str, *, role: str = "") -> Iterator[RosterPage]:
        """Yield the roster from one of its pages on, or what has changed since an earlier reading."""
        for document in self.documents(page_url, scopes.ROSTER, accept=MEMBERS, most=MOST_PAGES):
            yield RosterPage(
                tuple(_members(document, role)),
                document.following,
                differences(document.links, of=page_url),
            )


def _members(document: Document, role: str) -> Iterator[Member]:
    """Yield the members of a page; a host is asked to filter and not trusted to have done so."""
    content = document.content
    listed = content.get("members") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise Unreachable(_l("its answer is not a list of members"))
    for said in listed:
        if isinstance(said, dict) and (not role or _short(role) in map(_short, _roles(said))):
            member = _member(said)
            if member is not None:
                yield member


def _member(said: Mapping[str, object]) -> Member | None:
    """Return a member; somebody whose id no launch could carry is nobody."""
    subject = text_of(said.get("user_id"))
    if not subject.strip() or len(subject) > ID_LENGTH or not is_clean(subject):
        return None
    standing = resolve(_roles(said))
    status = text_of(said.get("status")) or _PRESENT
    return Member(
        subject=subject,
        roles=standing.roles,
        names=names_of(said),
        is_test=standing.is_test,
        is_active=status.strip().lower() == _PRESENT,
    )


def _roles(said: Mapping[str, object]) -> list[str]:
    listed = said.get("roles")
    found = listed if isinstance(listed, list) else [listed]
    return [role.strip() for role in found[:MOST_ROLES] if isinstance(role, str)]


def _short(role: str) -> str:
    """Return the name of a role without the vocabulary it stands in; Moodle sends only the name."""
    return role.rpartition("#")[2]
