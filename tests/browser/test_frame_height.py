"""The host's frame is as high as the page: it grows and shrinks with it, and nothing jumps."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from tests.browser import two_sites
from tests.browser.studying import PATIENCE_MS, enter_as, tool_frame
from tests.browser.test_pieces import CHROMIUM
from tests.browser.two_sites import FIRST_LEARNER, TwoSites

pytestmark = pytest.mark.browser

FRAME_HEIGHT = "document.querySelector('iframe.tool').clientHeight"
CONTENT_HEIGHT = """() => [...document.querySelectorAll('body > header, body > nav, body > main')]
  .reduce((sum, part) => sum + part.getBoundingClientRect().height, 0)"""
LISTEN = """() => {
  window.told = [];
  addEventListener('message', ({ data }) => {
    if (data?.subject === 'lti.frameResize') told.push(data.height);
  });
}"""
JUMPED = """() => new Promise((done) => {
  let jumped = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) jumped += each.value;
  }).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(jumped), 1000);
})"""
TALLER = "(height) => { document.querySelector('main').style.minHeight = `${height}px`; }"
GROW_WITH_THE_FRAME = """() => addEventListener('resize', () => {
  document.querySelector('main').style.minHeight = `${innerHeight + 50}px`;
})"""
WIDTH, HEIGHT = 1280, 700
MOST_JUMPED = 0.05
NEARLY = 8


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with two_sites.running(tmp_path_factory.mktemp("frame")) as found:
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
def hearing(sites: TwoSites) -> Iterator[None]:
    """Let the host listen to messages, as Canvas does and Moodle does not."""
    lms = sites.host.lms
    before = lms.personality
    lms.personality = replace(before, launch=replace(before.launch, storage_frame="pretend-storage"))
    yield
    lms.personality = before


@pytest.fixture
def host(chromium: Browser, sites: TwoSites) -> Iterator[Page]:
    """A host's page in which a learner has opened the tool; it writes down which heights it was told."""
    context = chromium.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", bypass_csp=True
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.add_init_script(f"({LISTEN})()")
    enter_as(page, sites, FIRST_LEARNER)
    page.goto(f"{sites.host.url}/activities/1")
    yield page
    context.close()


def fits(page: Page, frame: Frame) -> None:
    """Wait until the frame is as high as what stands in it."""
    frame.wait_for_load_state("load")
    apart = 0.0
    for _moment in range(100):
        apart = page.evaluate(FRAME_HEIGHT) - frame.evaluate(CONTENT_HEIGHT)
        if abs(apart) < NEARLY:
            return
        page.wait_for_timeout(100)
    told = page.evaluate("window.told")
    raise AssertionError(f"the frame is {apart} pixels higher than its page; told {told}")


@pytest.mark.usefixtures("hearing")
def test_the_frame_grows_to_the_page_and_the_page_does_not_jump(host: Page) -> None:
    frame = tool_frame(host)
    fits(host, frame)
    assert host.evaluate(FRAME_HEIGHT) > HEIGHT
    assert frame.evaluate("document.documentElement.scrollHeight - innerHeight") <= NEARLY
    assert frame.evaluate(JUMPED) < MOST_JUMPED
    told = host.evaluate("window.told.length")
    assert 1 <= told <= 4
    host.wait_for_timeout(1_000)
    assert host.evaluate("window.told.length") == told, "a page at rest says nothing more"


@pytest.mark.usefixtures("hearing")
def test_the_frame_follows_what_is_opened_and_closed(host: Page) -> None:
    frame = tool_frame(host)
    fits(host, frame)
    before = host.evaluate(FRAME_HEIGHT)
    frame.evaluate(TALLER, 4_000)
    host.wait_for_function(f"{FRAME_HEIGHT} > 4000")
    frame.evaluate(TALLER, 0)
    host.wait_for_function(f"(before) => {FRAME_HEIGHT} === before", arg=before)


@pytest.mark.usefixtures("hearing")
def test_no_height_is_told_beyond_a_bound(host: Page) -> None:
    frame = tool_frame(host)
    fits(host, frame)
    frame.evaluate(TALLER, 90_000)
    host.wait_for_function("window.told.at(-1) > 19000")
    assert host.evaluate("Math.max(...window.told)") <= 20_000


@pytest.mark.usefixtures("hearing")
def test_a_page_that_grows_with_its_frame_is_stopped(host: Page) -> None:
    frame = tool_frame(host)
    fits(host, frame)
    frame.evaluate(GROW_WITH_THE_FRAME)
    frame.evaluate(TALLER, 1_500)
    host.wait_for_timeout(4_000)
    assert host.evaluate("window.told.length") <= 25


def test_only_the_host_that_opened_the_page_is_told(host: Page, sites: TwoSites) -> None:
    frame = tool_frame(host)
    assert frame.evaluate("document.documentElement.dataset.host") == sites.host.url


def test_a_host_that_hears_nothing_is_soon_left_alone(host: Page) -> None:
    frame = tool_frame(host)
    for height in (1_000, 2_000, 3_000, 4_000, 5_000):
        frame.evaluate(TALLER, height)
        host.wait_for_timeout(700)
    assert 1 <= host.evaluate("window.told.length") <= 3
