"""A host's notice that a course was copied is believed when it is signed, and leads to an offer."""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Mapping

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.courses import programmes
from sca_lms.courses.models import Course
from sca_lms.database import db, transaction
from sca_lms.demo.faults import Fault
from sca_lms.demo.further_personalities import D2L, GENERIC
from sca_lms.demo.personalities import CANVAS, MOODLE
from sca_lms.lti import notice_subscriptions, notices, roster_queries
from sca_lms.lti import vocabulary as lti
from sca_lms.lti.models import Deployment, DeploymentState, LtiContext, ResourceLink
from sca_lms.lti.notice_models import ContextCopy
from tests.grades.contract_world import Contract, contract_with
from tests.grades.world import HOST_COURSE, TEACHER
from tests.lti.platform_double import TOOL, Browser, Host

NOTICES = "/lti/notices"
DOCUMENT: dict[str, object] = {"programme": {"code": "sca-copy", "title": {"th": "ต้นแบบ", "en": "Template"}}}


def copies(app: Flask) -> dict[str, list[str]]:
    """Return what is known of copied courses."""
    with app.app_context():
        return dict(db.session.execute(sa.select(ContextCopy.context_id, ContextCopy.origins)).all())


class Notifier(Host):
    """A host that writes notices."""

    def notice(self, **changes: object) -> dict[str, object]:
        at = int(clock.now().timestamp())
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "iat": at,
            "exp": at + 300,
            "nonce": "n-1",
            lti.VERSION: "1.3.0",
            lti.DEPLOYMENT_ID: self.deployment_id,
            lti.NOTICE: {"id": "1", "timestamp": "2026-11-22T10:00:00Z", "type": lti.COPY_NOTICE},
            lti.CONTEXT: {"id": "course-9", "title": "Copy"},
            lti.ORIGIN_CONTEXTS: ["course-2"],
        }
        claims.update({changed_name(name): value for name, value in changes.items()})
        return {name: value for name, value in claims.items() if value is not None}


def changed_name(name: str) -> str:
    return {
        "version": lti.VERSION, "deployment_id": lti.DEPLOYMENT_ID, "notice_claim": lti.NOTICE,
        "context": lti.CONTEXT, "origins": lti.ORIGIN_CONTEXTS,
    }.get(name, name)  # fmt: skip


@pytest.fixture
def notifier(host: Host) -> Notifier:
    """The registered host, which writes notices as well as launches."""
    return Notifier(host.app, host.network, platform_id=host.platform_id)


def post(app: Flask, *signed: str) -> TestResponse:
    body = {"notices": [{"jwt": each} for each in signed]}
    return app.test_client().post(NOTICES, json=body, base_url=TOOL)


def test_a_signed_notice_is_kept(app: Flask, notifier: Notifier) -> None:
    answer = post(app, notifier.sign(notifier.notice()))
    assert (answer.status_code, answer.json) == (200, {"taken": 1, "refused": []})
    assert copies(app) == {"course-9": ["course-2"]}


def test_said_again_it_is_brought_up_to_date(app: Flask, notifier: Notifier) -> None:
    post(app, notifier.sign(notifier.notice()))
    post(app, notifier.sign(notifier.notice(origins=["course-5", 7, "course-9", {"id": "no"}])))
    assert copies(app) == {"course-9": ["course-5", "7", "course-2"]}


def test_another_notice_is_taken_and_changes_nothing(app: Flask, notifier: Notifier) -> None:
    hello = notifier.notice(notice_claim={"type": "LtiHelloWorldNotice"}, context=None, origins=None)
    assert post(app, notifier.sign(hello)).status_code == 200
    assert copies(app) == {}


