"""Open edX's own LTI consumer launches the tool, takes its content items, tokens, columns and scores."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

import pytest

from sca_lms import clock
from sca_lms.courses.rules import Role
from sca_lms.lti import access_tokens, scopes
from sca_lms.lti.access_tokens import TokenRefused
from sca_lms.lti.ags import LineItemDraft, ScoreMessage
from sca_lms.lti.outbound import outbound
from sca_lms.lti.service_calls import HostRefused
from tests.interop import world
from tests.interop.foreign import ForeignHost, Members
from tests.interop.tool import Browser, Form, Tool, forms_of, path_of

pytestmark = pytest.mark.interop

LEARNER = "ปวีณา แก้วมณี"
DECLARATIVE, PROGRAMMATIC = "declarative", "programmatic"


@dataclass
class Block:
    """The tool as a component of an Open edX course."""

    host: ForeignHost
    tool: Tool
    details: Members
    platform_id: int

    def start(self, user: str = "learner-5", role: str = "student", **told: object) -> str:
        """Return where the browser of somebody who opens the component goes first."""
        name = LEARNER if role == "student" else f"{role} {user}"
        asked = {"block": self.details["block"], "user": user, "role": role, "name": name, **told}
        return str(self.host.ask("/studio/launches", asked)["url"])

    def stored(self, what: str) -> list[Members]:
        """Return what the consumer has stored of the component."""
        return cast(list[Members], self.host.ask(f"/studio/blocks/{self.details['block']}")[what])


def place(host: ForeignHost, tool: Tool, grades: str, **told: object) -> Block:
    details = host.ask("/studio/blocks", {"tool": tool.addresses, "grades": grades, **told})
    return Block(host, tool, details, tool.add_host(details, profile="openedx"))


@pytest.fixture
def block(openedx: ForeignHost, tool: Tool) -> Block:
    return place(openedx, tool, DECLARATIVE)


@pytest.fixture
def managed(openedx: ForeignHost, tool: Tool, visitor: Browser) -> Block:
    """A component whose columns the tool manages, after its first launch."""
    made = place(openedx, tool, PROGRAMMATIC)
    path_of(visitor.launch(made.start()))
    return made


@pytest.fixture
def column(block: Block, tool: Tool, visitor: Browser) -> str:
    """The address of the column that Open edX makes for a component by itself."""
    path_of(visitor.launch(block.start()))
    return str(world.link(tool).line_item_url)


def a_score(seconds: int = 0, *, given: str = "83.5", user: str = "learner-5") -> ScoreMessage:
    at = clock.now() - dt.timedelta(minutes=1) + dt.timedelta(seconds=seconds)
    return ScoreMessage(user, Decimal(given), Decimal(100), at, comment="ทำได้ดี")


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("student", {Role.LEARNER}),
        ("instructor", {Role.INSTRUCTOR, Role.MANAGER}),
        ("staff", {Role.INSTRUCTOR}),
        ("global_staff", {Role.INSTRUCTOR, Role.MANAGER}),
        ("guest", {Role.LEARNER}),
        ("Community TA", {Role.LEARNER, Role.INSTRUCTOR}),
    ],
)
def test_everybody_is_let_in_with_the_rights_of_their_role(
    block: Block, tool: Tool, visitor: Browser, role: str, expected: set[Role]
) -> None:
    answer = visitor.launch(block.start(role=role))
    assert path_of(answer).startswith("/courses/")
    visitor.arrive(answer)
    assert world.roles_of(tool, LEARNER if role == "student" else f"{role} learner-5") == expected


def test_the_course_is_named_as_in_open_edx_and_found_again(
    block: Block, tool: Tool, visitor: Browser
) -> None:
    first = path_of(visitor.launch(block.start()))
    assert path_of(visitor.launch(block.start(user="learner-6", role="guest"))) == first
    course = world.course(tool)
    assert (course.title, course.label) == ("SCA รุ่นที่ 2", "SCA+PB")


def test_the_grade_services_of_the_launch_are_remembered(block: Block, tool: Tool, visitor: Browser) -> None:
    path_of(visitor.launch(block.start()))
    known = world.context(tool)
    assert set(known.ags_scopes) == {scopes.LINE_ITEM_READ, scopes.RESULT, scopes.SCORE}
    assert str(known.lineitems_url).startswith(f"{block.host.url}/api/lti_consumer/v1/lti/")
    assert str(known.memberships_url).startswith(f"{block.host.url}/api/lti_consumer/v1/lti/")


def test_open_edx_itself_refuses_a_redirect_address_it_does_not_know(
    openedx: ForeignHost, tool: Tool, visitor: Browser
) -> None:
    strict = place(openedx, tool, DECLARATIVE, redirect_uris=["https://elsewhere.example.org/launch"])
    page = visitor.authenticate(strict.start())
    assert page.status_code == 400
    assert "preflight response is not valid" in page.text


def test_a_launch_that_open_edx_signed_for_another_login_is_refused(block: Block, visitor: Browser) -> None:
    first, second = (forms_of(visitor.authenticate(block.start()))[0] for _ in range(2))
    answer = visitor.send(first, state=second.fields["state"])
    assert (answer.ok, answer.headers["X-Error-Code"]) == (False, "nonce-mismatch")


def pick(block: Block, visitor: Browser, **sent: str) -> Form:
    """Choose everything in the picker and return the form that carries the answer back."""
    world.offer(block.tool)
    page = visitor.arrive(visitor.launch(block.start(user="author-1", role="instructor", deep_linking=True)))
    picker = next(form for form in forms_of(page) if "/deep-linking/" in form.action)
    chosen = visitor.send(picker, action="add", scope="whole", column="PRE", target="iframe", **sent)
    return next(form for form in forms_of(chosen) if "JWT" in form.fields)


def test_what_an_author_picks_is_stored_and_opens_the_activity(
    block: Block, tool: Tool, visitor: Browser
) -> None:
    saved = visitor.send(pick(block, visitor))
    assert saved.status_code == 200, saved.text
    home, module = block.stored("content_items")
    assert (home["type"], home["title"]) == ("ltiResourceLink", "ห้องเรียนของโครงการ")
    assert home["lineItem"] == {
        "label": "ผลการเรียนก่อนเข้าค่าย",
        "scoreMaximum": 100.0,
        "resourceId": "sca-lms:PRE",
        "tag": "PRE",
    }
    assert module["submission"]
    assert cast(Members, module["custom"])["activity"] == "module:PB1"
    world.publish_module(tool)
    opened = path_of(visitor.launch(block.start(role="student", content_item=module["id"])))
    assert opened.endswith("/modules/PB1")


def test_open_edx_refuses_an_answer_that_was_changed_on_the_way(block: Block, visitor: Browser) -> None:
    form = pick(block, visitor)
    head, body, signature = form.fields["JWT"].split(".")
    assert visitor.send(form, JWT=f"{head}.{body}.{signature[::-1]}").status_code in {400, 403}
    assert block.stored("content_items") == []


def test_a_student_gets_no_picker_from_open_edx(block: Block, visitor: Browser) -> None:
    page = visitor.authenticate(block.start(role="student", deep_linking=True))
    assert page.status_code == 403


def test_a_token_is_given_for_each_service_and_for_no_other(block: Block, tool: Tool) -> None:
    at = clock.now()
    with tool.services(block.platform_id) as (platform, _services):
        for scope in scopes.WANTED:
            granted = access_tokens.fetch(platform, [scope], way_out=outbound(), at=at)
            assert granted.scopes == frozenset({scope})
            assert granted.lifetime == dt.timedelta(hours=1)
        odd = access_tokens.fetch(
            platform, ["https://example.org/unknown", scopes.SCORE], way_out=outbound(), at=at
        )
        assert odd.scopes == frozenset({scopes.SCORE})


def test_a_key_set_that_open_edx_cannot_read_is_told_as_such(openedx: ForeignHost, tool: Tool) -> None:
    wrong = {**tool.addresses, "key_set": f"{tool.url}/lti/nothing-here.json"}
    details = openedx.ask("/studio/blocks", {"tool": wrong, "grades": DECLARATIVE})
    platform_id = tool.add_host(details, profile="openedx")
    with tool.services(platform_id) as (platform, _services), pytest.raises(TokenRefused) as refusal:
        access_tokens.fetch(platform, [scopes.SCORE], way_out=outbound(), at=clock.now())
    assert (refusal.value.status, refusal.value.error) == (400, "invalid_client")


def test_a_score_reaches_the_gradebook_of_the_lms(block: Block, tool: Tool, column: str) -> None:
    with tool.services(block.platform_id) as (_platform, services):
        assert services.result_of(column, "learner-5") is None
        services.send_score(column, a_score())
        found = services.result_of(column, "learner-5")
    assert found is not None
    assert (found.score, found.maximum, found.comment) == (Decimal("83.5"), Decimal(100), "ทำได้ดี")
    assert block.stored("published") == [{"user": LEARNER, "share": 0.835, "comment": "ทำได้ดี"}]


def test_open_edx_takes_only_newer_scores(block: Block, tool: Tool, column: str) -> None:
    first = a_score()
    with tool.services(block.platform_id) as (_platform, services):
        services.send_score(column, first)
        for stale in (first, a_score(-5)):
            with pytest.raises(HostRefused) as refusal:
                services.send_score(column, stale)
            assert refusal.value.status == 400
        services.send_score(column, a_score(1, given="90"))
        found = services.result_of(column, "learner-5")
    assert found is not None
    assert found.score == 90


def test_a_score_for_somebody_whom_the_lms_does_not_know_fails_there(
    block: Block, tool: Tool, column: str
) -> None:
    with tool.services(block.platform_id) as (_platform, services), pytest.raises(HostRefused) as refusal:
        services.send_score(column, a_score(user="nobody"))
    # Open edX does not foresee it and answers with an error of its own, after it has stored the score.
    assert refusal.value.status == 500
    assert block.stored("published") == []


def test_a_tool_that_may_only_read_columns_makes_none(block: Block, tool: Tool, column: str) -> None:
    known = world.context(tool)
    with tool.services(block.platform_id) as (_platform, services):
        assert services.line_item(column).score_maximum == 100
        assert services.find_line_items(str(known.lineitems_url), resource_id="sca-lms:PRE", tag="PRE") == []


def test_columns_are_made_found_and_changed(managed: Block, tool: Tool) -> None:
    known = world.context(tool)
    assert scopes.LINE_ITEM in known.ags_scopes
    url = str(known.lineitems_url)
    draft = LineItemDraft("ก่อนเข้าค่าย", Decimal(100), "sca-lms:PRE", "PRE")
    with tool.services(managed.platform_id) as (_platform, services):
        made = services.create_line_item(url, draft)
        services.create_line_item(url, LineItemDraft("Other", Decimal(10), "sca-lms:OTHER", "OTHER"))
        assert services.find_line_items(url, resource_id="sca-lms:PRE", tag="PRE") == [made]
        renamed = services.replace_line_item(
            made.url, LineItemDraft("Pre-bootcamp", Decimal(100), "sca-lms:PRE", "PRE")
        )
        assert (renamed.url, renamed.label) == (made.url, "Pre-bootcamp")
        services.send_score(made.url, a_score())
        result = services.result_of(made.url, "learner-5")
    assert result is not None
    assert result.score == Decimal("83.5")
    # Open edX publishes only what belongs to the component's own column.
    assert managed.stored("published") == []


@pytest.mark.parametrize(
    ("label", "tag"), [("ก" * 101, "PRE"), ("Label", "T" * 51)], ids=["long label", "long tag"]
)
def test_what_is_longer_than_open_edx_keeps_is_refused_for_good(
    managed: Block, tool: Tool, label: str, tag: str
) -> None:
    url = str(world.context(tool).lineitems_url)
    draft = LineItemDraft(label, Decimal(100), "sca-lms:PRE", tag)
    with tool.services(managed.platform_id) as (_platform, services), pytest.raises(HostRefused) as refusal:
        services.create_line_item(url, draft)
    assert refusal.value.status == 400


def test_open_edx_lets_no_tool_delete_a_column(managed: Block, tool: Tool) -> None:
    url = str(world.context(tool).lineitems_url)
    with tool.services(managed.platform_id) as (_platform, services):
        made = services.create_line_item(url, LineItemDraft("L", Decimal(100), "sca-lms:PRE", "PRE"))
        with pytest.raises(HostRefused) as refusal:
            services.delete_line_item(made.url)
    assert refusal.value.status in {401, 403}


def test_the_worker_makes_its_column_and_delivers(managed: Block, tool: Tool) -> None:
    assert world.deliver(tool, {LEARNER: "72.25"}) == 0
    [made] = managed.stored("line_items")
    assert (made["resource_id"], made["tag"], made["maximum"]) == ("sca-lms:PRE", "PRE", 100)
    assert made["scores"] == {"learner-5": 72.25}
