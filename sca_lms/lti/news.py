"""Tell what a launch says that was not known before; what a host leaves out keeps its last known value.

Most launches say nothing new. They are recognised by the same rules by which the others are taken over.
"""

from typing import NamedTuple

from sca_lms.courses.models import Person
from sca_lms.lti.claims import Launch
from sca_lms.lti.models import ID_LENGTH, LtiContext, ResourceLink

News = dict[str, object]
"""New values by the names of their columns; empty when there is nothing new."""

NAMES = ("name", "given_name", "family_name", "email")


class KnownPerson(NamedTuple):
    """What is known of a person that a launch may change."""

    name: str
    given_name: str
    family_name: str
    email: str
    is_test: bool


class KnownContext(NamedTuple):
    """What is known of a host's course that a launch may change."""

    title: str
    label: str
    deployment_id: str
    lineitems_url: str | None
    memberships_url: str | None
    notices_url: str | None
    ags_scopes: list[str]
    history: list[str]


class KnownLink(NamedTuple):
    """What is known of a host's link that a launch may change."""

    activity: str | None
    title: str
    line_item_url: str | None


def of_person(person: Person | KnownPerson, launch: Launch) -> News:
    """Return the names that a launch sends and that are new; somebody who was once a test user stays one."""
    said = launch.names
    sent = {"name": said.name, "given_name": said.given_name, "family_name": said.family_name}
    news: News = {
        name: value
        for name, value in (*sent.items(), ("email", said.email))
        if value and value != getattr(person, name)
    }
    if launch.is_test and not person.is_test:
        news["is_test"] = True
    return news


def of_context(context: LtiContext | KnownContext, launch: Launch) -> News:
    """Return what is new about the host's course."""
    title, label = titles(launch)
    return _different(
        context,
        title=title or context.title,
        label=label or context.label,
        lineitems_url=launch.grades.lineitems_url or context.lineitems_url,
        memberships_url=launch.memberships_url or context.memberships_url,
        notices_url=launch.notices_url or context.notices_url,
        ags_scopes=list(launch.grades.scopes) or context.ags_scopes,
        history=list(launch.history) or context.history,
        deployment_id=launch.deployment_id,
    )


def of_link(link: ResourceLink | KnownLink, launch: Launch) -> News:
    """Return what is new about the host's link."""
    sent = launch.link.title if launch.link is not None else ""
    return _different(
        link,
        activity=launch.activity or link.activity,
        title=sent[:ID_LENGTH] or link.title,
        # A host that offers grades and names no column has none for this link, or more than one.
        line_item_url=launch.grades.lineitem_url if launch.grades.lineitems_url else link.line_item_url,
    )


def titles(launch: Launch) -> tuple[str, str]:
    """Return what the host calls its course, long and short; where it names none, the link is the course."""
    if launch.context is not None:
        return launch.context.title, launch.context.label
    return (launch.link.title if launch.link else ""), ""


def _different(row: object, **values: object) -> News:
    return {name: value for name, value in values.items() if getattr(row, name) != value}
