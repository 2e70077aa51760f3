"""Turn the Markdown of a programme file or a question into HTML that is safe to show."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup

from sca_lms.programmes.markdown_tables import table_fault

_TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li",
    "ol", "p", "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title", "target"},
    "div": {"class", "tabindex", "role"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "span": {"data-gap"},
    "table": {"class"},
}
_SCHEMES = {"https", "http", "mailto", "tel", "data"}
# The pages' Content-Security-Policy shows no picture of another site; those inside the text remain.
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")
_LINK = re.compile(r"(https?://|mailto:|tel:)", re.IGNORECASE)
_HIGHEST, _DEEPEST = 2, 6
_ATTACHED = "attachment:"
_GAP = re.compile(r"\[\[([0-9]{1,3})\]\]", re.ASCII)
# Raw HTML is never let through, so only the rule for gaps can have written this.
_GAP_IN_HTML = re.compile(r'<span data-gap="([0-9]{1,3})"></span>', re.ASCII)
KEPT = 256
"""Texts that each process keeps rendered; a text may have 100,000 characters, so this bounds the memory."""

_plain = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["strikethrough"])
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
Pictures = tuple[tuple[str, str], ...]
"""Names of the pictures that belong to a text, which calls them `attachment:NAME`, and their addresses."""


@lru_cache(maxsize=KEPT)
def to_html(text: str, pictures: Pictures = ()) -> Markup:
    """Render Markdown: headings start below the page's own, links open outside, no script survives.

    Tables beyond what a programme file may have stay as they were typed. What was rendered last is kept.
    """
    return _rendered(_plain if table_fault(text) else _markdown, text, dict(pictures))


@lru_cache(maxsize=KEPT)
def to_pieces(text: str, pictures: Pictures = ()) -> tuple[Markup | int, ...]:
    """Render Markdown whose `[[1]]`, `[[2]]` … are gaps: pieces of HTML and, between them, the gaps' numbers.

    Only the pieces joined are well-formed. A gap in code or in a picture's words is none.
    """
    parts = _GAP_IN_HTML.split(str(_rendered(_with_gaps, text, dict(pictures))))
    return tuple(
        # Cleaned as a whole before it was split.
        int(part) if index % 2 else Markup(part)  # noqa: S704 - See the line above.
        for index, part in enumerate(parts)
    )


def _rendered(markdown: MarkdownIt, text: str, pictures: Mapping[str, str]) -> Markup:
    environment: dict[str, object] = {}
    tokens = markdown.parse(text, environment)
    _fit_headings(tokens)
    _place_pictures(tokens, pictures)
    html = str(markdown.renderer.render(tokens, markdown.options, environment))
    # A wide table scrolls in its own box, which the keyboard has to be able to reach.
    html = html.replace("<table>", '<div class="scroll" tabindex="0" role="group"><table class="tbl">')
    html = html.replace("</table>", "</table></div>")
    own = frozenset(pictures.values())

    def attribute(tag: str, name: str, value: str) -> str | None:
        return value if (tag, name) == ("img", "src") and value in own else _attribute(tag, name, value)

    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Markup(clean)  # noqa: S704 - Cleaned in the line above.


def _fit_headings(tokens: Sequence[Token]) -> None:
    """Let the text's highest headings be h2, whatever level its author began with; the page has the h1."""
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    highest = min((int(token.tag[1:]) for token in headings), default=_HIGHEST)
    for token in headings:
        token.tag = f"h{min(_DEEPEST, int(token.tag[1:]) - highest + _HIGHEST)}"


def _place_pictures(tokens: Sequence[Token], pictures: Mapping[str, str]) -> None:
    """Give the pictures that belong to the text their addresses."""
    for token in tokens:
        for child in token.children or ():
            source = str(child.attrs.get("src", "")) if child.type == "image" else ""
            if source.startswith(_ATTACHED):
                child.attrs["src"] = pictures.get(source.removeprefix(_ATTACHED), "")


def _find_gap(state: StateInline, silent: bool) -> bool:
    found = _GAP.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("gap", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _write_gap(_renderer: RendererHTML, tokens: Sequence[Token], index: int, *_rest: object) -> str:
    return f'<span data-gap="{tokens[index].content}"></span>'


_with_gaps = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["strikethrough"])
_with_gaps.inline.ruler.before("link", "gap", _find_gap)
_with_gaps.add_render_rule("gap", _write_gap)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if _PICTURE.fullmatch(value) else None
    if tag == "a" and name == "href":
        return value if _LINK.match(value) else None
    return value
