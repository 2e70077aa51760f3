"""The grader in real Chromium: a whole course by keyboard, and nothing typed is lost, whatever dies."""

import dataclasses
import datetime as dt
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.assignments.models import Assignment, Submission
from sca_lms.config import Settings
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.marking import jobs
from sca_lms.marking.models import Annotation, Mark, MarkDraft, Release
from sca_lms.uploads.storage import store
from tests.builders import a_course, a_person, an_enrolment, signed_in
from tests.marking.builders import DAY, a_file, a_rubric, a_work, an_assignment, an_attempt

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
MANY = 150
CRITERIA = 6


def a_pdf(*lines: str) -> bytes:
    """A PDF of one page a line, small enough to be read in the test."""
    pages = []
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for line in lines:
        content = zlib.compress(f"BT /F1 24 Tf 72 700 Td ({line}) Tj ET".encode())
        objects.append(
            b"<< /Length "
            + str(len(content)).encode()
            + b" /Filter /FlateDecode >>\nstream\n"
            + content
            + b"\nendstream"
        )
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        pages.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(pages)}] /Count {len(pages)} >>".encode()
    body, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    return (
        body + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode() + table
        + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n".encode()
    )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class House:
    """A running tool with two markers, a learner, works to mark and an attempt with an essay."""

    app: Flask
    address: str
    course_id: int
    one_id: int
    other_id: int
    learner_id: int
    work_id: int
    attempt_id: int

    @property
    def marking(self) -> str:
        return f"{self.address}/courses/{self.course_id}/marking"

    @property
    def work(self) -> str:
        return f"{self.marking}/works/{self.work_id}"

    def enter(self, context: BrowserContext, enrolment_id: int) -> Page:
        cookie = signed_in(self.app, enrolment_id).get_cookie("__Host-sca_lms")
        assert cookie is not None
        context.add_cookies([{"name": "sca_lms", "value": cookie.value, "url": self.address}])
        return context.new_page()

    def drafts(self) -> list[dict[str, object]]:
        with self.app.app_context():
            return list(db.session.scalars(sa.select(MarkDraft.document)))

    def marks(self) -> list[tuple[object, str]]:
        with self.app.app_context():
            return [
                (mark.points, mark.comment) for mark in db.session.scalars(sa.select(Mark).order_by(Mark.id))
            ]

    def more_works(self, number: int) -> None:
        with self.app.app_context(), transaction():
            course = db.session.get_one(Course, self.course_id)
            assignment = db.session.scalars(sa.select(Assignment)).one()
            for place in range(number):
                a_work(assignment, an_enrolment(course, a_person(f"ผู้เรียน {place}")))


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    app = create_app(dataclasses.replace(settings, public_url="http://127.0.0.1"))
    with app.app_context(), transaction():
        course = a_course()
        one = an_enrolment(course, a_person("อารี"), roles={Role.INSTRUCTOR})
        other = an_enrolment(course, a_person("ต้น"), roles={Role.INSTRUCTOR})
        learner = an_enrolment(course, a_person("ปวีณา", "แก้วมณี"))
        work = a_work(an_assignment(course, a_rubric(course, criteria=CRITERIA)), learner)
        submission = db.session.scalars(sa.select(Submission).where(Submission.work_id == work.id)).one()
        a_file(course, submission, "proposal.pdf", a_pdf("First page", "Second page"), store())
        attempt = an_attempt(course, learner)
        ids = course.id, one.id, other.id, learner.id, work.id, attempt.id
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield House(app, f"http://127.0.0.1:{server.port}", *ids)
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
def visit(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    yield context
    context.close()


def state(page: Page, word: str) -> None:
    expect(page.locator("[data-save-words]")).to_contain_text(word)


def elsewhere(here: str) -> Callable[[str], bool]:
    """Tell of an address whether it is another page than this one, and not merely the way to it."""
    return lambda url: url != here and "/next" not in url


def test_a_hundred_and_fifty_works_are_marked_by_keyboard_alone(house: House, visit: BrowserContext) -> None:
    house.more_works(MANY - 1)
    page = house.enter(visit, house.one_id)
    page.goto(f"{house.marking}/next?assignment=1")
    for number in range(MANY):
        page.wait_for_selector("[data-criterion].now")
        here = page.url
        for place in range(CRITERIA):
            page.keyboard.press(str((number + place) % 5))
        page.keyboard.press("n")
        page.wait_for_url(elsewhere(here), wait_until="domcontentloaded")
    assert page.url.endswith("/marking/")
    found = house.marks()
    assert len(found) == MANY
    assert all(points is not None for points, _ in found)
    assert house.drafts() == []


def test_what_is_typed_survives_a_browser_that_is_killed(house: House, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-GB")
    page = house.enter(context, house.one_id)
    page.goto(house.work)
    page.keyboard.press("3")
    page.keyboard.press("m")
    page.keyboard.type("Half a thought")
    state(page, "Draft saved")
    context.close()
    again = chromium.new_context(locale="en-GB")
    page = house.enter(again, house.one_id)
    page.goto(house.work)
    expect(page.locator("#comment")).to_have_value("Half a thought")
    expect(page.locator("input[name=level-C1]:checked")).to_have_value("3")
    state(page, "Draft of")
    assert house.marks() == []
    again.close()


def test_without_a_network_nothing_is_lost_and_nobody_is_sent_away(
    house: House, visit: BrowserContext
) -> None:
    house.more_works(1)
    page = house.enter(visit, house.one_id)
    page.goto(house.work)
    visit.set_offline(True)
    page.keyboard.press("m")
    page.keyboard.type("Typed in a tunnel")
    state(page, "Offline")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    state(page, "network is away")
    assert page.url == house.work
    # The browser dies in the tunnel; the next one still has it.
    page.close()
    visit.set_offline(False)
    page = visit.new_page()
    page.goto(house.work)
    expect(page.locator("#comment")).to_have_value("Typed in a tunnel")
    state(page, "Draft saved")
    (draft,) = house.drafts()
    assert draft["comment"] == "Typed in a tunnel"


def test_going_away_waits_for_the_draft(house: House, visit: BrowserContext) -> None:
    page = house.enter(visit, house.one_id)
    page.goto(house.work)
    page.keyboard.press("m")
    page.keyboard.type("Quick")
    page.get_by_role("link", name="Queue", exact=True).click()
    page.wait_for_url(lambda url: "/works/" not in url)
    (draft,) = house.drafts()
    assert draft["comment"] == "Quick"


def test_two_browsers_see_both_versions_and_choose(house: House, chromium: Browser) -> None:
    contexts = [chromium.new_context(locale="en-GB") for _ in range(2)]
    one, other = (
        house.enter(context, marker)
        for context, marker in zip(contexts, (house.one_id, house.other_id), strict=True)
    )
    for page, level, words in ((one, "4", "Clear evidence"), (other, "1", "No plan")):
        page.goto(house.work)
        for _ in range(CRITERIA):
            page.keyboard.press(level)
        page.keyboard.press("m")
        page.keyboard.type(words)
        page.keyboard.press("Escape")
    one.keyboard.press("s")
    expect(one.locator("[data-save-words]")).to_contain_text("marked")
    other.keyboard.press("s")
    expect(other.get_by_role("heading", name="Two versions of this mark")).to_be_visible()
    _examine(other, "conflict")
    other.locator("input[name=level-C1][value='4']").check()
    other.get_by_role("button", name="Take both").click()
    other.get_by_role("button", name="Save what is chosen").click()
    expect(other.locator("[data-save-words]")).to_contain_text("marked")
    ((points, comment),) = house.marks()
    assert comment == "No plan\n\nClear evidence"
    # A quarter everywhere, and the whole of the first criterion, which weighs 20 of 270.
    assert 12.5 < float(str(points)) < 50
    for context in contexts:
        context.close()


def test_a_second_window_of_the_same_marker_shows_both_and_one_is_chosen(
    house: House, visit: BrowserContext
) -> None:
    first, second = house.enter(visit, house.one_id), visit.new_page()
    for page in (first, second):
        page.goto(house.work)
        expect(page.locator("[data-show-both]")).to_be_hidden()
    first.keyboard.press("m")
    first.keyboard.type("From the first window")
    state(first, "Draft saved")
    second.keyboard.press("m")
    second.keyboard.type("From the second window")
    state(second, "Nothing was overwritten")
    button = second.locator("[data-show-both]").get_by_role("button")
    button.click()
    expect(second.get_by_role("heading", name="Two versions of this mark")).to_be_visible()
    _examine(second, "two windows")
    second.get_by_role("button", name="Take both").click()
    second.get_by_role("button", name="Save what is chosen").click()
    state(second, "saved as a draft")
    expect(second.locator("#comment")).to_have_value("From the second window\n\nFrom the first window")
    ((points, comment),) = house.marks()
    assert (points, comment) == (None, "From the second window\n\nFrom the first window")


def test_a_point_on_a_page_of_a_pdf_gets_a_comment(house: House, visit: BrowserContext) -> None:
    page = house.enter(visit, house.one_id)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(house.work)
    page.locator("[data-pdf]").scroll_into_view_if_needed()
    expect(page.locator("[data-page-words]")).to_have_text("Page 1 / 2")
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("[data-page-words]")).to_have_text("Page 2 / 2")
    page.locator("[data-pdf] canvas").click(position={"x": 100, "y": 50})
    page.locator("#note-text").fill("Who owns this?")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator(".notes")).to_contain_text("Who owns this?")
    with house.app.app_context():
        note = db.session.scalars(sa.select(Annotation)).one()
        assert (note.page, note.starts) == (2, None)
    assert faults == []


