"""Turn the Markdown of a programme file into HTML that is safe to show."""

import re
from collections.abc import Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from sca_lms.programmes.markdown_tables import table_fault

_TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li",
    "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title", "target"},
    "div": {"class", "tabindex", "role"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "table": {"class"},
}
_SCHEMES = {"https", "http", "mailto", "tel", "data"}
# The pages' Content-Security-Policy shows no picture of another site; those inside the text remain.
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")
_LINK = re.compile(r"(https?://|mailto:|tel:)", re.IGNORECASE)
_HIGHEST, _DEEPEST = 2, 6
KEPT = 256
"""Texts that each process keeps rendered; a text may have 100,000 characters, so this bounds the memory."""

_plain = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["strikethrough"])
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


@lru_cache(maxsize=KEPT)
def to_html(text: str) -> Markup:
    """Render Markdown: headings start below the page's own, links open outside, no script survives.

    Tables beyond what a programme file may have stay as they were typed. What was rendered last is kept.
    """
    markdown = _plain if table_fault(text) else _markdown
    environment: dict[str, object] = {}
    tokens = markdown.parse(text, environment)
    _fit_headings(tokens)
    html = str(markdown.renderer.render(tokens, markdown.options, environment))
    # A wide table scrolls in its own box, which the keyboard has to be able to reach.
    html = html.replace("<table>", '<div class="scroll" tabindex="0" role="group"><table class="tbl">')
    html = html.replace("</table>", "</table></div>")
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
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


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if _PICTURE.fullmatch(value) else None
    if tag == "a" and name == "href":
        return value if _LINK.match(value) else None
    return value
