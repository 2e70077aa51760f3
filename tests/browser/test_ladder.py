"""Each rung of the ladder in real Chromium: whatever a browser does with cookies, a learner gets in."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, Playwright, expect, sync_playwright

from tests.browser.ladder_host import House, running

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THIRD_PARTY_BLOCKED = {"profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}}
THIRD_PARTY_ALLOWED = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
ALL_BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}

Open = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def playwright_here() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("ladder")) as found:
        yield found


@pytest.fixture
def open_browser(playwright_here: Playwright, tmp_path: Path) -> Iterator[Open]:
    """Start Chromium with preferences of our choice."""
    with ExitStack() as started:

        def start(preferences: dict[str, object], *, scripts: bool = True) -> BrowserContext:
            profile = tmp_path / "profile"
            (profile / "Default").mkdir(parents=True)
            (profile / "Default" / "Preferences").write_text(json.dumps(preferences), encoding="utf-8")
            context = playwright_here.chromium.launch_persistent_context(
                profile,
                executable_path=CHROMIUM,
                headless=True,
                args=["--no-sandbox", "--disable-gpu"],
                java_script_enabled=scripts,
                locale="en-US",
            )
            started.callback(context.close)
            return context

        yield start


def tool_frame(page: Page) -> Frame:
    found = page.frame(name="tool")
    assert found is not None
    return found


def launch(page: Page, house: House, storage: str = "none") -> Frame:
    page.goto(house.course(storage))
    page.get_by_role("button", name="Open the activity").click()
    return tool_frame(page)


def arrive(frame: Frame, house: House, *, tab: bool) -> None:
    """Wait until the course stands in the frame, and check that it survives being loaded again."""
    path = r"/-/[\w-]{40,64}/courses/\d+/" if tab else r"/courses/\d+/"
    there = re.compile(re.escape(house.tool) + path)
    frame.wait_for_url(there, timeout=15_000)
    expect(frame.locator("main")).to_be_visible()
    assert frame.locator("[data-error-code]").count() == 0
    frame.goto(frame.url)
    assert there.match(frame.url)
    assert frame.locator("[data-error-code]").count() == 0


@pytest.mark.parametrize(
    "preferences", [THIRD_PARTY_BLOCKED, THIRD_PARTY_ALLOWED], ids=["blocked", "allowed"]
)
@pytest.mark.parametrize("storage", ["none", "kept", "mute"])
def test_a_partitioned_cookie_survives_whether_third_party_cookies_are_blocked_or_not(
    open_browser: Open, house: House, preferences: dict[str, object], storage: str
) -> None:
    page = open_browser(preferences).new_page()
    frame = launch(page, house, storage)
    arrive(frame, house, tab=False)
    if storage == "kept":
        assert page.evaluate("told") == ["lti.capabilities", "lti.put_data"]


def test_where_no_cookie_survives_the_hosts_storage_proves_the_browser_without_a_click(
    open_browser: Open, house: House
) -> None:
    page = open_browser(ALL_BLOCKED).new_page()
    frame = launch(page, house, "kept")
    arrive(frame, house, tab=True)
    assert page.evaluate("told") == ["lti.capabilities", "lti.put_data", "lti.capabilities", "lti.get_data"]


def test_links_of_a_page_without_cookies_keep_the_session_of_their_tab(
    open_browser: Open, house: House
) -> None:
    page = open_browser(ALL_BLOCKED).new_page()
    frame = launch(page, house, "kept")
    arrive(frame, house, tab=True)
    prefix = re.match(re.escape(house.tool) + r"(/-/[\w-]+)", frame.url)
    assert prefix
    addresses = frame.eval_on_selector_all(
        "a[href*='/courses/']", "links => links.map(link => link.pathname)"
    )
    assert all(address.startswith(prefix[1]) for address in addresses)


def test_a_person_continues_in_a_new_tab_when_the_frame_may_keep_nothing(
    open_browser: Open, house: House
) -> None:
    embedded = {f"{house.tool},{house.lms}": {"setting": 2}}
    context = open_browser({"profile": {"content_settings": {"exceptions": {"cookies": embedded}}}})
    page = context.new_page()
    frame = launch(page, house)
    with context.expect_page() as opened:
        frame.get_by_role("button", name="Open in a new tab").click()
    tab = opened.value
    tab.wait_for_url(re.compile(re.escape(house.tool) + r"/courses/\d+/"))
    tab.reload()
    assert tab.locator("[data-error-code]").count() == 0


@pytest.fixture(scope="module")
def plain_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same for browsers that keep no partitioned cookie."""
    with running(tmp_path_factory.mktemp("plain"), partitions=False) as found:
        yield found


def visit_by_itself(context: BrowserContext, house: House) -> None:
    """Click on a page of the tool in a tab of its own; browsers only grant access to sites people know."""
    tab = context.new_page()
    tab.goto(f"{house.tool}/lti/privacy")
    tab.locator("main").click()
    tab.close()


