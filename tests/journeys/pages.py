"""Read a page as a person does: its words, its links, and its forms as they stand filled in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin

VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "use", "wbr"})
WITHOUT_WORDS = frozenset({"script", "style", "noscript", "template"})
TYPED = frozenset(
    {"text", "hidden", "search", "number", "email", "url", "date", "datetime-local", "time", "password"}
)


@dataclass
class Element:
    """One element of a page with what stands inside of it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list["Element | str"] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> Iterator["Element"]:
        """Go through the elements of a name below this one; attributes must be as given."""
        for child in self.inside:
            if isinstance(child, Element):
                if child.tag == tag and attributes.items() <= child.attributes.items():
                    yield child
                yield from child.all(tag, **attributes)

    def first(self, tag: str, **attributes: str) -> "Element":
        found = next(self.all(tag, **attributes), None)
        assert found is not None, f"no <{tag}> {attributes}"
        return found

    def having(self, attribute: str) -> Iterator["Element"]:
        """Go through the elements that have an attribute, whatever its value."""
        for child in self.inside:
            if isinstance(child, Element):
                if attribute in child.attributes:
                    yield child
                yield from child.having(attribute)

    @property
    def words(self) -> str:
        """The text as it is read, with single spaces."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.inside:
            if isinstance(child, str):
                yield child
            elif child.tag not in WITHOUT_WORDS:
                yield from child._texts()
                yield " "


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        depth = next((n for n in range(len(self._open) - 1, 0, -1) if self._open[n].tag == tag), 0)
        if depth:
            del self._open[depth:]

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Form:
    """A form as it stands filled in, and where it goes."""

    element: Element
    action: str
    method: str

    @property
    def filled_in(self) -> Pairs:
        """What a browser would send without any button."""
        pairs: Pairs = []
        for each in _controls(self.element):
            name, kind = each.attributes.get("name", ""), each.attributes.get("type", "text")
            if not name or "disabled" in each.attributes:
                continue
            if each.tag == "select":
                pairs += [(name, option) for option in _selected(each)]
            elif each.tag == "textarea":
                text = "".join(part for part in each.inside if isinstance(part, str))
                # The line end right behind the tag belongs to the markup.
                pairs.append((name, text.removeprefix("\r").removeprefix("\n")))
            elif kind in {"checkbox", "radio"}:
                if "checked" in each.attributes:
                    pairs.append((name, each.attributes.get("value", "on")))
            elif kind in TYPED:
                pairs.append((name, each.attributes.get("value", "")))
        return pairs

    @property
    def buttons(self) -> dict[str, Pairs]:
        """What each button adds, by its words."""
        found: dict[str, Pairs] = {}
        for each in self.element.all("button"):
            if each.attributes.get("type", "submit") == "submit" and "disabled" not in each.attributes:
                name = each.attributes.get("name")
                found[each.words] = [(name, each.attributes.get("value", ""))] if name else []
        return found

    def sent(self, button: str | None = None, **changes: str | Sequence[str]) -> Pairs:
        """Return what is sent when the fields are changed and a button is pressed."""
        pressed = self.buttons[button] if button is not None else []
        kept = [pair for pair in self.filled_in if pair[0] not in changes]
        for name, value in changes.items():
            kept += [(name, each) for each in ([value] if isinstance(value, str) else value)]
        return kept + pressed


@dataclass(frozen=True)
class Page:
    """What a browser shows in the end, after redirects and forms that send themselves."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str
    root: Element

    @classmethod
    def of(cls, url: str, status: int, headers: Mapping[str, str], text: str) -> Self:
        builder = _Builder()
        builder.feed(text)
        builder.close()
        return cls(url, status, headers, text, builder.root)

    @property
    def words(self) -> str:
        return self.root.first("body").words

    @property
    def heading(self) -> str:
        return self.root.first("h1").words

    @property
    def forms(self) -> list[Form]:
        return [
            Form(
                each,
                urljoin(self.url, each.attributes.get("action", "")),
                each.attributes.get("method", "get"),
            )
            for each in self.root.all("form")
        ]

    def form(self, *, button: str = "", leads_to: str = "") -> Form:
        """Return the only form that changes something, has this button and leads to such an address."""
        found = [
            each
            for each in self.forms
            if each.method == "post"
            and each.action.partition("?")[0].endswith(leads_to)
            and (not button or button in each.buttons)
        ]
        assert len(found) == 1, (
            self.url,
            self.status,
            [(each.action, [*each.buttons]) for each in self.forms],
        )
        return found[0]

    def link(self, words: str) -> str:
        """Return where the first link with these words leads."""
        return self._address(lambda each: each.words == words, words)

    def link_to(self, ending: str) -> str:
        """Return the first link whose address ends like this."""
        return self._address(lambda each: each.attributes.get("href", "").endswith(ending), ending)

    def row(self, words: str) -> str:
        """Return the words of the first table row or list item in which these words stand."""
        rows = [*self.root.all("tr"), *self.root.all("li")]
        found = next((each.words for each in rows if words in each.words), None)
        assert found is not None, (words, self.words)
        return found

    def _address(self, fits: Callable[[Element], bool], wanted: str) -> str:
        found = next((each for each in self.root.all("a") if fits(each)), None)
        assert found is not None, (wanted, self.url, self.words[:2000])
        return urljoin(self.url, found.attributes["href"])


def _controls(element: Element) -> Iterator[Element]:
    for child in element.inside:
        if isinstance(child, Element):
            if child.tag in {"input", "select", "textarea"}:
                yield child
            else:
                yield from _controls(child)


def _selected(element: Element) -> list[str]:
    options = list(element.all("option"))
    chosen = [each for each in options if "selected" in each.attributes] or options[:1]
    return [each.attributes.get("value", each.words) for each in chosen]
