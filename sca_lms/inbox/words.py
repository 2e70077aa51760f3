"""Put notices into the reader's words."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.errors import Text
from sca_lms.inbox.rules import Fact, Kind, Subject, Urgency, unpacked
from sca_lms.texts import Bilingual
from sca_lms.web import formats
from sca_lms.web.calendar_text import NOTHING

KINDS = "sca_notice_kinds"
"""`app.extensions[KINDS]`: the kinds of every package, each a sequence of `Kind`."""

UNKNOWN = Kind(
    "unknown",
    _l("Others"),
    _l("A notice"),
    _l("This notice is of a kind that does not exist any more."),
    Urgency.NEVER,
)
SUBJECTS: Mapping[Subject, Text] = {
    Subject.HOURS: _l("Sessions and hours"),
    Subject.MENTORING: _l("Mentoring"),
    Subject.WORK: _l("Modules, work and marks"),
    Subject.UPDATES: _l("Monthly updates"),
    Subject.RUNNING: _l("Messages and running the course"),
    Subject.PRIVACY: _l("Data about people"),
}
"""The headings of somebody's choices, in this order."""
URGENCIES: Mapping[Urgency, object] = {
    Urgency.AT_ONCE: _l("at once"),
    Urgency.DIGEST: _l("once a day"),
    Urgency.NEVER: _l("not by e-mail"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A notice as one reader reads it."""

    label: str
    title: str
    body: str


def kinds() -> Mapping[str, Kind]:
    """Return every kind by its name, in the order of the packages."""
    brought: Iterable[Iterable[Kind]] = current_app.extensions.get(KINDS, ())
    return {kind.name: kind for some in brought for kind in some}


def grouped(
    roles: Collection[Role], chosen: Mapping[str, Urgency]
) -> Mapping[Subject, Sequence[tuple[Kind, Urgency]]]:
    """Return the kinds that somebody with these roles can be told, with their choice, under the headings."""
    mine = [kind for kind in kinds().values() if kind.may_reach(roles)]
    groups = {
        subject: [(kind, chosen.get(kind.name, kind.urgency)) for kind in mine if kind.subject is subject]
        for subject in SUBJECTS
    }
    return {subject: rows for subject, rows in groups.items() if rows}


def said(kind_name: str, facts: Mapping[str, object]) -> Said:
    """Write a notice in the language and the zone of the page (or of `force_locale` around it)."""
    kind = kinds().get(kind_name, UNKNOWN)
    values = {name: _written(name, value) for name, value in unpacked(facts).items()}
    return Said(str(kind.label), _filled(str(kind.title), values), _filled(str(kind.body), values))


def _filled(template: str, values: Mapping[str, str]) -> str:
    # A kind whose words have changed since may ask for a fact that an old notice does not have.
    return template % _Known(values)


class _Known(dict[str, str]):
    def __missing__(self, _name: str) -> str:
        return NOTHING


def _written(name: str, value: Fact) -> str:
    if isinstance(value, dt.datetime):
        return formats.moment(value)
    if isinstance(value, dt.date):
        return formats.day(value)
    if isinstance(value, Bilingual):
        return formats.plain(value)
    if isinstance(value, int):
        return formats.minutes(value) if name.endswith("_minutes") else formats.number(value)
    return value
