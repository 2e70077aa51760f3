"""Choose the reader's language and time zone, and find every package's translations."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale

from sca_lms.web.reader_choice import LOCALES, THEMES, kept_choice

LOCALE_NAMES = {"th": "ไทย", "en": "English"}
DEFAULT_LOCALE = "th"
SHELL_LOCALE = "en"
DEFAULT_TIMEZONE = "Asia/Bangkok"
DEFAULT_THEME = "light"

_PACKAGES = Path(__file__).resolve().parent.parent
PRETEND_LMS = "demo"
"""The one package with an application, and so with texts, of its own."""


def init_app(app: Flask) -> None:
    """Teach the application both languages; `page_locale()` and `page_theme()` become template globals."""
    Babel(  # type: ignore[no-untyped-call]  # Flask-Babel has no types.
        app,
        default_locale=DEFAULT_LOCALE,
        default_timezone=DEFAULT_TIMEZONE,
        default_translation_directories=";".join(map(str, translation_directories())),
        locale_selector=choose_locale,
        timezone_selector=zone_name,
    )
    app.jinja_env.globals.update(
        page_locale=page_locale, page_theme=page_theme, LOCALES=LOCALES, LOCALE_NAMES=LOCALE_NAMES
    )


def translation_directories() -> list[Path]:
    """List where the packages keep their catalogues; a later one wins, so the order is fixed."""
    return sorted(package / "translations" for package in packages() if package.name != PRETEND_LMS)


def packages() -> list[Path]:
    """List the feature packages, which have one catalogue each."""
    return sorted(path.parent for path in _PACKAGES.glob("*/__init__.py"))


def choose_locale() -> str:
    """Return the language to answer in: chosen, else launched with, else the browser's, else Thai."""
    if not has_request_context():
        # Commands answer in one language, whatever the machine's is: scripts read them.
        return SHELL_LOCALE
    known = supported_locale(g.get("locale_choice")) or supported_locale(g.get("launch_locale"))
    if known:
        return known
    return kept_choice("locale") or request.accept_languages.best_match(LOCALES) or DEFAULT_LOCALE


def supported_locale(tag: object) -> str | None:
    """Return our name for a language tag such as `th-TH` or `en_US`, None when we do not speak it."""
    if not isinstance(tag, str):
        return None
    language = tag.replace("_", "-").partition("-")[0].strip().lower()
    return language if language in LOCALES else None


def page_locale() -> str:
    """Return the language of the page now made: `th` or `en`."""
    return supported_locale(str(get_locale())) or DEFAULT_LOCALE


def page_theme() -> str:
    """Return the theme the reader has chosen: light, dark or auto (as the device)."""
    chosen = g.get("theme")
    if chosen not in THEMES and has_request_context():
        chosen = kept_choice("theme")
    return chosen if chosen in THEMES else DEFAULT_THEME


def zone_name() -> str:
    """Return the IANA name of the course's time zone; Bangkok outside a course."""
    zone = g.get("timezone")
    return zone if isinstance(zone, str) and zone else DEFAULT_TIMEZONE


def page_zone() -> ZoneInfo:
    """Return the course's time zone; a name the machine does not know falls back to Bangkok."""
    return _zone(zone_name()) or ZoneInfo(DEFAULT_TIMEZONE)


READER_ZONE = "sca_reader_zone"
"""`app.extensions[READER_ZONE]` returns the IANA name of the zone that the reader chose, empty for none."""


def reader_zone() -> ZoneInfo:
    """Return the zone in which the reader wants to read times; the course's unless they chose another one."""
    if "reader_zone" not in g:
        chosen: Callable[[], str] = current_app.extensions.get(READER_ZONE, str)
        g.reader_zone = _zone(chosen()) or page_zone()
    found = g.reader_zone
    return found if isinstance(found, ZoneInfo) else page_zone()


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def wall_time(moment: dt.datetime) -> dt.datetime:
    """Return the course's wall time of a moment; raise `ValueError` for one without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(page_zone())
