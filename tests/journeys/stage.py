"""The tool and a host that answers on loopback, and people who sit at a browser in front of both."""

import datetime as dt
import itertools
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar
from urllib.parse import parse_qs, urljoin, urlsplit

import click
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.courses import programmes
from sca_lms.courses.cli import operator
from sca_lms.courses.models import Course as OurCourse
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.demo.lms import PretendLms
from sca_lms.demo.manners import Personality
from sca_lms.demo.personalities import MOODLE
from sca_lms.demo.platform import register_standard_tool
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.settings import PlatformSettings
from sca_lms.demo.site import Activity, Course, LineItem, SiteRole, SiteState, Tool, User
from sca_lms.grades import worker
from sca_lms.lti import cli as lti_cli
from sca_lms.lti.models import LtiUser
from sca_lms.texts import Bilingual
from tests.journeys.pages import Form, Page
from tests.lti.platform_double import rsa_key
from tests.programmes.samples import sample_document

TOOL = "https://tool.example.org"
FIRST_CLASS = dt.datetime(2022, 8, 25, 12, 5, tzinfo=dt.UTC)
"""Five minutes into the first live class of the sample programme."""
COURSE, OTHER_COURSE = "2", "3"
PEOPLE: Mapping[str, tuple[str, str, SiteRole]] = {
    "31": ("ปวีณา", "แก้วมณี", SiteRole.LEARNER),
    "32": ("ธนกร", "ศรีสุข", SiteRole.LEARNER),
    "41": ("มาลี", "ทองดี", SiteRole.MENTOR),
    "8": ("อารี", "วงศ์ไทย", SiteRole.INSTRUCTOR),
    "9": ("สมหญิง", "ใจงาม", SiteRole.MANAGER),
    "51": ("ทดสอบ", "ระบบ", SiteRole.TEST_USER),
}
LEARNER, CLASSMATE, MENTOR, TEACHER, MANAGER, TESTER = PEOPLE
MOST_HOPS = 12


def a_site() -> SiteState:
    """Build a site with two courses, in both of which everybody is."""
    site = SiteState()
    for course_id, title in ((COURSE, "นักดิจิทัลพัฒนาเมือง รุ่นที่ 2"), (OTHER_COURSE, "รุ่นที่ 3")):
        site.courses[course_id] = Course(course_id, f"SCA{course_id}", Bilingual.of(title))
    for user_id, (given_name, family_name, role) in PEOPLE.items():
        site.users[user_id] = User(user_id, given_name, family_name, email=f"user-{user_id}@example.org")
        for course in site.courses.values():
            course.members[user_id] = role
    return site


