"""An instructor's day in the host's activity: at a desk, in English, from the cohort to the gradebook."""

import datetime as dt

import pytest
import time_machine
from playwright.sync_api import expect

from sca_lms import clock
from tests.browser.stories import ENGLISH, WIDE, Story, Tell
from tests.browser.two_sites import TwoSites

pytestmark = pytest.mark.browser

INSTRUCTOR = "302"
LATE_LEARNER = "ธนวัฒน์ ศรีเมือง"
HALF_A_DAY = dt.timedelta(hours=5)
"""The session that is going on is over by then, and an instructor's browser still knows who they are."""


def test_an_instructor_s_day_with_the_cohort(tell: Tell, story_sites: TwoSites) -> None:
    story = tell(WIDE, ENGLISH)
    story.come_in(INSTRUCTOR)
    story.look("the cohort")
    narrows_the_cohort(story)
    reads_a_story(story)
    marks_from_the_queue(story)
    releases_and_undoes(story)
    writes_to_the_chosen(story)
    notes_what_was_done(story)


def narrows_the_cohort(story: Story) -> None:
    story.follow(story.link("Noticed"))
    expect(story.frame.locator("main tbody tr")).to_have_count(2)
    story.frame.get_by_text("More filters").click()
    story.frame.get_by_label("Dimension").select_option(label="Smart Environment")
    story.follow(story.button("Show"))
    story.frame.get_by_role("searchbox", name="Name").fill("ธนวัฒน์")
    story.follow(story.button("Show"))
    expect(story.frame.locator("main tbody tr")).to_have_count(1)


def reads_a_story(story: Story) -> None:
    story.follow(story.link(LATE_LEARNER))
    expect(story.heading()).to_contain_text(LATE_LEARNER)
    expect(story.frame.locator("main")).to_contain_text("1 module is late.")


def marks_from_the_queue(story: Story) -> None:
    story.go("Marks", "To mark")
    story.follow(story.frame.locator("main tbody a[href*='/works/']").first)
    story.frame.get_by_label("Points, 0 to 10").fill("8")
    story.frame.get_by_label("Comment to the learner").fill("Clear questions; name who allows the visit.")
    expect(story.frame.locator("[data-save-words]")).to_contain_text("Draft saved")
    story.follow(story.frame.locator("button[name=action][value=stay]"))
    expect(story.frame.locator("[data-save-words]")).to_contain_text("marked")


def releases_and_undoes(story: Story) -> None:
    story.go("Marks", "To mark")
    story.follow(story.link("Releases"))
    ready = story.frame.locator("li", has_text="Field visit plan").first
    story.follow(ready.get_by_role("link", name="Look and release"))
    story.follow(story.frame.get_by_role("button", name="Release", exact=True))
    released = story.frame.locator("li[data-undoable]", has_text="Field visit plan").first
    expect(released).to_contain_text("seen by learners in")
    story.follow(released.get_by_role("button", name="Undo"))
    expect(story.frame.locator("main li", has_text="Field visit plan").last).to_contain_text("undone")


def writes_to_the_chosen(story: Story) -> None:
    story.go("People", "Learners")
    story.frame.get_by_role("checkbox", name=f"Choose {LATE_LEARNER}").check()
    story.follow(story.button("Write to them"))
    story.frame.get_by_label("Text in English").fill("Which part of the last module is hard?")
    story.follow(story.button("Look at it before sending"))
    story.follow(story.button("Send to 1 learner"))
    story.go("People", "Messages")
    story.follow(story.frame.locator("main a[href*='/messages/']:not([href*='/new'])").first)
    expect(story.frame.locator("main")).to_contain_text("not read yet")


def notes_what_was_done(story: Story) -> None:
    story.go("People", "Learners")
    story.frame.get_by_role("checkbox", name=f"Choose {LATE_LEARNER}").check()
    story.follow(story.button("Note what was done"))
    story.frame.get_by_role("radio", name="Called").check()
    story.frame.get_by_label("What came up, for colleagues").fill("Works at night; asked for the slides.")
    story.follow(story.button("Note it"))
    story.go("People", "Follow-ups")
    story.follow(story.link("All open"))


def test_an_instructor_s_room_from_the_open_code_to_the_host_s_gradebook(
    tell: Tell, story_sites: TwoSites
) -> None:
    story = tell(WIDE, ENGLISH)
    story.come_in(INSTRUCTOR)
    shows_the_code_of_the_room(story)
    with time_machine.travel(clock.now() + HALF_A_DAY, tick=True):
        settles_a_missing_check_out(story)
        closes(story)
        story.go("Bootcamp", "Attendance")
        story.go("Marks", "Gradebook")
        story_sites.work()
        story.go("Marks", "Grade delivery")
        expect(story.frame.locator("main")).to_contain_text("Bootcamp hours")
        story.page.goto(f"{story_sites.host.url}/courses/2/gradebook")
        expect(story.page.locator("table.grades")).to_contain_text("91.5")


def shows_the_code_of_the_room(story: Story) -> None:
    story.go("Bootcamp", "Rooms")
    now = story.frame.locator("main li", has_text="Check-in is open").first
    story.follow(now.get_by_role("link").first)
    expect(story.frame.locator("#stage .code")).to_be_visible()
    expect(story.frame.locator("#live")).to_contain_text("1")


def settles_a_missing_check_out(story: Story) -> None:
    story.go("Bootcamp", "Rooms")
    story.follow(story.frame.locator("main li", has_text="1 of 4 came").get_by_role("link").first)
    story.follow(story.link("Close the session"))
    stay = story.frame.locator(".check-outs li").first
    stay.get_by_role("checkbox").check()
    story.follow(story.button("Confirm the times"))
    expect(story.frame.get_by_text("No check-out is missing")).to_be_visible()


def closes(story: Story) -> None:
    story.follow(story.button("Close the session"))
    expect(story.frame.locator("main")).to_contain_text("Closed")
