"""Markdown of a programme becomes HTML that can do no harm."""

from html.parser import HTMLParser

import pytest

from sca_lms.courses.rich_text import KEPT, to_html
from sca_lms.modules.player import reading
from sca_lms.texts import Bilingual


def test_headings_begin_below_the_pages_own_whatever_the_author_began_with() -> None:
    assert to_html("# A\n\n## B") == "<h2>A</h2>\n<h3>B</h3>\n"
    assert to_html("### A\n\n#### B") == "<h2>A</h2>\n<h3>B</h3>\n"


def test_lists_emphasis_and_tables_are_shown() -> None:
    html = to_html("- **one**\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert "<li><strong>one</strong></li>" in html
    assert '<div class="scroll" tabindex="0" role="group"><table class="tbl">' in html
    assert "<td>2</td>" in html


def test_links_open_outside_and_say_nothing_about_where_they_came_from() -> None:
    html = to_html("[depa](https://www.depa.or.th)")
    assert 'href="https://www.depa.or.th"' in html
    assert 'target="_blank"' in html
    assert 'rel="noopener noreferrer"' in html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](//evil.example/)",
        "![x](https://tracker.example/pixel.png)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        '<a href="https://x.example" onclick="alert(1)" style="position:fixed">x</a>',
        "<iframe src=https://x.example></iframe>",
    ],
)
def test_nothing_that_runs_or_calls_home_survives(attack: str) -> None:
    left = Elements(to_html(attack))
    assert set(left.tags) <= {"p", "a", "img"}
    assert {name for name, _value in left.attributes} <= {"href", "target", "rel", "alt"}
    assert all(str(value).startswith("https://") for name, value in left.attributes if name == "href")


class Elements(HTMLParser):
    """The elements a browser would see, and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_a_picture_inside_the_text_is_shown() -> None:
    html = to_html("![map](data:image/png;base64,iVBORw0KGgo=)")
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in html
    assert 'alt="map"' in html


BOTH = Bilingual("ข้อความ", "Text")


@pytest.mark.parametrize(
    ("text", "wanted", "locale", "shown", "choice", "missing"),
    [
        (BOTH, "", "th", ["th"], "th", ""),
        (BOTH, "", "en", ["en"], "en", ""),
        (BOTH, "th", "en", ["th"], "th", ""),
        (BOTH, "both", "th", ["th", "en"], "both", ""),
        (BOTH, "klingon", "th", ["th"], "th", ""),
        (Bilingual("ข้อความ", ""), "both", "en", ["th"], "", "en"),
        (Bilingual("ข้อความ", ""), "", "th", ["th"], "", ""),
        (Bilingual("Same", "Same"), "both", "en", [""], "", ""),
        (Bilingual("", ""), "", "th", [], "", ""),
    ],
)
def test_the_reader_chooses_the_language_where_there_is_a_choice(
    text: Bilingual, wanted: str, locale: str, shown: list[str], choice: str, missing: str
) -> None:
    found = reading(text, wanted=wanted, locale=locale)
    assert [passage.lang for passage in found.passages] == shown
    assert (found.choice, found.missing_language) == (choice, missing)


def test_a_table_that_would_keep_the_page_busy_stays_as_it_was_typed() -> None:
    wide = f"|{'a|' * 31}\n|{'-|' * 31}\n|x|\n"
    assert "<table" not in to_html(wide)
    assert "<table" in to_html(wide.replace("|a|a|", "|a|").replace("|-|-|", "|-|"))


def test_a_text_is_rendered_once_and_the_memory_for_it_is_bounded() -> None:
    to_html.cache_clear()
    assert to_html("**once**") is to_html("**once**")
    for number in range(2 * KEPT):
        to_html(f"text {number}")
    assert to_html.cache_info().currsize == KEPT
