"""The attendance grid in real Chromium: typed by keyboard, pasted from a sheet, shown first, then stored."""

import dataclasses
import datetime as dt
import threading
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from sca_lms.app import create_app
from sca_lms.attendance import queries
from sca_lms.config import Settings
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.attendance.camp import MINUTE, a_camp, attend, attend_whole, close_all, session_of
from tests.browser.examination import Examiner
from tests.browser.test_pieces import CHROMIUM
from tests.builders import a_person, an_enrolment, signed_in

pytestmark = pytest.mark.browser

COOKIE = "__Host-sca_lms"
NOW = dt.datetime(2022, 9, 6, 3, tzinfo=dt.UTC)
NAMES = ("กานต์", "ชยพล", "ปวีณา", "เอมอร")
FIRST, SECOND = "D01A", "D01B"
PATIENCE_MS = 15_000
# Tall enough that neither the dock nor the action bar lies over what is examined.
WHOLE_PAGE = 4_000
FOCUSED = "document.activeElement.name"


@dataclasses.dataclass(frozen=True)
class House:
    """A running tool with a camp whose first morning is over: one was late, one was there, two were not."""

    app: Flask
    address: str
    course_id: int
    staff_id: int
    learner_ids: tuple[int, ...]
    """In the order of the grid's rows."""
    sessions: dict[str, int]

    def grid(self, query: str = "") -> str:
        return f"{self.address}/courses/{self.course_id}/attendance{query}"

    def enter(self, context: BrowserContext) -> Page:
        cookie = signed_in(self.app, self.staff_id).get_cookie(COOKIE)
        assert cookie is not None
        context.add_cookies([{"name": "sca_lms", "value": cookie.value, "url": self.address}])
        context.set_default_timeout(PATIENCE_MS)
        return context.new_page()

    def name(self, row: int, session: str) -> str:
        return f"c.{self.learner_ids[row]}.{self.sessions[session]}"

    def cell(self, page: Page, row: int, session: str = FIRST) -> Locator:
        return page.locator(f'input[name="{self.name(row, session)}"]')

    def minutes(self, row: int) -> list[int]:
        with self.app.app_context():
            return [entry.minutes for entry in queries.ledger(self.learner_ids[row])]


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    app = create_app(dataclasses.replace(settings, public_url="http://127.0.0.1"))
    with time_machine.travel(NOW, tick=True):
        with app.app_context(), transaction():
            course = a_camp()
            people = [an_enrolment(course, a_person(name, "ใจดี")) for name in NAMES]
            staff = an_enrolment(course, roles={Role.INSTRUCTOR})
            first = session_of(course, FIRST)
            attend(first, people[0], (first.starts_at + 15 * MINUTE, first.ends_at))
            attend_whole(first, people[1])
            close_all([first])
            ids = course.id, staff.id, tuple(each.id for each in people)
            sessions = {code: session_of(course, code).id for code in (FIRST, SECOND)}
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield House(app, f"http://127.0.0.1:{server.port}", *ids, sessions)
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


