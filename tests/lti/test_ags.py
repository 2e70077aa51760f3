"""The grade services of three kinds of host are used as each of them wants it."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask

from sca_lms import clock
from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.manners import Personality
from sca_lms.demo.personalities import CANVAS, MOODLE, OPENEDX
from sca_lms.demo.site import SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ, SCOPE_RESULT, SCOPE_SCORE
from sca_lms.lti import ags
from sca_lms.lti.ags import GradeServices, LineItemDraft, ScoreMessage
from sca_lms.lti.models import Platform
from sca_lms.lti.outbound import Answer, Unreachable, outbound
from sca_lms.lti.service_calls import HostRefused
from tests.grades.world import HOST_COURSE, World, running

AT = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
KINDS = [MOODLE, CANVAS, OPENEDX]


@pytest.fixture
def moodle(app: Flask) -> Iterator[World]:
    with running(MOODLE) as host:
        yield World(app, host)


@pytest.fixture
def canvas(app: Flask) -> Iterator[World]:
    with running(CANVAS) as host:
        yield World(app, host)


def a_draft(code: str = "PRE", **changes: object) -> LineItemDraft:
    about: dict[str, object] = {
        "label": "ก่อนเข้าค่าย", "score_maximum": Decimal(100), "resource_id": f"sca-lms:{code}", "tag": code,
    }  # fmt: skip
    return LineItemDraft(**{**about, **changes})  # type: ignore[arg-type]  # The values fit their names.


def a_message(value: str = "66.67", **changes: object) -> ScoreMessage:
    about: dict[str, object] = {
        "user_id": "31", "given": Decimal(value), "maximum": Decimal(100), "timestamp": clock.now(),
    }  # fmt: skip
    return ScoreMessage(**{**about, **changes})  # type: ignore[arg-type]  # The values fit their names.


def services(world: World) -> tuple[GradeServices, str]:
    """Return the services of the host's course; call it inside an application context."""
    platform = db.session.get_one(Platform, 1)
    url = str(world.context().lineitems_url)
    db.session.close()
    return GradeServices(platform, way_out=outbound(), now=clock.now), url


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_trap_07_a_column_is_made_found_renamed_and_deleted(app: Flask, kind: Personality) -> None:
    with running(kind) as host:
        world = World(app, host)
        with app.app_context():
            host_services, url = services(world)
            made = host_services.create_line_item(url, a_draft())
            assert (made.resource_id, made.tag, made.score_maximum) == ("sca-lms:PRE", "PRE", Decimal(100))
            host_services.create_line_item(url, a_draft("HRS"))
            found = host_services.find_line_items(url, resource_id="sca-lms:PRE", tag="PRE")
            assert [item.url for item in found] == [made.url]
            renamed = host_services.replace_line_item(made.url, a_draft(label="New name"))
            assert renamed.label == "New name"
            assert host_services.line_item(made.url).label == "New name"
            host_services.delete_line_item(made.url)
            assert host_services.find_line_items(url, resource_id="sca-lms:PRE", tag="PRE") == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_a_score_comes_back_as_a_result(app: Flask, kind: Personality) -> None:
    with running(kind) as host:
        world = World(app, host)
        with app.app_context():
            host_services, url = services(world)
            column = host_services.create_line_item(url, a_draft()).url
            host_services.send_score(column, a_message(comment="ดี"))
            host_services.send_score(column, a_message("10", user_id="32"))
            result = host_services.result_of(column, "31")
            assert result is not None
            assert (result.score, result.maximum, result.comment) == (Decimal("66.67"), Decimal(100), "ดี")
            assert host_services.result_of(column, "33") is None
            assert {each.user_id for each in host_services.results(column)} == {"31", "32"}


