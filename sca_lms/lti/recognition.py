"""Recognise a launch that says nothing new, with one statement and past the session.

That is nearly every launch: the same learner opens the same link again. It writes down that the login was used
and who the browser is from now on, and no more. Whatever is missing, new or shut is left to `launch.settle`.
"""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import Role
from sca_lms.database import Base
from sca_lms.lti import news
from sca_lms.lti.claims import Launch
from sca_lms.lti.launch import context_id_of, is_worth_noting
from sca_lms.lti.models import (
    Deployment,
    DeploymentState,
    HostRoles,
    LtiContext,
    LtiUser,
    Platform,
    PlatformState,
    ResourceLink,
)
from sca_lms.lti.news import KnownContext, KnownLink, KnownPerson
from sca_lms.lti.queries import Registered
from sca_lms.lti.vocabulary import MessageType


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who launches what, when both are known and nothing about them has changed."""

    course_id: int
    person_id: int
    enrolment_id: int
    roles: frozenset[Role]
    activity: str | None


def _columns(model: type[Base]) -> sa.ReadOnlyColumnCollection[str, sa.ColumnElement[object]]:
    return Base.metadata.tables[model.__tablename__].c


_PLATFORM, _DEPLOYMENT, _USER, _PERSON, _CONTEXT, _LINK, _ENROLMENT, _ROLES = (
    _columns(model)
    for model in (Platform, Deployment, LtiUser, Person, LtiContext, ResourceLink, Enrolment, HostRoles)
)
_KNOWN = (KnownPerson, _PERSON), (KnownContext, _CONTEXT), (KnownLink, _LINK)
