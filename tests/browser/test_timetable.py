"""The timetable builder in real Chromium: keyboard, mouse, refusals, and what a change does to people."""

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.attendance.models import AttendanceSession, SessionState
from sca_lms.attendance.timetable import cancel
from sca_lms.bootcamp import timetable_operations, timetable_queries
from sca_lms.bootcamp.timetable_rules import shifted
from sca_lms.config import Settings
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.attendance.camp import a_camp, attend, close_all, session_of
from tests.browser.examination import Examiner
from tests.browser.test_pieces import CHROMIUM
from tests.builders import a_person, an_enrolment, signed_in

pytestmark = pytest.mark.browser

NOW = dt.datetime(2022, 9, 14, 3, tzinfo=dt.UTC)
BANGKOK = ZoneInfo("Asia/Bangkok")
COOKIE = "__Host-sca_lms"
NARROW, WIDE, WHOLE_PAGE = 360, 1280, 6_000
PATIENCE_MS = 20_000
MOST_TABS = 80
PATHS = (
    "",
    "?view=list",
    "/edit?week=2022-09-26",
    "/edit?view=list&category=SOF",
    "/edit/new",
    "/edit/import",
    "/edit/sessions/S1",
    "/edit/sessions/D02A/change",
    "/edit/sessions/D02A/cancel",
    "/edit/sessions/D20A/history",
)


@dataclasses.dataclass(frozen=True)
class House:
    """A running tool with a camp of which a session was cancelled and two are drafts."""

    app: Flask
    address: str
    course_id: int
    manager_id: int

    @property
    def timetable(self) -> str:
        return f"{self.address}/courses/{self.course_id}/timetable"

    def session(self, code: str) -> AttendanceSession:
        with self.app.app_context():
            return session_of(db.session.get_one(Course, self.course_id), code)


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    app = create_app(dataclasses.replace(settings, public_url="http://127.0.0.1"))
    with time_machine.travel(NOW), app.app_context(), transaction():
        course = a_camp()
        manager = an_enrolment(course, a_person("อารี"), roles={Role.MANAGER})
        learner = an_enrolment(course, a_person("ปวีณา"))
        early = session_of(course, "D02A")
        attend(early, learner, (early.starts_at, early.ends_at))
        close_all([early])
        cancel(session_of(course, "D20A"), reason="ฝนตก", person_id=manager.person_id, at=clock.now())
        like = timetable_queries.workbench(course).plan_by_code["D19A"]
        times = shifted(like.times, BANGKOK, days=1)
        drafts = [
            replace(like, code="S1", times=times, room="301", groups=("N", "S"), published=False),
            replace(like, code="S2", times=times, room="302", groups=("NE", "C"), published=False),
        ]
        timetable_operations.change_drafts(course, drafts, verb="add", person_id=None, at=clock.now())
        course_id, manager_id = course.id, manager.id
    with time_machine.travel(NOW):
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield House(app, f"http://127.0.0.1:{server.port}", course_id, manager_id)
        server.shutdown()
        thread.join()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--headless", "--disable-gpu"]
        )
        yield browser
        browser.close()


Open = Callable[..., tuple[Page, Examiner]]


@pytest.fixture
def open_page(chromium: Browser, house: House) -> Iterator[Open]:
    """Open a window for the manager; what is wrong on its pages fails the test."""
    examiners: list[Examiner] = []
    with ExitStack() as opened:

        def start(
            width: int = WIDE, language: str = "en", height: int = 1000, *, script: bool = True
        ) -> tuple[Page, Examiner]:
            context: BrowserContext = chromium.new_context(
                viewport={"width": width, "height": height},
                locale="th-TH" if language == "th" else "en-GB",
                java_script_enabled=script,
            )
            opened.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            cookie = signed_in(house.app, house.manager_id).get_cookie(COOKIE)
            assert cookie is not None
            context.add_cookies([{"name": "sca_lms", "value": cookie.value, "url": house.address}])
            page = context.new_page()
            examiner = Examiner(language)
            examiner.listen(page)
            examiners.append(examiner)
            return page, examiner

        yield start
    assert [fault for examiner in examiners for fault in examiner.faults] == []


