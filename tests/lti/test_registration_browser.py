"""A host's administrator registers the tool and an instructor picks content, in a real browser."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.database import db, transaction
from sca_lms.demo.personalities import PERSONALITIES
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.settings import PlatformSettings
from sca_lms.lti import invites
from sca_lms.lti.configuration import ToolAddresses
from sca_lms.lti.linkables import EXTENSION, Column, Linkable
from sca_lms.texts import Bilingual
from tests.demo.site import COURSE, INSTRUCTOR, MANAGER, a_site
from tests.lti.host_server import closed_port

pytestmark = pytest.mark.browser

PRE = Column("PRE", Bilingual(th="ก่อนเข้าค่าย", en="Pre-bootcamp"), Decimal(100))
OFFERED = [
    Linkable("home", Bilingual(th="ห้องเรียน", en="Home"), column=PRE),
    Linkable("module:PB1", Bilingual(th="บทที่ 1", en="Module 1"), column=PRE),
]


@pytest.fixture
def tool(settings: Settings) -> Iterator[tuple[str, Flask]]:
    """The tool as it is served, at an address of its own beside the host's."""
    port = closed_port()
    url = f"http://127.0.0.1:{port}"
    app = create_app(replace(settings, public_url=url))
    app.extensions[EXTENSION] = [lambda _course_id: OFFERED]
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield url, app
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def window() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_context(locale="en-GB").new_page()
        browser.close()


def enter(page: Page, url: str, user_id: str) -> None:
    """Log into the host as somebody."""
    assert page.request.post(f"{url}/enter", form={"user": user_id}).ok


@pytest.mark.parametrize("personality", ["moodle", "canvas"])
def test_registered_approved_and_filled_in_one_sitting(
    tool: tuple[str, Flask], window: Page, personality: str
) -> None:
    url, app = tool
    with app.app_context(), transaction():
        token = invites.make_invite(lifetime=invites.USUAL_LIFETIME, approves=True, at=clock.now())
    site = a_site()
    site.tools.clear()
    pretend = PlatformSettings(base_url="", site=site, personality=PERSONALITIES[personality])
    with RunningPlatform(pretend) as running:
        enter(window, running.url, MANAGER)
        window.goto(f"{running.url}/admin")
        window.locator("input[name=url]").fill(ToolAddresses(url).invitation(token))
        window.locator("input[name=url]").press("Enter")
        frame = window.frame_locator("iframe")
        frame.get_by_role("button", name="Register").click()
        expect(frame.get_by_role("heading", name="SCA LMS is registered")).to_be_visible()
        frame.get_by_role("button", name="Close and go back").click()
        [registered] = running.lms.state.tools.values()
        running.lms.activate(registered.client_id)
        enter(window, running.url, INSTRUCTOR)
        window.goto(f"{running.url}/courses/{COURSE}/pick?tool={registered.client_id}")
        window.get_by_role("button", name="Add to the course").click()
        window.wait_for_url(f"{running.url}/**")
        expect(window.locator("body")).to_contain_text("ห้องเรียน")
        made = running.lms.state.activities_of(COURSE)
        columns = running.lms.state.columns(COURSE)
    assert [activity.custom.get("activity") for activity in made[-2:]] == ["home", "module:PB1"]
    assert [column.tag for column in columns].count("PRE") == 1
