"""Tell tools outside of anybody's visit that a course was copied (Platform Notification Service)."""

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping

import requests

from sca_lms.demo.addresses import origin
from sca_lms.demo.bodies import Body, text
from sca_lms.demo.manners import Personality
from sca_lms.demo.service_errors import ServiceRefusal
from sca_lms.demo.site import Course, SiteState, Tool

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
NOTIFICATIONS = LTI + "platformnotificationservice"
HELLO, COURSE_COPIED = "LtiHelloWorldNotice", "LtiContextCopyNotice"
NOTICE_TYPES = (HELLO, COURSE_COPIED)
SECONDS = (5, 10)


def post_notice(url: str, body: dict[str, object]) -> int:
    """Send a notice over HTTP; returns the status of the answer, 0 when there is none."""
    try:
        return requests.post(url, json=body, timeout=SECONDS, allow_redirects=False).status_code
    except requests.RequestException:
        return 0


def set_handler(tool: Tool, body: Body) -> dict[str, object]:
    """Note where a tool wants notices of a kind; raises ServiceRefusal for an address that is not its own."""
    kind, url = text(body, "notice_type", required=True), text(body, "handler")
    if kind not in NOTICE_TYPES:
        raise ServiceRefusal(400, "notice_type is not supported")
    if url and origin(url) != origin(tool.target_link_uri):
        raise ServiceRefusal(400, "handler must be at the domain of the tool")
    if url:
        tool.notice_handlers[kind] = url
    else:
        tool.notice_handlers.pop(kind, None)
    return {"notice_type": kind, "handler": url}


def of_copy(
    state: SiteState, course: Course, personality: Personality, *, issuer: str, at: dt.datetime
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield for each tool that wants to know of copies its handler and the claims of the notice."""
    issued = int(at.timestamp())
    for tool in state.active_tools():
        handler = tool.notice_handlers.get(COURSE_COPIED)
        if handler and personality.launch.notices:
            yield (
                handler,
                {
                    "iss": issuer,
                    "aud": tool.client_id,
                    "iat": issued,
                    "exp": issued + personality.launch.lifetime_seconds,
                    "nonce": secrets.token_urlsafe(12),
                    "jti": secrets.token_urlsafe(12),
                    LTI + "version": "1.3.0",
                    LTI + "deployment_id": tool.deployment_id,
                    LTI + "notice": {
                        "id": secrets.token_urlsafe(12),
                        "timestamp": at.isoformat(),
                        "type": COURSE_COPIED,
                    },
                    LTI + "context": {"id": course.id, "label": course.label, "title": course.title.th},
                    LTI + "origin_contexts": list(course.history[:1]),
                },
            )