def test_a_bad_notice_does_not_cost_the_good_one_beside_it(app: Flask, notifier: Notifier) -> None:
    answer = post(app, "nonsense", notifier.sign(notifier.notice()))
    assert answer.status_code == 400
    assert answer.json == {"taken": 1, "refused": ["token-malformed"]}
    assert copies(app) == {"course-9": ["course-2"]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://stranger.example.org"}, "issuer-unknown"),
        ({"iss": None}, "claim-missing"),
        ({"aud": None}, "claim-missing"),
        ({"aud": "another-client"}, "client-unknown"),
        ({"aud": ["client-1", "other"]}, "party-mismatch"),
        ({"nonce": None}, "claim-missing"),
        ({"iat": 11111}, "token-stale"),
        ({"exp": 22222}, "token-expired"),
        ({"version": "1.1"}, "version-unsupported"),
        ({"deployment_id": "99"}, "deployment-inactive"),
        ({"deployment_id": None}, "claim-missing"),
        ({"notice_claim": None}, "claim-missing"),
        ({"notice_claim": {"type": 7}}, "claim-missing"),
        ({"context": None}, "context-missing"),
        ({"context": {"id": "x\ny"}}, "context-missing"),
        ({"origins": []}, "claim-missing"),
        ({"origins": "course-2"}, "claim-missing"),
        ({"origins": ["course-9"]}, "claim-missing"),
    ],
)
def test_what_is_not_right_is_refused_by_its_code(
    app: Flask, notifier: Notifier, changes: Mapping[str, object], code: str
) -> None:
    answer = post(app, notifier.sign(notifier.notice(**changes)))
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (400, code)
    assert copies(app) == {}


def test_only_the_hosts_own_keys_are_good(app: Flask, notifier: Notifier) -> None:
    notifier.signs_with = "another-key"
    forged = notifier.sign(notifier.notice(), kid=notifier.kid)
    assert post(app, forged).headers["X-Error-Code"] == "signature-invalid"
    assert post(app, notifier.sign(notifier.notice())).headers["X-Error-Code"] == "key-unknown"
    assert copies(app) == {}


def test_a_host_whose_keys_cannot_be_had_is_refused(app: Flask, notifier: Notifier) -> None:
    notifier.network.places.clear()
    assert post(app, notifier.sign(notifier.notice())).headers["X-Error-Code"] == "keyset-unreachable"


