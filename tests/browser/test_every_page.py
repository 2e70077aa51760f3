"""Every page of the tool, as somebody sees it: narrow and wide, in Thai and English, by keyboard alone.

The addresses are found by walking through the tool as each role. A page that nobody comes to stands in
`SEEN_ELSEWHERE` or `NOT_PAGES` with the reason; a new one without a line fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, sync_playwright

from tests.browser import page_checks as checks
from tests.browser.every_address import Place
from tests.browser.every_page_world import NOBODY, PLAIN_COOKIE, House, open_house
from tests.browser.test_pieces import CHROMIUM

pytestmark = pytest.mark.browser

PACKAGES = (
    "assessments",
    "assignments",
    "attendance",
    "bootcamp",
    "calendar",
    "courses",
    "gradebook",
    "grades",
    "guidance",
    "inbox",
    "lti",
    "marking",
    "mentoring",
    "modules",
    "privacy",
    "progress",
    "projects",
    "updates",
)
SEEN_ELSEWHERE = {
    "discussions.edit": "needs a talk under way: tests/modules/test_discussion_pages.py",
    "discussions.hide": "needs a talk under way: tests/modules/test_discussion_pages.py",
    "discussions.thread": "needs a talk under way: tests/modules/test_discussion_pages.py",
    "project_lists.stored": "needs a list that was stored: tests/projects",
    "lti.launched": "opens from a host only: tests/browser/test_ladder.py",
    "lti.carried_on": "the door's second page: tests/browser/test_ladder.py",
    "lti.login": "the door's first page: tests/browser/test_ladder.py",
    "lti_registration.preview": "asks the host that registers: tests/lti/test_registration_views.py",
    "marking_grader.agree": "needs two markers who differ: tests/marking",
}
# What answers with a file, with a piece of a page, with data, or by leading on.
NOT_PAGES = frozenset(
    {
        "assignments_staff.rubric",
        "attempts.time_left",
        "bank.picture",
        "bank_exchange.download",
        "bank_exchange.template",
        "calendar.feed",
        "courses.operator",
        "hours_transcripts.download",
        "lti.key_set",
        "lti_registration.configuration",
        "marking.next_one",
        "mentoring_appointments.calendar_file",
        "my_data.fetch",
        "privacy_desk.fetch",
        "privacy_desk.register",
        "projects.mine",
        "quiz_editor.pick",
        "quiz_statistics.table",
        "reports.fetch",
        "requests.evidence",
        "rooms.code",
        "rooms.live",
        "rooms_scan.people",
        "timetable.calendar",
        "web.healthz",
        "web.readyz",
        "web.show_metrics",
    }
)
FILES = (".export", ".download", ".file", "_export", ".download_everywhere", ".answers")
# What a page shows depends on who looks: each of these is looked at as everybody who comes to it.
DIFFERENT_FOR_EACH = frozenset({"progress.home", "calendar.index", "modules.index", "mentoring.index"})
LANGUAGES = ("th", "en")
WIDE, MIDDLE, NARROW = 1280, 768, 360
HALF_OF_WIDE = (640, 400)
"""What is left of 1280 × 800 at 200 % zoom."""
SCREEN = 800
# What this world's people typed, though the tool might have said it as well: names of hosts and of shelves, a
# language in its own words, and an English name that the prose of a Thai unit sets in bold.
TYPED = frozenset({"Empty", "Imported", "Host", "Pretend LMS", "Bootcamp", "client", "English"})
PATIENCE_MS = 20_000


@dataclass
class Looker:
    """One window of somebody, in one language."""

    page: Page
    session: CDPSession
    language: str
    said: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.said.append(f"a script failed: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.said.append(f"console: {message.text}")

    def look(self, address: str) -> list[str]:
        """Open a page and return everything that is wrong with it."""
        self.said.clear()
        checks.resize(self.session, WIDE, SCREEN)
        answer = self.page.goto(address, wait_until="load")
        if answer is None or answer.status != 200:
            return [f"answers {answer.status if answer else 'nothing'}"]
        self.page.evaluate("document.fonts.ready")
        page, language = self.page, self.language
        checks.resize_to_all(page, self.session, WIDE)
        faults = checks.outline(page)
        if page.evaluate("document.documentElement.lang") != language:
            faults.append(f"is not in {language}")
        faults += checks.untranslated(page, language, typed=TYPED)
        faults += self._at("1280", checks.width_faults(page) + checks.axe(page))
        checks.resize(self.session, MIDDLE, SCREEN)
        faults += self._at("768", checks.width_faults(page))
        checks.resize(self.session, *HALF_OF_WIDE, scale=2)
        faults += self._at("200 %", checks.width_faults(page))
        checks.resize_to_all(page, self.session, NARROW)
        faults += self._at("360", checks.width_faults(page) + checks.axe(page))
        if language == "th":
            checks.resize(self.session, NARROW, SCREEN)
            faults += self._at("360, Tab", checks.tab_through(page))
        return list(dict.fromkeys(faults + self.said))

    @staticmethod
    def _at(size: str, faults: list[str]) -> list[str]:
        return [f"at {size}: {fault}" for fault in faults]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("every-page")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--headless", "--disable-gpu", "--mute-audio"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lookers(chromium: Browser, house: House) -> Iterator[dict[tuple[str, str], Looker]]:
    """Windows by who and language, opened when they are first needed."""
    opened: dict[tuple[str, str], Looker] = {}
    yield opened
    for each in opened.values():
        each.page.context.close()


def looker(
    chromium: Browser, house: House, lookers: dict[tuple[str, str], Looker], who: str, language: str
) -> Looker:
    """Return the window of somebody in a language."""
    if (who, language) not in lookers:
        context = chromium.new_context(locale=language, bypass_csp=True)
        context.set_default_timeout(PATIENCE_MS)
        _become(context, house, who, language)
        page = context.new_page()
        found = Looker(page, context.new_cdp_session(page), language)
        found.listen()
        lookers[who, language] = found
    return lookers[who, language]


def _become(context: BrowserContext, house: House, who: str, language: str) -> None:
    mine = {"sca_locale": language} | ({PLAIN_COOKIE: house.cookies[who]} if who != NOBODY else {})
    context.add_cookies(
        [{"name": name, "value": value, "url": house.address} for name, value in mine.items()]
    )


def looked_at(house: House) -> list[Place]:
    """Return each page once, or once for each who sees another page there."""
    chosen: dict[tuple[str, str], Place] = {}
    for place in house.places:
        chosen.setdefault((place.endpoint, place.who if place.endpoint in DIFFERENT_FOR_EACH else ""), place)
    return list(chosen.values())


def test_every_page_is_looked_at_or_says_why_not(house: House) -> None:
    reached = {place.endpoint for place in house.places}
    missed = {
        endpoint
        for endpoint in house.endpoints - reached - set(SEEN_ELSEWHERE) - NOT_PAGES
        if not endpoint.endswith(FILES)
    }
    assert missed == set(), sorted(missed)
    assert {place.package for place in house.places} <= set(PACKAGES)
    assert (set(SEEN_ELSEWHERE) | NOT_PAGES) & reached == set(), "no excuse where somebody does come"


def test_every_page_has_a_title_of_its_own(house: House) -> None:
    """Among open windows and in the history of a browser, the title alone tells the pages apart."""
    named = {place.endpoint: place.title for place in looked_at(house)}
    assert {endpoint for endpoint, title in named.items() if not title.partition(" · ")[0].strip()} == set()
    alike: dict[str, set[str]] = {}
    for endpoint, title in named.items():
        alike.setdefault(title, set()).add(endpoint)
    assert [pages for pages in alike.values() if len(pages) > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("package", PACKAGES)
def test_the_pages_of_a_package_are_whole_and_can_be_used_by_everybody(
    house: House, chromium: Browser, lookers: dict[tuple[str, str], Looker], package: str, language: str
) -> None:
    faults = []
    for place in looked_at(house):
        if place.package == package:
            window = looker(chromium, house, lookers, place.who, language)
            found = window.look(house.address + place.path)
            faults += [f"{place.endpoint} as {place.who} {place.path}: {fault}" for fault in found]
    assert faults == [], "\n" + "\n".join(faults)
