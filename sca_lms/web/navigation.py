"""Describe the tabs of a role: at most five of them fit into the dock of a phone."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from sca_lms.web import addresses, paging

DOCK_PLACES = 5
LOGOUT = "courses.log_out"
MY_DATA = "my_data.index"


def init_app(app: Flask) -> None:
    """Offer to templates what the layout and the pager need to link to other pages."""
    app.jinja_env.globals.update(
        here=addresses.here,
        page_address=paging.page_address,
        docked=docked,
        undocked=undocked,
        family_pages=family_pages,
        way_out=way_out,
        my_data=my_data,
    )


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the role's navigation, or a family of `pages` that opens with its first.

    `short` is the word in the dock.
    """

    url: str
    label: str
    icon: str
    current: bool = False
    short: str = ""
    pages: tuple["Tab", ...] = ()


def way_out() -> str | None:
    """Return where a person signs out of the course in the address, None where there is nothing to leave."""
    course_id = (request.view_args or {}).get("course_id")
    if LOGOUT not in current_app.view_functions or course_id is None:
        return None
    return url_for(LOGOUT, course_id=course_id)


def my_data() -> str | None:
    """Return where a person sees what is kept about them, None outside of a course."""
    course_id = (request.view_args or {}).get("course_id")
    if MY_DATA not in current_app.view_functions or course_id is None:
        return None
    return url_for(MY_DATA, course_id=course_id)


def docked(tabs: Sequence[Tab]) -> Sequence[Tab]:
    """Return the tabs that stand in the dock; when not all fit, the last place is for the rest."""
    return tabs if len(tabs) <= DOCK_PLACES else tabs[: DOCK_PLACES - 1]


def family_pages(tabs: Sequence[Tab]) -> Sequence[Tab]:
    """Return the pages of the family that is open; none where there is nothing to choose between."""
    pages = next((tab.pages for tab in tabs if tab.current), ())
    return pages if len(pages) > 1 else ()


def undocked(tabs: Sequence[Tab]) -> Sequence[Tab]:
    """Return the tabs that stand behind the dock's last place."""
    return tabs[len(docked(tabs)) :]
