"""The gradebook in real Chromium: moved through by keyboard, one score set, in two sizes and languages."""

import dataclasses
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from sca_lms.app import create_app
from sca_lms.config import Settings
from tests.browser.examination import Examiner
from tests.browser.test_pieces import CHROMIUM
from tests.builders import signed_in
from tests.gradebook.house import House

pytestmark = pytest.mark.browser

COOKIE = "__Host-sca_lms"
PATIENCE_MS = 15_000
# Tall enough that neither the dock nor the action bar lies over what is examined.
WHOLE_PAGE = 4_000
WORD = "document.activeElement.innerText"


@dataclasses.dataclass(frozen=True)
class Site:
    """The running tool."""

    house: House
    address: str

    def enter(self, browser: Browser, who: int, *, width: int = 1280, locale: str = "en-GB") -> Page:
        context = browser.new_context(viewport={"width": width, "height": WHOLE_PAGE}, locale=locale)
        cookie = signed_in(self.house.app, who).get_cookie(COOKIE)
        assert cookie is not None
        context.add_cookies([{"name": "sca_lms", "value": cookie.value, "url": self.address}])
        context.set_default_timeout(PATIENCE_MS)
        return context.new_page()


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    app: Flask = create_app(dataclasses.replace(settings, public_url="http://127.0.0.1"))
    house = House(app)
    house.mark(0, "80")
    house.mark(1, "30")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(house, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.mark.parametrize(("width", "locale"), [(1280, "en-GB"), (360, "th-TH")])
def test_every_page_is_whole_and_accessible(site: Site, browser: Browser, width: int, locale: str) -> None:
    house, examiner = site.house, Examiner(locale[:2])
    visits = [
        (house.staff_id, house.address()),
        (house.staff_id, house.address("?order=total&direction=down&state=not-graded")),
        (house.staff_id, house.cell(0)),
        (house.staff_id, house.cell(0, "ASSIGNMENT:A1")),
        (house.staff_id, house.address("/files")),
        (house.manager_id, house.address("/weights")),
        (house.ids[0], f"/courses/{house.course_id}/grades/mine"),
    ]
    for who, address in visits:
        page = site.enter(browser, who, width=width, locale=locale)
        examiner.listen(page)
        page.goto(site.address + address)
        examiner.examine(page.main_frame)
        page.context.close()
    assert not examiner.faults, "\n".join(examiner.faults)


def test_arrow_keys_move_through_the_grid_and_a_score_is_set_from_there(site: Site, browser: Browser) -> None:
    house = site.house
    page = site.enter(browser, house.staff_id)
    page.goto(site.address + house.address())
    page.locator("tbody [data-cell]").first.focus()
    page.keyboard.press("ArrowRight")
    assert "80" in page.evaluate(WORD)
    page.keyboard.press("ArrowDown")
    assert "30" in page.evaluate(WORD)
    page.keyboard.press("Home")
    assert "ชยพล" in page.evaluate(WORD)
    expect(page.locator('[data-cell][tabindex="0"]')).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_label("Score", exact=True).fill("75")
    page.get_by_label("Reason", exact=True).fill("ตรวจข้อสอบใหม่")
    page.get_by_role("button", name="Set the score").click()
    expect(page.get_by_text("The score is set.")).to_be_visible()
    house.work_out()
    assert house.score(1)[0] == 75


def test_the_sum_of_weights_follows_while_typing(site: Site, browser: Browser) -> None:
    page = site.enter(browser, site.house.manager_id)
    page.goto(site.address + site.house.address("/weights"))
    warning = page.locator("[data-not-full]")
    expect(warning).to_be_hidden()
    page.locator("#w0").fill("10.5")
    expect(page.locator("[data-sum]")).to_have_text("70.5")
    expect(warning).to_be_visible()
