"""In a real browser the tool opens in the frame of another site, cookies and all."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from sca_lms.demo.launches import LTI
from sca_lms.demo.manners import Personality
from sca_lms.demo.personalities import CANVAS, MOODLE, PRETEND
from sca_lms.demo.platform import QuietHandler, register_standard_tool
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.settings import PlatformSettings
from tests.demo.counterpart import Tool
from tests.demo.site import ACTIVITY, COURSE, INSTRUCTOR, LEARNER, a_site

pytestmark = pytest.mark.browser

Start = Callable[[Personality], RunningPlatform]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    yield page
    context.close()
    assert [text for text in complaints if "Content Security Policy" in text] == []


@pytest.fixture
def start(keys: tuple[RSAKey, RSAKey], tool: Tool) -> Iterator[Start]:
    """Serve platform (localhost) and tool (127.0.0.1), so that they are two sites."""
    with ExitStack() as running:

        def serve(personality: Personality) -> RunningPlatform:
            listening = running.enter_context(socket.create_server(("127.0.0.1", 0)))
            site = a_site()
            register_standard_tool(site, f"http://127.0.0.1:{listening.getsockname()[1]}")
            settings = PlatformSettings(base_url="", site=site, personality=personality, signing_key=keys[0])
            platform = running.enter_context(RunningPlatform(settings))
            server = make_server(
                "127.0.0.1",
                0,
                tool.app(platform.lms),
                threaded=True,
                fd=listening.fileno(),
                request_handler=QuietHandler,
            )
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            running.callback(server.server_close)
            running.callback(thread.join)
            running.callback(server.shutdown)
            return platform

        yield serve


def enter(page: Page, platform: RunningPlatform, user_id: str) -> None:
    page.goto(platform.url)
    page.locator("summary").evaluate_all("all => all.forEach(each => each.parentElement.open = true)")
    page.locator(f'.people button[value="{user_id}"]').click()
    page.wait_for_url("**/courses/**")


def test_one_click_opens_the_tool_in_the_frame(page: Page, start: Start, tool: Tool) -> None:
    platform = start(PRETEND)
    page.goto(platform.url)
    page.get_by_role("button", name="Enter as learner").click()
    page.frame_locator("iframe.tool").get_by_role("heading", name="Hello กานต์ ใจกล้า").wait_for()
    assert tool.launches[0]["sub"] == LEARNER


def test_a_tool_that_answers_by_a_page_comes_in_by_the_repost(page: Page, start: Start, tool: Tool) -> None:
    tool.answer_by_page = True
    platform = start(MOODLE)
    enter(page, platform, LEARNER)
    page.goto(f"{platform.url}/activities/{ACTIVITY}")
    page.frame_locator("iframe.tool").get_by_role("heading", name="Hello").wait_for()
    assert tool.errors == []


def test_the_picker_adds_an_activity_from_another_site(page: Page, start: Start) -> None:
    platform = start(MOODLE)
    enter(page, platform, INSTRUCTOR)
    page.goto(f"{platform.url}/courses/{COURSE}/add")
    frame = page.frame_locator("iframe.tool")
    frame.get_by_role("button", name="Add").click()
    frame.get_by_role("link", name="Back to the course").click()
    page.get_by_text("Module 1").wait_for()


def test_storage_keeps_a_value_for_the_tool_and_the_frame_grows(page: Page, start: Start, tool: Tool) -> None:
    platform = start(CANVAS)
    enter(page, platform, LEARNER)
    page.goto(f"{platform.url}/activities/{ACTIVITY}")
    page.frame_locator("iframe.tool").get_by_role("heading", name="Hello").wait_for()
    capabilities, put, got, refused = tool.heard
    assert {"subject": "lti.put_data", "frame": "pretend-storage"} in list(
        capabilities["supported_messages"]  # type: ignore[call-overload] # what the browser has posted
    )
    assert (put["subject"], put["value"]) == ("lti.put_data.response", "kept")
    assert got["value"] == "kept"
    assert refused["error"] == {
        "code": "unsupported_subject",
        "message": "this message is not known here",
    }
    page.wait_for_function("document.querySelector('iframe.tool').offsetHeight === 1234")


def test_a_review_opens_from_the_gradebook(page: Page, start: Start, tool: Tool) -> None:
    platform = start(MOODLE)
    enter(page, platform, INSTRUCTOR)
    page.get_by_role("link", name="Gradebook", exact=True).click()
    page.get_by_role("link", name="Review Hours of กานต์ ใจกล้า").click()
    page.frame_locator("iframe.tool").get_by_role("heading", name="Hello").wait_for()
    assert tool.launches[-1][LTI + "for_user"] == {"user_id": LEARNER}


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways(page: Page, start: Start, width: int) -> None:
    platform = start(PRETEND)
    page.set_viewport_size({"width": width, "height": 800})
    enter(page, platform, INSTRUCTOR)
    for path in (
        "/",
        f"/courses/{COURSE}",
        f"/courses/{COURSE}/gradebook",
        f"/courses/{COURSE}/participants",
    ):
        page.goto(platform.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
