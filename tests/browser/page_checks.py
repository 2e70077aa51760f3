"""What is asked of every page in the browser: outline, language, width, and the way of the Tab key."""

import re
from collections.abc import Collection, Iterator
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

from playwright.sync_api import CDPSession, Page

import sca_lms
from tests.browser.test_pieces import AXE, CUT, RULES

MOST_TABS = 40
# A field of a date or a time is one control with up to five stops.
MOST_PRESSES = 5 * MOST_TABS
ABOVE_AND_BELOW = 200
# What does not fit into a field of several lines is scrolled there; the others show where they go on.
MEANT_TO_BE_CUT = re.compile(r'^<textarea|class="[^"]*\b(day-rest|clamp|excerpt|found-text)\b')
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

OUTLINE = """() => {
  const faults = [];
  const all = document.querySelectorAll('h1, h2, h3, h4, h5, h6');
  const heads = [...all].filter((e) => e.checkVisibility());
  const ones = heads.filter((e) => e.tagName === 'H1').length;
  if (ones !== 1) faults.push(`has ${ones} main headings`);
  let before = 1;
  for (const head of heads) {
    const level = Number(head.tagName[1]);
    if (level > before + 1) faults.push(`goes from level ${before} to ${head.outerHTML.slice(0, 90)}`);
    before = level;
  }
  if (!document.title.trim()) faults.push('has no title');
  const numbered = '[tabindex]:not([tabindex="0"]):not([tabindex="-1"])';
  if (document.querySelector(numbered)) faults.push('orders its tab stops by number');
  return faults;
}"""

# Names, codes and what people typed stand in these elements, or say which language they are in.
TEXTS = """(language) => {
  const leftOut = 'script, style, code, pre, kbd, textarea, [translate=no]';
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim();
    const marked = node.parentElement.closest('[lang]');
    if (!text || (marked && marked.lang !== language)) continue;
    if (!node.parentElement.closest(leftOut)) found.add(text);
  }
  return [...found];
}"""
# What is left when a value was shown that was never meant for people.
MACHINE_WORD = re.compile(
    r"<\w[\w ]* at 0x|^[a-z]+(_[a-z]+)+$|^(None|True|False|undefined)$|^[A-Z]\w+\.[A-Z_]+$"
)
ALSO_ENGLISH = frozenset({"None", "True", "False"})

