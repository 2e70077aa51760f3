"""At most five pages fit into the dock of a phone."""

from sca_lms.web.navigation import Tab, docked, undocked


def tabs(count: int) -> list[Tab]:
    return [Tab(f"/{place}", str(place), "today") for place in range(count)]


def test_five_tabs_fill_the_dock_and_a_sixth_opens_a_menu() -> None:
    assert [len(docked(tabs(count))) for count in (0, 3, 5, 6, 9)] == [0, 3, 5, 4, 4]
    assert [len(undocked(tabs(count))) for count in (0, 3, 5, 6, 9)] == [0, 0, 0, 2, 5]
