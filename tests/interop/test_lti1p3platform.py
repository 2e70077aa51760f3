"""A host on lti1p3platform launches the tool, takes its content items, tokens, columns and scores."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

import pytest

from sca_lms import clock
from sca_lms.courses.rules import Role
from sca_lms.lti import access_tokens, scopes
from sca_lms.lti.access_tokens import TokenRefused
from sca_lms.lti.ags import LineItemDraft, ScoreMessage, reading_scope
from sca_lms.lti.outbound import outbound
from sca_lms.lti.service_calls import HostRefused
from tests.interop import world
from tests.interop.foreign import ForeignHost, Members
from tests.interop.tool import Browser, Form, Tool, forms_of, path_of
from tests.lti.platform_double import INSTRUCTOR, LEARNER, MEMBERSHIP

pytestmark = pytest.mark.interop

NAME = "กานต์ ใจกล้า"
PRE = LineItemDraft("ก่อนเข้าค่าย", Decimal(100), "sca-lms:PRE", "PRE")


@dataclass
class Placed:
    """The tool as this host knows it."""

    host: ForeignHost
    tool: Tool
    details: Members
    platform_id: int

    def start(self, *roles: str, user: str = "31", **told: object) -> str:
        """Return where the browser of somebody who opens the tool goes first."""
        asked: Members = {"client_id": self.details["client_id"], "user": user, "name": NAME}
        return str(self.host.ask("/launches", {**asked, "roles": roles or [LEARNER], **told})["url"])

    def stored(self, what: str) -> list[Members]:
        """Return what the host has stored."""
        return cast(list[Members], self.host.ask(f"/tools/{self.details['client_id']}")[what])


@pytest.fixture
def placed(lti1p3: ForeignHost, tool: Tool) -> Placed:
    details = lti1p3.ask("/tools", tool.addresses)
    return Placed(lti1p3, tool, details, tool.add_host(details, profile="generic"))


@pytest.fixture
def items_url(placed: Placed, tool: Tool, visitor: Browser) -> str:
    """Where the host keeps the columns, as a launch tells it."""
    path_of(visitor.launch(placed.start()))
    return str(world.context(tool).lineitems_url)


def a_score(seconds: int = 0, *, given: str = "12.5") -> ScoreMessage:
    at = clock.now() - dt.timedelta(minutes=1) + dt.timedelta(seconds=seconds)
    return ScoreMessage("31", Decimal(given), Decimal(100), at)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([LEARNER], {Role.LEARNER}),
        ([INSTRUCTOR], {Role.INSTRUCTOR}),
        ([MEMBERSHIP + "Mentor"], {Role.MENTOR}),
        (["Learner"], {Role.LEARNER}),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"], {Role.GUEST}),
    ],
)
def test_everybody_is_let_in_with_the_rights_of_their_role(
    placed: Placed, tool: Tool, visitor: Browser, roles: list[str], expected: set[Role]
) -> None:
    answer = visitor.launch(placed.start(*roles))
    visitor.arrive(answer)
    assert world.roles_of(tool, NAME) == expected


def test_the_course_its_services_and_the_activity_are_understood(
    placed: Placed, tool: Tool, visitor: Browser
) -> None:
    assert path_of(visitor.launch(placed.start(custom={"activity": "module:PB1"}))).endswith("/courses/1/")
    world.publish_module(tool)
    path = path_of(visitor.launch(placed.start(custom={"activity": "module:PB1"})))
    assert path.endswith("/modules/PB1")
    known = world.context(tool)
    assert (world.course(tool).title, known.context_id) == ("SCA รุ่นที่ 2", "context-9")
    assert set(known.ags_scopes) == {scopes.LINE_ITEM, scopes.RESULT, scopes.SCORE}
    assert known.memberships_url == f"{placed.host.url}/{placed.details['client_id']}/members"


def test_the_host_itself_refuses_a_request_for_another_client(placed: Placed, visitor: Browser) -> None:
    location = visitor.get(placed.start()).headers["Location"]
    wrong = location.replace(f"client_id={placed.details['client_id']}", "client_id=somebody-else")
    assert wrong != location
    assert visitor.get(wrong).status_code == 400


def test_a_launch_is_taken_once(placed: Placed, visitor: Browser) -> None:
    [form] = forms_of(visitor.authenticate(placed.start()))
    path_of(visitor.send(form))
    again = visitor.send(form)
    assert (again.ok, again.headers["X-Error-Code"]) == (False, "state-used")


def pick(placed: Placed, visitor: Browser) -> Form:
    """Choose everything in the picker and return the form that carries the answer back."""
    world.offer(placed.tool)
    page = visitor.arrive(visitor.launch(placed.start(INSTRUCTOR, deep_linking=True)))
    picker = next(form for form in forms_of(page) if "/deep-linking/" in form.action)
    chosen = visitor.send(picker, action="add", scope="whole", column="PRE", target="window")
    return next(form for form in forms_of(chosen) if "JWT" in form.fields)


def test_what_an_author_picks_is_accepted(placed: Placed, visitor: Browser) -> None:
    saved = visitor.send(pick(placed, visitor))
    assert (saved.status_code, saved.text) == (200, "saved")
    home, module = placed.stored("content_items")
    assert [home["type"], module["type"]] == ["ltiResourceLink", "ltiResourceLink"]
    assert cast(Members, home["lineItem"])["resourceId"] == "sca-lms:PRE"
    assert "lineItem" not in module
    assert module["url"] == placed.tool.addresses["launch"]


def test_an_answer_that_was_changed_on_the_way_is_refused(placed: Placed, visitor: Browser) -> None:
    form = pick(placed, visitor)
    head, body, signature = form.fields["JWT"].split(".")
    assert visitor.send(form, JWT=f"{head}.{body}.{signature[::-1]}").status_code == 400
    assert placed.stored("content_items") == []


def test_a_token_is_given_for_each_service(placed: Placed, tool: Tool) -> None:
    with tool.services(placed.platform_id) as (platform, _services):
        for scope in scopes.WANTED:
            granted = access_tokens.fetch(platform, [scope], way_out=outbound(), at=clock.now())
            assert granted.scopes == frozenset({scope})


def test_a_tool_whose_keys_the_host_does_not_know_gets_no_token(lti1p3: ForeignHost, tool: Tool) -> None:
    details = lti1p3.ask("/tools", {**tool.addresses, "key_set": f"{lti1p3.url}/client-1/jwks"})
    platform_id = tool.add_host(details, profile="generic")
    with tool.services(platform_id) as (platform, _services), pytest.raises(TokenRefused) as refusal:
        access_tokens.fetch(platform, [scopes.SCORE], way_out=outbound(), at=clock.now())
    assert (refusal.value.status, refusal.value.error) == (401, "invalid_client")


def test_columns_are_made_found_on_later_pages_changed_and_deleted(
    placed: Placed, tool: Tool, items_url: str
) -> None:
    # Whoever may change columns reads them with that same right; this host takes no other.
    scope = reading_scope(world.context(tool).ags_scopes)
    assert scope == scopes.LINE_ITEM
    with tool.services(placed.platform_id) as (_platform, services):
        for _ in range(2):
            services.create_line_item(items_url, PRE)
        last = services.create_line_item(items_url, PRE)
        services.create_line_item(items_url, LineItemDraft("Other", Decimal(1), "sca-lms:OTHER", "OTHER"))
        # Two stand on a page, and the header that leads to the next has no quotes.
        found = services.find_line_items(items_url, resource_id="sca-lms:PRE", tag="PRE", scope=scope)
        assert (len(found), found[-1]) == (3, last)
        renamed = services.replace_line_item(
            last.url, LineItemDraft("New", Decimal(50), "sca-lms:PRE", "PRE")
        )
        assert (renamed.url, renamed.label, renamed.score_maximum) == (last.url, "New", Decimal(50))
        services.delete_line_item(last.url)
        with pytest.raises(HostRefused) as refusal:
            services.line_item(last.url, scope=scope)
        assert refusal.value.status == 404


def test_scores_are_kept_and_only_newer_ones_replace_them(placed: Placed, tool: Tool, items_url: str) -> None:
    first = a_score()
    with tool.services(placed.platform_id) as (_platform, services):
        column = services.create_line_item(items_url, PRE).url
        assert services.result_of(column, "31") is None
        services.send_score(column, first)
        for stale in (first, a_score(-5)):
            with pytest.raises(HostRefused) as refusal:
                services.send_score(column, stale)
            assert refusal.value.status == 409
        services.send_score(column, a_score(1, given="99.9"))
        result = services.result_of(column, "31")
    assert result is not None
    assert (result.score, result.maximum) == (Decimal("99.9"), Decimal(100))


def test_a_service_that_is_switched_off_is_refused_after_one_new_token(
    placed: Placed, tool: Tool, items_url: str
) -> None:
    placed.host.ask(f"/tools/{placed.details['client_id']}", {"makes_columns": False})
    with tool.services(placed.platform_id) as (_platform, services):
        with pytest.raises(HostRefused) as refusal:
            services.create_line_item(items_url, PRE)
        assert refusal.value.status == 401
        assert services.find_line_items(items_url, resource_id="sca-lms:PRE", tag="PRE") == []


def test_the_worker_makes_its_column_and_delivers(placed: Placed, tool: Tool, items_url: str) -> None:
    assert world.deliver(tool, {NAME: "72.25"}) == 0
    [made] = placed.stored("line_items")
    assert (made["resourceId"], made["tag"], made["scoreMaximum"]) == ("sca-lms:PRE", "PRE", 100)
    [score] = cast(dict[str, Members], made["scores"]).values()
    assert (score["userId"], score["scoreGiven"], score["gradingProgress"]) == ("31", 72.25, "FullyGraded")
