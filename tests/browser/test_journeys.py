"""Whole stories in real Chromium, by mouse and by keyboard, in the frame of another site."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from sca_lms.courses.rules import Role
from tests.browser import two_sites
from tests.browser.examination import Examiner
from tests.browser.studying import (
    MOST_TABS,
    PATIENCE_MS,
    answer_by_keyboard,
    enter_as,
    follow,
    tool_frame,
    watch_the_video,
)
from tests.browser.test_pieces import CHROMIUM
from tests.browser.two_sites import FIRST_LEARNER, TwoSites
from tests.journeys import studying

pytestmark = pytest.mark.browser

NARROW, WIDE = 360, 1280
THAI, ENGLISH = "th", "en"
CLASSMATE, INSTRUCTOR = "103", "302"

WHOLE_PAGE = 4_000
"""A window so high that the dock of a phone never lies over what is examined."""

# What is in focus but lies whole under something that stays in its place; null where nothing is in focus.
HIDDEN = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return null;
  const box = focused.getBoundingClientRect();
  const points = [0.1, 0.5, 0.9].map((part) => [box.left + box.width / 2, box.top + box.height * part]);
  const visible = points.some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top && (focused.contains(top) || top.contains(focused));
  });
  return visible ? "" : focused.outerHTML.slice(0, 200);
}"""

Open = Callable[..., tuple[Page, Examiner]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--mute-audio"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with two_sites.running(tmp_path_factory.mktemp("sites")) as found:
        yield found


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Open]:
    """Open a window of a width for a reader of a language; what is wrong on its pages fails the test."""
    examiners: list[Examiner] = []
    with ExitStack() as opened:

        def start(width: int, language: str, height: int = 900) -> tuple[Page, Examiner]:
            context = chromium.new_context(
                viewport={"width": width, "height": height}, locale="th-TH" if language == THAI else "en-GB"
            )
            opened.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            examiner = Examiner(language)
            page = context.new_page()
            examiner.listen(page)
            examiners.append(examiner)
            return page, examiner

        yield start
    assert [fault for examiner in examiners for fault in examiner.faults] == []


# ---------------------------------------------------------------- the learner


def test_third_party_cookies_are_blocked_in_these_tests(open_page: Open, sites: TwoSites) -> None:
    page, _examiner = open_page(WIDE, ENGLISH)
    enter_as(page, sites, FIRST_LEARNER)
    page.goto(f"{sites.host.url}/activities/1")
    frame = tool_frame(page)
    written = 'document.cookie = "probe=1; SameSite=None; Secure; Path=/"; document.cookie'
    assert "probe" not in frame.evaluate(written)


def test_a_learner_finishes_a_module_in_the_frame_and_the_host_gets_the_score(
    open_page: Open, sites: TwoSites
) -> None:
    page, examiner = open_page(NARROW, ENGLISH)
    page.goto(sites.host.url)
    page.get_by_role("button", name="Enter as learner").click()
    frame = tool_frame(page)
    examiner.examine(frame, "home in the frame")
    follow(frame, "main a.btn[href*='/modules/PB1/']")
    assert frame.url.endswith(f"/modules/PB1/{studying.READING}")
    examiner.examine(frame, "reading in the frame")
    follow(frame, "form[action$='/evidence'] button")
    expect(frame.get_by_text("You have marked this as read.")).to_be_visible()
    follow(frame, ".onward a[rel=next]")
    watch_the_video(frame, sites)
    examiner.examine(frame, "video in the frame")
    follow(frame, ".onward a[rel=next]")
    examiner.examine(frame, "quiz unit in the frame")
    follow(frame, "a[href*='/quizzes/'].btn")
    examiner.examine(frame, "rules of the quiz in the frame")
    answer_by_keyboard(page, frame, examiner)
    examiner.examine(frame, "review in the frame")
    assert "100" in frame.locator(".tiles").inner_text()
    assert sites.work() == 0
    assert sites.shown(FIRST_LEARNER) == 12.5
    frame.locator(".dock summary").click()
    follow(frame, ".dock a[href$='/grades/mine']")
    examiner.examine(frame, "grades in the frame")
    receipt = frame.locator("#gradebook, [aria-labelledby=gradebook]").first
    expect(receipt).to_contain_text("12.5")
    expect(receipt).to_contain_text("Sent")
    page.goto(f"{sites.host.url}/courses/2/gradebook")
    expect(page.locator("table.grades")).to_contain_text("12.5")


