"""Whatever anybody sends to whatever address, the tool answers in its own words and never breaks.

Every address is visited as every role, with the right token for its forms, so that views are really reached.
Draws are random but always the same: a fault names the request that leads to it again.
"""

import datetime as dt
import io
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from urllib.parse import quote, urlencode, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.assessments import bank_import, bank_operations
from sca_lms.assessments import operations as assessments
from sca_lms.assessments.models import Attempt, QuestionVersion, Quiz
from sca_lms.assignments import rubrics, teams, writing
from sca_lms.attendance import queries as hours
from sca_lms.attendance.models import PresenceRecord, Scan, Source
from sca_lms.bootcamp import timetable_operations, timetable_queries
from sca_lms.courses import programmes
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
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
from sca_lms.modules.models import Module
from sca_lms.texts import Bilingual
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.content import Allowed
from sca_lms.uploads.storage import store
from tests import hostile_values as hostile
from tests.assignments.builders import a_rubric, an_assignment
from tests.builders import a_course, a_person, an_enrolment, signed_in
from tests.journeys.pages import Page
from tests.lti.platform_double import connected
from tests.marking import builders as marked
from tests.programmes.samples import sample_document
from tests.test_who_may_use_which_page import OPERATOR, PUBLIC, TABLE

NOBODY = "nobody"
VISITORS = [NOBODY, OPERATOR, *sorted(Role)]
FORM = "application/x-www-form-urlencoded"
TIMES = 2
"""How often each attack is drawn at an address that is open to the attacker."""

EMPTY_FORM = [(name, "1") for name in hostile.QUERY_NAMES]
NEW_EVERY_REQUEST = re.compile(r"hx-headers='\{\"X-CSRF-Token\": \"([^\"]+)\"\}'")
# Documented: the tables of a test's database were not made by migrations.
MAY_BE_UNAVAILABLE = "web.readyz"
# Signing out would end the attack before it has begun.
LEFT_OUT = frozenset({"static", "courses.log_out"})
# What needs rows that this world does not hold: it is attacked all the same, and says that nothing is there.
WITHOUT_ROWS = {"grades.recreate"} | frozenset(
    f"requests.{view}"
    for view in ("ask_dispute", "ask_make_up", "decide", "dispute", "evidence", "make_up", "one", "withdraw")
) | frozenset(
    # Two mark together, learners have released marks, and requests are about those: see `tests/marking`.
    f"marking_{view}"
    for view in (
        "grader.agree", "grader.save_agreed", "grader.file", "regrades.keep", "regrades.one",
        "results.ask", "results.file", "results.page", "releases.preview",
    )
) | {
    # Files and published versions come with an author's work: see `tests/modules`.
    "module_files.file", "module_editor.version",
}  # fmt: skip


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


def everywhere(app: Flask, who: str) -> World:
    """Make a course with a programme, people, an attempt, a host and all that belongs to it."""
    connected(app)
    at = clock.now()
    with app.app_context(), transaction():
        course = a_course()
        programme = programmes.store_programme(sample_document(), at=at)
        appliers = app.extensions["sca_programme_appliers"]
        programmes.use_programme(course, programme, appliers, person_id=None, at=at)
        roles = {Role(who)} if who in set(Role) - {Role.GUEST} else {Role.LEARNER}
        visitor, classmate = (an_enrolment(course, a_person(name), roles=roles) for name in ("ก", "ข"))
        learner = an_enrolment(course, a_person("ค"))
        attempts = _attempts(course, [visitor, learner], at=at)
        platform, ids = _host(course, visitor, at=at)
        known: dict[str, Sequence[object]] = {
            "course_id": [course.id],
            "programme_id": [programme.id],
            # What learners see first is their own.
            "enrolment_id": [visitor.id, learner.id, classmate.id]
            if who == Role.LEARNER
            else [learner.id, visitor.id, classmate.id],
            **_room(course, [learner, classmate], at=at),
            "quiz_id": [attempts[0].quiz_id],
            **_bank(course, at=at),
            **_assignment(course, [visitor, learner], at=at),
            **_marking(course, learner, at=at),
            **_gradebook(course, learner, at=at),
            "attempt_id": [attempt.id for attempt in attempts],
            "position": [0, 1, 2],
            "score_id": _scores(course, [visitor, learner], at=at),
            "code": ["PB1", "PB2", "PRE"],
            "module_id": list(db.session.scalars(sa.select(Module.id).where(Module.course_id == course.id))),
            "action": ["copy", "discard", "archive", "bring-back", "follow"],
            "unit_code": [f"PB1.{number}" for number in (1, 2, 3, 4)],
            "kind": ["csv", "xlsx"],
            "filename": ["attempt.js", "review.js"],
            "platform_id": [platform.id],
            **ids,
        }
        _draft(course, at=at)
        is_in_course = who not in {NOBODY, OPERATOR, Role.GUEST}
        return World(app, course.id, visitor.id if is_in_course else None, known)


