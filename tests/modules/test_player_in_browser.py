"""The unit player in real Chromium: video is measured, a class opens in a tab, the keyboard is enough."""

import dataclasses
import datetime as dt
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    expect,
    sync_playwright,
)
from werkzeug.serving import make_server

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.courses.sessions import SessionGrant
from sca_lms.database import db, transaction
from sca_lms.modules.models import Unit, UnitEvidence
from tests.builders import a_person, an_enrolment, signed_in
from tests.modules.builders import (
    AFTER_CLASS,
    IN_CLASS,
    a_learner_of_a_new_course,
    a_unit,
    first_module,
    second_module,
    with_modules,
)

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COOKIE = "__Host-sca_lms"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SAMPLE_VIDEO = "/static/samples/a-day-with-an-ambassador.webm"
# Tall enough that the dock of a phone never lies over what is examined.
WHOLE_PAGE = 4000


@dataclasses.dataclass(frozen=True)
class House:
    """A running tool with one course, one learner and one instructor."""

    app: Flask
    address: str
    course_id: int
    learner_id: int
    teacher_id: int

    def url(self, path: str = "") -> str:
        return f"{self.address}/courses/{self.course_id}/modules{path}"

    def enter(self, context: BrowserContext, enrolment_id: int) -> Page:
        cookie = signed_in(self.app, enrolment_id).get_cookie(COOKIE)
        assert cookie is not None
        context.add_cookies([{"name": "sca_lms", "value": cookie.value, "url": self.address}])
        return context.new_page()

    def let_time_pass(self) -> None:
        """Let ten minutes pass since everything, so that a film may be played faster than people can."""
        earlier = clock.now() - dt.timedelta(minutes=10)
        with self.app.app_context(), transaction():
            db.session.execute(sa.update(SessionGrant).values(granted_at=earlier))
            db.session.execute(sa.update(UnitEvidence).values(recorded_at=earlier))

    def kinds(self) -> set[str]:
        with self.app.app_context():
            return {kind.value for kind in db.session.scalars(sa.select(UnitEvidence.kind))}


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    app = create_app(dataclasses.replace(settings, public_url="http://127.0.0.1"))
    first = first_module()
    units = first["units"]
    assert isinstance(units, list)
    units[2] = a_unit("PB1.3", "video", url=SAMPLE_VIDEO, transcript={"th": "บทถอดเสียง", "en": "Transcript"})
    course_id, learner_id = a_learner_of_a_new_course(app, with_modules(first, second_module()))
    with app.app_context(), transaction():
        course = db.session.get_one(Course, course_id)
        teacher_id = an_enrolment(course, a_person("อารี"), roles={Role.INSTRUCTOR}).id
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield House(app, f"http://127.0.0.1:{server.port}", course_id, learner_id, teacher_id)
    server.shutdown()
    thread.join()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--headless",
                "--disable-gpu",
                "--autoplay-policy=no-user-gesture-required",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(locale="en-GB", timezone_id="Europe/Berlin")
    yield opened
    opened.close()


def test_what_those_who_teach_open_is_measured(house: House, context: BrowserContext) -> None:
    page = house.enter(context, house.teacher_id)
    with page.expect_response("**/length"):
        page.goto(house.url("/PB1/PB1.3"))
    with house.app.app_context():
        assert db.session.scalars(sa.select(Unit.video_seconds).where(Unit.code == "PB1.3")).one() == 60
    page.reload()
    assert page.locator("video[data-measure]").count() == 0


def test_watching_to_the_end_completes_the_unit_and_half_of_it_does_not(
    house: House, context: BrowserContext
) -> None:
    page = house.enter(context, house.learner_id)
    page.goto(house.url("/PB1/PB1.3"))
    figures = page.locator("[data-film-progress] .val")
    expect(figures).to_contain_text("0%")
    page.wait_for_function("document.querySelector('video').readyState >= 1")
    house.let_time_pass()
    page.evaluate("""async () => {
        const film = document.querySelector('video');
        film.muted = true; film.playbackRate = 16; await film.play();
        await new Promise((go) => {
            film.addEventListener('timeupdate', () => film.currentTime > film.duration / 2 && go());
        });
        film.pause();
    }""")
    expect(figures).not_to_contain_text("0% /")
    page.reload()
    expect(page.get_by_text("You go on where you stopped.")).to_be_visible()
    assert page.evaluate("document.querySelector('video').currentTime") > 5
    page.get_by_role("button", name="Start from the beginning").click()
    house.let_time_pass()
    page.evaluate("""async () => {
        const film = document.querySelector('video');
        film.muted = true; film.playbackRate = 16; await film.play();
        await new Promise((go) => film.addEventListener('ended', go));
    }""")
    expect(page.get_by_text("This unit is done.").first).to_be_visible()
    expect(figures).to_contain_text("100%")
    page.reload()
    expect(page.get_by_role("heading", name="You have done this unit")).to_be_visible()