def builder(page: Page, house: House) -> None:
    page.goto(f"{house.timetable}/edit?week=2022-09-26")
    expect(page.locator("[data-slot=S1] [data-grip]")).to_be_visible()


def said(page: Page) -> str:
    return page.locator("[data-announce]").inner_text()


def test_arrow_keys_move_a_draft_and_say_where_it_is(open_page: Open, house: House) -> None:
    page, _examiner = open_page()
    builder(page, house)
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-slot=S1] [data-grip]')"):
            break
    else:
        raise AssertionError("the Tab key never came to the handle")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert said(page).endswith("Thursday 29 September, 09:00–12:45")
    page.keyboard.press("ArrowLeft")
    assert said(page).endswith("Wednesday 28 September, 09:00–12:45")
    page.keyboard.press("Escape")
    assert said(page).endswith("Thursday 29 September, 08:30–12:15")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("[data-announce]")).to_have_text("Saved.")
    assert house.session("S1").starts_at == dt.datetime(2022, 9, 30, 1, 15, tzinfo=dt.UTC)
    focused = page.evaluate("document.activeElement.closest('[data-slot]')?.dataset.slot")
    assert focused == "S1"
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-announce]")).to_have_text("Saved.")
    assert house.session("S1").starts_at == dt.datetime(2022, 9, 29, 1, 15, tzinfo=dt.UTC)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-slot=S1] [data-slot-time]")).to_have_text("08:15–12:00")
    assert house.session("S1").starts_at == dt.datetime(2022, 9, 30, 1, 15, tzinfo=dt.UTC)


def test_moving_out_of_the_week_shows_the_week_it_moved_to(open_page: Open, house: House) -> None:
    page, _examiner = open_page(language="th")
    builder(page, house)
    page.locator("[data-slot=S1] [data-grip]").focus()
    for _press in range(4):
        page.keyboard.press("ArrowRight")
    assert "วันจันทร์ที่ 3 ตุลาคม" in said(page)
    page.keyboard.press("Enter")
    expect(page.locator("#week-title")).to_contain_text("3–9 ต.ค. 2565")
    assert page.url.endswith("week=2022-10-03")


def test_the_mouse_drags_a_draft_to_another_day_and_time(open_page: Open, house: House) -> None:
    page, _examiner = open_page(height=WHOLE_PAGE)
    builder(page, house)
    grip = page.locator("[data-slot=S1] [data-grip]")
    there = page.locator("[data-day='2022-10-01'] .week-slots")
    box, target = grip.bounding_box(), there.bounding_box()
    assert box is not None
    assert target is not None
    from_x, from_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    step = page.evaluate(
        """() => getComputedStyle(document.querySelector('[data-week]')).gridTemplateRows
             .split(' ').map(parseFloat).slice(3, 7).reduce((sum, height) => sum + height, 0)"""
    )
    page.mouse.move(from_x, from_y)
    page.mouse.down()
    page.mouse.move(from_x + 5, from_y + 5)
    page.mouse.move(target["x"] + target["width"] / 2, from_y + step, steps=8)
    assert "Saturday 1 October, 09:30–13:15" in said(page)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert house.session("S1").starts_at == dt.datetime(2022, 9, 29, 1, 30, tzinfo=dt.UTC)
    page.mouse.move(from_x, from_y)
    page.mouse.down()
    page.mouse.move(target["x"] + target["width"] / 2, from_y + step, steps=8)
    page.mouse.up()
    expect(page.locator("[data-day='2022-10-01'] [data-slot=S1]")).to_be_visible()
    assert house.session("S1").starts_at == dt.datetime(2022, 10, 1, 2, 30, tzinfo=dt.UTC)