def test_a_deployment_that_is_shut_out_is_not_heard(app: Flask, notifier: Notifier) -> None:
    with app.app_context(), transaction():
        db.session.scalars(sa.select(Deployment)).one().state = DeploymentState.INACTIVE
    assert post(app, notifier.sign(notifier.notice())).headers["X-Error-Code"] == "deployment-inactive"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 10_000, b'{"notices": 7}',
        b'{"notices": []}', b'{"notices": [1], "notices": [2]}', b'{"notices": {"jwt": "x"}}',
        json.dumps({"notices": [{}] * 101}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_message_is_a_bad_request(app: Flask, body: bytes) -> None:
    answer = app.test_client().post(NOTICES, data=body, base_url=TOOL)
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (400, "notice-malformed")


@pytest.mark.parametrize(
    "entry", [None, 7, {}, {"jwt": None}, {"jwt": 7}, {"jwt": "a.b.c"}, {"jwt": "x" * 99_999}]
)
def test_what_is_no_token_is_refused(app: Flask, entry: object) -> None:
    answer = app.test_client().post(NOTICES, json={"notices": [entry]}, base_url=TOOL)
    assert answer.status_code == 400
    assert answer.headers["X-Error-Code"].startswith("token-")


def test_old_notices_are_forgotten(app: Flask, notifier: Notifier) -> None:
    post(app, notifier.sign(notifier.notice()))
    with app.app_context():
        for age, left in ((notices.KEPT - dt.timedelta(days=1), 1), (notices.KEPT, 0)):
            with transaction():
                notices.forget_expired(at=clock.now() + age)
            assert len(copies(app)) == left


@pytest.fixture(params=[CANVAS, D2L, GENERIC], ids=lambda kind: str(kind.name))
def informed(request: pytest.FixtureRequest, app: Flask) -> Iterator[Contract]:
    """A host that sends notices and has been told where to."""
    with contract_with(app, request.param) as found:
        found.pick()
        tell(app)
        yield found


def tell(app: Flask, *, after: dt.timedelta = dt.timedelta()) -> int:
    """Let the worker's job tell hosts our address."""
    with time_machine.travel(clock.now() + after, tick=True), app.app_context():
        return notice_subscriptions.subscribe_due(clock.now())


def handlers(host: Contract) -> dict[str, str]:
    """Return where the host sends notices."""
    with host.lms.reading() as site:
        (tool,) = site.tools.values()
        return dict(tool.notice_handlers)


def test_a_host_is_told_our_address_once(informed: Contract) -> None:
    assert handlers(informed) == {lti.COPY_NOTICE: f"{TOOL}{NOTICES}"}
    asked = informed.wire.count("deployment-1")
    assert asked == 1
    assert tell(informed.app, after=dt.timedelta(days=30)) == 0
    assert informed.wire.count("deployment-1") == asked


def test_a_host_is_told_anew_when_our_address_has_changed(informed: Contract) -> None:
    settings = informed.app.extensions["sca_settings"]
    informed.app.extensions["sca_settings"] = dataclasses.replace(settings, public_url=f"{TOOL}/moved")
    assert tell(informed.app) == 1
    assert handlers(informed) == {lti.COPY_NOTICE: f"{TOOL}/moved{NOTICES}"}


def test_a_host_that_cannot_be_told_now_is_told_later(app: Flask) -> None:
    with contract_with(app, GENERIC) as host:
        host.pick()
        host.lms.faults.plan("notice_handlers", Fault(503))
        assert tell(app) == 0
        assert handlers(host) == {}
        assert tell(app, after=notice_subscriptions.FIRST_WAIT / 2) == 0
        assert tell(app, after=notice_subscriptions.FIRST_WAIT * 2) == 1
        assert handlers(host)


def test_a_host_that_sends_no_notices_is_not_asked(app: Flask) -> None:
    with contract_with(app, MOODLE) as host:
        host.pick()
        before = len(host.wire.requests)
        assert tell(app) == 0
        assert len(host.wire.requests) == before


def test_a_copied_course_is_offered_the_settings_of_its_origin(informed: Contract) -> None:
    app = informed.app
    with informed.changing():
        course = db.session.get_one(Course, informed.course_id)
        stored = programmes.store_programme(DOCUMENT, at=clock.now())
        programmes.use_programme(course, stored, (), person_id=None, at=clock.now())
    made = informed.lms.copy_course(HOST_COURSE)
    # The host has told it before anybody opened the copy.
    assert copies(app) == {made: [HOST_COURSE]}
    with informed.lms.reading() as site:
        activity = site.activities_of(made)[0]
        # Whatever the host tells at a launch: the notice alone is enough.
        activity.custom = {"activity": "home"}
    informed.open(TEACHER, activity)
    with app.app_context():
        context = db.session.scalars(sa.select(LtiContext).where(LtiContext.context_id == made)).one()
        assert context.history == []
        copy = db.session.get_one(Course, context.course_id)
        earlier = roster_queries.earlier_course(copy)
        assert earlier is not None
        assert earlier.id == informed.course_id


def test_a_copied_link_opens_what_its_origin_opened(app: Flask, host: Host, visitor: Browser) -> None:
    visitor.launch(host, custom={"activity": "module:PB1"})
    visitor.launch(
        host,
        context={"id": "course-9"},
        resource_link={"id": "copied"},
        custom={"link_history": "unknown,link-1"},
    )
    with app.app_context():
        rows = db.session.execute(sa.select(ResourceLink.resource_link_id, ResourceLink.activity)).all()
    assert dict(rows)["copied"] == "module:PB1"
