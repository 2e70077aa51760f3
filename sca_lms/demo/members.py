"""List the members of a course as the host's kind shows them to tools."""

from collections.abc import Mapping

from sca_lms.demo.manners import MEMBERSHIP, Personality
from sca_lms.demo.service_errors import ServiceRefusal
from sca_lms.demo.site import Course, Message, SiteState, Tool, User


def members(
    state: SiteState, course: Course, tool: Tool, query: Mapping[str, str], personality: Personality
) -> list[dict[str, object]]:
    """Return the members that fit the `role` and `rlid` filters, by family name; raises ServiceRefusal."""
    link_id = query.get("rlid", "")
    if link_id and not _is_link(state, course, tool, link_id):
        raise ServiceRefusal(404, "No such resource link in this course")
    people = sorted((state.users[user_id] for user_id in course.members), key=_by_family_name)
    shown = [_member(course, tool, person, personality) for person in people]
    if link_id and personality.roster.describes_message:
        # Without the custom parameters, which a host leaves out here.
        message = {"https://purl.imsglobal.org/spec/lti/claim/message_type": str(Message.RESOURCE)}
        shown = [{**each, "message": [message]} for each in shown]
    wanted = query.get("role", "").removeprefix(MEMBERSHIP)
    if wanted:
        shown = [each for each in shown if wanted in _short(each["roles"])]
    return shown


def _member(course: Course, tool: Tool, user: User, personality: Personality) -> dict[str, object]:
    role = course.members[user.id]
    member: dict[str, object] = {
        "status": "Active",
        "roles": list(personality.roster.roles[role]),
        "user_id": user.id,
        "lis_person_sourcedid": user.sourced_id,
    }
    if personality.launch.person_ext:
        member["ext_user_username"] = user.username
    if tool.sends_name:
        member |= {"name": user.name, "given_name": user.given_name, "family_name": user.family_name}
    if tool.sends_email and user.email:
        member["email"] = user.email
    return member


def _short(roles: object) -> set[str]:
    return {str(role).rpartition("#")[2] for role in roles} if isinstance(roles, list) else set()


def _is_link(state: SiteState, course: Course, tool: Tool, link_id: str) -> bool:
    activity = state.activities.get(link_id)
    return bool(activity and activity.course_id == course.id and activity.client_id == tool.client_id)


def _by_family_name(user: User) -> tuple[str, str, str]:
    return user.family_name, user.given_name, user.id