def test_skipping_to_the_end_is_not_watching(house: House, context: BrowserContext) -> None:
    page = house.enter(context, house.learner_id)
    page.goto(house.url("/PB1/PB1.3"))
    page.wait_for_function("document.querySelector('video').readyState >= 1")
    with page.expect_response("**/watched"):
        page.evaluate("""async () => {
            const film = document.querySelector('video');
            film.muted = true; film.currentTime = film.duration - 1; film.playbackRate = 8; await film.play();
        }""")
    expect(page.get_by_role("heading", name="To complete this unit")).to_be_visible()


def test_one_click_records_the_attendance_and_opens_the_class_in_its_own_tab(
    house: House, context: BrowserContext
) -> None:
    context.route("https://meet.example.org/**", lambda route: route.fulfill(body="the classroom"))
    with time_machine.travel(IN_CLASS, tick=True):
        page = house.enter(context, house.learner_id)
        page.goto(house.url("/PB1/PB1.1"))
        expect(page.get_by_text("In your time zone, Europe/Berlin:")).to_be_visible()
        with context.expect_page() as opened:
            page.get_by_role("button", name="Enter the class").click()
        assert opened.value.url == "https://meet.example.org/pb1"
        expect(page.get_by_text("You were in this class.")).to_be_visible()
        assert house.kinds() == {"joined"}


def test_the_keyboard_alone_reads_marks_and_goes_on(house: House, context: BrowserContext) -> None:
    page = house.enter(context, house.learner_id)
    page.goto(house.url("/PB1/PB1.2"))
    for _step in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Mark as read":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("You have marked this as read.")).to_be_visible()
    page.get_by_role("link", name="Next unit").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/PB1.3")


def test_all_boxes_of_the_attendance_list_are_ticked_at_once_and_undone(
    house: House, context: BrowserContext
) -> None:
    with time_machine.travel(AFTER_CLASS, tick=True):
        page = house.enter(context, house.teacher_id)
        page.goto(house.url("/PB1/PB1.1/attendance"))
        page.get_by_role("button", name="Tick all").click()
        page.get_by_role("button", name="Save attendance").click()
        expect(page.get_by_text("1 person marked present.")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("input[name=present]")).not_to_be_checked()


PAGES = {
    "learner": [
        "",
        "/PB1",
        "/PB2",
        "/PB1/PB1.1",
        "/PB1/PB1.2?text=both",
        "/PB1/PB1.3",
        "/PB1/PB1.4",
        "/PB2/PB2.1",
    ],
    "teacher": ["", "/PB1", "/PB1/PB1.1", "/PB1/PB1.1/attendance"],
}


@pytest.mark.parametrize("locale", ["th-TH", "en-GB"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_is_accessible_and_fits_its_width(
    house: House, chromium: Browser, locale: str, width: int
) -> None:
    viewport = {"width": width, "height": WHOLE_PAGE}
    faults: list[str] = []
    with time_machine.travel(IN_CLASS, tick=True):
        for who, enrolment_id in (("learner", house.learner_id), ("teacher", house.teacher_id)):
            context = chromium.new_context(locale=locale, viewport=viewport)  # type: ignore[arg-type]  # Playwright's own dictionary type.
            page = house.enter(context, enrolment_id)
            page.on("console", partial(note_console, faults))
            page.on("pageerror", partial(note_error, faults))
            for path in PAGES[who]:
                page.goto(house.url(path))
                if page.evaluate(SIDEWAYS) > 0:
                    faults.append(f"{path} scrolls sideways")
                faults += axe_faults(context, page, path)
            context.close()
    assert faults == []


def note_console(faults: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        faults.append(message.text)


def note_error(faults: list[str], error: Error) -> None:
    faults.append(str(error))


def axe_faults(context: BrowserContext, page: Page, path: str) -> list[str]:
    # The page's own policy refuses scripts from elsewhere, the developer tools' door does not.
    tools = context.new_cdp_session(page)
    tools.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
    tools.detach()
    return [f"{path}: {fault['id']} {fault['nodes'][0]['html'][:120]}" for fault in found["violations"]]
