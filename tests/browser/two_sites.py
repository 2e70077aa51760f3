"""The tool on 127.0.0.1 inside a pretend LMS on localhost: two sites, as in life, with the sample."""

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import make_server

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses import operator_links
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.courses.sessions import SessionGrant
from sca_lms.database import Base, db, transaction
from sca_lms.demo.platform import CLIENT_ID, DEPLOYMENT_ID, QuietHandler, register_standard_tool
from sca_lms.demo.sample import COURSE_ID, sample_site
from sca_lms.demo.seeding import Host, days_to_shift, seed
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.settings import PlatformSettings
from sca_lms.grades import worker
from sca_lms.lti import scopes
from sca_lms.lti.models import LtiUser
from sca_lms.modules.models import UnitEvidence
from sca_lms.programmes import programme_file
from tests.builders import signed_in
from tests.programmes.samples import sample_document

FIRST_LEARNER, LEARNERS_SEEDED = "101", 4


@dataclass(frozen=True)
class TwoSites:
    """Both servers, and what happens at the tool's shell."""

    app: Flask
    tool: str
    host: RunningPlatform

    @property
    def course(self) -> str:
        """The address of the only course at the tool."""
        return f"{self.tool}/courses/1"

    def work(self) -> int:
        """Send what is due to the host's gradebook."""
        return worker.run(self.app, threading.Event(), drain=True)

    def let_time_pass(self) -> None:
        """Let ten minutes pass since everybody came in and watched something."""
        earlier = clock.now() - dt.timedelta(minutes=10)
        with self.app.app_context(), transaction():
            db.session.execute(sa.update(SessionGrant).values(granted_at=earlier))
            db.session.execute(sa.update(UnitEvidence).values(recorded_at=earlier))

    def shown(self, user_id: str) -> Decimal | None:
        """Return the score in the host's gradebook."""
        book = self.host.lms.gradebook(COURSE_ID)
        column = book.column(tag="PRE")
        cell = book.cell(user_id, column.id) if column else None
        return cell.score if cell else None

    def session_of(self, role: Role) -> str:
        """Return the cookie of somebody with a role who has launched outside of a frame."""
        with self.app.app_context():
            everybody = db.session.scalars(sa.select(Enrolment).order_by(Enrolment.id)).all()
            enrolment_id = next(each.id for each in everybody if role in each.roles)
        return self._cookie(enrolment_id)

    def session_of_person(self, user_id: str) -> str:
        """Return the cookie of somebody of the host."""
        with self.app.app_context():
            enrolment_id = db.session.scalars(
                sa.select(Enrolment.id)
                .join(LtiUser, LtiUser.person_id == Enrolment.person_id)
                .where(LtiUser.subject == user_id)
            ).one()
        return self._cookie(enrolment_id)

    def operator_link(self) -> str:
        """Return an address that opens the operator's pages once."""
        with self.app.app_context(), transaction():
            token = operator_links.make_link(at=clock.now())
        return f"{self.tool}/operator/enter?token={token}"

    def _cookie(self, enrolment_id: int) -> str:
        found = signed_in(self.app, enrolment_id).get_cookie("__Host-sca_lms")
        assert found is not None
        return found.value


@contextmanager
def running(directory: Path) -> Iterator[TwoSites]:
    """Start both, with the sample opened in the middle of its bootcamp."""
    with ExitStack() as started:
        listening = started.enter_context(socket.create_server(("127.0.0.1", 0)))
        tool = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = application(tool, directory)
        started.callback(dispose, app)
        at = clock.now()
        document = a_small_sample(at)
        site = sample_site(document, client_id=CLIENT_ID)
        register_standard_tool(site, tool)
        host = started.enter_context(RunningPlatform(PlatformSettings(base_url="", site=site)))
        addresses = host.lms.addresses
        ours = Host(
            issuer=host.url, client_id=CLIENT_ID, deployment_id=DEPLOYMENT_ID,
            auth_login_url=addresses.authorization, auth_token_url=addresses.tokens, jwks_url=addresses.keys,
            lineitems_url=addresses.line_items(COURSE_ID, site.tools[CLIENT_ID]),
            memberships_url=addresses.memberships(site.courses[COURSE_ID], site.tools[CLIENT_ID]),
            line_items={},
            ags_scopes=[scopes.LINE_ITEM, scopes.LINE_ITEM_READ, scopes.RESULT, scopes.SCORE],
        )  # fmt: skip
        with app.app_context(), transaction():
            seed(document, site, ours, app.extensions["sca_programme_appliers"], at=at)
        server = make_server(
            "127.0.0.1", 0, app, threaded=True, fd=listening.fileno(), request_handler=QuietHandler
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        started.callback(server.server_close)
        started.callback(thread.join)
        started.callback(server.shutdown)
        yield TwoSites(app, tool, host)


def application(tool: str, directory: Path) -> Flask:
    """Return the tool with an empty database."""
    settings = Settings(
        database_url=f"sqlite:///{directory / 'sca-lms.sqlite3'}",
        data_dir=directory,
        public_url=tool,
        secret_key="a-test-key-that-is-long-enough-0123456789",
        allow_private_platforms=True,
        log_level="error",
    )
    app = create_app(settings)
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app


def a_small_sample(at: dt.datetime, *, learners: int = LEARNERS_SEEDED) -> dict[str, object]:
    """Return the sample with its dates around today and with only a few of its learners."""
    document = sample_document()
    cohort = document["sample_cohort"]
    assert isinstance(cohort, dict)
    cohort["pairs"] = cohort["pairs"][:learners]
    return dict(programme_file.shift_dates(document, days_to_shift(document, today=at.date())))


def dispose(app: Flask) -> None:
    """Let go of the database."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
