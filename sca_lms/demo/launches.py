"""Write the claims of the messages that the platform sends."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sca_lms.demo.addresses import Addresses
from sca_lms.demo.manners import Personality
from sca_lms.demo.notices import NOTICE_TYPES, NOTIFICATIONS
from sca_lms.demo.site import (
    SCOPE_LINE_ITEM,
    SCOPE_LINE_ITEM_READ,
    SCOPE_NOTICES,
    SCOPE_ROSTER,
    Activity,
    Course,
    LineItem,
    Message,
    SiteState,
    Tool,
    User,
)
from sca_lms.demo.substitution import custom_parameters

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_SERVICE = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
BASIC_OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"

Claims = dict[str, object]


@dataclass(frozen=True, slots=True)
class Launch:
    """One message that somebody set off and the tool has not asked for yet."""

    id: str
    message: Message
    user_id: str
    course_id: str
    client_id: str
    locale: str
    activity_id: str = ""
    review_of: str = ""  # The person whose work is to be reviewed; a column heading names nobody.
    data: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A launch with everything that it refers to."""

    state: SiteState
    personality: Personality
    addresses: Addresses
    site_name: str
    launch: Launch
    user: User
    course: Course
    tool: Tool
    activity: Activity | None

    @property
    def column(self) -> LineItem | None:
        """Return the one column of the activity; with several, some hosts tell of none."""
        columns = self.state.columns_of(self.activity.id) if self.activity else []
        if len(columns) > 1 and self.personality.launch.ambiguous_column_hidden:
            return None
        return columns[0] if columns else None

    @property
    def target(self) -> str:
        """Return the target link URI of the message."""
        tool = self.tool
        if self.launch.message is Message.DEEP_LINK:
            return tool.deep_link_uri or tool.target_link_uri
        activity_url = self.activity.url if self.activity else ""
        if self.launch.message is Message.REVIEW and self.column and self.column.review_url:
            return self.column.review_url
        return activity_url or tool.target_link_uri


def claims(scene: Scene, *, nonce: str, at: dt.datetime) -> Claims:
    """Return all claims of the message as the host's kind writes them."""
    issued = int(at.timestamp())
    role = scene.course.members[scene.user.id]
    rules = scene.personality.launch
    message: Claims = {
        "nonce": nonce,
        "iat": issued,
        "exp": issued + rules.lifetime_seconds,
        "iss": scene.addresses.base,
        "aud": scene.tool.client_id,
        "sub": scene.user.id,
        LTI + "deployment_id": scene.tool.deployment_id,
        LTI + "target_link_uri": scene.target,
        LTI + "roles": list(rules.roles[role]),
        LTI + "message_type": str(scene.launch.message),
        LTI + "version": "1.3.0",
        LTI + "tool_platform": {
            "product_family_code": scene.personality.family,
            "version": scene.personality.version,
            "guid": scene.addresses.base,
            "name": scene.site_name,
            "description": f"{scene.site_name} (sample)",
        },
        **_person(scene),
    }
    if rules.authorized_party:
        message["azp"] = scene.tool.client_id
    message |= _OF_MESSAGE[scene.launch.message](scene)
    return message


def _person(scene: Scene) -> Claims:
    user, tool = scene.user, scene.tool
    person: Claims = {}
    if tool.sends_name:
        person |= {"given_name": user.given_name, "family_name": user.family_name, "name": user.name}
    if tool.sends_email and user.email:
        person["email"] = user.email
    if scene.personality.launch.person_ext:
        person[LTI + "ext"] = {"user_username": user.username, "lms": "moodle-2"}
    else:
        person["locale"] = scene.launch.locale
    return person


def _in_course(scene: Scene) -> Claims:
    course = scene.course
    return {
        LTI + "context": {
            "id": course.id,
            "label": course.label,
            "title": course.title.pick(scene.launch.locale)[0],
            "type": ["CourseSection"],
        },
        LTI + "lis": {
            "person_sourcedid": scene.user.sourced_id,
            "course_section_sourcedid": course.label,
        },
        LTI + "launch_presentation": {
            "locale": scene.launch.locale,
            "document_target": "iframe",
            "return_url": scene.addresses.back(course.id),
        },
        **_services(scene),
    }


