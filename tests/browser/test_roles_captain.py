"""A captain's evening in the host's activity: on a phone, in English, from the mentees to a report."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine
from playwright.sync_api import expect

from sca_lms.database import db
from sca_lms.mentoring.models import Appointment
from tests.browser.stories import ENGLISH, NARROW, WIDE, Story, Tell
from tests.browser.two_sites import TwoSites

pytestmark = pytest.mark.browser

AMBASSADOR, CAPTAIN = "104", "204"
"""A pair for which nothing is planned yet."""
PROMISE = "Send the list of streets that flood every year"


def test_a_captain_s_evening_from_the_mentees_to_a_report(tell: Tell, story_sites: TwoSites) -> None:
    captain = tell(NARROW, ENGLISH)
    captain.come_in(CAPTAIN)
    captain.look("My mentees")
    expect(captain.heading()).to_have_text("My mentees")
    opens_an_hour(captain)
    an_ambassador_asks(tell(WIDE, ENGLISH))
    confirms(captain)
    writes_a_note(captain)
    agrees_on_work(captain)
    with story_sites.app.app_context():
        meeting = db.session.scalars(sa.select(Appointment).order_by(Appointment.id.desc()).limit(1)).one()
    with time_machine.travel(meeting.ends_at + dt.timedelta(minutes=5), tick=True):
        reports(captain)


def opens_an_hour(captain: Story) -> None:
    """Offer Sunday mornings too, and see the week as the ambassadors do."""
    captain.go("My free hours")
    sunday = captain.frame.get_by_role("group", name="Sunday")
    sunday.get_by_label("From").first.fill("09:00")
    sunday.get_by_label("To").first.fill("11:00")
    captain.follow(captain.button("Save the week"))
    captain.follow(captain.link("What my ambassadors see"))
    expect(captain.frame.locator(".slot-day", has_text="Sunday").first).to_be_visible()


def an_ambassador_asks(ambassador: Story) -> None:
    ambassador.come_in(AMBASSADOR)
    ambassador.go("Mentoring")
    sunday = ambassador.frame.locator(".slot-day", has_text="Sunday").first
    ambassador.follow(sunday.get_by_role("link").first)
    ambassador.frame.get_by_label("What you want to talk about").fill("Which data the city already has")
    ambassador.follow(ambassador.button("Ask for this time"))
    expect(ambassador.frame.get_by_role("heading", name="Waits for the captain")).to_be_visible()


def confirms(captain: Story) -> None:
    """Come by the notice about the request."""
    captain.follow(captain.frame.locator("a.bell"))
    captain.follow(captain.frame.get_by_role("button", name="asks for a meeting").first)
    expect(captain.frame.get_by_text("Which data the city already has").first).to_be_visible()
    captain.follow(captain.button("Confirm"))
    expect(captain.frame.locator(".page-head").get_by_text("confirmed")).to_be_visible()


def writes_a_note(captain: Story) -> None:
    captain.follow(captain.frame.locator("a[href$='/note']"))
    captain.frame.get_by_label("Note", exact=True).fill("We look at the **drain survey** first.")
    expect(captain.frame.locator("[data-note-state]")).to_contain_text("Kept at")
    captain.follow(captain.button("Save for both"))
    expect(captain.frame.locator("strong", has_text="drain survey")).to_be_visible()


def agrees_on_work(captain: Story) -> None:
    captain.go("Agreed work")
    captain.frame.get_by_role("textbox", name="What was agreed").fill(PROMISE)
    captain.frame.get_by_role("radio").first.check()
    captain.follow(captain.button("Put it on the list"))
    expect(captain.frame.locator("main")).to_contain_text(PROMISE)
    item = captain.frame.locator("li", has_text=PROMISE).first
    captain.follow(item.get_by_role("button", name="Tick off"))
    expect(captain.frame.locator("main")).to_contain_text("done")


def reports(captain: Story) -> None:
    """Come in again when the meeting is over and say that it went as planned."""
    captain.come_in(CAPTAIN)
    captain.look("My mentees when a report is missing")
    captain.go("Appointments")
    captain.follow(captain.link("Past ones"))
    captain.follow(captain.frame.locator("main li").get_by_role("link").first)
    captain.follow(captain.button("As planned"))
    expect(captain.frame.locator(".page-head").get_by_text("one report is missing")).to_be_visible()
