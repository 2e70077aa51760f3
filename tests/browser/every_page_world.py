"""The sample with one of everything in it, served to a browser, and the addresses of all of its pages."""

import dataclasses
import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from sca_lms import clock
from sca_lms.attendance import queries as hours
from sca_lms.config import settings
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import Base, db, transaction
from sca_lms.demo.platform import CLIENT_ID, DEPLOYMENT_ID, QuietHandler
from sca_lms.demo.sample import sample_site
from sca_lms.demo.seeding import Host, seed
from sca_lms.inbox import unsubscribing
from sca_lms.inbox.mail_settling import DIGEST
from sca_lms.modules.models import Module, Unit
from sca_lms.modules.plan import UnitType
from sca_lms.privacy import requesting
from sca_lms.privacy.rules import RequestKind
from tests import hostile_world as rows
from tests.browser.every_address import Place, pages, walk
from tests.browser.two_sites import a_small_sample, application, dispose
from tests.builders import signed_in
from tests.guidance import hostile_deeds

COOKIE = "__Host-sca_lms"
PLAIN_COOKIE = "sca_lms"
NOBODY, OPERATOR = "nobody", "operator"
LEARNERS_BY_NAME = {"learner": 0, "classmate": 2, "another": 3}
# Enough that everything of the sample has happened to somebody.
LEARNERS = 14


@dataclasses.dataclass(frozen=True)
class House:
    """A running tool, and where each of its pages is seen by whom."""

    address: str
    cookies: Mapping[str, str]
    places: tuple[Place, ...]
    endpoints: frozenset[str]
    """Everything that answers to GET."""


@contextmanager
def open_house(directory: Path) -> Iterator[House]:
    """Seed, add what the sample lacks, walk through everything, then serve it."""
    app = application("http://localhost", directory)
    with app.app_context():
        Base.metadata.create_all(db.engine)
    people, starts = _furnish(app)
    browsers = {who: _browser(signed_in(app, enrolment_id)) for who, enrolment_id in people.items()}
    browsers[OPERATOR] = _browser(signed_in(app, None, operator=True))
    browsers[NOBODY] = app.test_client()
    places = walk(app, browsers, starts)
    cookies = {
        who: cookie.value for who, each in browsers.items() if (cookie := each.get_cookie(COOKIE)) is not None
    }
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield House(f"http://127.0.0.1:{server.port}", cookies, tuple(places), frozenset(pages(app)))
    server.shutdown()
    thread.join()
    server.server_close()
    dispose(app)


def _browser(client: FlaskClient) -> FlaskClient:
    """Let the client show its cookie over plain http as well, where no browser keeps a `__Host-` one."""
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    client.set_cookie(PLAIN_COOKIE, cookie.value, domain="localhost")
    return client


def _furnish(app: Flask) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Return whose eyes see, and the pages that are reached by a button, an e-mail, or from the host."""
    at = clock.now()
    document = a_small_sample(at, learners=LEARNERS)
    site = sample_site(document, client_id=CLIENT_ID)
    host = Host(
        issuer="http://localhost:1", client_id=CLIENT_ID, deployment_id=DEPLOYMENT_ID,
        auth_login_url="http://localhost:1/auth", auth_token_url="http://localhost:1/token",
        jwks_url="http://localhost:1/keys", lineitems_url="http://localhost:1/items",
        memberships_url="http://localhost:1/members", line_items={}, ags_scopes=[],
    )  # fmt: skip
    with app.app_context(), transaction():
        course = seed(document, site, host, app.extensions["sca_programme_appliers"], at=at)
        everybody = db.session.scalars(sa.select(Enrolment).order_by(Enrolment.id)).all()
        learners = [each for each in everybody if Role.LEARNER in each.roles]
        people = {name: learners[place] for name, place in LEARNERS_BY_NAME.items()} | {
            name: next(each for each in everybody if role in each.roles)
            for name, role in (("mentor", Role.MENTOR), ("manager", Role.MANAGER))
        }
        manager = people["manager"]
        _add(course, learners, at=at)
        starts = {who: [f"/courses/{course.id}/"] for who in people}
        starts["manager"] += [
            f"/courses/{course.id}{path}" for path in _for_staff(course, manager, learners, at=at)
        ]
        starts[NOBODY] = ["/", "/left", "/lti/privacy", "/operator/enter?token=x", _way_out_of_mails(manager)]
        starts[OPERATOR] = ["/operator/hosts/"]
        return {who: each.id for who, each in people.items()}, starts


def _add(course: Course, learners: list[Enrolment], *, at: dt.datetime) -> None:
    """Leave what the sample has none of, where links lead to it."""
    rows.attempts(course, [learners[3]], at=at)
    rows.scores(course, learners[:2], at=at)
    rows.draft(course, at=at)
    hostile_deeds.deeds(course, learners[1], learners[0], at=at)
    requesting.ask(
        course, learners[1].person_id, RequestKind.CORRECTION, by=None, at=at, subject="x", text="x"
    )


def _for_staff(course: Course, staff: Enrolment, learners: list[Enrolment], *, at: dt.datetime) -> list[str]:
    _platform, host = rows.host(course, staff, at=at)
    live = db.session.scalars(sa.select(Unit).where(Unit.type == UnitType.LIVE).order_by(Unit.id)).first()
    assert live is not None
    module = db.session.get_one(Module, live.module_id)
    timetable = hours.timetable(course.id)
    over = [each.code for each in timetable if each.ends_at < at]
    now = [each.code for each in timetable if each.starts_at <= at <= each.ends_at]
    return [
        f"/privacy/people/{learners[2].id}",
        f"/questions/import/{rows.bank(course, at=at)['import_id'][0]}",
        f"/gradebook/files/{rows.gradebook(course, learners[0], at=at)['import_id'][0]}",
        f"/deep-linking/{host['request_id'][0]}",
        f"/modules/{module.code}/{live.code}/attendance",
        *(f"/sessions/{code}/room" for code in now),
        *(f"/sessions/{code}/room/close" for code in (*now, *over[-1:])),
    ]


def _way_out_of_mails(person: Enrolment) -> str:
    wish = unsubscribing.Wish(person.person_id, DIGEST)
    return f"/notices/unsubscribe/{unsubscribing.token_of(settings(), wish)}"
