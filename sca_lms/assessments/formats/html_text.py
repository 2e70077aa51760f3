"""Turn HTML of a question into Markdown, or into plain text where nothing else is allowed."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_DROPPED = {"script", "style", "head", "title", "object", "iframe", "noscript", "template"}
_BLOCKS = {
    "p", "div", "ul", "ol", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "tr",
    "section", "article", "prompt", "itembody", "figure", "center", "dl", "dt", "dd",
}  # fmt: skip
_EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "del": "~~", "strike": "~~"}
_MARKUP = {
    *_EMPHASIS, "ul", "ol", "li", "table", "blockquote", "pre", "code", "img", "a", "h1", "h2", "h3", "h4",
    "h5", "h6", "hr", "sub", "sup", "audio", "video", "svg", "math", "input", "iframe", "object",
}  # fmt: skip
_UNSHOWN = {"audio", "video", "svg", "math", "input", "iframe", "object", "script"}
_SPECIAL = re.compile(r"([\\`*_\[\]<>~])")
_LINE_START = re.compile(r"^(\s{0,3})(#{1,6}(?=\s|$)|[-+>](?=\s|$)|=+\s*$|-+\s*$)", re.MULTILINE)
_NUMBERED = re.compile(r"^(\s{0,3}\d{1,9})([.)])(?=\s|$)", re.MULTILINE)
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINK = re.compile(r"(https?://|mailto:|tel:)", re.IGNORECASE)
LOOKS_LIKE_HTML = re.compile(
    r"</?(p|br|div|span|b|i|u|em|strong|sub|sup|ul|ol|li|img|a|table|tr|td|th|h[1-6]|pre|code|font|center)\b[^>]*>",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Converted:
    """What became of a piece of HTML; `has_markup` tells that plain text would lose something."""

    text: str
    has_markup: bool
    pictures: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def to_markdown(html: str, *, names: dict[str, str] | None = None) -> Converted:
    """Return HTML as Markdown; `names` says under which name each picture's address is attached."""
    reader = _Reader(markdown=True, names=names or {})
    reader.feed(html)
    reader.close()
    return reader.converted()


def to_plain(html: str) -> Converted:
    """Return HTML as plain text, its paragraphs as lines."""
    reader = _Reader(markdown=False, names={})
    reader.feed(html)
    reader.close()
    return reader.converted()


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it letter by letter."""
    text = _ENTITY.sub(r"\\&", _SPECIAL.sub(r"\\\1", text))
    return _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\1\\\2", text))


class _Reader(HTMLParser):
    """Walks through HTML and writes text; what it does not know it drops and keeps the words of."""

    def __init__(self, *, markdown: bool, names: dict[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._markdown = markdown
        self._names = names
        self._out: list[str] = []
        self._dropping = 0
        self._verbatim = 0
        self._lists: list[int | None] = []
        self._links: list[str] = []
        self._found = Converted("", has_markup=False)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._found.has_markup |= tag in _MARKUP
        if tag in _UNSHOWN and tag not in self._found.left_out:
            self._found.left_out.append(tag)
        if tag in _DROPPED:
            self._dropping += 1
        elif self._dropping:
            return
        elif tag == "br":
            self._out.append("\n")
        elif tag == "img":
            self._picture(values)
        elif tag in _BLOCKS:
            self._open_block(tag, values)
        elif tag == "li":
            self._item()
        elif tag in {"td", "th"}:
            self._out.append(" | " if self._out and not self._out[-1].endswith("\n") else "")
        elif self._markdown:
            self._inline(tag, values)

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED:
            self._dropping = max(0, self._dropping - 1)
        elif self._dropping:
            return
        elif tag in _BLOCKS:
            self._close_block(tag)
        elif self._markdown and tag in _EMPHASIS:
            self._out.append(_EMPHASIS[tag])
        elif self._markdown and tag == "code" and not self._verbatim:
            self._out.append("`")
        elif self._markdown and tag == "a" and self._links:
            target = self._links.pop()
            self._out.append(f"](<{target}>)" if target else "")

    def handle_data(self, data: str) -> None:
        if self._dropping:
            return
        if self._verbatim:
            self._out.append(data)
            return
        plain = re.sub(r"[ \t\r\n\f]+", " ", data)
        self._out.append(escaped(plain) if self._markdown else plain)

    def converted(self) -> Converted:
        """Return what was read, with at most one empty line between blocks."""
        text = "".join(self._out)
        if not self._verbatim and "```" not in text:
            text = "\n".join(
                line.strip() if not _is_item(line) else line.rstrip() for line in text.split("\n")
            )
        gap = "\n\n" if self._markdown else "\n"
        self._found.text = re.sub(r"\n{2,}", gap, text).strip()
        return self._found

    def _inline(self, tag: str, values: dict[str, str]) -> None:
        if tag in _EMPHASIS:
            self._out.append(_EMPHASIS[tag])
        elif tag == "code" and not self._verbatim:
            self._out.append("`")
        elif tag == "a":
            target = values.get("href", "") if _LINK.match(values.get("href", "")) else ""
            target = re.sub(r"[<>\s]", "", target)
            self._links.append(target)
            self._out.append("[" if target else "")

    def _open_block(self, tag: str, values: dict[str, str]) -> None:
        self._out.append("\n" if tag == "tr" or self._lists else "\n\n")
        if tag in {"ul", "ol"}:
            start = values.get("start", "1")
            self._lists.append(
                None if tag == "ul" else int(start) if start.isdecimal() and start.isascii() else 1
            )
        elif tag == "pre":
            self._verbatim += 1
            self._out.append("```\n" if self._markdown else "")
        elif self._markdown and tag == "hr":
            self._out.append("---\n\n")
        elif self._markdown and len(tag) == 2 and tag.startswith("h"):
            self._out.append("#" * int(tag[1]) + " ")
        elif self._markdown and tag == "blockquote":
            self._out.append("> ")

    def _close_block(self, tag: str) -> None:
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag == "pre" and self._verbatim:
            self._verbatim -= 1
            self._out.append("\n```" if self._markdown else "")
        self._out.append("\n" if tag == "tr" or self._lists else "\n\n")

    def _item(self) -> None:
        depth = max(0, len(self._lists) - 1)
        mark = "-"
        if self._lists and self._lists[-1] is not None:
            mark = f"{self._lists[-1]}."
            self._lists[-1] += 1
        self._out.append("\n" + "   " * depth + f"{mark} ")

    def _picture(self, values: dict[str, str]) -> None:
        source = values.get("src", "")
        self._found.pictures.append(source)
        words = re.sub(r"\s+", " ", values.get("alt", ""))
        name = self._names.get(source)
        if self._markdown and name:
            self._out.append(f"![{escaped(words)}](attachment:{name})")
        else:
            self._out.append(escaped(words) if self._markdown else words)


def _is_item(line: str) -> bool:
    return re.match(r"\s+(-|\d+\.) ", line) is not None
