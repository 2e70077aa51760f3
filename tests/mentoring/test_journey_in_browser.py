"""Two people report one meeting in real Chromium, and the minutes arrive in the host's gradebook."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.demo.sample import COURSE_ID
from sca_lms.lti.models import LtiUser
from sca_lms.mentoring.models import Appointment, AppointmentPlace, AppointmentState
from tests.browser import two_sites
from tests.browser.examination import Examiner
from tests.browser.test_pieces import CHROMIUM
from tests.browser.two_sites import TwoSites

pytestmark = pytest.mark.browser

AMBASSADOR, CAPTAIN = "101", "201"
NARROW, WIDE = 360, 1280
THAI, ENGLISH = "th", "en"
WHOLE_PAGE = 6_000
"""A window so high that nothing sticky lies over what is examined."""
PATIENCE_MS = 20_000

Open = Callable[[str, int, str], tuple[Page, Examiner]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with two_sites.running(tmp_path_factory.mktemp("mentoring")) as found:
        yield found


@pytest.fixture
def open_page(chromium: Browser, sites: TwoSites) -> Iterator[Open]:
    """Open a window for somebody; what is wrong on its pages fails the test."""
    examiners: list[Examiner] = []
    with ExitStack() as opened:

        def start(token: str, width: int, language: str) -> tuple[Page, Examiner]:
            context = chromium.new_context(
                viewport={"width": width, "height": WHOLE_PAGE},
                locale="th-TH" if language == THAI else "en-GB",
            )
            opened.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            context.add_cookies([{"name": "sca_lms", "value": token, "url": sites.tool}])
            page = context.new_page()
            examiner = Examiner(language)
            examiner.listen(page)
            examiners.append(examiner)
            return page, examiner

        yield start
    assert [fault for examiner in examiners for fault in examiner.faults] == []


def in_the_host(sites: TwoSites) -> Decimal | None:
    """Return the ambassador's score for mentoring in the host's gradebook."""
    book = sites.host.lms.gradebook(COURSE_ID)
    column = book.column(tag="MEN")
    cell = book.cell(AMBASSADOR, column.id) if column else None
    return cell.score if cell else None


def waiting_meeting(sites: TwoSites) -> tuple[int, int]:
    """Return appointment and place of the meeting that the ambassador has not reported yet."""
    with sites.app.app_context():
        row = db.session.execute(
            sa.select(AppointmentPlace.appointment_id, AppointmentPlace.id)
            .join(AppointmentPlace.enrolment)
            .join(LtiUser, LtiUser.person_id == sa.literal_column("enrolment.person_id"))
            .join(Appointment, Appointment.id == AppointmentPlace.appointment_id)
            .where(LtiUser.subject == AMBASSADOR, AppointmentPlace.outcome == AppointmentState.REPORTED)
        ).one()
    return row[0], row[1]


@pytest.mark.parametrize(("width", "language"), [(NARROW, THAI), (WIDE, ENGLISH)])
def test_pages_of_mentoring_are_accessible_whole_and_silent(
    open_page: Open, sites: TwoSites, width: int, language: str
) -> None:
    appointment, place = waiting_meeting(sites)
    with sites.app.app_context():
        disputed = db.session.scalars(
            sa.select(AppointmentPlace.id).where(AppointmentPlace.outcome == AppointmentState.DISPUTED)
        ).one()
    here = f"/mentoring/meetings/{appointment}"
    looks = {
        sites.session_of_person(CAPTAIN): [
            "/mentoring/mentees", here, f"{here}/note", f"{here}/private-note", "/mentoring/actions",
            f"{here}/places/{place}/report", f"{here}/places/{place}/dispute",
        ],
        sites.session_of(Role.MANAGER): [
            "/mentoring/coverage", "/mentoring/coverage?q=zzzz", "/mentoring/coverage/missing",
            "/mentoring/disputes", "/mentoring/disputes?state=decided", f"/mentoring/disputes/{disputed}",
            "/mentoring/pairs/1/story", "/mentoring/templates", "/mentoring/templates/new", here,
        ],
    }  # fmt: skip
    for token, paths in looks.items():
        page, examiner = open_page(token, width, language)
        for path in paths:
            answer = page.goto(f"{sites.course}{path}")
            assert answer is not None
            assert answer.status == 200, path
            examiner.examine(page.main_frame)


def test_a_meeting_that_both_report_arrives_as_minutes_in_the_hosts_gradebook(
    open_page: Open, sites: TwoSites
) -> None:
    appointment, _place = waiting_meeting(sites)
    sites.work()
    # One meeting of 90 of 1,080 minutes was credited before: a twelfth of 12 points.
    assert in_the_host(sites) == Decimal(1)

    captain, _examiner = open_page(sites.session_of_person(CAPTAIN), WIDE, ENGLISH)
    captain.goto(f"{sites.course}/mentoring/meetings/{appointment}/note")
    captain.get_by_label("Note", exact=True).fill("We chose the **market** flood.")
    expect(captain.locator("[data-note-state]")).to_contain_text("Kept at")
    captain.get_by_role("button", name="Save for both").click()
    expect(captain.locator("strong", has_text="market")).to_be_visible()

    ambassador, examiner = open_page(sites.session_of_person(AMBASSADOR), NARROW, ENGLISH)
    ambassador.goto(f"{sites.course}/mentoring/meetings/{appointment}")
    expect(ambassador.locator("strong", has_text="market")).to_be_visible()
    examiner.examine(ambassador.main_frame)
    ambassador.get_by_role("button", name="As planned").click()
    expect(ambassador.get_by_text("Credited: 1 h 30 min")).to_be_visible()
    sites.work()
    assert in_the_host(sites) == Decimal(2)

    ambassador.goto(f"{sites.course}/grades/mine")
    expect(ambassador.locator("#receipt-MEN")).to_contain_text("2")
    captain.goto(f"{sites.course}/mentoring/mentees")
    expect(captain.get_by_text("3 h", exact=True).first).to_be_visible()
