"""Two people agree on a meeting in real Chromium: one asks, the other proposes another time, both see it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.two_sites import TwoSites
from tests.mentoring.test_journey_in_browser import (  # noqa: F401 - Fixtures are found by their names.
    AMBASSADOR,
    CAPTAIN,
    ENGLISH,
    NARROW,
    THAI,
    WIDE,
    Open,
    chromium,
    open_page,
    sites,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "language"), [(NARROW, THAI), (WIDE, ENGLISH)])
def test_pages_of_booking_are_accessible_whole_and_silent(
    open_page: Open,  # noqa: F811 - The fixture of this name.
    sites: TwoSites,  # noqa: F811 - As above.
    width: int,
    language: str,
) -> None:
    looks = {
        AMBASSADOR: ["/mentoring", "/mentoring/past"],
        CAPTAIN: ["/mentoring", "/mentoring/hours", "/mentoring/hours/preview", "/mentoring/groups/new"],
    }
    for subject, paths in looks.items():
        page, examiner = open_page(sites.session_of_person(subject), width, language)
        for path in paths:
            answer = page.goto(f"{sites.course}{path}")
            assert answer is not None
            assert answer.status == 200, path
            examiner.examine(page.main_frame)


def test_from_a_free_slot_to_a_meeting_on_which_both_agree(
    open_page: Open,  # noqa: F811 - The fixture of this name.
    sites: TwoSites,  # noqa: F811 - As above.
) -> None:
    ambassador, asked = open_page(sites.session_of_person(AMBASSADOR), NARROW, ENGLISH)
    ambassador.goto(f"{sites.course}/mentoring")
    ambassador.locator(".slot-list a").first.click()
    ambassador.get_by_label("What you want to talk about").fill("แผนเก้าสิบวันแรก")
    asked.examine(ambassador.main_frame)
    ambassador.get_by_role("button", name="Ask for this time").click()
    expect(ambassador.get_by_role("heading", name="Waits for the captain")).to_be_visible()
    asked.examine(ambassador.main_frame)
    address = re.sub(r"\?.*", "", ambassador.url)

    captain, answered = open_page(sites.session_of_person(CAPTAIN), WIDE, ENGLISH)
    captain.goto(address)
    expect(captain.get_by_text("แผนเก้าสิบวันแรก").first).to_be_visible()
    answered.examine(captain.main_frame)
    captain.get_by_role("button", name="Confirm").click()
    expect(captain.locator(".page-head").get_by_text("confirmed")).to_be_visible()

    ambassador.reload()
    expect(ambassador.locator(".page-head").get_by_text("confirmed")).to_be_visible()
    ambassador.get_by_role("link", name="Move the meeting").click()
    asked.examine(ambassador.main_frame)
    ambassador.locator(".slot-list button").last.click()
    expect(ambassador.get_by_role("heading", name="Waits for the captain")).to_be_visible()
    expect(ambassador.get_by_text("moved it")).to_be_visible()
