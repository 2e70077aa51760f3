"""Columns are listed, made, changed and deleted as strictly as the host's kind does."""

from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask

from sca_lms.demo.personalities import CANVAS, MOODLE, OPENEDX
from sca_lms.demo.service_views import LINE_ITEM, LINE_ITEMS
from tests.demo.conftest import MakePlatform
from tests.demo.counterpart import Tool
from tests.demo.service_calls import COLUMNS, Caller, a_score, column_path
from tests.demo.site import ACTIVITY, COLUMN, COURSE, ELSEWHERE, ISSUER, LEARNER

NEW = {"label": "Mentoring", "scoreMaximum": 12, "resourceId": "sca-lms:MEN", "tag": "MEN"}


@pytest.fixture
def on_moodle(moodle_app: Flask, tool: Tool) -> Caller:
    return Caller(moodle_app, tool)


@pytest.fixture
def on_canvas(make_platform: MakePlatform, tool: Tool) -> Caller:
    return Caller(make_platform(CANVAS), tool)


@pytest.fixture
def on_openedx(make_platform: MakePlatform, tool: Tool) -> Caller:
    return Caller(make_platform(OPENEDX), tool)


def test_the_list_shows_the_tools_own_columns(on_moodle: Caller) -> None:
    answer = on_moodle.columns()
    assert answer.mimetype == LINE_ITEMS
    assert answer.json == [
        {
            "id": f"{ISSUER}{column_path()}?type_id=1",
            "label": "Hours",
            "scoreMaximum": 168,
            "resourceId": "sca-lms:HRS",
            "tag": "HRS",
            "resourceLinkId": ACTIVITY,
            "ltiLinkId": ACTIVITY,
        }
    ]
    on_moodle.column.client_id = "somebody-else"
    assert on_moodle.columns().json == []


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", f"{LINE_ITEMS}, {LINE_ITEM}", LINE_ITEM])
def test_moodle_wants_exactly_one_type(on_moodle: Caller, accept: str) -> None:
    answer = on_moodle.get(COLUMNS, accept)
    assert answer.status_code == 400
    assert "No handler found" in answer.text


def test_others_negotiate(on_canvas: Caller) -> None:
    assert on_canvas.get(COLUMNS, "*/*").status_code == 200
    assert on_canvas.get(COLUMNS, f"{LINE_ITEM}, {LINE_ITEMS}").status_code == 200
    assert on_canvas.get(COLUMNS, "text/html").status_code == 406


def test_filters_can_be_joined(on_moodle: Caller) -> None:
    on_moodle.make_column(NEW)
    assert [each["tag"] for each in on_moodle.columns(tag="MEN").json or []] == ["MEN"]
    assert on_moodle.columns(tag="MEN", resource_id="sca-lms:HRS").json == []
    assert len(on_moodle.columns(resource_link_id=ACTIVITY).json or []) == 1


def test_moodles_link_header_is_written_like_html(on_moodle: Caller) -> None:
    on_moodle.make_column(NEW)
    answer = on_moodle.columns(limit="1", type_id="1")
    header = answer.headers["Link"].encode("latin-1").decode("utf-8")
    assert header == f"<{ISSUER}{COLUMNS}?limit=1&amp;type_id=1&amp;from=1>; rel=“next”"
    assert "Link" not in on_moodle.columns(limit="1", from_="1").headers
    assert "Link" not in on_moodle.columns().headers


def test_canvas_pages_by_itself_with_plain_quotes(on_canvas: Caller) -> None:
    for number in range(11):
        on_canvas.make_column({**NEW, "tag": f"T{number}"})
    answer = on_canvas.columns()
    assert len(answer.json or []) == 10
    assert f'<{ISSUER}{COLUMNS}?limit=10&from=10>; rel="next"' in answer.headers["Link"]
    assert len(on_canvas.columns(from_="10").json or []) == 2


def test_openedx_never_pages(on_openedx: Caller) -> None:
    on_openedx.make_column(NEW)
    assert "Link" not in on_openedx.columns(limit="1").headers


@pytest.mark.parametrize("query", [{"limit": "many"}, {"from": "-1"}, {"limit": "9" * 20}])
def test_a_limit_that_is_no_number_is_refused(on_moodle: Caller, query: dict[str, str]) -> None:
    assert on_moodle.get(COLUMNS, LINE_ITEMS, query).status_code == 400


def test_making_a_column_twice_makes_two(on_moodle: Caller) -> None:
    first = on_moodle.make_column({**NEW, "startDateTime": "2026-11-01T00:00:00Z"})
    assert first.status_code == 201
    assert first.json is not None
    assert first.json["startDateTime"] == "2026-11-01T00:00:00Z"
    on_moodle.make_column(NEW)
    assert len(on_moodle.columns(tag="MEN").json or []) == 2
    assert "startDateTime" not in (on_moodle.columns(tag="MEN").json or [{}])[0]


@pytest.mark.parametrize(
    "change",
    [
        {"label": None},
        {"label": " "},
        {"label": 5},
        {"scoreMaximum": None},
        {"scoreMaximum": 0},
        {"scoreMaximum": True},
        {"scoreMaximum": "12"},
        {"tag": 5},
    ],
)
def test_an_incomplete_column_is_refused(on_moodle: Caller, change: dict[str, object]) -> None:
    body = {name: value for name, value in {**NEW, **change}.items() if value is not None}
    assert on_moodle.make_column(body).status_code == 400
    assert len(on_moodle.columns().json or []) == 1


