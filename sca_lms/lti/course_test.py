"""Try out what a host offers for one of its courses: the gradebook, its columns and the participants."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.lti import scopes
from sca_lms.lti.access_tokens import TokenDelayed, TokenRefused
from sca_lms.lti.ags import GradeServices, reading_scope
from sca_lms.lti.linkables import resource_id_of, tag_of
from sca_lms.lti.models import LtiContext
from sca_lms.lti.nrps import RosterService
from sca_lms.lti.outbound import Outbound, Unreachable
from sca_lms.lti.self_test import SERVICES, STEP_SECONDS, Outcome, Step
from sca_lms.lti.service_calls import HostRefused

USEFUL = (scopes.LINE_ITEM, scopes.RESULT)
"""Without these scores can be sent; columns are then made by hand, and nobody sees what became of scores."""
ANY_COLUMN = "PRE"
"""Columns are looked up as for real scores, because some hosts answer other questions than these badly."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """Several names behind each other, in the language in which they are read."""

    names: Sequence[Text]

    def __str__(self) -> str:
        return ", ".join(map(str, self.names))


def examine_course(
    context: LtiContext, *, allow_private: bool, now: Callable[[], dt.datetime]
) -> Iterator[Step]:
    """Yield a step for each thing that scores and names need; call it outside of a transaction.

    Nothing is changed in the host.
    """
    way_out = Outbound(allow_private=allow_private, budget=STEP_SECONDS)
    yield _gradebook(context)
    yield _columns(context, way_out, now=now)
    yield _participants(context, way_out, now=now)


def _gradebook(context: LtiContext) -> Step:
    """Look at what the last launch said; no request is needed."""
    name, title = "course-gradebook", _l("Gradebook of the course")
    offered = frozenset(context.ags_scopes)
    if scopes.SCORE not in offered:
        return Step(name, title, Outcome.FAULT, _l("The last launch offered no way to send scores."))
    lacking = [service for scope, service in SERVICES.items() if scope in USEFUL and scope not in offered]
    if lacking:
        found = _l("Scores can be sent. Not offered: %(services)s.", services=_Listed(lacking))
        return Step(name, title, Outcome.WARNING, found)
    return Step(name, title, Outcome.OK, _l("Scores can be sent, columns made, and scores read back."))


def _columns(context: LtiContext, way_out: Outbound, *, now: Callable[[], dt.datetime]) -> Step:
    name, title = "course-columns", _l("Columns of the course")
    url, scope = context.lineitems_url, reading_scope(context.ags_scopes)
    if url is None or scope is None:
        return Step(name, title, Outcome.SKIPPED, _l("Not tried: the course does not offer them."))
    services = GradeServices(context.platform, way_out=way_out, now=now)

    def look() -> Text:
        services.find_line_items(
            url, resource_id=resource_id_of(ANY_COLUMN), tag=tag_of(ANY_COLUMN), scope=scope
        )
        return _l("The list of columns can be read.")

    return _tried(name, title, look)


def _participants(context: LtiContext, way_out: Outbound, *, now: Callable[[], dt.datetime]) -> Step:
    name, title = "course-participants", _l("Participants of the course")
    url = context.memberships_url
    if url is None:
        return Step(name, title, Outcome.WARNING, _l("The course does not offer its list of participants."))
    service = RosterService(context.platform, way_out=way_out, now=now)

    def look() -> Text:
        first = next(service.pages(url))
        return _l(
            "The list of participants can be read; its first page has %(number)s.", number=len(first.members)
        )

    return _tried(name, title, look)


def _tried(name: str, title: Text, look: Callable[[], Text]) -> Step:
    """Make a request and say how it went."""
    try:
        return Step(name, title, Outcome.OK, look())
    except TokenDelayed as error:
        later = _l("The host cannot answer now: %(reason)s. Try again later.", reason=error)
        return Step(name, title, Outcome.WARNING, later)
    except (HostRefused, Unreachable, TokenRefused) as error:
        return Step(name, title, Outcome.FAULT, _l("The host gives no list: %(reason)s.", reason=error))