class Stage:
    """One tool and one host; the tool's operator works at a shell."""

    CLIENT_ID: ClassVar[str] = "client-of-ours"

    def __init__(self, app: Flask, host: RunningPlatform) -> None:
        self.app = app
        self.host = host

    @property
    def lms(self) -> PretendLms:
        """The host's inside."""
        return self.host.lms

    def shell(self, command: click.Command, *arguments: str) -> str:
        """Run a command of the operator, who sees it end well."""
        result = self.try_at_shell(command, *arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def try_at_shell(self, command: click.Command, *arguments: str) -> Result:
        """Run a command of the operator, however it ends."""
        return self.app.test_cli_runner().invoke(command, [*arguments])

    def work(self) -> int:
        """Do all that is due now, as `sca-lms worker --drain` does, and return its exit code."""
        return worker.run(self.app, threading.Event(), drain=True)

    def store_programme(self) -> None:
        """Keep the sample programme as a template, as `sca-lms programme import` does."""
        with self.app.app_context(), transaction():
            programmes.store_programme(sample_document(), at=clock.now())

    def operator(self) -> "Visitor":
        """Let the operator in by a link made at the shell."""
        link = re.search(r"https://\S+", self.shell(operator, "link"))
        assert link is not None
        browser = Visitor(self, "en")
        entered = browser.submit(browser.open(link[0]).form(leads_to="/operator/enter"))
        assert entered.status == 200, entered.words
        return browser

    def connect(self) -> None:
        """Register both sides by hand: the tool in the host, the host at the tool's shell."""
        with self.lms.changing() as site:
            register_standard_tool(site, TOOL, client_id=self.CLIENT_ID)
        told = self.someone(MANAGER).read_json(f"{self.host.url}/admin/tools/{self.CLIENT_ID}.json")
        deployments = told["deployment_ids"]
        assert isinstance(deployments, list)
        names = ("issuer", "client_id", "auth_login_url", "auth_token_url", "jwks_url", "profile")
        options = itertools.chain.from_iterable(
            (f"--{name.replace('_', '-')}", str(told[name])) for name in names
        )
        approved = itertools.chain.from_iterable(("--deployment-id", each) for each in deployments)
        self.shell(lti_cli.platform_group, "add", "--name", "Host", *options, *approved)

    def tool(self) -> Tool:
        """Return how the host knows the tool."""
        (found,) = self.lms.state.tools.values()
        return found

    def add_activity(self, name: str = "home", *, course_id: str = COURSE, graded: bool = False) -> str:
        """Let the host have an activity that opens the tool, without the picker; returns its id."""
        client_id = self.tool().client_id
        with self.lms.changing() as site:
            number = site.new_id()
            title = Bilingual.of(f"กิจกรรม {name}")
            site.activities[number] = Activity(number, course_id, client_id, title, custom={"activity": name})
            if graded:
                item = site.new_id()
                site.line_items[item] = LineItem(
                    item, course_id, client_id, "ก่อนเข้าค่าย", Decimal(100),
                    activity_id=number, resource_id="sca-lms:PRE", tag="PRE", coupled=True,
                )  # fmt: skip
        return number

    def activity_called(self, title: str) -> str:
        """Return the id of the host's activity with this title."""
        with self.lms.reading() as site:
            (found,) = [
                each.id for each in site.activities.values() if title in {each.title.th, each.title.en}
            ]
        return found

    def shown(self, user_id: str, *, tag: str = "PRE", course_id: str = COURSE) -> Decimal | None:
        """Return the score that stands in the host's gradebook."""
        book = self.lms.gradebook(course_id)
        column = book.column(tag=tag)
        assert column is not None, [each.label for each in book.columns]
        cell = book.cell(user_id, column.id)
        return cell.score if cell else None

    def someone(self, user_id: str, *, language: str = "th") -> "Visitor":
        """Let somebody open a browser and log in to the host."""
        return Visitor(self, language).log_in(user_id)

    def enrolment_id(self, user_id: str) -> int:
        """Return our number for somebody of the host, in the only course they have opened."""
        with self.app.app_context():
            return db.session.scalars(
                sa.select(Enrolment.id)
                .join(LtiUser, LtiUser.person_id == Enrolment.person_id)
                .where(LtiUser.subject == user_id)
            ).one()

    def roles(self, user_id: str) -> frozenset[Role]:
        """Return what somebody is at ours."""
        with self.app.app_context():
            return db.session.get_one(Enrolment, self.enrolment_id(user_id)).roles

    def count(self, model: type[object]) -> int:
        """Return how many rows there are."""
        with self.app.app_context():
            return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0

    def courses(self) -> Sequence[OurCourse]:
        """Return all courses of ours."""
        with self.app.app_context():
            return db.session.scalars(sa.select(OurCourse).order_by(OurCourse.id)).all()


@dataclass
class Visitor:
    """Somebody with one browser; it follows redirects and pages that send themselves on."""

    stage: Stage
    language: str = "th"

    def __post_init__(self) -> None:
        self._clients: dict[str, FlaskClient] = {
            TOOL: self.stage.app.test_client(),
            self.stage.host.url: self.stage.host.app.test_client(),
        }

    def log_in(self, user_id: str) -> "Visitor":
        page = self.open(f"{self.stage.host.url}/enter", [("user", user_id)], method="POST")
        assert page.status == 200, page.text
        return self

    def enter(self, activity_id: str) -> Page:
        """Open an activity of the host, and in it the tool."""
        page = self.open(f"{self.stage.host.url}/activities/{activity_id}")
        return self.look_into(page)

    def pick(self, course_id: str = COURSE) -> Page:
        """Open the picker of the tool from the host's course."""
        client_id = self.stage.tool().client_id
        return self.look_into(self.open(f"{self.stage.host.url}/courses/{course_id}/add?tool={client_id}"))

    def look_into(self, page: Page) -> Page:
        """Open what stands in the frame of a page."""
        assert page.status == 200, page.words
        frame = page.root.first("iframe", **{"class": "tool"})
        return self.open(urljoin(page.url, frame.attributes["src"]))

    def see(self, path: str) -> Page:
        """Open a page of the tool by its address."""
        return self.open(urljoin(TOOL, path))

    def submit(self, form: Form, button: str | None = None, **changes: str | Sequence[str]) -> Page:
        return self.open(form.action, form.sent(button, **changes), method=form.method.upper())

    def send_json(self, url: str, body: object, csrf: str) -> dict[str, object]:
        """Send what a script of the page would send."""
        answer = self._client(url).post(
            url,
            base_url=_origin(url),
            json=body,
            headers={"X-CSRF-Token": csrf, "Accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        told = answer.get_json()
        assert isinstance(told, dict)
        return told

    def read_json(self, url: str) -> dict[str, object]:
        told = self._client(url).get(url, base_url=_origin(url)).get_json()
        assert isinstance(told, dict)
        return told

    def log_in_at_tool(self, activity_id: str) -> dict[str, str]:
        """Go only as far as the tool's login; return what it asks the host for, such as state and nonce."""
        fields = self.stage.lms.begin_login(self._user_id, activity_id)
        answer = self._client(TOOL).post("/lti/login", base_url=TOOL, data=fields)
        assert answer.status_code == 302, answer.text
        return {name: value[0] for name, value in parse_qs(urlsplit(answer.location).query).items()}

    def open(self, url: str, fields: Sequence[tuple[str, str]] = (), *, method: str = "GET") -> Page:
        """Do what a browser does until a page stays."""
        for _ in range(MOST_HOPS):
            url, page = self._one_step(url, fields, method)
            if page is None:
                method, fields = "GET", ()
                continue
            onward = _onward(page)
            if onward is None:
                return page
            url, method = onward.action, onward.method.upper()
            fields = onward.filled_in
        raise AssertionError(f"led in circles to {url}")

    def _one_step(self, url: str, fields: Sequence[tuple[str, str]], method: str) -> tuple[str, Page | None]:
        sent: dict[str, list[str]] = {}
        for name, value in fields:
            sent.setdefault(name, []).append(value)
        answer = self._client(url).open(
            url,
            base_url=_origin(url),
            method=method,
            headers={"Accept-Language": self.language, "Accept": "text/html,*/*;q=0.8"},
            **({"data": sent} if method == "POST" else {}),  # type: ignore[arg-type]  # Keywords of several types.
        )
        if answer.status_code in {301, 302, 303, 307, 308}:
            return urljoin(url, answer.location), None
        return url, Page.of(url, answer.status_code, dict(answer.headers), answer.text)

    def _client(self, url: str) -> FlaskClient:
        return self._clients[_origin(url)]

    @property
    def _user_id(self) -> str:
        with self._clients[self.stage.host.url].session_transaction(base_url=self.stage.host.url) as kept:
            return str(kept["user_id"])


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _onward(page: Page) -> Form | None:
    """Return what a script of the page sends by itself: a form of the host, or one of ours to the host."""
    for form in page.forms:
        if form.element.attributes.get("id") == "passage" or "data-send-at-once" in form.element.attributes:
            return form
    for element in page.root.having("data-next"):
        if "data-lti-store" in element.attributes:
            return Form(element, element.attributes["data-next"], "get")
    return None


@contextmanager
def running(app: Flask, personality: Personality = MOODLE) -> Iterator[Stage]:
    """Open a host of a kind that reads the tool's keys where they are published."""

    def fetch(url: str) -> object:
        return app.test_client().get(urlsplit(url).path, base_url=TOOL).get_json()

    settings = PlatformSettings(
        base_url="",
        site=a_site(),
        personality=personality,
        # Making a key is slow; one serves every host of these tests.
        signing_key=rsa_key("host"),
        fetch_tool_keys=fetch,
    )
    with RunningPlatform(settings) as host:
        yield Stage(app, host)