@pytest.mark.parametrize("body", ['{"label": ', "[]", '{"label": "x", "scoreMaximum": NaN}', ""])
def test_a_body_that_is_no_json_object_is_refused(on_moodle: Caller, body: str) -> None:
    answer = on_moodle.client.post(COLUMNS, data=body, headers=on_moodle.bearer, content_type=LINE_ITEM)
    assert answer.status_code == 400


def test_an_absurd_maximum_is_refused(on_moodle: Caller) -> None:
    body = '{"label": "x", "scoreMaximum": 1e9999}'
    answer = on_moodle.client.post(COLUMNS, data=body, headers=on_moodle.bearer, content_type=LINE_ITEM)
    assert answer.status_code == 400


def test_the_body_has_its_own_type(on_moodle: Caller, on_canvas: Caller) -> None:
    assert on_moodle.make_column(NEW, "application/json").status_code == 400
    assert on_canvas.make_column(NEW, "application/json").status_code == 415
    assert on_moodle.make_column(NEW, f"{LINE_ITEM}; charset=utf-8").status_code == 201


def test_a_link_of_another_course_is_refused(on_moodle: Caller, on_canvas: Caller) -> None:
    for link in (ELSEWHERE, "none"):
        assert on_moodle.make_column({**NEW, "resourceLinkId": link}).status_code == 403
        assert on_canvas.make_column({**NEW, "resourceLinkId": link}).status_code == 404
    assert on_moodle.make_column({**NEW, "resourceLinkId": ACTIVITY}).status_code == 201


def test_a_label_beyond_255_breaks_moodles_answer(on_moodle: Caller) -> None:
    answer = on_moodle.make_column({**NEW, "label": "ก" * 256})
    assert (answer.status_code, answer.mimetype) == (502, "text/html")
    assert on_moodle.make_column({**NEW, "label": "ก" * 255}).status_code == 201


def test_openedx_wants_an_identity_and_a_whole_maximum(on_openedx: Caller) -> None:
    assert on_openedx.make_column({"label": "x", "scoreMaximum": 1}).status_code == 400
    assert on_openedx.make_column({**NEW, "scoreMaximum": 1.5}).status_code == 400
    assert on_openedx.make_column({**NEW, "scoreMaximum": 12.0}).status_code == 201


def test_one_column_can_be_read(on_moodle: Caller) -> None:
    assert on_moodle.get(column_path(), LINE_ITEM).json == (on_moodle.columns().json or [None])[0]
    assert on_moodle.get(column_path(), LINE_ITEMS).status_code == 400
    assert on_moodle.get(column_path("99"), LINE_ITEM).status_code == 404
    on_moodle.column.client_id = "somebody-else"
    assert on_moodle.get(column_path(), LINE_ITEM).status_code == 404


def test_replacing_clears_what_is_left_out_and_rescales(on_moodle: Caller) -> None:
    on_moodle.score(a_score("2026-11-22T09:00:00Z"))
    answer = on_moodle.put_column({"label": "Renamed", "scoreMaximum": 336})
    assert answer.status_code == 200
    assert on_moodle.column.label == "Renamed"
    assert (on_moodle.column.tag, on_moodle.column.resource_id, on_moodle.column.activity_id) == ("", "", "")
    assert on_moodle.column.grades[LEARNER].score == Decimal(168)
    assert on_moodle.lms.state.activities[ACTIVITY].title.en == "Activity 11"


def test_canvas_renames_the_activity_with_its_column(on_canvas: Caller) -> None:
    on_canvas.put_column({"label": "Renamed", "scoreMaximum": 168, "resourceLinkId": ACTIVITY})
    assert on_canvas.lms.state.activities[ACTIVITY].title.en == "Renamed"


def test_moodle_deletes_even_the_column_of_an_activity(on_moodle: Caller) -> None:
    assert on_moodle.delete_column().status_code == 204
    assert COLUMN not in on_moodle.lms.state.line_items
    assert on_moodle.delete_column().status_code == 404


def test_canvas_keeps_the_column_of_an_activity(on_canvas: Caller) -> None:
    assert on_canvas.delete_column().status_code == 401
    made = on_canvas.make_column(NEW).json or {}
    assert (
        on_canvas.client.delete(made["id"].removeprefix(ISSUER), headers=on_canvas.bearer).status_code == 204
    )


def test_a_foreign_type_is_refused_and_none_is_fine(on_moodle: Caller) -> None:
    assert on_moodle.columns(type_id="7").status_code == 403
    assert on_moodle.columns().status_code == 200


def test_an_unknown_course_is_not_found(on_moodle: Caller) -> None:
    path = COLUMNS.replace(f"/{COURSE}/", "/99/")
    assert on_moodle.get(path, LINE_ITEMS).status_code == 404


def test_a_host_can_forbid_new_columns(make_platform: MakePlatform, tool: Tool) -> None:
    closed = replace(MOODLE, line_items=replace(MOODLE.line_items, creates=False))
    assert Caller(make_platform(closed), tool).make_column(NEW).status_code == 403
