"""Every page of the tool that a person can open: found by following links as each role, as people do."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

# Of one page, so many examples are opened; the fullest is then looked at.
EXAMPLES = 3
NOT_FOLLOWED = frozenset({"static"})


@dataclass(frozen=True, order=True)
class Place:
    """One page, and who opens it where."""

    endpoint: str
    who: str
    path: str
    package: str
    """The package whose view answers."""
    title: str


class _Links(HTMLParser):
    """Collects the addresses that a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # An icon may have a title of its own; that of the page comes first.
        self._in_title = tag == "title" and not self.title
        if tag == "a" and (href := given.get("href")):
            self.found.append(href)
        if (
            tag == "form"
            and (given.get("method") or "get").lower() == "get"
            and (action := given.get("action"))
        ):
            self.found.append(action)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title, self._in_title = data.strip(), False


@dataclass
class Walk:
    """Opens a page, then what it links to, a few times each."""

    app: Flask
    who: str
    browser: FlaskClient
    opened: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict)
    """For each page: its addresses, with the length of the answer and its title."""

    def go(self, starts: Iterable[str]) -> None:
        """Follow links until there is no page left of which too few examples were seen."""
        waiting, known = deque(starts), set[str]()
        while waiting:
            path = waiting.popleft()
            endpoint = self._endpoint(path)
            if path in known or endpoint in NOT_FOLLOWED or endpoint is None:
                continue
            known.add(path)
            seen = self.opened.setdefault(endpoint, {})
            if len(seen) >= EXAMPLES:
                continue
            answer = self.browser.get(path)
            if answer.status_code in {301, 302, 303}:
                waiting.append(_inside(path, answer.headers["Location"]) or path)
            elif answer.status_code == 200 and answer.mimetype == "text/html":
                text = answer.get_data(as_text=True)
                if "<html" not in text:
                    continue
                links = _Links()
                links.feed(text)
                seen[path] = len(text), links.title
                waiting.extend(target for href in links.found if (target := _inside(path, href)) is not None)

    def places(self) -> Iterator[Place]:
        """Return each page at the address where most stands."""
        for endpoint, seen in self.opened.items():
            if seen:
                package = self.app.view_functions[endpoint].__module__.split(".")[1]
                path = max(seen, key=lambda each: (seen[each], each))
                yield Place(endpoint, self.who, path, package, seen[path][1])

    def _endpoint(self, path: str) -> str | None:
        try:
            endpoint, _values = self.app.url_map.bind("localhost").match(urlsplit(path).path, "GET")
        except HTTPException:
            return None
        return str(endpoint)


def pages(app: Flask) -> dict[str, Rule]:
    """Return every address that can be opened, by its name."""
    return {
        rule.endpoint: rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint != "static"
    }


def walk(app: Flask, browsers: Mapping[str, FlaskClient], starts: Mapping[str, Iterable[str]]) -> list[Place]:
    """Walk as everybody in turn; return every page as everybody who came to it."""
    found: list[Place] = []
    for who, browser in browsers.items():
        walker = Walk(app, who, browser)
        walker.go(starts[who])
        found += walker.places()
    return found


def _inside(here: str, href: str) -> str | None:
    """Return where a link leads within the tool, without its fragment; None when it leads out of it."""
    target = urlsplit(urljoin(f"http://localhost{here}", href))
    if target.scheme not in {"http", "https"} or target.netloc not in {"localhost", "127.0.0.1"}:
        return None
    return f"{target.path}?{target.query}" if target.query else target.path
