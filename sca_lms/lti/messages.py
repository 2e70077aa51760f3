"""Say where each kind of message leads; a package may add kinds of activity and handlers of messages.

`app.extensions["sca_activities"]` maps a kind (`quiz` of `quiz:Q1`) to a function that returns the path of
one activity; `app.extensions["sca_lti_messages"]` maps a message type to a function that says where it leads.
"""

from collections.abc import Callable
from typing import Any

from flask import current_app

from sca_lms.courses.rules import STAFF, Role
from sca_lms.lti import queries
from sca_lms.lti.launch import Arrival
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.lti.vocabulary import MessageType

ActivityPath = Callable[[int, str], str]
"""Takes the course's id and what stands behind the colon; returns a path."""
MessageHandler = Callable[[Arrival], str]
"""Takes a launch that was let in; returns the path of the page it leads to."""

ReviewPath = Callable[[int, str, int], str | None]
"""Takes the course's id, what stands behind the colon, and whose work is reviewed; returns a path or None."""

ACTIVITIES = "sca_activities"
REVIEWS = "sca_reviews"
"""`app.extensions[REVIEWS]` maps a kind of activity to where staff mark what one learner did there."""
MESSAGES = "sca_lti_messages"
PRIVACY_PATH = "/lti/privacy"


def register(extensions: dict[str, Any]) -> None:  # Flask's own type of `app.extensions`.
    """Register the messages that lead to pages of the course; packages add the activities they have."""
    extensions.setdefault(ACTIVITIES, {})
    handlers: dict[str, MessageHandler] = extensions.setdefault(MESSAGES, {})
    handlers.setdefault(MessageType.RESOURCE_LINK, _resource_link)
    handlers.setdefault(MessageType.SUBMISSION_REVIEW, _submission_review)
    handlers.setdefault(MessageType.DATA_PRIVACY, _data_privacy)


def destination(arrival: Arrival) -> str:
    """Return the path that a launch leads to; raises `LaunchRefused` for a message nobody handles."""
    handlers: dict[str, MessageHandler] = current_app.extensions[MESSAGES]
    handler = handlers.get(arrival.launch.message_type)
    if handler is None:
        known = ", ".join(sorted(handlers))
        raise LaunchRefused(Code.MESSAGE_TYPE_UNKNOWN, sent=arrival.launch.message_type, known=known)
    return handler(arrival)


def course_path(course_id: int) -> str:
    """Return the path of a course's first page."""
    return f"/courses/{course_id}/"


def activity_path(course_id: int, activity: str | None) -> str:
    """Return the path of an activity; one that nobody knows leads to the course's first page."""
    kind, _, reference = (activity or "").partition(":")
    kinds: dict[str, ActivityPath] = current_app.extensions[ACTIVITIES]
    found = kinds.get(kind)
    return found(course_id, reference) if found else course_path(course_id)


def link_path(course_id: int, roles: frozenset[Role], activity: str | None) -> str:
    """Return the path that a link leads to; a guest only reads the course's first page."""
    return course_path(course_id) if roles <= {Role.GUEST} else activity_path(course_id, activity)


def _resource_link(arrival: Arrival) -> str:
    if arrival.course is None:
        raise LaunchRefused(Code.CONTEXT_MISSING)
    roles = arrival.enrolment.roles if arrival.enrolment else frozenset[Role]()
    return link_path(arrival.course.id, roles, arrival.link.activity if arrival.link else None)


def _submission_review(arrival: Arrival) -> str:
    """Lead staff to what the learner did there, or to the learner; everybody else to their own page.

    Moodle signs a review of anybody for any learner who asks for one, so the message itself gives no right.
    """
    if arrival.course is None:
        raise LaunchRefused(Code.CONTEXT_MISSING)
    reader = arrival.enrolment
    if reader is None or reader.roles.isdisjoint(STAFF) or arrival.launch.for_user is None:
        return _resource_link(arrival)
    reviewed = queries.find_enrolment_of_subject(
        arrival.platform.id, arrival.tenant, arrival.launch.for_user, course_id=arrival.course.id
    )
    if reviewed is None:
        # The learner has never opened the tool, so there is nothing to show yet.
        return course_path(arrival.course.id)
    reviews: dict[str, ReviewPath] = current_app.extensions.get(REVIEWS, {})
    kind, _, reference = ((arrival.link.activity if arrival.link else None) or "").partition(":")
    place = reviews[kind](arrival.course.id, reference, reviewed.id) if kind in reviews else None
    return place or f"{course_path(arrival.course.id)}learners/{reviewed.id}"


def _data_privacy(arrival: Arrival) -> str:
    """Lead somebody who is known to what is kept about them; everybody else to what is kept at all."""
    return PRIVACY_PATH if arrival.course is None else f"{course_path(arrival.course.id)}my-data"
