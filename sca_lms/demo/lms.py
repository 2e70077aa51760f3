"""The pretend LMS as one object: what its pages, its services and the tests ask of it."""

import copy
import datetime as dt
import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import current_app
from flask_babel import lazy_gettext as _l

from sca_lms import clock
from sca_lms.demo import copying, deep_linking, grading, notices, oidc, registration, snapshot, tokens
from sca_lms.demo.addresses import Addresses
from sca_lms.demo.faults import Faults
from sca_lms.demo.keys import SigningKeys, ToolKeys
from sca_lms.demo.launches import Launch, Scene, claims
from sca_lms.demo.members import RosterMemory
from sca_lms.demo.oidc import Authorization
from sca_lms.demo.service_errors import ServiceRefusal
from sca_lms.demo.settings import SITE_NAME, PlatformSettings
from sca_lms.demo.site import (
    EDITING_ROLES,
    GRADED_ROLES,
    SCOPE_NOTICES,
    Activity,
    Grade,
    LineItem,
    Message,
    SiteState,
    Tool,
    ToolState,
    User,
    new_client_id,
)
from sca_lms.errors import Refused

EXTENSION = "pretend_lms"
LAUNCHES_KEPT = 2_000


class LaunchRefused(Refused):
    """The LMS itself does not let this person open that."""

    code = "launch-refused"


@dataclass(frozen=True, slots=True)
class Gradebook:
    """The columns of a course and its learners, as they were at one moment."""

    columns: tuple[LineItem, ...]
    learners: tuple[User, ...]

    def cell(self, user_id: str, column_id: str) -> Grade | None:
        """Return what one cell holds, or None for an empty one."""
        return next((each.grades.get(user_id) for each in self.columns if each.id == column_id), None)

    def column(self, *, tag: str) -> LineItem | None:
        """Return the first column with a tag."""
        return next((each for each in self.columns if each.tag == tag), None)


@dataclass(frozen=True, slots=True)
class Registration:
    """A tool's registration that an administrator has begun."""

    client_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)


