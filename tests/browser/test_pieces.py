"""The gallery of pieces in real Chromium: accessible, nothing cut, and polite in a host's frame."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, g, request
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.web import gallery
from tests.web.conftest import small_house

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Text that is taller than the box that cuts it off has lost a vowel or a tone mark.
CUT = """() => [...document.querySelectorAll('body *')]
  .filter((e) => {
    const style = getComputedStyle(e);
    return e.children.length === 0 && e.textContent.trim() && !e.closest('.visually-hidden, svg, select')
      && style.overflowY !== 'visible' && e.scrollHeight > e.clientHeight + 1;
  })
  .map((e) => e.outerHTML.slice(0, 120))"""
SMALL = """() => [...document.querySelectorAll('a, button, summary, select, input:not([type=hidden])')]
  .filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && !e.closest('p, li, .form-check') && box.height < 44;
  })
  .map((e) => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app = small_house(tmp_path_factory.mktemp("house"))
    _add_host(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def _add_host(app: Flask) -> None:
    """Stand in for a host that frames a page and writes down what it is told."""

    @app.get("/host")
    def host() -> str:
        return (
            '<!doctype html><title>host</title><script src="/host.js"></script>'
            '<iframe width="360" height="2000" src="/framed"></iframe>'
        )

    @app.get("/host.js")
    def script() -> tuple[str, dict[str, str]]:
        listen = "window.told = []; addEventListener('message', (event) => told.push(event.data));"
        return listen, {"Content-Type": "text/javascript"}

    @app.get("/framed")
    def framed() -> str:
        g.frame_ancestors = [request.host_url.rstrip("/")]
        return gallery.message()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--headless", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, theme = getattr(request, "param", (1280, "light"))
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if theme == "dark" else "light",
        locale="th-TH",
    )
    context.set_default_timeout(5000)
    opened = context.new_page()
    yield opened
    context.close()


@pytest.mark.parametrize("page", [(1280, "light"), (360, "light"), (320, "dark")], indirect=True)
@pytest.mark.parametrize("path", ["/gallery?faults=1&done=1", "/message?x=1", "/wrong/500?x=1"])
@pytest.mark.parametrize("reader", ["lang=th&theme=light", "lang=en&theme=auto"])
def test_every_piece_is_accessible_and_nothing_is_cut(
    page: Page, address: str, path: str, reader: str
) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on(
        "console", lambda line: failures.append(line.text) if "Content Security Policy" in line.text else None
    )
    page.goto(f"{address}{path}&{reader}", wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px Sarabun', 'กี่ชั่วโมง')")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.evaluate(CUT) == []
    assert page.evaluate(SMALL) == []
    page.evaluate(AXE.read_text("utf-8"))
    # axe leaves the size of targets out unless it is asked for by name.
    options = {"runOnly": {"type": "tag", "values": RULES}, "rules": {"target-size": {"enabled": True}}}
    result = page.evaluate("(options) => axe.run(document, options)", options)
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in result["violations"]] == []
    assert len(result["passes"]) > 15
    assert failures == []


def test_text_still_fits_at_twice_the_size(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 640, "height": 800})
    page.goto(f"{address}/gallery?faults=1", wait_until="networkidle")
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("page", [(360, "light")], indirect=True)
def test_the_rest_of_the_dock_opens_and_closes_by_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery")
    more = page.locator(".dock summary")
    more.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="ข้อมูลของฉัน").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="ข้อมูลของฉัน").is_visible()
    assert more.evaluate("(summary) => summary === document.activeElement")


def test_the_language_changes_and_the_reader_stays_on_the_page(page: Page, address: str) -> None:
    page.goto(f"{address}/nowhere-at-all")
    page.goto(f"{address}/message")
    page.get_by_role("button", name="English").click()
    assert page.url == f"{address}/message"
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("page", [(1280, "dark")], indirect=True)
def test_a_reader_may_follow_the_devices_theme(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery?theme=auto")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.emulate_media(color_scheme="light")
    page.wait_for_selector("html[data-bs-theme=light]")


def test_one_click_mends_a_buddhist_year(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery?faults=1")
    page.get_by_role("button", name="ใช้ 29 ก.ย. 2565 (2022)").click()
    assert page.locator("#day").input_value() == "2022-09-29"


def test_a_message_is_added_after_loading_so_that_it_is_announced(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery?done=1")
    page.locator(".toasts .pop").wait_for()
    page.get_by_role("button", name="ปิด").click()
    assert page.locator(".toasts .pop").count() == 0


def test_the_host_is_told_the_height_of_the_page_and_not_of_its_frame(page: Page, address: str) -> None:
    page.goto(f"{address}/host")
    page.wait_for_function("window.told.length >= 2")
    as_object, as_text = page.evaluate("window.told.slice(-2)")
    assert as_object["subject"] == "lti.frameResize"
    assert 200 < as_object["height"] < 1000
    assert page.evaluate("JSON.parse(window.told.at(-1))") == as_object
    assert isinstance(as_text, str)
