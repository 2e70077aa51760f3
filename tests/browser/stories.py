"""One person in a window of their own, from the host's activity through the tool's frame, page by page."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page, expect

from sca_lms.demo.sample import HOME_ACTIVITY_ID
from tests.browser.examination import Examiner
from tests.browser.studying import PATIENCE_MS, enter_as, tool_frame
from tests.browser.two_sites import TwoSites

NARROW, WIDE = 360, 1280
THAI, ENGLISH = "th", "en"
LOCALES = {THAI: "th-TH", ENGLISH: "en-GB"}
HEIGHT = 900

# Everything that the Tab key comes to, focused one after another; what then lies whole under something else.
UNSEEN = """() => {
  const reachable = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  const unseen = [];
  let seen = 0;
  for (const each of document.querySelectorAll(reachable)) {
    if (each.disabled || each.tabIndex < 0 || !each.checkVisibility({ visibilityProperty: true })) continue;
    each.focus();
    if (document.activeElement !== each) continue;
    const labels = [...(each.labels || [])];
    const boxes = [each, ...labels].map((element) => element.getBoundingClientRect());
    const visible = boxes.some((box) => [0.1, 0.5, 0.9].some((part) => {
      const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height * part);
      return top && (each.contains(top) || labels.some((label) => label.contains(top)) || top.contains(each));
    }));
    seen += 1;
    if (!visible) unseen.push(each.outerHTML.slice(0, 160));
  }
  document.activeElement.blur();
  window.scrollTo(0, 0);
  return [seen, unseen];
}"""


@dataclass
class Story:
    """What one person does; what is wrong on the pages they come to is written down by the examiner."""

    page: Page
    sites: TwoSites
    examiner: Examiner
    frame: Frame = field(init=False)

    def come_in(self, user_id: str, activity_id: str = HOME_ACTIVITY_ID) -> None:
        """Log in at the host and open one of its activities, which shows the tool in a frame."""
        enter_as(self.page, self.sites, user_id)
        self.page.goto(f"{self.sites.host.url}/activities/{activity_id}")
        self.frame = tool_frame(self.page)

    def look(self, name: str = "") -> None:
        """Examine the page in the frame: accessible, whole, silent, and the focus can always be seen."""
        self.examiner.examine(self.frame, name)
        seen, unseen = self.frame.evaluate(UNSEEN)
        where = self.examiner.examined[-1]
        assert seen > 3, f"{where}: there is little to come to"
        self.examiner.faults += [f"{where}: focus is hidden on {element}" for element in unseen]

    def follow(self, target: Locator, *, look: bool = True) -> None:
        """Click what leads to another page of the tool, wait for that page and look at it."""
        self._leave(target.click, look=look)

    def search(self, field: Locator, words: str) -> None:
        """Type into a search field and press Enter, which leads to what was found."""
        field.fill(words)
        self._leave(lambda: field.press("Enter"))

    def _leave(self, act: Callable[[], None], *, look: bool = True) -> None:
        before = self.frame.evaluate("performance.timeOrigin")
        act()
        self.frame.wait_for_function("(before) => performance.timeOrigin !== before", arg=before)
        self.frame.wait_for_load_state("load")
        expect(self.frame.locator("main#main h1")).to_be_visible()
        if look:
            self.look()

    def link(self, name: str, *, within: str = "main") -> Locator:
        """Return the first link of this name in a part of the page that can be seen."""
        return self.frame.locator(within).get_by_role("link", name=name).locator("visible=true").first

    def button(self, name: str) -> Locator:
        """Return the first button of this name in the page's main part."""
        return self.frame.locator("main").get_by_role("button", name=name).locator("visible=true").first

    def go(self, family: str, page: str = "") -> None:
        """Go to a page of the navigation: by the tabs above, or on a phone by the dock and what it holds."""
        tab = self._tab(self.frame.locator("nav.tabs"), family)
        if not tab.is_visible():
            tab = self._docked(tab)
        self.follow(tab, look=not page)
        if page:
            below = self._tab(self.frame.locator("nav.subtabs"), page)
            if below.get_attribute("aria-current") == "page":
                self.look()
            else:
                self.follow(below)

    def _tab(self, line: Locator, name: str) -> Locator:
        # By its text, not its role: on a phone the line is not shown, and the dock has shorter words.
        return line.locator("a").filter(has_text=re.compile(rf"^\s*{re.escape(name)}(\s*\d|\s*$)")).first

    def _docked(self, tab: Locator) -> Locator:
        dock = self.frame.locator("nav.dock")
        found = dock.locator(f'a[href="{tab.get_attribute("href")}"]')
        if not found.is_visible():
            dock.locator("summary").click()
        return found

    def heading(self) -> Locator:
        """Return the heading of the page."""
        return self.frame.locator("main h1")

    def fetch(self, target: Locator, directory: Path) -> Path:
        """Click what leads to a file and return where it was stored."""
        with self.page.expect_download() as found:
            target.click()
        path = directory / found.value.suggested_filename
        found.value.save_as(path)
        return path


Tell = Callable[..., Story]


@contextmanager
def told_in(chromium: Browser, sites: TwoSites) -> Iterator[Tell]:
    """Open windows of one width and language each; at the end nothing may have been wrong in any of them."""
    opened: list[BrowserContext] = []
    examiners: list[Examiner] = []

    def start(width: int, language: str, height: int = HEIGHT) -> Story:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale=LOCALES[language], reduced_motion="reduce"
        )
        opened.append(context)
        context.set_default_timeout(PATIENCE_MS)
        examiner = Examiner(language)
        page = context.new_page()
        examiner.listen(page)
        examiners.append(examiner)
        return Story(page, sites, examiner)

    try:
        yield start
    finally:
        for context in opened:
            context.close()
    faults = [fault for examiner in examiners for fault in examiner.faults]
    assert not faults, "\n".join(faults)
