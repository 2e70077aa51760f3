"""A host of any kind and the tool inside it, met as people meet them: by launches and by the picker."""

import html
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Course as OurCourse
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.demo.launches import Launch
from sca_lms.demo.manners import Personality
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.settings import PlatformSettings
from sca_lms.demo.site import Activity, Course, LineItem, Message, SiteRole, SiteState, User
from sca_lms.grades import operations
from sca_lms.lti.linkables import EXTENSION, Column, Linkable
from sca_lms.lti.models import Deployment, DeploymentState, LtiUser, Platform
from sca_lms.texts import Bilingual
from tests.builders import csrf_of
from tests.grades.world import (
    CLIENT_ID,
    DOCUMENT,
    HOST_COURSE,
    LEARNERS,
    TEACHER,
    World,
    stored_key,
    tool_key,
)
from tests.lti.platform_double import TARGET, TOOL, Browser, accepted

DEPLOYMENT = "deployment-1"
PRE = Column("PRE", Bilingual(th="ก่อนเข้าค่าย", en="Pre-bootcamp"), Decimal(100))
OFFERED = [
    Linkable("home", Bilingual(th="ห้องเรียน", en="Home"), column=PRE),
    Linkable("module:PB1", Bilingual(th="บทที่ 1", en="Module 1"), column=PRE),
]


class Contract(World):
    """The pretend host and the tool; nothing is known of courses and people before the first launch."""

    def _settle(self, learners: Sequence[str]) -> None:
        at = clock.now()
        addresses = self.lms.addresses
        platform = Platform(
            name="Host", issuer=addresses.base, client_id=CLIENT_ID, auth_login_url=addresses.authorization,
            auth_token_url=addresses.tokens, jwks_url=addresses.keys, token_audience=None,
            profile=self.lms.personality.profile, created_at=at,
        )  # fmt: skip
        deployment = Deployment(
            platform=platform, deployment_id=DEPLOYMENT, state=DeploymentState.ACTIVE, first_seen_at=at,
            approved_at=at,
        )  # fmt: skip
        db.session.add_all([platform, deployment, stored_key(self.app, at)])
        self.app.extensions[EXTENSION] = [lambda _course_id: OFFERED]

    def open(self, user_id: str, activity: Activity) -> str:
        """Launch an activity as somebody; returns the path that it leads to."""
        return self._enter(Browser(self.app), user_id, self.lms.begin_launch(user_id, activity.id))

    def pick(self, *, columns: Sequence[str] = ("PRE",)) -> list[Activity]:
        """Pick the whole programme as the teacher; returns the activities that the host has made."""
        launch = self.lms.begin_launch(
            TEACHER, course_id=HOST_COURSE, client_id=CLIENT_ID, message=Message.DEEP_LINK
        )
        teacher = Browser(self.app)
        path = self._enter(teacher, TEACHER, launch)
        self._know_course()
        page = teacher.get(path).text
        sent = {"csrf_token": csrf_of(page), "action": "add", "scope": "whole", "column": list(columns)}
        answer = teacher.post(path, sent)
        assert answer.status_code == 200, answer.text
        token = re.search(r'name="JWT" value="([^"]+)"', answer.text)
        assert token
        _course, made, _message, error = self.lms.picked(launch.id, TEACHER, html.unescape(token[1]))
        assert error == ""
        return made

    def meet(self, activity: Activity, *, learners: Sequence[str] = LEARNERS) -> None:
        """Let learners open an activity, and know their enrolments."""
        for user_id in learners:
            self.open(user_id, activity)
        with self.app.app_context():
            rows = db.session.execute(
                sa.select(LtiUser.subject, Enrolment.id).join(
                    Enrolment, Enrolment.person_id == LtiUser.person_id
                )
            )
            self.enrolments = dict(rows.all())

    def columns(self) -> list[LineItem]:
        """Return what the host's gradebook has as columns."""
        return list(self.lms.gradebook(HOST_COURSE).columns)

    def _know_course(self) -> None:
        """Let the course that the first launch has opened follow the programme."""
        with self.changing():
            course = db.session.scalars(sa.select(OurCourse)).one()
            self.course_id = course.id
            operations.put_columns(course, DOCUMENT, codes={"PRE"}, at=clock.now())

    def _enter(self, browser: Browser, user_id: str, launch: Launch) -> str:
        fields = self.lms.login_fields(launch)
        # Cookies survive in this browser, so the host's storage is not needed.
        fields.pop("lti_storage_target", None)
        login = browser.post("/lti/login", fields)
        assert login.status_code == 302, login.text
        request = {name: values[0] for name, values in parse_qs(urlsplit(login.location).query).items()}
        answered = self.lms.authorize(request, user_id)
        assert "id_token" in answered.fields, answered.fields
        return accepted(browser.post(urlsplit(answered.redirect_uri).path, dict(answered.fields)))


def a_site() -> SiteState:
    """Build a site where the tool is registered and nothing of it is placed."""
    site = SiteState()
    course = site.courses[HOST_COURSE] = Course(HOST_COURSE, "SCA2", Bilingual.of("Course"))
    for user_id in LEARNERS:
        site.users[user_id] = User(user_id, "ผู้เรียน", user_id, email=f"u{user_id}@example.org")
        course.members[user_id] = SiteRole.LEARNER
    site.users[TEACHER] = User(TEACHER, "วิทยากร", "หนึ่ง")
    course.members[TEACHER] = SiteRole.INSTRUCTOR
    site.register_tool(
        CLIENT_ID,
        initiate_login_uri=f"{TOOL}/lti/login",
        redirect_uris=[TARGET],
        jwks_uri=f"{TOOL}/lti/jwks.json",
        target_link_uri=TARGET,
        deployment_ids=[DEPLOYMENT],
    )
    return site


@contextmanager
def contract_with(app: Flask, kind: Personality) -> Iterator[Contract]:
    """Run a host of a kind that knows our key, with the tool registered."""
    key_set = {"keys": [dict(tool_key().as_dict(private=False))]}
    settings = PlatformSettings(
        base_url="http://localhost",
        site=a_site(),
        personality=kind,
        fetch_tool_keys=lambda _url: key_set,
        post_notice=lambda url, body: _post(app, url, body),
    )
    with RunningPlatform(settings) as platform:
        yield Contract(app, platform, ())


def _post(app: Flask, url: str, body: dict[str, object]) -> int:
    """Send a notice to the tool without a network."""
    assert url.startswith(TOOL)
    return app.test_client().post(url.removeprefix(TOOL), json=body, base_url=TOOL).status_code
