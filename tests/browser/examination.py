"""Look at a page as it stands in Chromium: accessible, whole, in the right language, and silent."""

from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Error, Frame, Page

from tests.browser.test_pieces import AXE, CUT, RULES

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What reaches furthest to the right of the page, innermost first.
WIDEST = """() => {
  const edge = document.documentElement.clientWidth;
  const beyond = [...document.body.querySelectorAll('*')].filter(
    (each) => each.checkVisibility() && each.getBoundingClientRect().right > edge + 0.5);
  return beyond.slice(-3).map((each) => each.outerHTML.slice(0, 120));
}"""
# Who is asked to look at a page that does not exist finds a line about it in the console.
ABOUT_THE_ANSWER = "Failed to load resource: the server responded with a status of 4"
WITHOUT_NETWORK = "net::ERR_INTERNET_DISCONNECTED"


@dataclass
class Examiner:
    """Collects what is wrong on the pages that were visited, and what the console said meanwhile."""

    language: str
    faults: list[str] = field(default_factory=list)
    examined: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Write down what scripts and the browser complain about."""
        page.on("console", self._heard)
        page.on("pageerror", self._failed)

    def examine(self, frame: Frame, name: str = "") -> None:
        """Look at a page once it has come to rest."""
        frame.wait_for_load_state("networkidle")
        frame.evaluate("document.fonts.ready")
        where = name or frame.url.partition("//")[2].partition("/")[2]
        self.examined.append(where)
        language = frame.evaluate("document.documentElement.lang")
        if language != self.language:
            self.faults.append(f"{where}: is in {language!r}, not in {self.language!r}")
        if not frame.evaluate("document.title.trim()"):
            self.faults.append(f"{where}: has no title")
        if (sideways := frame.evaluate(SIDEWAYS)) > 0:
            self.faults.append(f"{where}: scrolls sideways by {sideways} pixels: {frame.evaluate(WIDEST)}")
        self.faults += [f"{where}: cuts {element}" for element in frame.evaluate(CUT)]
        self.faults += [f"{where}: {fault}" for fault in self._axe(frame)]

    def _axe(self, frame: Frame) -> list[str]:
        if not frame.evaluate("'axe' in window"):
            frame.evaluate(AXE.read_text("utf-8"))
        # In a frame as low as a screen, what the dock half covers at this moment would count as too small.
        rules = {"target-size": {"enabled": frame.parent_frame is None}}
        options = {"runOnly": {"type": "tag", "values": RULES}, "rules": rules}
        result = frame.evaluate("(options) => axe.run(document, options)", options)
        assert len(result["passes"]) > 10, "the page was really looked at"
        return [
            f"{fault['id']}: {fault['help']}: {node['html'][:160]}"
            for fault in result["violations"]
            for node in fault["nodes"][:2]
        ]

    def _heard(self, message: ConsoleMessage) -> None:
        expected = ABOUT_THE_ANSWER in message.text or WITHOUT_NETWORK in message.text
        if "Content Security Policy" in message.text or (message.type == "error" and not expected):
            self.faults.append(f"{message.location.get('url', '')}: console: {message.text}")

    def _failed(self, error: Error) -> None:
        self.faults.append(f"a script failed: {error}")
