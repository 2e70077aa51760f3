"""Nothing typed is lost: not without a network, not with a killed browser, not between two windows."""

import contextlib
import os
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from sca_lms import clock
from sca_lms.assessments import extension_operations
from sca_lms.assessments.extension_rows import MoreTime
from sca_lms.courses.models import Course
from sca_lms.database import db, transaction
from tests.assessments.house import CHROMIUM, FLAGS, OFFLINE, SAVED, House, state_of

pytestmark = pytest.mark.browser


def attempt_page(house: House, context: BrowserContext, attempt: int) -> Page:
    page = house.enter(context, house.learner_id)
    page.goto(f"{house.quiz}/attempts/{attempt}")
    return page


@contextlib.contextmanager
def own_browser(playwright: Playwright, profile: Path) -> Iterator[BrowserContext]:
    """Open a browser whose profile stays on disk, as a person's does."""
    context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=CHROMIUM, args=FLAGS, locale="en-GB"
    )
    try:
        yield context
    finally:
        # It may have been killed meanwhile.
        with contextlib.suppress(Error):
            context.close()


def kill_all_that_name(profile: Path) -> None:
    """Kill the browser of this profile, with no chance to tidy up."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(profile).encode() in process.read_bytes():
                os.kill(int(process.parent.name), signal.SIGKILL)


def test_typing_without_a_pause_is_saved_all_the_same(house: House, visit: BrowserContext) -> None:
    page = attempt_page(house, visit, house.begin())
    field = page.locator("[data-question=short] input")
    field.press_sequentially("abcdefghijklmnopqrst", delay=150)
    # The last key was pressed just now, so nothing has paused yet.
    assert len(str(house.answers()["short"])) >= 5


def test_what_was_typed_without_a_network_survives_a_killed_browser(
    house: House, player: Playwright, tmp_path: Path
) -> None:
    attempt, profile = house.begin(), tmp_path / "profile"
    with own_browser(player, profile) as context:
        page = attempt_page(house, context, attempt)
        context.set_offline(True)
        page.locator("[data-question=short] input").press_sequentially("PDPA")
        state_of(page, OFFLINE)
        kill_all_that_name(profile)
    assert house.answers()["short"] is None
    with own_browser(player, profile) as context:
        page = attempt_page(house, context, attempt)
        state_of(page, SAVED)
        expect(page.locator("[data-question=short] input")).to_have_value("PDPA")
    assert house.answers()["short"] == "PDPA"


def test_a_page_without_network_sends_all_it_kept_after_a_reload(house: House, visit: BrowserContext) -> None:
    page = attempt_page(house, visit, house.begin())
    visit.set_offline(True)
    page.locator("[data-question=short] input").fill("PDPA")
    page.locator("[data-question=single] label", has_text="option 0").click()
    state_of(page, OFFLINE)
    visit.set_offline(False)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    state_of(page, SAVED)
    kept = house.answers()
    assert (kept["short"], kept["single"]) == ("PDPA", 0)


def test_two_windows_keep_each_others_answers(house: House, visit: BrowserContext) -> None:
    attempt = house.begin()
    one, other = attempt_page(house, visit, attempt), visit.new_page()
    other.goto(one.url)
    one.locator("[data-question=short] input").fill("PDPA")
    one.locator("[data-question=short] input").blur()
    state_of(one, SAVED)
    other.locator("[data-question=numeric] input").fill("4")
    other.get_by_role("button", name="Submit", exact=True).click()
    other.get_by_role("button", name="Submit as it is").click()
    other.wait_for_url("**/review")
    kept = house.answers()
    assert (kept["short"], kept["numeric"]) == ("PDPA", "4")


def test_more_time_given_meanwhile_reaches_the_page(house: House, visit: BrowserContext) -> None:
    attempt = house.begin(seconds_ago=40)
    page = attempt_page(house, visit, attempt)
    with house.app.app_context(), transaction():
        course = db.session.get_one(Course, house.course_id)
        more = {house.learner_id: MoreTime(Decimal(5))}
        extension_operations.set_accommodations(course, more, by=None, at=clock.now())
    page.locator("[data-question=short] input").fill("PDPA")
    state_of(page, SAVED)
    minutes = int(page.locator("[data-timer]").inner_text().partition(":")[0])
    assert minutes >= 3


def test_a_question_is_flagged_and_found_again_by_keyboard(house: House, visit: BrowserContext) -> None:
    attempt = house.begin()
    page = attempt_page(house, visit, attempt)
    page.locator("[data-flag='3']").focus()
    with page.expect_response("**/flags/2"):
        page.keyboard.press("Enter")
    expect(page.locator("[data-flag='3']")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("[data-jump='3']")).to_have_attribute("data-flagged", "")
    page.locator("[data-jump='3']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#q3")).to_be_focused()
    assert house.answers()["multi"] is None