WHERE_FOCUS_IS = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  window.stops = window.stops || [];
  const tag = here.outerHTML.slice(0, 110);
  const faults = [];
  const before = window.stops.at(-1);
  if (before === here) return { same: true, again: true, faults };
  const again = window.stops.includes(here);
  window.stops.push(here);
  const box = here.getBoundingClientRect();
  const style = getComputedStyle(here);
  const shown = [here, here.closest('label'), here.nextElementSibling, here.parentElement].some((e) => {
    const look = e && getComputedStyle(e);
    const outlined = look && look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0;
    return outlined || (look && look.boxShadow !== 'none');
  });
  if (!shown && here.tagName !== 'IFRAME') faults.push(`shows no focus: ${tag}`);
  const label = here.closest('label');
  const ours = (e) => here.contains(e) || e.contains(here) || (label && e.closest('label') === label);
  const inside = (e) => e && ours(e);
  const middle = [box.left + box.width / 2, box.top + box.height / 2];
  const spots = [middle, [box.left + 5, box.top + 5], [box.right - 5, box.bottom - 5]];
  const seen = spots.filter(([x, y]) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight);
  if (box.width > 0 && box.height > 0 && style.opacity !== '0') {
    if (!seen.length) faults.push(`has its focus off the screen: ${tag}`);
    else if (!seen.some(([x, y]) => inside(document.elementFromPoint(x, y)))) {
      const [x, y] = seen[0];
      const over = document.elementFromPoint(x, y)?.outerHTML.slice(0, 70);
      faults.push(`covers its focus: ${tag} under ${over}`);
    }
  }
  if (before && !again && before.isConnected) {
    const order = before.compareDocumentPosition(here);
    if (order & Node.DOCUMENT_POSITION_PRECEDING) faults.push(`jumps back to ${tag}`);
    if (before.parentElement === here.parentElement && !before.closest('.scroll, svg')) {
      const a = before.getBoundingClientRect();
      const sticky = (e) => ['sticky', 'fixed', 'absolute'].includes(getComputedStyle(e).position);
      const above = box.bottom <= a.top + 2;
      const left = Math.abs(box.top - a.top) < 4 && box.right <= a.left + 2;
      const back = (above || left) && !sticky(before) && !sticky(here);
      if (back) faults.push(`goes against the reading order to ${tag}`);
    }
  }
  return { same: false, again, faults };
}"""

FROM_THE_TOP = """() => {
  window.scrollTo(0, 0);
  window.stops = [];
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
}"""
REACHABLE = """() => {
  const all = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]');
  const seen = (e) => e.checkVisibility({ visibilityProperty: true });
  return [...all].filter((e) => !e.disabled && e.type !== 'hidden' && e.tabIndex >= 0 && seen(e)).length;
}"""


def resize(session: CDPSession, width: int, height: int, scale: int = 1) -> None:
    """Let the page have another size without loading it again."""
    size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", size)


def resize_to_all(page: Page, session: CDPSession, width: int) -> None:
    """Make the window as high as its page, so that no bar that floats over it lies on anything."""
    resize(session, width, 1_000)
    resize(session, width, int(page.evaluate("document.documentElement.scrollHeight")) + ABOVE_AND_BELOW)


def outline(page: Page) -> list[str]:
    """Return what is wrong with the headings and the title."""
    return [str(fault) for fault in page.evaluate(OUTLINE)]


def width_faults(page: Page) -> list[str]:
    """Return what does not fit."""
    sideways = page.evaluate(SIDEWAYS)
    faults = [f"scrolls sideways by {sideways} pixels"] if sideways > 0 else []
    cut = [str(element) for element in page.evaluate(CUT)]
    return faults + [f"cuts {element}" for element in cut if not MEANT_TO_BE_CUT.search(element)]


@cache
def words_with_a_translation() -> frozenset[str]:
    """Return every English text of the tool that reads otherwise in Thai."""
    found: set[str] = set()
    for path in Path(sca_lms.__file__).parent.glob("*/translations/th/LC_MESSAGES/messages.mo"):
        with path.open("rb") as file:
            catalogue = GNUTranslations(file)
        found |= {key for key, thai in _entries(catalogue) if thai and thai != key}
    return frozenset(found)


def _entries(catalogue: GNUTranslations) -> Iterator[tuple[str, str]]:
    kept: dict[str | tuple[str, int], str] = vars(catalogue)["_catalog"]
    return ((key, thai) for key, thai in kept.items() if isinstance(key, str))


def untranslated(page: Page, language: str, *, typed: Collection[str] = ()) -> list[str]:
    """Return what stays English on a Thai page, and words of the machine; `typed` is what people wrote.

    English pages may say "True" (an answer) or "None" (the lowest level of a rubric). A value that was never
    meant for people is the same in both languages, so it is found on the Thai page.
    """
    texts = [str(text) for text in page.evaluate(TEXTS, language)]
    english = words_with_a_translation() if language == "th" else frozenset[str]()
    return [
        f"is not for readers of {language}: {text[:80]}"
        for text in texts
        if text not in typed
        and not (language == "en" and text in ALSO_ENGLISH)
        and (text in english or MACHINE_WORD.search(text))
    ]


def axe(page: Page) -> list[str]:
    """Return what axe finds."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    options = {
        "runOnly": {"type": "tag", "values": RULES},
        "rules": {"target-size": {"enabled": True}},
        "resultTypes": ["violations"],
    }
    result = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{fault['id']}: {fault['help']}: {node['html'][:160]}"
        for fault in result["violations"]
        for node in fault["nodes"][:2]
    ]


def tab_through(page: Page) -> list[str]:
    """Press Tab from the top; return where focus is lost, hidden, out of order or held."""
    page.evaluate(FROM_THE_TOP)
    reachable, faults, reached = int(page.evaluate(REACHABLE)), list[str](), 0
    for _press in range(MOST_PRESSES):
        if reached == min(MOST_TABS, reachable):
            break
        page.keyboard.press("Tab")
        stop = page.evaluate(WHERE_FOCUS_IS)
        if stop is None:
            break
        # A field of a date is one control with several places.
        if stop["same"]:
            continue
        if stop["again"]:
            break
        reached += 1
        faults += stop["faults"]
    # One group of radio buttons is one stop, however many there are.
    stops = min(MOST_TABS, reachable - int(page.evaluate(SPARE_RADIOS)))
    if reached < stops:
        faults.append(f"lets the Tab key reach {reached} of {stops}")
    return faults


SPARE_RADIOS = """() => {
  const all = [...document.querySelectorAll('input[type=radio]:not(:disabled)')];
  const radios = all.filter((e) => e.checkVisibility({ visibilityProperty: true }));
  return radios.length - new Set(radios.map((e) => `${e.form?.action}|${e.name}`)).size;
}"""
