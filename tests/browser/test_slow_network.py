"""On a slow network pages show their text early, do not jump when the rest arrives, and send a form once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from sca_lms.courses.rules import Role
from tests.browser import two_sites
from tests.browser.test_pieces import CHROMIUM
from tests.browser.two_sites import TwoSites

pytestmark = pytest.mark.browser

# What the developer tools of Chromium call "Slow 3G".
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
JUMPS = """() => {
  window.jumped = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.jumped += each.value;
  }).observe({ type: 'layout-shift', buffered: true });
}"""
FIRST_TEXT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
# A page that is about to leave is asked from within: outside, an answer comes only with the next one.
PRESS_THREE_TIMES = """() => {
  const button = document.querySelector('main form[method=post] button');
  button.click();
  button.click();
  setTimeout(() => {
    const said = [...document.querySelectorAll('p[role=status]')].at(-1).textContent;
    sessionStorage.setItem('seen', JSON.stringify({ busy: button.getAttribute('aria-busy'), said }));
    button.click();
  }, 1000);
}"""
SEND_STOP_AND_COME_BACK = """(form) => {
  form.requestSubmit();
  const during = form.dataset.sent;
  window.stop();
  window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  return [during, form.dataset.sent ?? null];
}"""
MOST_JUMPED = 0.05
TEXT_WITHIN_MS = 6_000
PATIENCE_MS = 60_000
MAIN_PAGES = ["/", "/hours", "/modules", "/timetable", "/pathway"]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with two_sites.running(tmp_path_factory.mktemp("slow")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--headless", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def learner(chromium: Browser, sites: TwoSites) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="th-TH")
    context.set_default_timeout(PATIENCE_MS)
    session = sites.session_of(Role.LEARNER)
    context.add_cookies([{"name": "sca_lms", "value": session, "url": sites.tool}])
    page = context.new_page()
    yield page
    context.close()


def slow_down(page: Page) -> CDPSession:
    """Give the page a slow network and a browser that has kept nothing."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.emulateNetworkConditions", SLOW)
    return session


@pytest.mark.parametrize("path", MAIN_PAGES)
def test_text_comes_first_and_stays_where_it_is(learner: Page, sites: TwoSites, path: str) -> None:
    strangers: list[str] = []
    learner.on(
        "request",
        lambda asked: None if asked.url.startswith((sites.tool, "data:")) else strangers.append(asked.url),
    )
    # Slow is the network here, not a server that has only just started.
    learner.goto(sites.course + path)
    slow_down(learner)
    learner.add_init_script(f"({JUMPS})()")
    answer = learner.goto(sites.course + path, wait_until="load")
    assert answer is not None
    assert answer.status == 200
    learner.evaluate("document.fonts.ready")
    assert learner.evaluate("document.fonts.check('16px Sarabun', 'กี่ชั่วโมง')")
    assert 0 < learner.evaluate(FIRST_TEXT) < TEXT_WITHIN_MS
    assert learner.evaluate("window.jumped") < MOST_JUMPED
    assert strangers == []


def test_a_form_under_way_says_so_and_is_sent_once(learner: Page, sites: TwoSites) -> None:
    learner.goto(f"{sites.course}/my-data")
    session = slow_down(learner)
    sent: list[str] = []
    learner.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    session.send("Network.emulateNetworkConditions", {**SLOW, "latency": 2_500})
    with learner.expect_navigation():
        learner.evaluate(PRESS_THREE_TIMES)
    seen = learner.evaluate("JSON.parse(sessionStorage.getItem('seen'))")
    assert seen == {"busy": "true", "said": "กรุณารอสักครู่"}
    assert learner.locator("[aria-busy]").count() == 0
    assert len(sent) == 1


def test_whoever_comes_back_can_send_again(learner: Page, sites: TwoSites) -> None:
    learner.goto(f"{sites.course}/my-data")
    marks = learner.locator("main form[method=post]").first.evaluate(SEND_STOP_AND_COME_BACK)
    assert marks == ["yes", None]
