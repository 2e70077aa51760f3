"""The counter lets in whom it knows, exactly as the views would, and leaves everybody else to them."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.sessions import SessionGrant, WebSession
from sca_lms.database import db, transaction
from sca_lms.lti.models import Deployment, DeploymentState, LoginAttempt, Platform, PlatformState
from sca_lms.web.express import COUNTERS, Counter, Onward, Visit
from tests.lti.platform_double import INSTRUCTOR, LEARNER, Browser, Host, accepted, refused_with


@pytest.fixture
def served(app: Flask) -> Iterator[list[str]]:
    """Collect the endpoints at which a counter answered."""
    answered: list[str] = []

    def watched(counter: Counter) -> Callable[[Visit], Onward | None]:
        def answer(visit: Visit) -> Onward | None:
            onward = counter.answer(visit)
            if onward is not None:
                answered.append(counter.endpoint)
            return onward

        return answer

    counters: dict[str, Counter] = app.extensions[COUNTERS]
    usual = dict(counters)
    for path, counter in usual.items():
        counters[path] = Counter(counter.endpoint, watched(counter))
    yield answered
    counters.update(usual)


def count(app: Flask, model: type[object]) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_first_launch_is_the_views_and_the_next_one_the_counters(
    app: Flask, host: Host, visitor: Browser, served: list[str]
) -> None:
    first = accepted(visitor.launch(host))
    assert served == ["lti.login"]
    assert accepted(Browser(app).launch(host)) == first
    assert served == ["lti.login", "lti.login", "lti.launched"]
    assert (count(app, Person), count(app, WebSession), count(app, SessionGrant)) == (1, 2, 2)


def test_whoever_was_let_in_by_the_counter_can_open_the_course(
    app: Flask, host: Host, visitor: Browser, served: list[str]
) -> None:
    visitor.launch(host)
    known = Browser(app)
    path = accepted(known.launch(host))
    assert served[-1] == "lti.launched"
    assert known.get(path).status_code == 200
    with app.app_context():
        grants = db.session.scalars(sa.select(SessionGrant).order_by(SessionGrant.session_id)).all()
        assert [
            (each.person_id, each.enrolment_id, each.frame_origin, each.return_url, each.launch_locale)
            for each in grants
        ] == [(1, 1, host.issuer, f"{host.issuer}/return?course=2", "th")] * 2


def test_a_browser_that_comes_back_keeps_its_session(
    app: Flask, host: Host, visitor: Browser, served: list[str]
) -> None:
    for _ in range(3):
        visitor.launch(host)
    assert served.count("lti.launched") == 2
    assert (count(app, WebSession), count(app, SessionGrant)) == (1, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "ปวีณา ใจดี"},
        {"email": "other@example.org"},
        {"roles": [INSTRUCTOR]},
        {"roles": [LEARNER, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]},
        {"context": {"id": "course-2", "label": "SCA2", "title": "Renamed"}},
        {"context": {"id": "course-3"}},
        {"resource_link": {"id": "link-1", "title": "Renamed"}},
        {"resource_link": {"id": "link-2"}},
        {"custom": {"activity": "module:PB1"}},
        {"ags": {"scope": ["a"], "lineitems": "https://lms.example.edu/items"}},
        {"nrps": {"context_memberships_url": "https://lms.example.edu/members"}},
        {"sub": "learner-6"},
        {"sub": None},
        {"message_type": "LtiSubmissionReviewRequest", "for_user": {"user_id": "learner-5"}},
    ],
)
def test_a_launch_that_says_anything_new_is_the_views(
    host: Host, visitor: Browser, served: list[str], changes: dict[str, object]
) -> None:
    visitor.launch(host)
    accepted(visitor.launch(host, **changes))
    assert "lti.launched" not in served


def test_a_launch_is_used_up_once_whoever_answers_it(
    app: Flask, host: Host, visitor: Browser, served: list[str]
) -> None:
    visitor.launch(host)
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce))
    accepted(visitor.answer(login, token))
    assert served[-1] == "lti.launched"
    assert refused_with(visitor.answer(login, token)) == "state-used"
    assert count(app, LoginAttempt) == 2


def test_another_browser_without_the_cookie_is_not_let_in_by_the_counter(
    app: Flask, host: Host, visitor: Browser, served: list[str]
) -> None:
    visitor.launch(host)
    login = visitor.log_in(host)
    stranger = Browser(app)
    assert stranger.answer(login, host.sign(host.claims(login.nonce))).status_code == 401
    assert "lti.launched" not in served


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"iss": "https://other.example.edu"},
        {"aud": "client-2"},
        {"exp": 1},
        {"target_link_uri": "https://tool.example.org/elsewhere"},
        {"deployment_id": "9"},
    ],
)
def test_what_the_views_refuse_the_counter_does_not_let_in(
    host: Host, visitor: Browser, served: list[str], changes: dict[str, object]
) -> None:
    visitor.launch(host)
    assert refused_with(visitor.launch(host, **changes))
    assert "lti.launched" not in served


def test_a_host_or_deployment_that_is_switched_off_is_refused_at_once(
    app: Flask, host: Host, visitor: Browser, served: list[str]
) -> None:
    def switch(platform: PlatformState, deployment: DeploymentState) -> None:
        with app.app_context(), transaction():
            db.session.scalars(sa.select(Platform)).one().state = platform
            db.session.scalars(sa.select(Deployment)).one().state = deployment

    visitor.launch(host)
    for code, platform, deployment in (
        ("platform-inactive", PlatformState.DISABLED, DeploymentState.ACTIVE),
        ("deployment-inactive", PlatformState.ACTIVE, DeploymentState.INACTIVE),
    ):
        login = visitor.log_in(host)
        token = host.sign(host.claims(login.nonce))
        switch(platform, deployment)
        assert refused_with(visitor.answer(login, token)) == code
        switch(PlatformState.ACTIVE, DeploymentState.ACTIVE)
    assert "lti.launched" not in served


def test_a_visit_is_noted_by_the_counter_as_well(
    app: Flask, host: Host, visitor: Browser, served: list[str]
) -> None:
    visitor.launch(host)
    later = clock.now() + dt.timedelta(minutes=20)
    with time_machine.travel(later, tick=False):
        visitor.launch(host)
    assert served[-1] == "lti.launched"
    with app.app_context():
        assert db.session.scalars(sa.select(Enrolment)).one().last_seen_at == later