def test_trap_04_each_call_asks_for_the_scope_it_needs(moodle: World) -> None:
    with moodle.app.app_context():
        host_services, url = services(moodle)
        column = host_services.create_line_item(url, a_draft()).url
        host_services.find_line_items(url, resource_id="x", tag="y")
        host_services.send_score(column, a_message())
        host_services.result_of(column, "31")
    with moodle.lms.reading():
        granted = [grant.scopes for grant in moodle.lms.tokens.grants.values()]
    assert granted == [{SCOPE_LINE_ITEM}, {SCOPE_LINE_ITEM_READ}, {SCOPE_SCORE}, {SCOPE_RESULT}]


def test_trap_05_moodles_pages_are_followed_through_typographic_quotes(moodle: World) -> None:
    with moodle.app.app_context():
        host_services, url = services(moodle)
        for code in ("A", "B", "C"):
            host_services.create_line_item(url, a_draft("PRE", label=code))
        found = host_services.find_line_items(f"{url}&limit=1", resource_id="sca-lms:PRE", tag="PRE")
    assert [item.label for item in found] == ["A", "B", "C"]


def test_a_list_that_goes_round_in_circles_is_left(canvas: World) -> None:
    with canvas.app.app_context():
        host_services, url = services(canvas)
        loop = Fault(200, headers={"Link": f'<{url}?limit=1>; rel="next"'}, body="[]")
        canvas.lms.faults.plan("line_items", loop, times=5)
        with pytest.raises(Unreachable):
            host_services.find_line_items(url, resource_id="a", tag="b")
    assert canvas.wire.count("lineitems") == 2


def test_trap_06_the_host_is_not_trusted_to_have_filtered(canvas: World) -> None:
    strangers = [
        {"id": "https://elsewhere.example.org/1", "resourceId": "sca-lms:PRE", "tag": "PRE"},
        {"id": f"{canvas.host.url}/2", "resourceId": "sca-lms:PRE", "tag": "OTHER"},
        {"id": f"{canvas.host.url}/3", "resourceId": None, "tag": "PRE"},
        {"id": 4, "resourceId": "sca-lms:PRE", "tag": "PRE"},
        "nonsense",
        {"id": f"{canvas.host.url}/5", "resourceId": "sca-lms:PRE", "tag": "PRE", "scoreMaximum": "100.0"},
    ]
    canvas.lms.faults.plan("line_items", Fault(200, body=json.dumps(strangers)))
    with canvas.app.app_context():
        host_services, url = services(canvas)
        found = host_services.find_line_items(url, resource_id="sca-lms:PRE", tag="PRE")
    assert [item.url for item in found] == [f"{canvas.host.url}/5"]
    assert found[0].score_maximum == Decimal(100)


@pytest.mark.parametrize(
    ("url", "scores"),
    [
        ("https://h.org/li/1/lineitem?type_id=2", "https://h.org/li/1/lineitem/scores?type_id=2"),
        ("https://h.org/li/1", "https://h.org/li/1/scores"),
        ("https://h.org/li/1/", "https://h.org/li/1/scores"),
        ("https://h.org/li/1?a=1&b=%20c+d&a=2&e", "https://h.org/li/1/scores?a=1&b=%20c+d&a=2&e"),
        ("https://h.org/li/1?next=/x?y=1", "https://h.org/li/1/scores?next=/x?y=1"),
        ("https://h.org/li/1?a=1#part", "https://h.org/li/1/scores?a=1"),
    ],
)
def test_trap_08_scores_are_below_the_path_and_the_query_stays_to_the_letter(url: str, scores: str) -> None:
    assert ags.below(url, "scores") == scores


def test_parameters_are_added_behind_those_there_are() -> None:
    assert ags.with_query("https://h.org/r?type_id=2&x", {"user_id": "ก 1"}) == (
        "https://h.org/r?type_id=2&x&user_id=%E0%B8%81+1"
    )
    assert ags.with_query("https://h.org/r", {"tag": "PRE"}) == "https://h.org/r?tag=PRE"


