"""One line of somebody's calendar, as the page, the mails and the feed show it."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sca_lms.calendar.models import OccasionKind
from sca_lms.texts import Bilingual

ENTRIES = "sca_calendar_entries"
"""`app.extensions[ENTRIES]` lists a `Source` for every feature that puts something into calendars."""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What takes place, when and where."""

    uid: str
    """Never changes, such as `session-12`; the renderer puts the host behind it."""
    sequence: int
    """Grows with every change that a calendar must hear of."""
    title: Bilingual
    starts_at: dt.datetime
    ends_at: dt.datetime
    kind: OccasionKind
    course_id: int
    changed_at: dt.datetime
    place: Bilingual | str = ""
    url: str = ""
    """Where to read more: a path of ours, or a whole address."""
    cancelled: bool = False
    tentative: bool = False
    """Asked for and not agreed on yet."""
    about: Bilingual | str = ""
    join_url: str = ""


Source = Callable[[int, dt.datetime, dt.datetime], Sequence[CalendarEntry]]
"""Returns what a person (by id) has in a period, cancelled things too, in a constant number of statements."""
