"""At most five pages fit into the dock of a phone."""

import pytest
from flask import Flask

from sca_lms.web.navigation import LOGOUT, Tab, docked, undocked, way_out


def tabs(count: int) -> list[Tab]:
    return [Tab(f"/{place}", str(place), "today") for place in range(count)]


def test_five_tabs_fill_the_dock_and_a_sixth_opens_a_menu() -> None:
    assert [len(docked(tabs(count))) for count in (0, 3, 5, 6, 9)] == [0, 3, 5, 4, 4]
    assert [len(undocked(tabs(count))) for count in (0, 3, 5, 6, 9)] == [0, 0, 0, 2, 5]


def nothing(**_values: object) -> str:
    return ""


@pytest.mark.parametrize("is_there", [True, False])
def test_a_course_is_left_only_where_there_is_a_way_out(house: Flask, is_there: bool) -> None:
    house.add_url_rule("/courses/<int:course_id>/", "a-page", nothing)
    if is_there:
        house.add_url_rule("/courses/<int:course_id>/logout", LOGOUT, nothing, methods=["POST"])
    with house.test_request_context("/courses/7/"):
        assert way_out() == ("/courses/7/logout" if is_there else None)
    with house.test_request_context("/message"):
        assert way_out() is None