@pytest.fixture
def desk(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    opened.grant_permissions(["clipboard-read", "clipboard-write"])
    yield opened
    opened.close()


@pytest.fixture
def typing(house: House, desk: BrowserContext) -> Page:
    """Return the grid opened for typing, by way of the button that leads there."""
    page = house.enter(desk)
    page.goto(house.grid())
    page.get_by_role("link", name="Type attendance").click()
    expect(page.locator("[data-grid-count]")).to_have_text("Nothing typed yet")
    return page


def paste(page: Page, text: str) -> None:
    """Put a text on the clipboard, as a spreadsheet does, and press the keys that paste it."""
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")


def show_difference(page: Page) -> None:
    page.get_by_role("button", name="Show the difference").click()
    page.wait_for_load_state()


def test_arrow_keys_and_enter_move_between_cells_and_leave_typed_text_alone(
    house: House, typing: Page
) -> None:
    house.cell(typing, 0).focus()
    for key, row, session in (
        ("ArrowDown", 1, FIRST), ("ArrowRight", 1, SECOND), ("ArrowUp", 0, SECOND),
        ("ArrowLeft", 0, FIRST), ("Enter", 1, FIRST), ("ArrowUp", 0, FIRST), ("ArrowUp", 0, FIRST),
    ):  # fmt: skip
        typing.keyboard.press(key)
        assert typing.evaluate(FOCUSED) == house.name(row, session)
    typing.keyboard.type("08:30-")
    for key in ("ArrowLeft", "ArrowLeft"):
        typing.keyboard.press(key)
        assert typing.evaluate(FOCUSED) == house.name(0, FIRST), "the arrow moves inside the text"
    typing.keyboard.press("End")
    typing.keyboard.press("ArrowRight")
    assert typing.evaluate(FOCUSED) == house.name(0, SECOND)
    expect(typing.locator("[data-grid-count]")).to_have_text("Cells typed: 1")


def test_enter_in_the_last_row_does_not_send_the_form(house: House, typing: Page) -> None:
    house.cell(typing, len(NAMES) - 1).fill("f")
    typing.keyboard.press("Enter")
    assert typing.url.endswith("edit=1")
    expect(house.cell(typing, len(NAMES) - 1)).to_have_value("f")


def test_a_block_from_a_sheet_is_pasted_shown_as_a_difference_and_stored_at_once(
    house: House, typing: Page
) -> None:
    house.cell(typing, 0).focus()
    paste(typing, "f\tf\r\n0\t\r\n08:30-10:30\t13:15-\r\n")
    for row, first, second in ((0, "f", "f"), (1, "0", ""), (2, "08:30-10:30", "13:15-"), (3, "", "")):
        expect(house.cell(typing, row)).to_have_value(first)
        expect(house.cell(typing, row, SECOND)).to_have_value(second)
    expect(typing.locator("[data-grid-count]")).to_have_text("Cells typed: 5")
    show_difference(typing)
    expect(typing.get_by_role("heading", name="5 cells change")).to_be_visible()
    late = typing.get_by_role("row", name="กานต์").first
    expect(late).to_contain_text("08:45 to 12:15")
    expect(late).to_contain_text("08:30 to 12:15")
    assert [house.minutes(row) for row in range(3)] == [[195], [210], []], "nothing is stored yet"
    typing.get_by_role("button", name="Store attendance").click()
    expect(typing.get_by_text("5 cells were stored.")).to_be_visible()
    assert [house.minutes(row) for row in range(3)] == [[195, -195, 210], [210, -210], [120]]
    line = typing.get_by_role("row", name="ปวีณา")
    expect(line.get_by_role("cell").first).to_have_text("120")


def test_a_block_that_is_larger_than_the_grid_fills_what_there_is(house: House, typing: Page) -> None:
    house.cell(typing, len(NAMES) - 1).focus()
    paste(typing, "f\t0\nf\t0\n")
    expect(house.cell(typing, len(NAMES) - 1)).to_have_value("f")
    expect(typing.locator("[data-grid-count]")).to_have_text("Cells typed: 2")


def test_one_word_is_pasted_as_into_any_field(house: House, typing: Page) -> None:
    house.cell(typing, 0).fill("08:30-")
    paste(typing, "12:15")
    expect(house.cell(typing, 0)).to_have_value("08:30-12:15")


def test_a_fault_keeps_everything_and_is_put_right_on_the_spot(house: House, typing: Page) -> None:
    house.cell(typing, 0).fill("f")
    house.cell(typing, 2).fill("half past")
    show_difference(typing)
    alert = typing.get_by_role("alert")
    expect(alert).to_contain_text("1 fault; nothing was stored.")
    expect(alert).to_be_focused()
    wrong = typing.locator(f'input[name="{house.name(2, FIRST)}"]')
    expect(wrong).to_have_value("half past")
    wrong.fill("09:00-12:15")
    show_difference(typing)
    expect(typing.get_by_role("heading", name="2 cells change")).to_be_visible()
    typing.get_by_role("button", name="Store attendance").click()
    expect(typing.get_by_text("2 cells were stored.")).to_be_visible()
    assert (house.minutes(0), house.minutes(2)) == ([195, -195, 210], [180])


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["th", "en"])
def test_every_step_is_accessible_and_whole(
    house: House, chromium: Browser, width: int, language: str
) -> None:
    examiner = Examiner(language)
    with chromium.new_context(
        locale="th-TH" if language == "th" else "en-GB", viewport={"width": width, "height": WHOLE_PAGE}
    ) as context:
        page = house.enter(context)
        examiner.listen(page)
        for query in ("", "?edit=1", "?q=nobody"):
            page.goto(house.grid(query))
            examiner.examine(page.main_frame)
        page.goto(house.grid("?edit=1"))
        house.cell(page, 0).fill("f")
        house.cell(page, 2).fill("๐๘.๓๐-")
        page.locator("form[data-grid] button[type=submit]").click()
        examiner.examine(page.main_frame, "difference")
        page.go_back()
        house.cell(page, 1).fill("?")
        page.locator("form[data-grid] button[type=submit]").click()
        examiner.examine(page.main_frame, "faults")
    assert examiner.faults == []
    assert len(examiner.examined) == 5
