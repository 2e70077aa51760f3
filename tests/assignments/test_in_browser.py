"""A work in real Chromium: written without a network, with files, handed in, readable on every screen."""

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.assignments.models import Submission, Work, WorkFile
from sca_lms.config import Settings
from sca_lms.database import db
from tests.assignments.builders import DAY, PNG
from tests.assignments.house import House, open_house

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclasses.dataclass(frozen=True)
class Site:
    """A running tool with one open assignment."""

    app: Flask
    address: str
    house: House

    @property
    def work(self) -> str:
        return f"{self.address}{self.house.work}"

    def enter(self, context: BrowserContext, *, teacher: bool = False) -> Page:
        client = self.house.teacher if teacher else self.house.learner
        cookie = client.get_cookie("__Host-sca_lms")
        assert cookie is not None
        context.add_cookies([{"name": "sca_lms", "value": cookie.value, "url": self.address}])
        return context.new_page()


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    app = create_app(dataclasses.replace(settings, public_url="http://127.0.0.1"))
    at = clock.now()
    house = open_house(app, due_at=at + DAY, closes_at=at + 2 * DAY)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(app, f"http://127.0.0.1:{server.port}", house)
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


def looked_at(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    broken = [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found["violations"]]
    # What a floating bar covers for the moment counts as too small, although it scrolls out again.
    assert [fault for fault in broken if fault[0] != "target-size"] == [], page.url
    assert page.evaluate(SIDEWAYS) <= 0, page.url


@pytest.mark.parametrize(("locale", "width"), [("th-TH", 360), ("en-GB", 1280)])
def test_what_is_written_offline_is_sent_later_and_handed_in_with_its_file(
    site: Site, chromium: Browser, tmp_path: Path, locale: str, width: int
) -> None:
    context = chromium.new_context(locale=locale, viewport={"width": width, "height": 800})
    context.set_default_timeout(10_000)
    page = site.enter(context)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(site.work)
    looked_at(page)
    state = page.locator("[data-save-state]")
    page.locator("#text").fill("ก่อนเน็ตหลุด")
    expect(state).to_have_attribute("data-state", "saved")
    expect(page.locator("[name=draft_version]")).to_have_value("2")
    context.set_offline(True)
    page.locator("#text").fill("เขียนตอนไม่มีเน็ต")
    expect(state).to_have_attribute("data-state", "offline")
    assert "เขียนตอนไม่มีเน็ต" in page.evaluate("JSON.stringify({...localStorage})")
    context.set_offline(False)
    expect(state).to_have_attribute("data-state", "saved")
    expect(page.locator("[name=draft_version]")).to_have_value("3")
    assert page.evaluate("localStorage.length") == 0
    file = tmp_path / "แผนงาน.png"
    file.write_bytes(PNG)
    wrong = tmp_path / "wrong.png"
    wrong.write_text("not a picture")
    page.locator("#file").set_input_files(wrong)
    expect(page.locator("[data-upload-error]")).to_be_visible()
    page.locator("#file").set_input_files(file)
    expect(page.locator("[data-files]")).to_contain_text("แผนงาน.png")
    page.locator("button[value=hand-in]").click()
    page.wait_for_url("**/versions/1")
    looked_at(page)
    page.goto(f"{site.address}{site.house.course}/assignments/")
    looked_at(page)
    assert failures == []
    with site.app.app_context():
        submission = db.session.scalars(sa.select(Submission)).one()
        assert submission.text == "เขียนตอนไม่มีเน็ต"
        files = db.session.scalars(sa.select(WorkFile).where(WorkFile.submission_id == submission.id)).all()
        assert len(files) == 1
    context.close()


def test_two_tabs_lose_neither_text(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(10_000)
    one = site.enter(context)
    one.goto(site.work)
    other = context.new_page()
    other.goto(site.work)
    one.locator("#text").fill("from the first tab")
    expect(one.locator("[name=draft_version]")).to_have_value("2")
    other.locator("#text").fill("from the second tab")
    expect(other.locator("[data-theirs-text]")).to_have_text("from the first tab")
    expect(other.locator("#text")).to_have_value("from the second tab")
    looked_at(other)
    other.locator("[data-join]").click()
    expect(other.locator("[name=draft_version]")).to_have_value("3")
    with site.app.app_context():
        kept = db.session.scalars(sa.select(Work.draft_text)).one()
    assert kept == "from the second tab\n\nfrom the first tab"
    context.close()


@pytest.mark.parametrize(("locale", "width"), [("th-TH", 360), ("en-GB", 1280)])
def test_every_page_of_staff_is_accessible_and_fits(
    site: Site, chromium: Browser, locale: str, width: int
) -> None:
    context = chromium.new_context(locale=locale, viewport={"width": width, "height": 800})
    page = site.enter(context, teacher=True)
    course = f"{site.address}{site.house.course}"
    for address in (
        f"{course}/assignments/", f"{course}/assignments/new", f"{site.work}/overview", f"{site.work}/edit",
        f"{site.work}/preview", f"{site.work}/extensions", f"{course}/rubrics", f"{course}/rubrics/new",
        f"{course}/rubrics/{site.house.rubric_id}", f"{course}/rubrics/{site.house.rubric_id}/preview",
    ):  # fmt: skip
        page.goto(address)
        looked_at(page)
    page.goto(f"{course}/rubrics/{site.house.rubric_id}")
    expect(page.locator("[data-sum]")).to_contain_text("100")
    page.locator("#add-criterion").click()
    expect(page.locator("#c2-title-th")).to_be_focused()
    page.locator("#c2-weight").fill("25.5")
    expect(page.locator("[data-sum]")).to_contain_text("125.5")
    context.close()