@pytest.mark.parametrize(
    ("role", "path", "height"),
    [
        (Role.LEARNER, "/", 640),
        (Role.LEARNER, "/modules/PB1/PB1.2", 640),
        (Role.LEARNER, "/grades", 640),
        (Role.LEARNER, "/modules/PB1/PB1.2", 300),
        (Role.INSTRUCTOR, "/modules/PB1/PB1.1/attendance", 640),
        (Role.INSTRUCTOR, "/modules/PB1/PB1.1/attendance", 300),
        (Role.INSTRUCTOR, "/roster", 640),
    ],
)
def test_what_the_tab_key_comes_to_is_never_hidden_behind_a_bar(
    open_page: Open, sites: TwoSites, role: Role, path: str, height: int
) -> None:
    page, _examiner = open_page(NARROW, THAI, height)
    sign_in(page.context, sites, sites.session_of(role))
    page.goto(f"{sites.course}{path}")
    seen = 0
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        hidden = page.evaluate(HIDDEN)
        if hidden is None:
            break
        assert hidden == "", "this cannot be seen"
        seen += 1
    assert seen > 10


def test_at_most_one_bar_stays_at_the_foot_of_a_phone(open_page: Open, sites: TwoSites) -> None:
    page, _examiner = open_page(NARROW, THAI, 640)
    sign_in(page.context, sites, sites.session_of(Role.INSTRUCTOR))
    for path, bars in (("/learners", [".dock"]), ("/modules/PB1/PB1.1/attendance", [".actionbar"])):
        page.goto(f"{sites.course}{path}")
        staying = page.evaluate(
            """() => [...document.querySelectorAll('.dock, .actionbar')]
                .filter((bar) => getComputedStyle(bar).position === 'sticky')
                .map((bar) => `.${bar.classList[0]}`)"""
        )
        assert staying == bars


# ---------------------------------------------------------------- those who teach


def test_an_instructor_finds_a_learner_and_marks_attendance_in_the_frame(
    open_page: Open, sites: TwoSites
) -> None:
    page, examiner = open_page(WIDE, THAI)
    page.goto(sites.host.url)
    page.locator("form.door.instructor button").click()
    frame = tool_frame(page)
    assert frame.url.endswith("/learners")
    examiner.examine(frame, "table in the frame")
    frame.get_by_role("searchbox").fill("ไม่มีใครชื่อนี้")
    frame.get_by_role("searchbox").press("Enter")
    frame.wait_for_url("**?q=**")
    examiner.examine(frame, "empty search in the frame")
    follow(frame, ".empty a")
    follow(frame, "tbody th a")
    examiner.examine(frame, "one learner in the frame")
    for ending in ("/modules", "/modules/PB3", "/PB3.1", "/attendance"):
        follow(frame, f"a[href$='{ending}']:visible")
    box = frame.locator("input[name=present]:not(:checked)").first
    box.check()
    follow(frame, ".actionbar button[type=submit]")
    examiner.examine(frame, "attendance in the frame")
    expect(frame.locator(".saved")).to_be_visible()
    follow(frame, ".saved button")
    expect(frame.locator(".saved")).to_have_count(0)


def test_an_instructor_adds_the_whole_programme_by_the_picker(open_page: Open, sites: TwoSites) -> None:
    page, examiner = open_page(NARROW, THAI)
    enter_as(page, sites, INSTRUCTOR)
    before = len(sites.host.lms.state.activities)
    page.goto(f"{sites.host.url}/courses/2/add")
    frame = tool_frame(page)
    examiner.examine(frame, "picker in the frame")
    frame.locator("#scope-single").check()
    for number, box in enumerate(frame.locator("[data-activities] input").all()):
        box.set_checked(number < 2)
    frame.locator("button[name=action][value=add]").click()
    frame.wait_for_url(f"{sites.host.url}/**")
    frame.wait_for_selector(".picked")
    assert len(sites.host.lms.state.activities) == before + 2


# ---------------------------------------------------------------- every page, in both languages and widths

LEARNER_PAGES = (
    "/", "/modules", "/modules/PB1", "/modules/PB2", "/modules/PB1/PB1.1", "/modules/PB1/PB1.2",
    "/modules/PB1/PB1.2?text=both", "/modules/PB1/PB1.3", "/modules/PB1/PB1.4", "/modules/PB2/PB2.3",
    "/quizzes/1", "/grades",
)  # fmt: skip
STAFF_PAGES = (
    "/learners", "/learners?q=zzzz", "/learners/2", "/modules", "/modules/PB1", "/modules/PB1/PB1.1",
    "/modules/PB1/PB1.1/attendance", "/modules/PB1/PB1.3", "/quizzes/", "/quizzes/1/preview",
    "/quizzes/1/results", "/quizzes/1/results/1", "/programme", "/roster", "/roster?show=gone",
)  # fmt: skip
MENTOR_PAGES = ("/modules", "/modules/PB1/PB1.2")
OPERATOR_PAGES = (
    "/operator/hosts/", "/operator/hosts/1", "/operator/hosts/new", "/operator/hosts/1/edit",
    "/operator/hosts/keys", "/operator/hosts/launches",
)  # fmt: skip
COMBINATIONS = [(NARROW, THAI), (WIDE, ENGLISH)]
"""The stories above see the other two."""