@pytest.mark.parametrize(
    "preferences", [THIRD_PARTY_BLOCKED, THIRD_PARTY_ALLOWED], ids=["blocked", "allowed"]
)
def test_where_storage_access_is_granted_a_cookie_without_a_partition_carries_the_session(
    open_browser: Open, plain_house: House, preferences: dict[str, object]
) -> None:
    context = open_browser(preferences)
    visit_by_itself(context, plain_house)
    context.grant_permissions(["storage-access"])
    page = context.new_page()
    frame = launch(page, plain_house, "mute")
    frame.get_by_role("button", name="Continue here").click()
    there = re.compile(re.escape(plain_house.tool) + r"/courses/\d+/")
    frame.wait_for_url(there, timeout=15_000)
    # The frame keeps its access where it leads itself, as links and forms of the tool do.
    for step in ("location.reload()", "document.querySelector('a[href*=\"/courses/\"]').click()"):
        with page.expect_event("framenavigated"):
            frame.evaluate(step)
        frame.wait_for_load_state()
        assert there.match(frame.url)
        assert frame.locator("[data-error-code]").count() == 0
    kept = {cookie["name"]: cookie for cookie in context.cookies(plain_house.tool)}
    assert "partitionKey" not in kept["sca_lms"]
    assert kept["sca_lms"]["httpOnly"]


def test_where_storage_access_is_refused_a_new_tab_is_offered_and_gets_in(
    open_browser: Open, plain_house: House
) -> None:
    context = open_browser(THIRD_PARTY_BLOCKED)
    page = context.new_page()
    frame = launch(page, plain_house, "mute")
    frame.get_by_role("button", name="Continue here").click()
    expect(frame.get_by_text("Your browser did not allow it here.")).to_be_visible()
    expect(frame.get_by_role("button", name="Open in a new tab")).to_be_focused()
    with context.expect_page() as opened:
        page.keyboard.press("Enter")
    tab = opened.value
    tab.wait_for_url(re.compile(re.escape(plain_house.tool) + r"/-/[\w-]{40,64}/courses/\d+/"))
    tab.reload()
    assert tab.locator("[data-error-code]").count() == 0


def test_whoever_can_open_no_tab_continues_in_the_frame_after_a_refusal(
    open_browser: Open, house: House
) -> None:
    page = open_browser(ALL_BLOCKED).new_page()
    frame = launch(page, house)
    expect(frame.get_by_text("ปวีณา แก้วมณี")).to_be_visible()
    here = frame.get_by_role("button", name="Continue here")
    here.click()
    expect(frame.get_by_text("Your browser did not allow it here.")).to_be_visible()
    here.click()
    arrive(frame, house, tab=True)


def test_without_any_script_the_buttons_of_the_ladder_work(open_browser: Open, house: House) -> None:
    page = open_browser(ALL_BLOCKED, scripts=False).new_page()
    frame = launch(page, house, "kept")
    frame.get_by_role("link", name="Continue").click()
    frame.get_by_role("button", name="Go on").click()
    frame.get_by_role("button", name="Continue here").click()
    arrive(frame, house, tab=True)


def test_several_activities_on_one_page_all_open(open_browser: Open, house: House) -> None:
    page = open_browser(THIRD_PARTY_BLOCKED).new_page()
    page.goto(house.course())
    page.evaluate(
        """() => {
          const form = document.getElementById('launch');
          for (let number = 1; number <= 4; number += 1) {
            const frame = document.createElement('iframe');
            frame.name = `tool${number}`;
            document.body.append(frame);
            const copy = form.cloneNode(true);
            copy.target = frame.name;
            document.body.append(copy);
            copy.submit();
          }
        }"""
    )
    for number in range(1, 5):
        frame = page.frame(name=f"tool{number}")
        assert frame is not None
        arrive(frame, house, tab=False)


@pytest.mark.parametrize("locale", ["th", "en"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_of_the_door_are_accessible_and_fit(
    open_browser: Open, house: House, locale: str, width: int
) -> None:
    context = open_browser(ALL_BLOCKED)
    context.set_extra_http_headers({"Accept-Language": locale})
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    for address in (f"{house.tool}/lti/launch", f"{house.tool}/lti/privacy"):
        page.goto(address)
        _examine(page)
    page.route("**/static/lti.js*", lambda route: route.abort())
    target = f"{house.tool}/lti/launch"
    login = {"iss": house.lms, "login_hint": "5", "target_link_uri": target, "lti_storage_target": "x"}
    page.goto(f"{house.tool}/lti/login?{urlencode(login)}")
    _examine(page)
    page.get_by_role("link").last.click()
    page.wait_for_url(f"{house.tool}/lti/launch")
    assert page.locator("form").count() >= 2
    _examine(page)


def _examine(page: Page) -> None:
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": RULES}, "rules": {"target-size": {"enabled": True}}}
    found = page.evaluate("options => axe.run(document, options)", options)
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
