"""The pages of hours in real Chromium: accessible, whole at every width, in both languages, by keyboard."""

import dataclasses
import json
import threading
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.database import db
from tests.bootcamp.lived_camp import EVENING, Lived, live
from tests.browser.examination import Examiner
from tests.browser.test_pieces import CHROMIUM
from tests.builders import signed_in

pytestmark = pytest.mark.browser

COOKIE = "__Host-sca_lms"
OPEN_ALL = "document.querySelectorAll('main details').forEach((each) => { each.open = true; })"
OVERLAPPING = """() => [...document.querySelectorAll('.strip.tall svg')].flatMap((drawing) => {
  const frame = drawing.getBoundingClientRect();
  return [...drawing.querySelectorAll('text')]
    .filter((text) => {
      const box = text.getBoundingClientRect();
      return box.left < frame.left - 1 || box.right > frame.right + 1;
    })
    .map((text) => text.textContent);
})"""


@dataclasses.dataclass(frozen=True)
class House:
    """A running tool whose camp is in the evening of its second day."""

    app: Flask
    address: str
    lived: Lived

    def enter(self, context: BrowserContext, enrolment_id: int) -> Page:
        """Open a page as somebody."""
        cookie = signed_in(self.app, enrolment_id).get_cookie(COOKIE)
        assert cookie is not None
        context.add_cookies([{"name": "sca_lms", "value": cookie.value, "url": self.address}])
        return context.new_page()

    def course(self, path: str = "") -> str:
        """Return the address of a page of the course."""
        return f"{self.address}/courses/{self.lived.course_id}/{path}"


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    app = create_app(dataclasses.replace(settings, public_url="http://127.0.0.1"))
    lived = live(app)
    with time_machine.travel(EVENING, tick=True):
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield House(app, f"http://127.0.0.1:{server.port}", lived)
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


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_of_hours_is_whole_and_accessible(
    chromium: Browser, house: House, width: int, language: str
) -> None:
    examiner = Examiner(language)
    learner_id = house.lived.learner_id
    with chromium.new_context(viewport={"width": width, "height": 800}, locale=language) as context:
        page = house.enter(context, learner_id)
        examiner.listen(page)
        for path in ("", "hours", "hours?show=pending", f"hours/{learner_id}/transcript"):
            page.goto(house.course(path))
            page.evaluate(OPEN_ALL)
            examiner.examine(page.main_frame)
            assert page.evaluate(OVERLAPPING) == []
        page.goto(f"{house.address}/verify/hours")
        examiner.examine(page.main_frame)
        page.locator("#text").fill("not a transcript")
        page.locator("main button[type=submit]").click()
        examiner.examine(page.main_frame, "refused")
    with chromium.new_context(viewport={"width": width, "height": 800}, locale=language) as context:
        page = house.enter(context, house.lived.instructor_id)
        examiner.listen(page)
        page.goto(house.course(f"hours/{learner_id}"))
        examiner.examine(page.main_frame)
    assert examiner.faults == []
    assert len(examiner.examined) == 7


def test_a_line_opens_by_keyboard_and_says_why(chromium: Browser, house: House) -> None:
    with chromium.new_context(viewport={"width": 360, "height": 800}, locale="en") as context:
        page = house.enter(context, house.lived.learner_id)
        page.goto(house.course("hours"))
        why = page.locator("summary", has_text="Why 205, not 210")
        story = page.locator("li", has=why).locator("dl.sum")
        expect(story).to_be_hidden()
        why.focus()
        page.keyboard.press("Enter")
        expect(story).to_be_visible()
        expect(story).to_contain_text("Came back late from the break, at 10:50")


def test_a_downloaded_transcript_is_believed_and_a_changed_one_is_not(
    chromium: Browser, house: House
) -> None:
    with chromium.new_context(locale="en", accept_downloads=True) as context:
        page = house.enter(context, house.lived.learner_id)
        page.goto(house.course(f"hours/{house.lived.learner_id}/transcript"))
        with page.expect_download() as saved:
            page.locator("a", has_text="JSON").click()
        assert saved.value.suggested_filename.endswith(".json")
        assert "ปวีณา" in saved.value.suggested_filename
        text = saved.value.path().read_text(encoding="utf-8")
        page.get_by_role("link", name="Check a transcript").click()
        page.locator("#file").set_input_files(saved.value.path())
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_text("The chain is unbroken.")).to_be_visible()
        expect(page.get_by_text("It stands here: yes.")).to_be_visible()
        document = json.loads(text)
        document["ledger"]["entries"][0]["minutes"] = 210
        page.locator("#text").fill(json.dumps(document))
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_text("The chain is broken.")).to_be_visible()
        expect(page.get_by_text("It stands here: no.")).to_be_visible()


def test_on_paper_nothing_stands_but_the_transcript(chromium: Browser, house: House) -> None:
    with chromium.new_context(locale="th") as context:
        page = house.enter(context, house.lived.learner_id)
        page.goto(house.course(f"hours/{house.lived.learner_id}/transcript"))
        page.emulate_media(media="print")
        for part in (".topbar", ".dock", ".downloads"):
            expect(page.locator(part).first).to_be_hidden()
        expect(page.get_by_text("รายการในบัญชีชั่วโมง").first).to_be_visible()
