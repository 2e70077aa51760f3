"""The words of LTI 1.3, taken from PyLTI1p3; no other module imports the library.

Only its vocabulary is used: the names of the claims, the kinds of roles, and its validator of resource
launches as a second opinion. Its network, state and trust decisions are not. The fork `pylti1p3next` has the
same import name and the same vocabulary, so either may be installed.
"""

from collections.abc import Mapping
from enum import StrEnum

from pylti1p3.exception import LtiException
from pylti1p3.message_launch import TLaunchData
from pylti1p3.message_validators.resource_message import ResourceMessageValidator
from pylti1p3.roles import RoleType

_KNOWN = {uri.rsplit("/", 1)[-1]: uri for uri in TLaunchData.__annotations__ if uri.startswith("https://")}

MESSAGE_TYPE = _KNOWN["message_type"]
VERSION = _KNOWN["version"]
DEPLOYMENT_ID = _KNOWN["deployment_id"]
TARGET_LINK_URI = _KNOWN["target_link_uri"]
RESOURCE_LINK = _KNOWN["resource_link"]
ROLES = _KNOWN["roles"]
CONTEXT = _KNOWN["context"]
CUSTOM = _KNOWN["custom"]
TOOL_PLATFORM = _KNOWN["tool_platform"]
FOR_USER = _KNOWN["for_user"]
MENTEES = _KNOWN["role_scope_mentor"]
DEEP_LINKING_SETTINGS = _KNOWN["deep_linking_settings"]
NAMES_AND_ROLES = _KNOWN["namesroleservice"]
GRADES = _KNOWN["endpoint"]
# The library does not know this one.
PRESENTATION = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation"

# The library does not know the Platform Notification Service, https://www.imsglobal.org/spec/lti-pns/v1p0.
NOTIFICATIONS = "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice"
NOTICE = "https://purl.imsglobal.org/spec/lti/claim/notice"
ORIGIN_CONTEXTS = "https://purl.imsglobal.org/spec/lti/claim/origin_contexts"
COPY_NOTICE = "LtiContextCopyNotice"
"""The notice that a course has been copied from others."""

SUPPORTED_VERSION = "1.3.0"

CONTEXT_ROLE: str = RoleType.CONTEXT
INSTITUTION_ROLE: str = RoleType.INSTITUTION
SYSTEM_ROLE: str = RoleType.SYSTEM

CUSTOM_ACTIVITY = "activity"
"""The custom parameter in which a deep-linked item says which activity of ours it opens."""
CUSTOM_CONTEXT_HISTORY = "context_history"
"""The custom parameter that carries `$Context.id.history`: the courses this one was copied from."""
CUSTOM_LINK_HISTORY = "link_history"
"""The custom parameter that carries `$ResourceLink.id.history`."""


class MessageType(StrEnum):
    """The messages that this tool understands."""

    RESOURCE_LINK = "LtiResourceLinkRequest"
    DEEP_LINKING = "LtiDeepLinkingRequest"
    SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"
    DATA_PRIVACY = "DataPrivacyLaunchRequest"


_RESOURCE_VALIDATOR = ResourceMessageValidator()


def second_opinion(claims: Mapping[str, object]) -> str | None:
    """Return what the library would say against a resource launch that we are about to accept, or None.

    It refuses launches without a subject, which the tool accepts as anonymous, so it is told of a subject.
    """
    try:
        _RESOURCE_VALIDATOR.validate({"sub": "anonymous", **claims})
    except LtiException as complaint:
        return str(complaint)
    return None
