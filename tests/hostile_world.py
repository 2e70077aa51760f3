"""A course in which there is something at every address, for those who attack all of them."""

import datetime as dt
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import AnyConverter, Rule

from sca_lms.assessments import bank_import, bank_operations
from sca_lms.assessments import operations as assessments
from sca_lms.assessments.models import Attempt, QuestionVersion, Quiz
from sca_lms.assignments import rubrics, teams, writing
from sca_lms.attendance import queries as hours
from sca_lms.attendance.models import PresenceRecord, Scan, Source
from sca_lms.bootcamp import timetable_operations, timetable_queries
from sca_lms.calendar import owners
from sca_lms.calendar.operations import add_time_off
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.grades.models import Delivery, GradeColumn, Score
from sca_lms.grades.override_models import GradeImport
from sca_lms.grades.rules import Reason, State
from sca_lms.lti import invites, traces
from sca_lms.lti.deep_linking_models import DeepLinkingRequest
from sca_lms.lti.models import (
    Deployment,
    DeploymentState,
    LaunchTrace,
    LtiContext,
    Platform,
    RegistrationInvite,
)
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.lti.roster_models import RosterMember
from sca_lms.lti.roster_rules import Presence
from sca_lms.marking import comments
from sca_lms.marking.models import Release
from sca_lms.marking.rules import UNDO_TIME
from sca_lms.texts import Bilingual
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.content import Allowed
from sca_lms.uploads.storage import store
from tests.assignments.builders import a_rubric, an_assignment
from tests.marking import builders as marked

# Signing out would end the attack before it has begun.
LEFT_OUT = frozenset({"static", "courses.log_out"})


@dataclass
class World:
    """A course in which there is something at every address, for the one who visits it."""

    app: Flask
    course_id: int
    enrolment_id: int | None
    known: Mapping[str, Sequence[object]]
    faults: list[str] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)

    def rules(self) -> list[Rule]:
        return [rule for rule in self.app.url_map.iter_rules() if rule.endpoint not in LEFT_OUT]

    def choices(self, rule: Rule, name: str) -> Sequence[object]:
        """Return what may stand in a place of an address; where it is one of a few words, the rule knows."""
        converter = rule._converters[name]
        if isinstance(converter, AnyConverter) and name not in self.known:
            return sorted(converter.items)
        assert name in self.known, f"{rule.rule}: say in `everywhere` what {name} can be"
        return self.known[name]

    def path(self, rule: Rule, draw: random.Random, *, first: bool = False) -> str:
        """Return an address at which there is something."""
        choices = {name: self.choices(rule, name) for name in rule.arguments}
        values = {name: some[0] if first else draw.choice(some) for name, some in choices.items()}
        built = rule.build(values, append_unknown=False)
        assert built is not None, rule
        return built[1]


def gradebook(course: Course, learner: Enrolment, *, at: dt.datetime) -> dict[str, Sequence[object]]:
    """Leave a file of scores that somebody has looked at and not stored."""
    proposal = GradeImport(
        course_id=course.id, file_name="a.csv", reason="x", changes=[[learner.id, "PRE", None, "5", 0]],
        proposed_at=at,
    )  # fmt: skip
    db.session.add(proposal)
    db.session.flush()
    return {"import_id": [proposal.id], "column_code": ["PRE", "MEN"]}


def marking(course: Course, learner: Enrolment, *, at: dt.datetime) -> dict[str, Sequence[object]]:
    """Leave a work to mark, with a comment in the bank and a release that can be undone."""
    assignment = marked.an_assignment(course, code="M1")
    work = marked.a_work(assignment, learner, at=at)
    comment = comments.add(course, Bilingual("ดี", "Good"), owner_id=None, at=at)
    release = Release(
        course_id=course.id, assignment_id=assignment.id, released_at=at, takes_effect_at=at + UNDO_TIME
    )
    db.session.add(release)
    db.session.flush()
    return {
        "subject": ["works", "attempts"], "subject_id": [work.id], "comment_id": [comment.id],
        "release_id": [release.id], "annotation_id": [1],
    }  # fmt: skip


def assignment(
    course: Course, people: Sequence[Enrolment], *, at: dt.datetime
) -> dict[str, Sequence[object]]:
    """Let a team hand a file in for an assignment that is marked with a rubric."""
    assignment = an_assignment(course, by_team=True, due_at=None, closes_at=None)
    rubric = a_rubric(course)
    version = rubrics.newest_version(rubric)
    rubrics.use_version(assignment, course, version, person_id=None, at=at)
    team = teams.create_team(assignment, "เหนือ")
    everybody = {each.id: each for each in people}
    teams.place(assignment, course, dict.fromkeys(everybody, team), everybody, person_id=None, at=at)
    work = writing.open_work(assignment, people[0], team)
    allowed = Allowed(frozenset({"txt"}))
    stored = uploads.take(
        course, "a.txt", io.BytesIO(b"a"), allowed=allowed, place=store(), person_id=None, at=at
    )
    writing.add_file(work, stored, at=at)
    writing.hand_in(assignment, work, people[0], seen_versions=0, at=at)
    return {
        "assignment_id": [assignment.id],
        "team_id": [team.id],
        "file_id": [stored.id],
        "rubric_id": [rubric.id],
        "rubric_kind": ["json", "csv"],
    }