def test_publishing_is_refused_with_links_that_lead_to_the_sessions(open_page: Open, house: House) -> None:
    page, _examiner = open_page()
    builder(page, house)
    page.get_by_role("button", name="Publish the drafts").click()
    refusal = page.locator("[data-error-code=not-publishable]")
    expect(refusal).to_be_focused()
    expect(refusal).to_contain_text("The timetable cannot be published yet.")
    faults = page.locator(".plan-faults > li")
    assert faults.count() >= 2
    faults.first.get_by_role("link").first.click()
    page.wait_for_load_state()
    expect(page.locator("table.as-cards tbody tr").first).to_be_visible()
    assert house.session("S1").state is SessionState.DRAFT


def test_what_a_draft_adds_up_to_is_shown_while_it_is_typed(open_page: Open, house: House) -> None:
    page, _examiner = open_page()
    page.goto(f"{house.timetable}/edit/sessions/S1")
    live = page.locator("[data-live-sum]")
    expect(live).to_contain_text("This session counts 3 h 30 min")
    page.get_by_label("Ends").fill("2022-09-29T12:45")
    expect(live).to_contain_text("This session counts 4 h.")
    expect(live).to_contain_text("(North, South)")
    page.locator("input[name=breaks-1-start]").fill("11:00")
    page.locator("input[name=breaks-1-end]").fill("11:30")
    expect(live).to_contain_text("This session counts 3 h 30 min")


def test_a_change_shows_who_loses_minutes_before_it_is_made(open_page: Open, house: House) -> None:
    page, examiner = open_page()
    page.goto(f"{house.timetable}/edit/sessions/D02A/change")
    page.get_by_label("Begins").fill("2022-09-06T09:30")
    page.get_by_label("Reason").fill("The hall opened late.")
    page.get_by_role("button", name="See what it does").click()
    row = page.get_by_role("row").filter(has_text="ปวีณา")
    expect(row).to_contain_text("−1 h")
    examiner.examine(page.main_frame, "preview")
    assert house.session("D02A").revision == 1
    page.get_by_role("button", name="Change the session").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    assert house.session("D02A").revision == 2


def test_without_scripts_plain_forms_do_all_of_it(open_page: Open, house: House) -> None:
    page, _examiner = open_page(script=False)
    page.goto(f"{house.timetable}/edit?week=2022-09-26")
    assert page.locator("[data-grip]:visible").count() == 0
    page.locator("[data-slot=S1] a").click()
    page.locator("input[name=starts_at]").fill("2022-09-29T08:45")
    page.get_by_role("button", name="Save the draft").click()
    assert house.session("S1").starts_at == dt.datetime(2022, 9, 29, 1, 45, tzinfo=dt.UTC)
    page.locator("[data-slot=S1] a").click()
    page.get_by_role("button", name="Duplicate").click()
    assert house.session("S1-2").state is SessionState.DRAFT
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-slot=S1-2]")).to_have_count(0)


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_page_is_accessible_and_whole(open_page: Open, house: House, width: int, language: str) -> None:
    page, examiner = open_page(width, language, WHOLE_PAGE)
    for path in PATHS:
        answer = page.goto(f"{house.timetable}{path}")
        assert answer is not None
        assert answer.status == 200
        examiner.examine(page.main_frame)
    page.goto(f"{house.timetable}/edit/import")
    page.locator("textarea[name=text]").fill("code,category,title_th,start,end\nX 1,KNO,ก,2565-09-05 08:30,")
    page.locator(".actionbar .btn-primary").click()
    examiner.examine(page.main_frame, "faults of a file")
    sound = "code,category,title_th,start,end,groups\nX1,KNO,ก,2022-10-03 08:30,2022-10-03 09:30,N"
    page.locator("textarea[name=text]").fill(sound)
    page.locator(".actionbar .btn-primary").click()
    examiner.examine(page.main_frame, "what a file changes")