def test_trap_21_what_a_host_says_of_people_stays_out_of_messages(moodle: World) -> None:
    moodle.lms.faults.plan("scores", Fault(400, body="User ปวีณา แก้วมณี <paweena@example.org> unknown"))
    with moodle.app.app_context():
        host_services, url = services(moodle)
        column = host_services.create_line_item(url, a_draft()).url
        with pytest.raises(HostRefused) as caught:
            host_services.send_score(column, a_message())
    assert "ปวีณา" in caught.value.text
    assert "ปวีณา" not in str(caught.value)
    assert "paweena" not in repr(caught.value)
    assert "400" in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"given": Decimal("NaN")},
        {"given": Decimal("Infinity")},
        {"given": Decimal(-1)},
        {"maximum": Decimal(0)},
        {"maximum": Decimal("NaN")},
        {"timestamp": AT.replace(tzinfo=None)},
        {"user_id": ""},
    ],
    ids=str,
)
def test_trap_25_a_score_that_makes_no_sense_cannot_be_made(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="score"):
        a_message("1", **changes)


def test_trap_25_numbers_and_times_are_written_as_hosts_read_them() -> None:
    moment = dt.datetime(2026, 11, 22, 16, 0, 0, 5_999, tzinfo=dt.timezone(dt.timedelta(hours=7)))
    message = a_message("66.67", timestamp=moment, maximum=Decimal("168.00")).as_json()
    assert json.dumps(message["scoreGiven"]) == "66.67"
    assert json.dumps(message["scoreMaximum"]) == "168"
    assert message["timestamp"] == "2026-11-22T09:00:00.005Z"
    assert "comment" not in message


@pytest.mark.parametrize("maximum", ["0", "-1", "NaN"])
def test_a_column_without_a_maximum_cannot_be_made(maximum: str) -> None:
    with pytest.raises(ValueError, match="maximum"):
        a_draft(score_maximum=Decimal(maximum))


@pytest.mark.parametrize("body", ["", "<html>", '{"id": "x"}', "[NaN]", "[" * 100_000, "\xff"])
def test_an_answer_that_is_no_list_is_no_answer(moodle: World, body: str) -> None:
    moodle.lms.faults.plan("line_items", Fault(200, body=body))
    with moodle.app.app_context():
        host_services, url = services(moodle)
        with pytest.raises(Unreachable):
            host_services.find_line_items(url, resource_id="a", tag="b")


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"id": ""}', '{"id": "https://elsewhere.example.org/1"}'])
def test_a_column_that_the_host_does_not_describe_is_not_known_to_be_made(moodle: World, body: str) -> None:
    moodle.lms.faults.plan("line_items", Fault(201, body=body))
    with moodle.app.app_context():
        host_services, url = services(moodle)
        with pytest.raises(Unreachable):
            host_services.create_line_item(url, a_draft())


def test_results_that_make_no_sense_are_passed_over(moodle: World) -> None:
    shown = [
        {"userId": 31, "resultScore": "12.5", "resultMaximum": 100},
        {"userId": "32", "resultScore": None},
        {"userId": "33", "resultScore": True, "resultMaximum": "many"},
        {"resultScore": 1},
        7,
    ]
    moodle.lms.faults.plan("results", Fault(200, body=json.dumps(shown)))
    with moodle.app.app_context():
        host_services, _url = services(moodle)
        found = list(
            host_services.results(f"{moodle.host.url}/lti/services/{HOST_COURSE}/lineitems/1/lineitem")
        )
    assert [(each.user_id, each.score, each.maximum) for each in found] == [
        ("31", Decimal("12.5"), Decimal(100)),
        ("32", None, None),
        ("33", None, None),
    ]


@pytest.mark.parametrize(
    ("headers", "throttled"),
    [({}, False), ({"X-Rate-Limit-Remaining": "0.0"}, True), ({"X-Rate-Limit-Remaining": "700"}, False),
     ({"X-Rate-Limit-Remaining": "?"}, False)],
)  # fmt: skip
def test_a_used_up_allowance_is_seen(headers: dict[str, str], throttled: bool) -> None:
    assert HostRefused(Answer(403, headers, b"", "https://h.org/"), at=AT).throttled is throttled
