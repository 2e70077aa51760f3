"""A host with a roster, our course in it, and the worker's job that reads one into the other."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import joinedload

from sca_lms import clock
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.demo.manners import Personality
from sca_lms.demo.site import SiteRole, User
from sca_lms.lti import roster_sync
from sca_lms.lti.models import HostRoles, LtiUser
from sca_lms.lti.roster_models import RosterChange, RosterMember, RosterSync
from sca_lms.lti.roster_rules import Change, Presence
from tests.grades.world import CLIENT_ID, HOST_COURSE, World, running


class RosterWorld(World):
    """What the tests look at: who is listed in the host, and who that makes of our course."""

    def offer(self) -> None:
        """Let a launch have told us where the roster is."""
        with self.lms.reading() as site:
            url = self.lms.addresses.memberships(site.courses[HOST_COURSE], site.tools[CLIENT_ID])
        with self.changing():
            self.context().memberships_url = url

    def lists(self, user_id: str, given: str, family: str = "", *, role: SiteRole = SiteRole.LEARNER) -> None:
        """Put somebody on the host's roster, or list them in another way."""
        with self.lms.changing() as site:
            site.users[user_id] = User(user_id, given, family)
            site.courses[HOST_COURSE].members[user_id] = role

    def drops(self, *user_ids: str) -> None:
        """Take people off the host's roster."""
        with self.lms.changing() as site:
            for user_id in user_ids:
                del site.courses[HOST_COURSE].members[user_id]

    def wants(self) -> None:
        """Ask for the roster."""
        with self.changing():
            roster_sync.want(self.context().id, at=clock.now())

    def refresh(self, *, after: dt.timedelta = dt.timedelta()) -> int:
        """Let the worker do the job."""
        with time_machine.travel(clock.now() + after, tick=True), self.app.app_context():
            return roster_sync.refresh_due(clock.now())

    def sync(self) -> RosterSync:
        """Return how the reading stands."""
        with self.app.app_context():
            return db.session.scalars(sa.select(RosterSync)).one()

    def enrolment(self, subject: str) -> Enrolment:
        """Return what somebody is in our course, with the person."""
        with self.app.app_context():
            return db.session.scalars(
                sa.select(Enrolment)
                .join(LtiUser, LtiUser.person_id == Enrolment.person_id)
                .where(LtiUser.subject == subject)
                .options(joinedload(Enrolment.person))
            ).one()

    def row(self, subject: str) -> Enrolment:
        """Return the same to be changed; inside `changing`."""
        return db.session.get_one(Enrolment, self.enrolments[subject])

    def context_course(self) -> Course:
        """Return our course; inside `changing`."""
        return db.session.get_one(Course, self.course_id)

    def roles(self, subject: str) -> frozenset[Role]:
        """Return the roles that somebody has here."""
        return self.enrolment(subject).roles

    def subjects(self) -> set[str]:
        """Return everybody whom we know."""
        with self.app.app_context():
            return set(db.session.scalars(sa.select(LtiUser.subject)))

    def absent(self) -> dict[str, Presence]:
        """Return who is no longer listed."""
        with self.app.app_context():
            return dict(
                db.session.execute(
                    sa.select(RosterMember.subject, RosterMember.presence).where(
                        RosterMember.presence != Presence.LISTED
                    )
                ).all()
            )

    def changes(self) -> list[tuple[Change, list[str], list[str]]]:
        """Return what rosters changed, oldest first."""
        with self.app.app_context():
            found = db.session.scalars(sa.select(RosterChange).order_by(RosterChange.id)).all()
        return [(change.kind, change.before, change.after) for change in found]

    def has_launched(self, subject: str, *roles: Role, at: dt.datetime) -> None:
        """Let somebody have launched with roles."""
        with self.changing():
            enrolment = db.session.get_one(Enrolment, self.enrolments[subject])
            enrolment.roles, enrolment.last_seen_at = frozenset(roles), at
            db.session.merge(HostRoles(enrolment_id=enrolment.id, roles=frozenset(roles)))


@contextmanager
def roster_of(app: Flask, kind: Personality) -> Iterator[RosterWorld]:
    """Run a host of a kind, whose three learners and teacher are listed."""
    with running(kind) as host:
        world = RosterWorld(app, host)
        world.offer()
        yield world
