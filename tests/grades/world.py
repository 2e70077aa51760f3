"""A course of ours inside a pretend LMS that answers on loopback, and the worker between them."""

import datetime as dt
import functools
import io
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from wsgiref.types import StartResponse, WSGIEnvironment

import sqlalchemy as sa
import time_machine
from flask import Flask
from joserfc.jwk import RSAKey
from werkzeug.wrappers import Request, Response

from sca_lms import clock
from sca_lms.config import Settings
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.demo.lms import PretendLms
from sca_lms.demo.manners import Personality
from sca_lms.demo.personalities import MOODLE
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.settings import PlatformSettings
from sca_lms.demo.site import ALL_SCOPES, Activity, Grade, LineItem, SiteRole, SiteState, User
from sca_lms.demo.site import Course as SiteCourse
from sca_lms.grades import decisions, duties, operations, overview, queries, worker
from sca_lms.grades.models import Delivery, GradeColumn, HostColumn, Score
from sca_lms.grades.rules import Reason, State
from sca_lms.grades.sources import EXTENSION as SOURCES
from sca_lms.lti import keys, sealing
from sca_lms.lti.models import LtiContext, LtiUser, Platform, ResourceLink, ToolKey
from sca_lms.texts import Bilingual
from tests.builders import a_course, a_person, an_enrolment

HOST_COURSE = "2"
CLIENT_ID = "client-of-ours"
TOOL = "http://127.0.0.1:9"
LEARNERS = ("31", "32", "33")
TEACHER = "8"
DOCUMENT: Mapping[str, object] = {
    "line_items": [
        {
            "code": "PRE",
            "title": {"th": "ก่อนเข้าค่าย", "en": "Pre-bootcamp"},
            "weight": 100,
            "score_maximum": 100,
        }
    ]
}


def later(seconds: int) -> time_machine.travel:
    """Go forward in time, by so much that retries are due."""
    return time_machine.travel(clock.now() + dt.timedelta(seconds=seconds), tick=True)


@functools.lru_cache
def host_key() -> RSAKey:
    """Make the hosts' key once for all tests of a process, too."""
    return RSAKey.generate_key(2048, private=True, auto_kid=True)


@functools.lru_cache
def tool_key() -> RSAKey:
    """Make the tool's key once for all tests of a process; making one is slow."""
    return RSAKey.generate_key(
        2048, {"kid": "key-of-these-tests", "use": "sig", "alg": "RS256"}, private=True
    )


def a_site(learners: Iterable[str] = LEARNERS) -> SiteState:
    """Build a site with one course, its learners and a teacher, where our tool is registered."""
    site = SiteState()
    course = site.courses[HOST_COURSE] = SiteCourse(HOST_COURSE, "SCA2", Bilingual.of("Course"))
    for user_id in learners:
        site.users[user_id] = User(user_id, "ผู้เรียน", user_id)
        course.members[user_id] = SiteRole.LEARNER
    site.users[TEACHER] = User(TEACHER, "วิทยากร", "หนึ่ง")
    course.members[TEACHER] = SiteRole.INSTRUCTOR
    site.register_tool(
        CLIENT_ID,
        initiate_login_uri=f"{TOOL}/lti/login",
        redirect_uris=[f"{TOOL}/lti/launch"],
        jwks_uri=f"{TOOL}/lti/jwks.json",
        target_link_uri=f"{TOOL}/lti/launch",
        deployment_ids=["1"],
    )
    return site


@dataclass(frozen=True)
class Recorded:
    """One request as the host got it, and what it answered."""

    method: str
    path: str
    query: str
    body: bytes
    status: int
    headers: Mapping[str, str]

    @property
    def service(self) -> str:
        """The last word of the path: token, lineitems, lineitem, scores or results."""
        return self.path.rsplit("/", 1)[-1]


class Wire:
    """Between the worker and the host: writes down every request and may interfere after it was answered."""

    def __init__(self, app: Flask) -> None:
        self.requests: list[Recorded] = []
        self.before: Callable[[str, str], None] = lambda _method, _path: None
        self.after: Callable[[str, str], None] = lambda _method, _path: None
        self._inner = app.wsgi_app
        app.wsgi_app = self  # type: ignore[method-assign]  # Flask's documented way.

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data(cache=True)
        environ["wsgi.input"] = io.BytesIO(body)
        self.before(request.method, request.path)
        answer = Response.from_app(self._inner, environ)
        query = request.query_string.decode()
        self.requests.append(
            Recorded(request.method, request.path, query, body, answer.status_code, dict(request.headers))
        )
        self.after(request.method, request.path)
        return answer(environ, start_response)

    def count(self, service: str, method: str = "") -> int:
        """Return how many requests a service got."""
        return sum(each.service == service and method in {"", each.method} for each in self.requests)


