"""Modules are written, and discussions held, in real Chromium: by keyboard alone and on a phone."""

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.modules.models import DiscussionPost, Module, Unit
from tests.builders import a_person, an_enrolment, signed_in
from tests.modules.builders import a_learner_of_a_new_course
from tests.modules.talks import a_talk

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COOKIE = "__Host-sca_lms"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Tall enough that the dock of a phone never lies over what is examined.
WHOLE_PAGE = 6000
MOST_TABS = 120
WIDE_TABLE = "|" + "a|" * 40 + "\n|" + "-|" * 40


@dataclasses.dataclass(frozen=True)
class House:
    """A running tool with a course that has a discussion, a learner, an author and an instructor."""

    app: Flask
    address: str
    course_id: int
    people: dict[str, int]

    def url(self, path: str) -> str:
        return f"{self.address}/courses/{self.course_id}/{path}"

    def enter(self, context: BrowserContext, who: str) -> Page:
        cookie = signed_in(self.app, self.people[who]).get_cookie(COOKIE)
        assert cookie is not None
        context.add_cookies([{"name": "sca_lms", "value": cookie.value, "url": self.address}])
        return context.new_page()


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    app = create_app(dataclasses.replace(settings, public_url="http://127.0.0.1"))
    course_id, learner_id = a_learner_of_a_new_course(app, a_talk())
    people = {"learner": learner_id}
    with app.app_context(), transaction():
        course = db.session.get_one(Course, course_id)
        for name, role in (("author", Role.AUTHOR), ("teacher", Role.INSTRUCTOR), ("other", Role.LEARNER)):
            people[name] = an_enrolment(course, a_person(name), roles={role}).id
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield House(app, f"http://127.0.0.1:{server.port}", course_id, people)
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
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(locale="en-GB", timezone_id="Asia/Bangkok")
    yield opened
    opened.close()


def reach(page: Page, wanted: Locator) -> None:
    """Go to something with the tabulator alone."""
    for _press in range(MOST_TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard never reached {wanted}")


def type_into(page: Page, label: str, text: str, *, within: Locator | None = None) -> None:
    reach(page, (within or page).get_by_label(label, exact=True))
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def push(page: Page, name: str) -> None:
    """Press a button that the tabulator reaches, and wait for the page that it leads to."""
    reach(page, page.get_by_role("button", name=name, exact=True).first)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def add_unit(page: Page, kind: str, title: str) -> None:
    form = page.locator("form[action$='/units/new']")
    reach(page, form.get_by_label("Type", exact=True))
    page.keyboard.type(kind)
    type_into(page, "Title in Thai", f"{title} ไทย", within=form)
    type_into(page, "Title in English", title, within=form)
    push(page, "Add the unit")


def test_a_module_is_written_ordered_looked_at_and_published_by_keyboard_alone(
    house: House, context: BrowserContext
) -> None:
    page = house.enter(context, "author")
    page.goto(house.url("module-editor"))
    type_into(page, "Title in Thai", "เดินเมือง")
    type_into(page, "Title in English", "Walking the city")
    push(page, "Make a module")
    module_page = page.url
    add_unit(page, "Reading", "Before the walk")
    type_into(page, "Text in Thai", "อ่านก่อนเดิน")
    type_into(page, "Text in English", "Read this **first**.")
    push(page, "Save in the draft")
    page.goto(module_page)
    add_unit(page, "Discussion", "What we saw")
    type_into(page, "Text in Thai", "พบอะไร")
    type_into(page, "Text in English", "What did you see?")
    type_into(page, "Posts to write (optional)", "2")
    push(page, "Save and preview")
    expect(page.get_by_text("What did you see?")).to_be_visible()
    page.goto(module_page)
    expect(page.locator(".places .title")).to_have_text(["Before the walk", "What we saw"])
    reach(page, page.get_by_role("button", name="Move down: Before the walk", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator(".places .title")).to_have_text(["What we saw", "Before the walk"])
    type_into(page, "Minutes", "45")
    push(page, "Save in the draft")
    expect(page.get_by_text("Saved in the draft.")).to_be_visible()
    push(page, "Publish")
    expect(page.get_by_text("Published as version 1. Learners see it now.")).to_be_visible()
    with house.app.app_context():
        module = db.session.scalars(sa.select(Module).where(Module.code == "M1")).one()
        assert module.published
        units = sa.select(Unit.code, Unit.least_posts).where(Unit.module_id == module.id)
        found = [(row.code, row.least_posts) for row in db.session.execute(units.order_by(Unit.position))]
        assert found == [("M1.2", 2), ("M1.1", None)]


def test_a_discussion_is_held_by_keyboard_alone(house: House, context: BrowserContext) -> None:
    page = house.enter(context, "learner")
    page.goto(house.url("modules/PB1/PB1.1"))
    type_into(page, "Your post", "The hardest case had two owners.")
    push(page, "Post")
    expect(page.get_by_text("The hardest case had two owners.")).to_be_visible()
    reach(page, page.get_by_role("link", name="Change", exact=True))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    type_into(page, "Your post", "The hardest case had three owners.")
    push(page, "Save")
    expect(page.get_by_text("edited")).to_be_visible()
    with house.app.app_context():
        assert list(db.session.scalars(sa.select(DiscussionPost.body))) == [
            "The hardest case had three owners."
        ]


def test_a_post_that_is_refused_stays_in_the_field(house: House, context: BrowserContext) -> None:
    page = house.enter(context, "learner")
    page.goto(house.url("modules/PB1/PB1.1"))
    page.get_by_label("Your post").fill(WIDE_TABLE)
    with page.expect_navigation():
        page.get_by_role("button", name="Post", exact=True).click()
    assert page.get_by_label("Your post").input_value() == WIDE_TABLE
    page.get_by_label("Your post").fill("Shorter, and long enough.")
    push(page, "Save")
    expect(page.get_by_text("Shorter, and long enough.")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-GB", "th-TH"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_writing_and_discussing_are_accessible_and_fit(
    house: House, chromium: Browser, width: int, locale: str
) -> None:
    opened = chromium.new_context(
        locale=locale, viewport={"width": width, "height": WHOLE_PAGE}, bypass_csp=True
    )
    page = house.enter(opened, "teacher")
    page.goto(house.url("modules/PB1/PB1.1"))
    page.locator("#write textarea").fill("A post of the **teacher**, with a-very-long-word" + "-and-on" * 20)
    with page.expect_navigation():
        page.locator("#write button").click()
    with house.app.app_context():
        post = db.session.scalars(sa.select(DiscussionPost.id)).one()
        module = db.session.scalars(sa.select(Module.id)).one()
    paths = [
        "modules/PB1/PB1.1",
        "modules/PB1/PB1.1?q=teacher",
        f"modules/PB1/PB1.1/discussion/{post}",
        f"modules/PB1/PB1.1/discussion/{post}/edit",
        f"modules/PB1/PB1.1/discussion/{post}/hide",
        "module-editor",
        f"module-editor/{module}",
        f"module-editor/{module}/units/PB1.1",
        f"module-editor/{module}/preview/PB1.1",
    ]
    for path in paths:
        page.goto(house.url(path))
        assert page.evaluate(SIDEWAYS) == 0, path
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found["violations"]] == [], path
    opened.close()
