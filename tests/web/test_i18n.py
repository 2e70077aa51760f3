"""The reader's language is found, whatever the host or the browser says."""

import pytest
from flask import Flask, g

from sca_lms.web.i18n import choose_locale, page_locale, page_theme, supported_locale, translation_directories


@pytest.mark.parametrize(
    ("chosen", "launched", "accepted", "locale"),
    [
        ("en", "th", "th", "en"),
        (None, "en-GB", "th", "en"),
        (None, "th_TH", "en", "th"),
        (None, "de", "en;q=0.9, fr", "en"),
        (None, None, "fr, de", "th"),
        (None, None, None, "th"),
        ("xx", "", "en-US,en;q=0.5", "en"),
        (7, None, "*", "th"),
    ],
)
def test_a_choice_beats_the_launch_and_the_launch_beats_the_browser(
    house: Flask, chosen: object, launched: str | None, accepted: str | None, locale: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    with house.test_request_context("/", headers=headers):
        g.locale_choice, g.launch_locale = chosen, launched
        assert choose_locale() == page_locale() == locale


def test_without_a_session_the_browsers_own_choice_counts(house: Flask) -> None:
    with house.test_request_context(
        "/", headers={"Cookie": "sca_locale=en; sca_theme=dark", "Accept-Language": "th"}
    ):
        assert (page_locale(), page_theme()) == ("en", "dark")
    with house.test_request_context("/", headers={"Cookie": "sca_locale=xx; sca_theme=neon"}):
        assert (page_locale(), page_theme()) == ("th", "light")


def test_commands_answer_in_english_whatever_the_machine_speaks(house: Flask) -> None:
    with house.app_context():
        assert page_locale() == "en"
        assert page_theme() == "light"


def test_language_tags_of_hosts_are_understood() -> None:
    assert [supported_locale(tag) for tag in ("TH", "th-TH", "en_US", "fr", "", None, 3)] == [
        "th",
        "th",
        "en",
        None,
        None,
        None,
        None,
    ]


def test_every_package_may_bring_translations() -> None:
    names = {path.parent.name for path in translation_directories()}
    assert {"web", "courses"} <= names