def sign_in(context: BrowserContext, sites: TwoSites, token: str) -> None:
    context.clear_cookies()
    context.add_cookies([{"name": "sca_lms", "value": token, "url": sites.tool}])


@pytest.mark.parametrize(("width", "language"), COMBINATIONS)
@pytest.mark.parametrize(
    ("role", "pages"),
    [(Role.LEARNER, LEARNER_PAGES), (Role.INSTRUCTOR, STAFF_PAGES), (Role.MENTOR, MENTOR_PAGES)],
)
def test_every_page_of_a_course_is_accessible_whole_and_silent(
    open_page: Open, sites: TwoSites, role: Role, pages: tuple[str, ...], width: int, language: str
) -> None:
    page, examiner = open_page(width, language, WHOLE_PAGE)
    sign_in(page.context, sites, sites.session_of(role))
    for path in pages:
        answer = page.goto(f"{sites.course}{path}")
        assert answer is not None
        assert answer.status == 200, path
        examiner.examine(page.main_frame)
    assert len(examiner.examined) == len(pages)


@pytest.mark.parametrize(("width", "language"), COMBINATIONS)
def test_an_attempt_and_its_result_are_accessible_whole_and_silent(
    open_page: Open, sites: TwoSites, width: int, language: str
) -> None:
    page, examiner = open_page(width, language, WHOLE_PAGE)
    sign_in(page.context, sites, sites.session_of_person(CLASSMATE))
    page.goto(f"{sites.course}/quizzes/1")
    # The second reader finds the attempt that the first one has begun.
    page.locator("form[action$='/attempts'] button, a.btn[href*='/attempts/']").first.click()
    page.wait_for_selector("form#attempt")
    examiner.examine(page.main_frame)
    page.locator("button[name=action][value=submit]").click()
    page.wait_for_selector("#missing-title")
    examiner.examine(page.main_frame, "questions without an answer")
    page.goto(f"{sites.course}/quizzes/1")
    page.locator("a[href$='/review']").first.click()
    page.wait_for_url("**/review")
    examiner.examine(page.main_frame)


@pytest.mark.parametrize(("width", "language"), COMBINATIONS)
def test_the_operator_s_pages_are_accessible_whole_and_silent(
    open_page: Open, sites: TwoSites, width: int, language: str
) -> None:
    page, examiner = open_page(width, language, WHOLE_PAGE)
    page.goto(sites.operator_link())
    examiner.examine(page.main_frame)
    page.locator("main form button").click()
    page.wait_for_url("**/operator/hosts/")
    for path in OPERATOR_PAGES:
        answer = page.goto(f"{sites.tool}{path}")
        assert answer is not None
        assert answer.status == 200, path
        examiner.examine(page.main_frame)
    page.goto(f"{sites.tool}/operator/hosts/")
    page.locator("#invite form[action$='/invites'] button").click()
    expect(page.locator("[aria-labelledby=invitation-title]")).to_be_visible()
    examiner.examine(page.main_frame, "an invite")
    page.goto(f"{sites.tool}/operator/hosts/new")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator(".field-error:visible").first).to_be_visible()
    examiner.examine(page.main_frame, "a form with faults")


@pytest.mark.parametrize(("width", "language"), COMBINATIONS)
def test_pages_that_turn_people_away_are_accessible_whole_and_silent(
    open_page: Open, sites: TwoSites, width: int, language: str
) -> None:
    page, examiner = open_page(width, language, WHOLE_PAGE)
    for path, status in (("/courses/1/", 401), ("/nowhere", 404), ("/lti/login", 400), ("/lti/privacy", 200)):
        answer = page.goto(f"{sites.tool}{path}")
        assert answer is not None
        assert answer.status == status, path
        examiner.examine(page.main_frame)
    sign_in(page.context, sites, sites.session_of(Role.MENTOR))
    answer = page.goto(f"{sites.course}/learners")
    assert answer is not None
    assert answer.status == 403
    examiner.examine(page.main_frame)