def _services(scene: Scene) -> Claims:
    scopes = [scope for scope in scene.tool.scopes if scope not in {SCOPE_ROSTER, SCOPE_NOTICES}]
    if SCOPE_LINE_ITEM in scopes and not scene.personality.launch.both_line_item_scopes:
        scopes.remove(SCOPE_LINE_ITEM_READ)
    services: Claims = {}
    if scopes:
        endpoint: Claims = {
            "scope": scopes,
            "lineitems": scene.addresses.line_items(scene.course.id, scene.tool),
        }
        if scene.column and not _comes_later(scene):
            endpoint["lineitem"] = scene.addresses.line_item(scene.column, scene.tool)
        services[AGS_ENDPOINT] = endpoint
    if scene.personality.launch.notices:
        services[NOTIFICATIONS] = {
            "service_versions": ["1.0"],
            "platform_notification_service_url": scene.addresses.notice_handlers(scene.tool),
            "scope": [SCOPE_NOTICES],
            "notice_types_supported": list(NOTICE_TYPES),
        }
    if SCOPE_ROSTER in scene.tool.scopes:
        services[NRPS_SERVICE] = {
            "context_memberships_url": scene.addresses.memberships(scene.course, scene.tool),
            "service_versions": ["1.0", "2.0"],
        }
    return services


def _comes_later(scene: Scene) -> bool:
    """Tell whether the host names the column of this activity only from its next launch on."""
    rules = scene.personality.launch
    return rules.column_from_second_launch and scene.activity is not None and not scene.activity.opened


def _resource(scene: Scene) -> Claims:
    message = _in_course(scene)
    activity = scene.activity
    if activity is None:
        return message
    message[LTI + "resource_link"] = {
        "title": activity.title.pick(scene.launch.locale)[0],
        "description": activity.text,
        "id": activity.id,
    }
    message[LTI + "custom"] = _custom(scene, activity.custom)
    if scene.personality.launch.basic_outcome and scene.column:
        message[BASIC_OUTCOME] = {
            "lis_result_sourcedid": f"{activity.id}:{scene.user.id}",
            "lis_outcome_service_url": f"{scene.addresses.base}/lti/outcomes",
        }
    return message


def _review(scene: Scene) -> Claims:
    message = _resource(scene)
    if scene.activity and scene.column:
        message[LTI + "custom"] = _custom(scene, {**scene.activity.custom, **scene.column.review_custom})
    reviewed = scene.state.users.get(scene.launch.review_of)
    if scene.launch.review_of:
        person: Claims = {"user_id": scene.launch.review_of}
        if scene.personality.launch.review_names_person and reviewed:
            person |= {
                "name": reviewed.name,
                "given_name": reviewed.given_name,
                "family_name": reviewed.family_name,
                "roles": _roles_of(scene, reviewed.id),
            }
        message[LTI + "for_user"] = person
    return message


def _roles_of(scene: Scene, user_id: str) -> list[str]:
    role = scene.course.members.get(user_id)
    return list(scene.personality.launch.roles[role]) if role else []


def _deep_linking(scene: Scene) -> Claims:
    rules = scene.personality.deep_link
    settings: Claims = {
        "accept_types": list(rules.accept_types),
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_multiple": rules.accept_multiple,
        "auto_create": False,
        "title": "",
        "text": "",
        "deep_link_return_url": f"{scene.addresses.deep_link_return}?launch={scene.launch.id}",
    }
    if rules.states_line_items:
        settings["accept_lineitem"] = True
    if rules.sends_data:
        settings["data"] = scene.launch.data
    return {
        **_in_course(scene),
        LTI + "custom": _custom(scene, {}),
        DEEP_LINKING + "deep_linking_settings": settings,
    }


def _privacy(scene: Scene) -> Claims:
    return {LTI + "launch_presentation": {"locale": scene.launch.locale, "document_target": "iframe"}}


def _custom(scene: Scene, parameters: Mapping[str, str]) -> dict[str, str]:
    return custom_parameters(
        scene.personality.launch, item=parameters, tool=scene.tool.custom, values=_variables(scene)
    )


def _variables(scene: Scene) -> dict[str, str]:
    user, course, activity = scene.user, scene.course, scene.activity
    named, mailed = scene.tool.sends_name, scene.tool.sends_email
    values = {
        "User.id": user.id,
        "User.username": user.username,
        "Person.sourcedId": user.sourced_id,
        "Person.name.given": user.given_name if named else "",
        "Person.name.family": user.family_name if named else "",
        "Person.name.full": user.name if named else "",
        "Person.email.primary": user.email if mailed else "",
        "Context.id": course.id,
        "Context.title": course.title.pick(scene.launch.locale)[0],
        "Context.label": course.label,
        "Context.id.history": ",".join(course.history),
        "CourseSection.sourcedId": course.label,
        "Membership.role": ",".join(_roles_of(scene, user.id)),
    }
    if activity:
        values |= {
            "ResourceLink.id": activity.id,
            "ResourceLink.id.history": activity.history,
            "ResourceLink.title": activity.title.pick(scene.launch.locale)[0],
            "ResourceLink.description": activity.text,
        }
    return values


_OF_MESSAGE: Mapping[Message, Callable[[Scene], Claims]] = MappingProxyType(
    {
        Message.RESOURCE: _resource,
        Message.DEEP_LINK: _deep_linking,
        Message.REVIEW: _review,
        Message.PRIVACY: _privacy,
    }
)