def _gradebook(course: Course, learner: Enrolment, *, at: dt.datetime) -> dict[str, Sequence[object]]:
    """Leave a file of scores that somebody has looked at and not stored."""
    proposal = GradeImport(
        course_id=course.id, file_name="a.csv", reason="x", changes=[[learner.id, "PRE", None, "5", 0]],
        proposed_at=at,
    )  # fmt: skip
    db.session.add(proposal)
    db.session.flush()
    return {"import_id": [proposal.id], "column_code": ["PRE", "MEN"]}


def _marking(course: Course, learner: Enrolment, *, at: dt.datetime) -> dict[str, Sequence[object]]:
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


def _assignment(
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


def _bank(course: Course, *, at: dt.datetime) -> dict[str, Sequence[object]]:
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


def _attempts(course: Course, learners: Sequence[Enrolment], *, at: dt.datetime) -> list[Attempt]:
    quiz = db.session.scalars(sa.select(Quiz).where(Quiz.course_id == course.id).order_by(Quiz.id)).first()
    assert quiz is not None
    return [assessments.start_attempt(quiz, learner, at=at) for learner in learners]


def _room(course: Course, people: Sequence[Enrolment], *, at: dt.datetime) -> dict[str, Sequence[object]]:
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


def _draft(course: Course, *, at: dt.datetime) -> None:
    """Leave a draft of a session on the timetable builder's workbench."""
    like = timetable_queries.workbench(course).plan_by_code["D21C"]
    draft = replace(like, code="S1", published=False)
    timetable_operations.change_drafts(course, [draft], verb="add", person_id=None, at=at)


def _scores(course: Course, learners: Sequence[Enrolment], *, at: dt.datetime) -> list[int]:
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


def _host(
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


Sent = tuple[str, str, bytes, Mapping[str, str]]
"""An address, a content type, a body, and what else stands in the environment."""


class Attacker:
    """One browser with a genuine session, in bad hands."""

    def __init__(self, world: World, who: str) -> None:
        self.world, self.who = world, who
        self.draw = random.Random(f"hostile:{who}")
        self.client: FlaskClient = world.app.test_client()
        self.token = ""
        if who != NOBODY:
            self.client = signed_in(
                world.app, world.enrolment_id, course_id=world.course_id, operator=who == OPERATOR
            )
        self._forms: dict[str, list[tuple[str, str]]] = {}

    def send(
        self,
        rule: Rule | None,
        path: str,
        method: str = "GET",
        *,
        environ: Mapping[str, str] | None = None,
        body: bytes = b"",
        content_type: str | None = None,
    ) -> TestResponse:
        """Send a request and judge the answer."""
        overrides = dict(environ or {})
        raw = path.partition("?")
        if "%" in raw[0]:
            # As a server would pass it on: bytes, whatever they are.
            overrides["PATH_INFO"] = _unquoted(raw[0])
        if raw[2]:
            overrides["QUERY_STRING"] = raw[2]
        headers = {"X-CSRF-Token": self.token} if self.token and method not in {"GET", "HEAD"} else {}
        answer = self.client.open(
            raw[0] if "%" not in raw[0] else "/",
            method=method,
            environ_overrides=overrides,
            headers=headers,
            data=body or None,
            content_type=content_type,
        )
        sent = f"{method} {path[:200]} {content_type} {body[:200]!r} {str(overrides)[:200]}"
        self._judge(answer, rule, sent)
        return answer

    def _judge(self, answer: TestResponse, rule: Rule | None, request: str) -> None:
        said = []
        unavailable = rule is not None and rule.endpoint == MAY_BE_UNAVAILABLE and answer.status_code == 503
        if answer.status_code >= 500 and not unavailable:
            said.append(f"answers {answer.status_code}")
        text = answer.get_data(as_text=False).decode("utf-8", "replace") if not answer.is_streamed else ""
        if "Traceback (most recent call last)" in text:
            said.append("shows a traceback")
        if answer.mimetype == "text/html" and (hostile.SCRIPT in text or "<img src=x" in text):
            said.append("repeats markup as it came")
        if "hostile=1" in " ".join(answer.headers.getlist("Set-Cookie")) or "hostile" in answer.headers:
            said.append("lets a header be added")
        if 300 <= answer.status_code < 400 and urlsplit(answer.location or "").netloc.endswith(
            "evil.example.org"
        ):
            said.append("leads to any site")
        self.world.faults += [f"{self.who}: {request}: {each}" for each in said]
        turned_away = {"no-session", "not-allowed", "not-found", "wrong-method", "form-expired"}
        if rule is not None and answer.headers.get("X-Error-Code") not in turned_away:
            self.world.reached.add(rule.endpoint)

    def look_around(self) -> None:
        """Open every page as it is meant, and remember the forms that stand there."""
        for rule in self.world.rules():
            if "GET" not in (rule.methods or ()):
                continue
            path = self.world.path(rule, self.draw, first=True)
            page = self.send(rule, path)
            if page.mimetype != "text/html":
                continue
            found = NEW_EVERY_REQUEST.search(page.text)
            if found and may_use(rule.endpoint, self.who) and TABLE[rule.endpoint] != PUBLIC:
                self.token = found[1]
            for form in Page.of(f"http://localhost{path}", page.status_code, {}, page.text).forms:
                names = {name for pairs in form.buttons.values() for name, _value in pairs}
                fields = [*form.filled_in, *((name, "x") for name in names)]
                self._forms[urlsplit(form.action).path] = fields

    def attack(self, rule: Rule) -> None:
        """Send everything to one address, some of it drawn; to one that is closed, a little."""
        if not is_target(rule.endpoint, self.who):
            self.send(rule, self._spoilt_path(rule), self.draw.choice(hostile.METHODS))
            self._post(rule, self.world.path(rule, self.draw), attacks=1)
            return
        path = self.world.path(rule, self.draw, first=True)
        for _time in range(TIMES):
            self.send(rule, self._spoilt_path(rule))
            self.send(rule, f"{path}?{self._spoilt_query()}")
            self.send(rule, path, environ=self.draw.choice(hostile.HEADERS))
            if "POST" in (rule.methods or ()):
                self._post(rule, self.world.path(rule, self.draw))
        if "POST" in (rule.methods or ()):
            # In the end the form as it stands, since nothing else may have come through to the view; and
            # with NUL in it, which one of the two databases takes in no text.
            fields = self._forms.get(path, EMPTY_FORM)
            nul = [(name, "a\0b") for name, _value in fields]
            for sent in (nul, fields):
                self.send(rule, path, "POST", body=urlencode(sent).encode(), content_type=FORM)
        self.send(rule, path, self.draw.choice(hostile.METHODS))
        self.send(rule, path, environ={"HTTP_COOKIE": self.draw.choice(hostile.COOKIES)})

    def _post(self, rule: Rule, path: str, *, attacks: int = 7) -> None:
        fields = self._forms.get(path, EMPTY_FORM)
        filled_in = urlencode(fields).encode()
        broken = "&".join(f"{quote(name)}={self.draw.choice(hostile.BROKEN)}" for name, _value in fields * 3)
        nested = self.draw.choice(hostile.JSON_BODIES)
        all_spoilt = self._spoilt(fields, all_of_them=True)
        everything: list[Sent] = [
            (path, FORM, all_spoilt, {}),
            (path, FORM, self._spoilt(fields), {}),
            (path, FORM, broken.encode(), {}),
            (path, *self.draw.choice(hostile.MULTIPART), {}),
            (path, "application/json", nested, {}),
            (path, FORM, filled_in, self.draw.choice(hostile.HEADERS)),
            (self._spoilt_path(rule), FORM, filled_in, {}),
        ]
        for where, content_type, body, environ in self.draw.sample(everything, attacks):
            self.send(rule, where, "POST", body=body, content_type=content_type, environ=environ)

    def _spoilt(self, fields: Sequence[tuple[str, str]], *, all_of_them: bool = False) -> bytes:
        """Return a form with one value, or every one, replaced by something that does not fit."""
        spoilt = list(fields) or [("q", "")]
        chosen = range(len(spoilt)) if all_of_them else [self.draw.randrange(len(spoilt))]
        for place in chosen:
            spoilt[place] = (spoilt[place][0], self.draw.choice(hostile.TEXTS))
        return urlencode(spoilt).encode()

    def _spoilt_query(self) -> str:
        wrong = urlencode([(name, self.draw.choice(hostile.TEXTS)) for name in hostile.QUERY_NAMES])
        name, broken = self.draw.choice(hostile.QUERY_NAMES), self.draw.choice(hostile.BROKEN)
        return f"{wrong}&{name}={broken}&page[]=1&=&&"

    def _spoilt_path(self, rule: Rule) -> str:
        """Return an address of the rule with one part that does not fit, or with junk behind it."""
        path = self.world.path(rule, self.draw)
        parts = path.split("/")
        place = self.draw.randrange(1, len(parts))
        parts[place] = self.draw.choice(hostile.PIECES)
        return "/".join(parts)


def may_use(endpoint: str, who: str) -> bool:
    """Tell whether the table of all addresses opens one to somebody."""
    opened = TABLE[endpoint]
    return who in opened if isinstance(opened, frozenset) else opened in {PUBLIC, who}


def is_target(endpoint: str, who: str) -> bool:
    """Tell whether an address is worth all attacks; what is open to anybody is attacked by a stranger."""
    return who == NOBODY if TABLE[endpoint] == PUBLIC else may_use(endpoint, who)


def _unquoted(path: str) -> str:
    """Return the bytes of a path as WSGI carries them; percent signs that mean nothing stay."""
    return re.sub(
        r"%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), path.encode("utf-8").decode("latin-1")
    )


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """Let the application answer defects as it does in production."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    app.testing = True


@pytest.mark.parametrize("who", VISITORS)
def test_nothing_that_is_sent_to_any_address_breaks_it(app: Flask, who: str) -> None:
    world = everywhere(app, who)
    attacker = Attacker(world, who)
    attacker.look_around()
    # A guest only reads: no page of theirs holds a form.
    assert attacker.token or who in {NOBODY, Role.GUEST}
    for rule in world.rules():
        attacker.attack(rule)
    assert world.faults == []
    open_to_them = {endpoint for endpoint in TABLE if is_target(endpoint, who)}
    expected = open_to_them - LEFT_OUT - WITHOUT_ROWS
    if who == Role.GUEST:
        # No host let this guest in, so the door stays shut; `tests/lti/test_shut_doors.py` has a real one.
        expected -= {"progress.home", "timetable.index"}
    assert expected - world.reached == set(), "these were never really reached"


def test_a_browser_that_sends_its_session_beside_broken_cookies_keeps_it(app: Flask) -> None:
    world = everywhere(app, Role.LEARNER)
    client = signed_in(app, world.enrolment_id)
    cookie = client.get_cookie(hostile.COOKIE)
    assert cookie is not None
    for broken in ("a=\xff", "=;;", 'b="\\', "c" * 3_000):
        header = {"HTTP_COOKIE": f"{broken}; {hostile.COOKIE}={cookie.value}"}
        answer = client.get(f"/courses/{world.course_id}/", environ_overrides=header)
        assert answer.status_code == 200, broken


def test_what_a_page_repeats_is_escaped(app: Flask) -> None:
    world = everywhere(app, Role.INSTRUCTOR)
    client = signed_in(app, world.enrolment_id)
    page = client.get(f"/courses/{world.course_id}/learners", query_string={"q": hostile.SCRIPT})
    assert page.status_code == 200
    assert hostile.SCRIPT not in page.text
    assert "&lt;script&gt;hostile()" in page.text


def test_deeply_nested_json_is_a_bad_request(app: Flask) -> None:
    world = everywhere(app, Role.LEARNER)
    attacker = Attacker(world, Role.LEARNER)
    attacker.look_around()
    path = f"/courses/{world.course_id}/modules/PB1/PB1.3/watched"
    for body in hostile.JSON_BODIES:
        answer = attacker.send(None, path, "POST", body=body, content_type="application/json")
        assert answer.status_code == 400, (body[:60], answer.text[:200])
        assert json.loads(answer.text) is not None
    assert world.faults == []