def bank(course: Course, *, at: dt.datetime) -> dict[str, Sequence[object]]:
    """Name a question of the programme, an empty shelf, and a file of questions that was checked."""
    version = db.session.scalars(sa.select(QuestionVersion).order_by(QuestionVersion.id)).first()
    assert version is not None
    shelf = bank_operations.shelf_of(course.id, "Empty", at=at)
    received = bank_import.receive(
        course, "questions.txt", b"::q1:: One? {=1 ~2}", place=store(), scanners=(), by=None, at=at
    )
    return {
        "question_id": [version.question_id],
        "version_id": [version.id],
        "number": [version.number, version.number + 1],
        "question_kind": ["single", "cloze", "file"],
        "shelf_id": [shelf.id],
        "import_id": [received.id],
        "bank_format": ["gift", "csv", "moodle-xml"],
        "name": ["picture.png"],
    }


def attempts(course: Course, learners: Sequence[Enrolment], *, at: dt.datetime) -> list[Attempt]:
    quiz = db.session.scalars(sa.select(Quiz).where(Quiz.course_id == course.id).order_by(Quiz.id)).first()
    assert quiz is not None
    return [assessments.start_attempt(quiz, learner, at=at) for learner in learners]


def room(course: Course, people: Sequence[Enrolment], *, at: dt.datetime) -> dict[str, Sequence[object]]:
    """Let two people into a session with one phone; nobody leaves."""
    session = next(each for each in hours.timetable(course.id) if each.code == "D01A")
    stays = [
        PresenceRecord(
            session_id=session.id, enrolment_id=each.id, in_at=session.starts_at, in_source=Source.ROOM_CODE,
        )
        for each in people
    ]  # fmt: skip
    db.session.add_all(stays)
    db.session.flush()
    db.session.add_all(
        Scan(
            session_id=session.id, enrolment_id=stay.enrolment_id, presence_id=stay.id, key="hostile-key",
            is_arrival=True, server_at=at, source=Source.ROOM_CODE, device="d" * 64,
        )
        for stay in stays
    )  # fmt: skip
    return {"session_code": ["D01A", "D01B", "D21C", "S1"], "presence_id": [stay.id for stay in stays]}


def draft(course: Course, *, at: dt.datetime) -> None:
    """Leave a draft of a session on the timetable builder's workbench."""
    like = timetable_queries.workbench(course).plan_by_code["D21C"]
    draft = replace(like, code="S1", published=False)
    timetable_operations.change_drafts(course, [draft], verb="add", person_id=None, at=at)


def scores(course: Course, learners: Sequence[Enrolment], *, at: dt.datetime) -> list[int]:
    column = db.session.scalars(
        sa.select(GradeColumn).where(GradeColumn.course_id == course.id, GradeColumn.code == "PRE")
    ).one()
    scores = [
        Score(column=column, enrolment=each, value=Decimal(50), evidence_revision=0, computed_at=at)
        for each in learners
    ]
    db.session.add_all(scores)
    db.session.flush()
    for score, state in zip(scores, (State.CHANGED, State.DELIVERED), strict=True):
        delivered = {"delivered_revision": 1, "delivered_value": Decimal(50), "delivered_at": at}
        reason = Reason.CHANGED if state is State.CHANGED else None
        db.session.add(Delivery(score_id=score.id, state=state, reason=reason, **delivered))
    return [score.id for score in scores]


def host(
    course: Course, visitor: Enrolment, *, at: dt.datetime
) -> tuple[Platform, dict[str, Sequence[object]]]:
    platform = Platform(
        name="Host", issuer="https://lms.example.edu", client_id="client", created_at=at, profile="moodle",
        auth_login_url="https://lms.example.edu/auth", auth_token_url="https://lms.example.edu/token",
        jwks_url="https://lms.example.edu/keys",
    )  # fmt: skip
    deployment = Deployment(
        platform=platform,
        deployment_id="1",
        state=DeploymentState.INACTIVE,
        first_seen_at=at,
        approved_at=None,
    )
    context = LtiContext(
        platform=platform, tenant="", context_id="2", course=course, deployment_id="1", ags_scopes=[],
        history=[], updated_at=at,
    )  # fmt: skip
    db.session.add_all([platform, deployment, context])
    db.session.flush()
    picker = DeepLinkingRequest(
        platform_id=platform.id, deployment_id="1", context_id=context.id, course_id=course.id,
        person_id=visitor.person_id, created_at=at, expires_at=at + dt.timedelta(hours=4), used_at=None,
        settings={
            "accept_types": ["ltiResourceLink"], "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": True, "accept_lineitem": True,
            "deep_link_return_url": "https://lms.example.edu/return",
        },
    )  # fmt: skip
    invites.make_invite(lifetime=dt.timedelta(hours=72), approves=False, at=at)
    reference = traces.reference()
    traces.record(LaunchRefused(Code.NONCE_MISMATCH), reference, {}, platform_id=platform.id, at=at)
    member = RosterMember(
        context_id=context.id, subject="9", enrolment_id=visitor.id, roles=frozenset({Role.LEARNER}),
        seen_in=1, presence=Presence.GONE, gone_at=at,
    )  # fmt: skip
    db.session.add_all([picker, member])
    db.session.flush()
    ids: dict[str, Sequence[object]] = {
        "row_id": [deployment.id],
        "request_id": [picker.id],
        "member_id": [member.id],
        "invite_id": [db.session.scalars(sa.select(RegistrationInvite.id)).one()],
        "reference": [db.session.scalars(sa.select(LaunchTrace.reference)).one()],
    }
    return platform, ids


def calendar(visitor: Enrolment, *, at: dt.datetime) -> dict[str, Sequence[object]]:
    """Give the visitor a time off and an address for their phone."""
    start = at + dt.timedelta(days=3)
    off = add_time_off(visitor.person_id, start, start + dt.timedelta(hours=1))
    return {"time_off_id": [off.id], "token": [owners.make_feed(visitor.person_id, at=at)]}