class World:
    """What the tests look at: the host, our course, and what the worker makes of both."""

    def __init__(self, app: Flask, host: RunningPlatform, learners: Sequence[str] = LEARNERS) -> None:
        self.app = app
        self.host = host
        self.wire = Wire(host.app)
        self.marks: dict[int, Decimal | None] = {}
        self.enrolments: dict[str, int] = {}
        app.extensions[SOURCES] = {"PRE": self._marks}
        app.extensions[duties.JOBS] = []
        with app.app_context(), transaction():
            self._settle(learners)

    @property
    def lms(self) -> PretendLms:
        """The host's inside."""
        return self.host.lms

    def mark(self, subject: str, value: str | None) -> None:
        """Let somebody reach a score."""
        enrolment_id = self.enrolments[subject]
        self.marks[enrolment_id] = None if value is None else Decimal(value)
        with self.app.app_context(), transaction():
            courses.touch(db.session.get_one(Enrolment, enrolment_id))

    def recompute(self) -> None:
        """Work scores out without sending any."""
        with self.changing():
            operations.recompute_moved(self.app.extensions[SOURCES], at=clock.now())

    def work(self) -> int:
        """Do all that is due now, as `sca-lms worker --drain` does, and return its exit code."""
        return worker.run(self.app, threading.Event(), drain=True)

    def column(self) -> LineItem:
        """Return the only column of the host."""
        (found,) = self.lms.gradebook(HOST_COURSE).columns
        return found

    def cell(self, subject: str) -> Grade | None:
        """Return what the host's gradebook has."""
        return self.column().grades.get(subject)

    def shown(self, subject: str) -> Decimal | None:
        """Return the score in the host's gradebook."""
        cell = self.cell(subject)
        return cell.score if cell else None

    def arrived(self, subject: str) -> list[tuple[Decimal | None, dt.datetime]]:
        """Return what arrived at the host for somebody, in the order of arrival."""
        with self.lms.reading() as site:
            return [(each.score, each.timestamp) for each in site.arrivals if each.user_id == subject]

    def delivery(self, subject: str) -> Delivery:
        """Return what we know of somebody's score in the host."""
        with self.app.app_context():
            return db.session.scalars(
                sa.select(Delivery).join(Delivery.score).where(Score.enrolment_id == self.enrolments[subject])
            ).one()

    def state(self, subject: str) -> tuple[State, Reason | None]:
        """Return where somebody's score stands, as pages show it."""
        enrolment_id = self.enrolments[subject]
        with self.app.app_context():
            found = queries.delivery_states(self.course_id, [enrolment_id])[enrolment_id]["PRE"]
        return found.state, found.reason

    def teacher_sets(self, subject: str, score: str | None, *, locked: bool = False, ahead: int = 0) -> None:
        """Write a grade by hand in the host, with its clock some seconds ahead of ours."""
        at = clock.now() + dt.timedelta(seconds=ahead)
        grade = Grade(None if score is None else Decimal(score), "", at, at, locked=locked)
        self.lms.teacher_grades(self.column().id, subject, grade, at=at)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Change rows of ours."""
        with self.app.app_context(), transaction():
            yield

    def context(self) -> LtiContext:
        """Return the host's course as we know it; inside `changing`."""
        return db.session.scalars(sa.select(LtiContext)).one()

    def our_column(self) -> GradeColumn:
        """Return our column; inside an application context."""
        return db.session.scalars(sa.select(GradeColumn)).one()

    def allow_columns(self, may: bool) -> None:
        """Let the tool make columns in the host, or not."""
        with self.changing():
            course = db.session.get_one(Course, self.course_id)
            decisions.set_may_create_columns(course, may, by=None, at=clock.now())

    def decide(self, subject: str, decision: Callable[..., bool]) -> bool:
        """Let an instructor decide about somebody's score."""
        with self.changing():
            enrolment = db.session.get_one(Enrolment, self.enrolments[subject])
            (delivery,) = overview.deliveries_of(enrolment)
            return decision(delivery, by=enrolment.person_id, at=clock.now())

    def send_all_again(self) -> int:
        """Let an instructor send all again that was refused or lost."""
        with self.changing():
            course = db.session.get_one(Course, self.course_id)
            return decisions.send_all_again(course, by=None, at=clock.now())

    def recreate_column(self) -> None:
        """Let an instructor ask for the deleted column."""
        with self.changing():
            (column,) = queries.columns_gone(self.course_id)
            decisions.recreate_column(column, by=None, at=clock.now())

    def place(self) -> HostColumn:
        """Return where our column lives in the host."""
        with self.app.app_context():
            return db.session.scalars(sa.select(HostColumn)).one()

    def add_activity(self, activity: str, *, maximum: int = 100, tag: str = "") -> LineItem:
        """Let the host have an activity with a column, and let us have seen a launch of it."""
        with self.lms.changing() as site:
            number = site.new_id()
            site.activities[number] = Activity(number, HOST_COURSE, CLIENT_ID, Bilingual.of(activity))
            item = LineItem(
                id=site.new_id(), course_id=HOST_COURSE, client_id=CLIENT_ID, label=activity,
                maximum=Decimal(maximum), activity_id=number, resource_id=tag and f"sca-lms:{tag}", tag=tag,
                coupled=True,
            )  # fmt: skip
            site.line_items[item.id] = item
            url = self.lms.addresses.line_item(item, site.tools[CLIENT_ID])
        with self.changing():
            db.session.add(
                ResourceLink(
                    context=self.context(), resource_link_id=number, activity=activity, line_item_url=url
                )
            )
        return item

    def _marks(self, course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, Decimal | None]:
        assert course_id == self.course_id
        return {each: self.marks.get(each) for each in enrolment_ids}

    def _settle(self, learners: Sequence[str]) -> None:
        at = clock.now()
        course = a_course()
        self.course_id = course.id
        addresses, tool = self.lms.addresses, self.lms.state.tools[CLIENT_ID]
        platform = Platform(
            name="Pretend LMS", issuer=addresses.base, client_id=CLIENT_ID,
            auth_login_url=addresses.authorization, auth_token_url=addresses.tokens, jwks_url=addresses.keys,
            profile=self.lms.personality.name, created_at=at,
        )  # fmt: skip
        context = LtiContext(
            platform=platform, tenant="", context_id=HOST_COURSE, course=course, deployment_id="1",
            lineitems_url=addresses.line_items(HOST_COURSE, tool), ags_scopes=list(ALL_SCOPES), history=[],
            updated_at=at,
        )  # fmt: skip
        db.session.add_all([platform, context])
        if db.session.scalar(sa.select(ToolKey.id)) is None:
            db.session.add(stored_key(self.app, at))
        for subject in learners:
            # Whoever is looked for by number is not found by the number in somebody else's address.
            person = a_person(given_name=f"คนที่ {subject}", email=f"{subject}@example.org")
            db.session.add(LtiUser(platform=platform, tenant="", subject=subject, person=person))
            self.enrolments[subject] = an_enrolment(course, person, roles={Role.LEARNER}).id
        operations.put_columns(course, DOCUMENT, codes={"PRE"}, at=at)


def stored_key(app: Flask, at: dt.datetime) -> ToolKey:
    settings = app.extensions["sca_settings"]
    assert isinstance(settings, Settings)
    key = tool_key()
    return ToolKey(
        kid="key-of-these-tests",
        private_key=sealing.seal(
            key.as_pem(private=True).decode(), purpose=keys.PURPOSE, secret_key=settings.secret_key
        ),
        public_jwk=dict(key.as_dict(private=False)),
        created_at=at,
        signs_from=at - dt.timedelta(days=2),
        retires_at=None,
    )


@contextmanager
def running(
    personality: Personality = MOODLE, learners: Sequence[str] = LEARNERS
) -> Iterator[RunningPlatform]:
    """Run a host of a kind that knows our key."""
    key_set = {"keys": [dict(tool_key().as_dict(private=False))]}
    settings = PlatformSettings(
        base_url="http://localhost",
        site=a_site(learners),
        personality=personality,
        signing_key=host_key(),
        fetch_tool_keys=lambda _url: key_set,
    )
    with RunningPlatform(settings) as platform:
        yield platform