def test_single_keys_can_be_switched_off(house: House, visit: BrowserContext) -> None:
    page = house.enter(visit, house.one_id)
    page.goto(house.work)
    page.keyboard.press("?")
    page.locator("[data-keys-on]").uncheck()
    page.get_by_role("button", name="Close", exact=True).click()
    page.keyboard.press("3")
    assert page.locator("input[type=radio]:checked").count() == 0


@pytest.mark.parametrize("locale", ["th-TH", "en-GB"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_accessible_and_fits(house: House, chromium: Browser, locale: str, width: int) -> None:
    context = chromium.new_context(locale=locale, viewport={"width": width, "height": 900})
    page = house.enter(context, house.one_id)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    for path in (
        "/",
        "/comments",
        "/releases",
        "/requests",
        f"/works/{house.work_id}",
        f"/attempts/{house.attempt_id}",
    ):
        page.goto(house.marking + path, wait_until="networkidle")
        _examine(page, path)
    page.goto(house.work)
    for _ in range(CRITERIA):
        page.keyboard.press("3")
    with page.expect_navigation():
        page.keyboard.press("s")
    page.goto(f"{house.marking}/releases/new?assignment=1", wait_until="networkidle")
    _examine(page, "release")
    page.locator("button.btn-primary[type=submit]").click()
    page.wait_for_url("**/releases")
    _examine(page, "released")
    with house.app.app_context(), transaction():
        earlier = clock.now() - DAY
        db.session.execute(
            sa.update(Release).values(released_at=earlier, takes_effect_at=earlier + dt.timedelta(minutes=10))
        )
    with house.app.app_context():
        jobs.settle_releases(clock.now())
    learner = house.enter(context, house.learner_id)
    learner.goto(f"{house.marking}/results/works/{house.work_id}", wait_until="networkidle")
    _examine(learner, "result")
    assert failures == []
    context.close()


def _examine(page: Page, name: str) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    broken = [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found["violations"]]
    # What a floating bar covers for the moment counts as too small, although it scrolls out again.
    assert [fault for fault in broken if fault[0] != "target-size"] == [], name
    assert page.evaluate(SIDEWAYS) <= 0, name
