"""From a request to credited minutes in the host's gradebook: two people, each in a browser of their own."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine
from playwright.sync_api import expect

from sca_lms.database import db
from sca_lms.demo.sample import COURSE_ID
from sca_lms.mentoring.models import Appointment
from tests.browser.stories import ENGLISH, NARROW, WIDE, Story, Tell
from tests.browser.two_sites import TwoSites

pytestmark = pytest.mark.browser

AMBASSADOR, CAPTAIN = "101", "201"
TOPIC = "Something else: Proposal writing"
AGENDA = "The outline of our proposal, and who reads it first"
MINUTE = dt.timedelta(minutes=1)


def in_the_host(sites: TwoSites) -> Decimal | None:
    """Return the ambassador's score for mentoring in the host's gradebook."""
    book = sites.host.lms.gradebook(COURSE_ID)
    column = book.column(tag="MEN")
    cell = book.cell(AMBASSADOR, column.id) if column else None
    return cell.score if cell else None


def newest_meeting(sites: TwoSites) -> Appointment:
    with sites.app.app_context():
        return db.session.scalars(sa.select(Appointment).order_by(Appointment.id.desc()).limit(1)).one()


def test_a_requested_meeting_becomes_credited_minutes_in_the_hosts_gradebook(
    tell: Tell, story_sites: TwoSites
) -> None:
    sites = story_sites
    before = in_the_host(sites)
    # One meeting of 90 of 1,080 minutes was credited before: a twelfth of 12 points.
    assert before == Decimal(1)

    ambassador, captain = tell(NARROW, ENGLISH), tell(WIDE, ENGLISH)
    asks_for_a_free_slot(ambassador)
    confirms(captain)
    meeting = newest_meeting(sites)
    sites.work()
    assert in_the_host(sites) == before, "a meeting that is only agreed on counts nothing"

    with time_machine.travel(meeting.ends_at + 10 * MINUTE, tick=True):
        reports_other_times(ambassador)
        sites.work()
        assert in_the_host(sites) == before, "one report alone counts nothing"
        reports_as_planned(captain)
        sites.work()
        # Both agree within ten minutes, so the smaller of 85 and 90 minutes counts.
        assert in_the_host(sites) == (Decimal(12 * (90 + 85)) / 1080).quantize(Decimal("0.01"))
        sees_the_score(ambassador)


def asks_for_a_free_slot(ambassador: Story) -> None:
    ambassador.come_in(AMBASSADOR)
    ambassador.go("Mentoring")
    ambassador.follow(ambassador.frame.locator(".slot-list").get_by_role("link").first)
    expect(ambassador.heading()).to_have_text("Ask for a meeting")
    ambassador.frame.get_by_role("combobox", name="What it is about").select_option(label=TOPIC)
    ambassador.frame.get_by_label("What you want to talk about").fill(AGENDA)
    ambassador.follow(ambassador.button("Ask for this time"))
    expect(ambassador.frame.get_by_role("heading", name="Waits for the captain")).to_be_visible()


def confirms(captain: Story) -> None:
    captain.come_in(CAPTAIN)
    captain.look()
    captain.go("Appointments")
    captain.follow(
        captain.frame.locator(".entries li", has_text="Proposal writing").get_by_role("link").first
    )
    expect(captain.frame.get_by_text(AGENDA).first).to_be_visible()
    captain.follow(captain.button("Confirm"))
    expect(captain.frame.locator(".page-head").get_by_text("confirmed")).to_be_visible()


def reports_other_times(ambassador: Story) -> None:
    """Begin at what needs the ambassador, and say that it ended five minutes before the plan."""
    ambassador.come_in(AMBASSADOR)
    ambassador.follow(ambassador.link("Report Proposal writing"))
    ambassador.follow(ambassador.link("Other times"))
    ended = ambassador.frame.get_by_label("It ended")
    planned = dt.datetime.fromisoformat(ended.input_value())
    ended.fill((planned - 5 * MINUTE).isoformat(timespec="minutes"))
    ambassador.follow(ambassador.frame.get_by_role("button", name="Report", exact=True))
    expect(ambassador.heading()).to_contain_text("Proposal writing")
    expect(ambassador.frame.locator(".page-head").get_by_text("one report is missing")).to_be_visible()


def reports_as_planned(captain: Story) -> None:
    captain.come_in(CAPTAIN)
    captain.go("Appointments")
    captain.follow(captain.link("Past ones"))
    captain.follow(captain.frame.locator("main li", has_text="Proposal writing").get_by_role("link").first)
    captain.follow(captain.button("As planned"))
    expect(captain.frame.get_by_text("Credited: 1 h 25 min")).to_be_visible()


def sees_the_score(ambassador: Story) -> None:
    ambassador.go("Grades")
    receipt = ambassador.frame.locator("#receipt-MEN")
    expect(receipt).to_contain_text("1.94")
    expect(receipt).to_contain_text("Sent")
    page = ambassador.page
    page.goto(f"{ambassador.sites.host.url}/courses/{COURSE_ID}/gradebook")
    expect(page.locator("table.grades")).to_contain_text("1.94")