class PretendLms:
    """A site with its keys, its launches under way and its tokens; any thread may call any method."""

    def __init__(self, settings: PlatformSettings) -> None:
        self.settings = settings
        self.personality = settings.personality
        self.state = settings.site
        self.addresses = Addresses(settings.base_url, self.personality.line_items.type_in_query)
        self.tool_keys = ToolKeys(settings.fetch_tool_keys)
        self.tokens = tokens.TokenOffice()
        self.faults = Faults()
        self.rosters = RosterMemory()
        self._lock = threading.RLock()
        self._launches: OrderedDict[str, Launch] = OrderedDict()
        self._picking: OrderedDict[str, Launch] = OrderedDict()
        self._answered: set[str] = set()
        kept = settings.state_file and settings.state_file.exists()
        restored = snapshot.restore(settings.state_file, self.state) if kept and settings.state_file else []
        self.keys = SigningKeys(restored or ([settings.signing_key] if settings.signing_key else []))

    @contextmanager
    def reading(self) -> Iterator[SiteState]:
        """Hold the site still while it is looked at."""
        with self._lock:
            yield self.state

    @contextmanager
    def changing(self) -> Iterator[SiteState]:
        """Hold the site while it is changed, and write the state file afterwards."""
        with self._lock:
            yield self.state
            if self.settings.state_file:
                snapshot.save(self.settings.state_file, self.state, self.keys.private())

    def sign(self, message: Mapping[str, object], *, header: Mapping[str, object] | None = None) -> str:
        """Sign any claims with the platform's key."""
        return self.keys.sign(message, header=header)

    def rotate_keys(self) -> str:
        """Sign with a new key from now on; the old one stays published. Returns the new kid."""
        with self.changing():
            return self.keys.rotate()

    def begin_launch(
        self,
        user_id: str,
        activity_id: str = "",
        *,
        course_id: str = "",
        client_id: str = "",
        message: Message = Message.RESOURCE,
        review_of: str = "",
        locale: str = "th",
    ) -> Launch:
        """Note that somebody wants to open a tool; raises LaunchRefused."""
        with self._lock:
            activity = self.state.activities.get(activity_id)
            launch = Launch(
                id=secrets.token_urlsafe(12),
                message=message,
                user_id=user_id,
                course_id=activity.course_id if activity else course_id,
                client_id=activity.client_id if activity else client_id,
                locale=locale,
                activity_id=activity_id,
                review_of=review_of,
                data=secrets.token_urlsafe(8),
            )
            self._scene(launch)
            _keep(self._launches, self._hint(launch), launch)
            return launch

    def login_fields(self, launch: Launch) -> dict[str, str]:
        """Return the parameters with which the browser is sent to the tool's login."""
        with self._lock:
            scene = self._scene(launch)
        fields = {
            "iss": self.addresses.base,
            "target_link_uri": scene.target,
            "login_hint": launch.user_id,
            "lti_message_hint": self._hint(launch),
            "client_id": launch.client_id,
            self.personality.launch.deployment_parameter: scene.tool.deployment_id,
        }
        if self.personality.launch.storage_frame:
            fields["lti_storage_target"] = self.personality.launch.storage_frame
        return fields

    def begin_login(
        self, user_id: str, activity_id: str, *, message: Message = Message.RESOURCE, review_of: str = ""
    ) -> dict[str, str]:
        """Open an activity as somebody and return what the browser would post to the tool's login."""
        return self.login_fields(
            self.begin_launch(user_id, activity_id, message=message, review_of=review_of)
        )

    def authorize(self, request: Mapping[str, str], user_id: str | None) -> Authorization:
        """Answer a tool's authorization request for the person who is logged in.

        A launch can be asked for once, whatever the answer. Raises oidc.AuthorizationPage when the answer
        may not be sent to the tool at all.
        """
        with self._lock:
            tool = oidc.trusted_tool(request, self.state.tools)
            address, state = request["redirect_uri"], request.get("state", "")
            begun = self._launches.pop(request.get("lti_message_hint", ""), None)
            launch = oidc.judged(request, launch=begun, tool=tool, user_id=user_id)
            if isinstance(launch, oidc.Refusal):
                return Authorization(address, launch.as_fields(state))
            scene = self._scene(launch)
            token = self.sign(claims(scene, nonce=request["nonce"], at=clock.now()))
            if scene.activity is not None:
                scene.activity.opened = True
            if launch.message is Message.DEEP_LINK:
                _keep(self._picking, launch.id, launch)
        fields = {"id_token": token}
        return Authorization(address, {**fields, "state": state} if state else fields)

    def launch_form(
        self,
        user_id: str,
        activity_id: str,
        *,
        state: str,
        nonce: str,
        message: Message = Message.RESOURCE,
        review_of: str = "",
        overrides: Mapping[str, object] | None = None,
        without: Collection[str] = (),
        header: Mapping[str, object] | None = None,
    ) -> dict[str, str]:
        """Write the form of a launch with claims changed or left out, to see what a tool makes of it."""
        with self._lock:
            launch = self.begin_launch(user_id, activity_id, message=message, review_of=review_of)
            written = {**claims(self._scene(launch), nonce=nonce, at=clock.now()), **(overrides or {})}
            self._launches.pop(self._hint(launch), None)
        kept = {name: value for name, value in written.items() if name not in without}
        return {"id_token": self.sign(kept, header=header), "state": state}

    def picked(self, launch_id: str, user_id: str, token: str) -> tuple[str, list[Activity], str, str]:
        """Take a picker's answer; returns course, new activities, and the tool's message and error message.

        Raises deep_linking.AnswerRefused or keys.BadSignature.
        """
        with self._lock:
            launch = self._picking.get(launch_id)
            if launch is None or launch.user_id != user_id:
                raise deep_linking.AnswerRefused("the picker was not opened by you, or has answered before")
            tool = self.state.tools[launch.client_id]
        rules = self.personality.deep_link
        # Read outside the lock, since the tool's keys may have to be fetched from the tool.
        answer = deep_linking.read_answer(
            token,
            launch=launch,
            tool=tool,
            keys=self.tool_keys,
            rules=rules,
            issuer=self.addresses.base,
            nonces=self._answered,
            at=clock.now(),
        )
        with self.changing() as site:
            if self._picking.pop(launch_id, None) is None:
                raise deep_linking.AnswerRefused("the picker has answered before")
            made = deep_linking.add_items(site, launch.course_id, tool, answer, rules)
        return launch.course_id, made, answer.message, answer.error

    def grant_token(self, form: Mapping[str, str]) -> dict[str, object]:
        """Answer a token request; raises ServiceRefusal."""
        at, rules = clock.now(), self.personality.tokens
        with self._lock:
            tool = tokens.read_assertion(form, self.state)
        proof = tokens.verify_assertion(
            form["client_assertion"], tool, keys=self.tool_keys, rules=rules, addresses=self.addresses, at=at
        )
        offered = (*tool.scopes, SCOPE_NOTICES) if self.personality.launch.notices else tool.scopes
        scopes = tokens.grantable(form, offered, rules)
        with self._lock:
            once = f"{tool.client_id} {proof.get('jti')}"
            if rules.single_use and once in self.tokens.seen:
                raise ServiceRefusal(400, "invalid_client")
            self.tokens.seen.add(once)
            token = self.tokens.give(tool, scopes, rules, at)
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": rules.lifetime_seconds,
            "scope": " ".join(sorted(scopes)),
        }

    def begin_registration(self) -> Registration:
        """Invent a client id and return what the tool's registration address is to be opened with."""
        client_id = new_client_id()
        token = registration.registration_token(self.keys, client_id, self.addresses.base, clock.now())
        return Registration(
            client_id,
            {"openid_configuration": self.addresses.configuration, "registration_token": token},
        )

    def activate(self, client_id: str) -> Tool:
        """Let a pending tool in; raises LaunchRefused for an unknown one."""
        with self.changing() as site:
            tool = site.tools.get(client_id)
            if tool is None:
                raise LaunchRefused(_l("No tool is known by this client id."))
            tool.state = ToolState.ACTIVE
            return tool

    def teacher_grades(
        self, column_id: str, user_id: str, grade: Grade | None = None, *, at: dt.datetime | None = None
    ) -> Grade:
        """Write a cell by hand, as a teacher of the LMS would; raises LaunchRefused for a wrong cell."""
        with self.changing() as site:
            item = site.line_items.get(column_id)
            if item is None or site.role(user_id, item.course_id) not in GRADED_ROLES:
                raise LaunchRefused(_l("There is no such cell in this gradebook."))
            return grading.set_by_teacher(
                item,
                user_id,
                score=grade.score if grade else None,
                comment=grade.comment if grade else "",
                locked=grade.locked if grade else False,
                at=at or clock.now(),
            )

    def copy_course(self, course_id: str) -> str:
        """Copy a course, tell the tools that want to know of it, and return its id."""
        with self.changing() as site:
            made = copying.copy_course(site, course_id)
            messages = notices.of_copy(
                site, made, self.personality, issuer=self.addresses.base, at=clock.now()
            )
            signed = [(handler, self.sign(claims)) for handler, claims in messages]
        for handler, token in signed:
            # A host sends a notice once, whatever becomes of it.
            self.settings.post_notice(handler, {"notices": [{"jwt": token}]})
        return made.id

    def gradebook(self, course_id: str) -> Gradebook:
        """Return a copy of the gradebook of a course."""
        with self._lock:
            course = self.state.courses[course_id]
            learners = [
                self.state.users[each] for each, role in course.members.items() if role in GRADED_ROLES
            ]
            return Gradebook(tuple(copy.deepcopy(self.state.columns(course_id))), tuple(learners))

    def may_edit(self, user_id: str, course_id: str) -> bool:
        """Tell whether somebody may add activities to a course."""
        with self._lock:
            return self.state.role(user_id, course_id) in EDITING_ROLES

    def _scene(self, launch: Launch) -> Scene:
        user, course = self.state.users.get(launch.user_id), self.state.courses.get(launch.course_id)
        tool = self.state.tools.get(launch.client_id)
        if user is None or course is None or user.id not in course.members:
            raise LaunchRefused(_l("You are not enrolled in this course."))
        if tool is None or tool.state is not ToolState.ACTIVE:
            raise LaunchRefused(_l("This tool is not active on this site."))
        rules = self.personality
        if launch.message is Message.DEEP_LINK and course.members[user.id] not in EDITING_ROLES:
            raise LaunchRefused(_l("Only who may edit the course can add activities."))
        if launch.message is Message.PRIVACY and not rules.launch.privacy_launch:
            raise LaunchRefused(_l("This host has no data privacy launch."))
        if launch.message is Message.REVIEW and not rules.launch.review:
            raise LaunchRefused(_l("This host has no submission review."))
        activity = self.state.activities.get(launch.activity_id)
        if activity is None and launch.message in {Message.RESOURCE, Message.REVIEW}:
            raise LaunchRefused(_l("There is no such activity."))
        return Scene(self.state, rules, self.addresses, SITE_NAME, launch, user, course, tool, activity)

    def _hint(self, launch: Launch) -> str:
        if not self.personality.launch.json_hint:
            return launch.id
        number = int(launch.activity_id) if launch.activity_id.isdecimal() else 0
        return json.dumps({"cmid": number, "launchid": f"ltilaunch_{launch.id}"}, separators=(",", ":"))


def current_lms() -> PretendLms:
    """Return the LMS of the application that answers."""
    found = current_app.extensions[EXTENSION]
    if not isinstance(found, PretendLms):
        raise TypeError(EXTENSION)
    return found


def _keep(launches: OrderedDict[str, Launch], name: str, launch: Launch) -> None:
    launches[name] = launch
    while len(launches) > LAUNCHES_KEPT:
        launches.popitem(last=False)
