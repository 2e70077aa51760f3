"""List the members of a course as the host's kind shows them to tools."""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from sca_lms.demo.manners import MEMBERSHIP, LinkStyle, Personality
from sca_lms.demo.paging import Part, link_header, part_of, with_query
from sca_lms.demo.service_errors import ServiceRefusal
from sca_lms.demo.site import Course, Message, SiteState, Tool, User

Member = dict[str, object]

LISTS_KEPT = 50
CHANGED_SINCE, PAGE = "since", "page"


@dataclass(frozen=True, slots=True)
class RosterAnswer:
    """What the service says: nothing at all where a kind of host writes an empty page so."""

    content: dict[str, object] | None
    links: tuple[str, ...]


class RosterMemory:
    """Lists as they were when they were read, so that changes can be told; old ones are forgotten."""

    def __init__(self) -> None:
        self._lists: OrderedDict[str, dict[str, Member]] = OrderedDict()
        self._pages: OrderedDict[str, dict[str, str]] = OrderedDict()

    def keep(self, listed: list[Member]) -> str:
        """Remember a whole list; returns by what it is asked for."""
        name = secrets.token_urlsafe(9)
        self._lists[name] = {str(member["user_id"]): member for member in listed}
        return _bounded(self._lists, name)

    def changes(self, name: str, listed: list[Member]) -> list[Member]:
        """Return who is new or another since then, and who is gone; raises ServiceRefusal when forgotten."""
        before = self._lists.get(name)
        if before is None:
            raise ServiceRefusal(404, "These changes are not known any more")
        now = {str(member["user_id"]): member for member in listed}
        gone = [
            {"user_id": user_id, "roles": member["roles"], "status": "Deleted"}
            for user_id, member in before.items()
            if user_id not in now
        ]
        return [member for user_id, member in now.items() if before.get(user_id) != member] + gone

    def hide(self, query: Mapping[str, str]) -> str:
        """Remember where a list goes on under a name that tells nothing."""
        name = secrets.token_urlsafe(9)
        self._pages[name] = dict(query)
        return _bounded(self._pages, name)

    def find(self, query: Mapping[str, str]) -> dict[str, str]:
        """Return what a page's name stands for, the query itself when it names none."""
        if PAGE not in query:
            return dict(query)
        if query[PAGE] not in self._pages:
            raise ServiceRefusal(400, "No such page")
        return self._pages[query[PAGE]]

    def forget(self) -> None:
        """Forget all lists, as a host does after some time."""
        self._lists.clear()


def answer(
    state: SiteState,
    course: Course,
    tool: Tool,
    query: Mapping[str, str],
    *,
    personality: Personality,
    address: str,
    memory: RosterMemory,
) -> RosterAnswer:
    """Return one page of the list, or of its changes, and where it goes on; raises ServiceRefusal."""
    rules = personality.roster
    asked = memory.find(query)
    found = members(state, course, tool, asked, personality)
    shown = memory.changes(asked[CHANGED_SINCE], found) if CHANGED_SINCE in asked else found
    start = asked.pop(rules.start_parameter, None)
    if start is not None:
        asked["from"] = start
    part = part_of(shown, asked, page_size=rules.page_size, largest=rules.largest_page)
    links = [_next_link(address, asked, part, personality, memory)]
    if part.next_from is None and rules.tells_differences:
        links.append(f'<{with_query(address, {CHANGED_SINCE: memory.keep(found)})}>; rel="differences"')
    if not part.items and rules.empty_is_nothing:
        return RosterAnswer(None, ())
    context: dict[str, object] = {"id": course.id}
    if rules.describes_context:
        context |= {"label": course.label, "title": course.title.pick("th")[0]}
    content: dict[str, object] = {"id": address, "context": context, "members": part.items}
    return RosterAnswer(content, tuple(filter(None, links)))


def members(
    state: SiteState, course: Course, tool: Tool, query: Mapping[str, str], personality: Personality
) -> list[Member]:
    """Return the members that fit the `role` and `rlid` filters, by family name; raises ServiceRefusal."""
    if not personality.roster.filters:
        query = {}
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


def _next_link(
    address: str,
    query: Mapping[str, str],
    part: Part[Member],
    personality: Personality,
    memory: RosterMemory,
) -> str:
    rules = personality.roster
    kept = {name: value for name, value in query.items() if name != "role" or rules.next_keeps_role}
    if part.next_from is None or (rules.start_parameter == "from" and not rules.opaque_pages):
        return link_header(address, kept, part, LinkStyle.PLAIN)
    kept.pop("from", None)
    following = {**kept, "limit": str(part.limit), rules.start_parameter: str(part.next_from)}
    if rules.opaque_pages:
        following = {PAGE: memory.hide(following)}
    return f'<{with_query(address, following)}>; rel="next"'


def _bounded(kept: OrderedDict[str, dict[str, Member]] | OrderedDict[str, dict[str, str]], name: str) -> str:
    while len(kept) > LISTS_KEPT:
        kept.popitem(last=False)
    return name


def _member(course: Course, tool: Tool, user: User, personality: Personality) -> Member:
    role = course.members[user.id]
    member: Member = {
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
