"""Write calendars as iCalendar (RFC 5545): the feed of phones, and what mails carry along; pure.

Times stand in UTC, so that no calendar has to know a zone of ours, nor when its clocks are changed. Nothing
in a feed depends on when it is read: the same entries are the same bytes.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText

from sca_lms.calendar.entries import CalendarEntry
from sca_lms.texts import Bilingual

PRODUCT = "-//SCA LMS//Calendar//EN"
CANCELLED_FOR = dt.timedelta(days=60)
"""So long after a cancellation calendars are still told of it."""
ASK_AGAIN = dt.timedelta(hours=1)

Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True)
class Renderer:
    """For whom and from where a calendar is written."""

    public_url: str
    """The beginning of our addresses, without a slash at its end."""
    host: str
    """Stands in every UID."""
    locale: str

    def uid(self, entry: CalendarEntry) -> str:
        """Return what an entry is called in every calendar, for ever."""
        return f"{entry.uid}@{self.host}"

    def address(self, entry: CalendarEntry) -> str:
        """Return the whole address of the page that an entry leads to; empty for none."""
        return f"{self.public_url}{entry.url}" if entry.url.startswith("/") else entry.url

    def text(self, value: Bilingual | str) -> str:
        """Return a text in the reader's language."""
        return Bilingual.of(value).pick(self.locale)[0]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody who writes or is written to."""

    name: str
    address: str


def feed(
    entries: Iterable[CalendarEntry], renderer: Renderer, *, name: str, zone: str, at: dt.datetime
) -> bytes:
    """Return the calendar that a phone subscribes to; what was cancelled stays for 60 days after that."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    told = (each for each in entries if not each.cancelled or each.changed_at > at - CANCELLED_FOR)
    for entry in sorted(told, key=lambda each: (each.starts_at, each.uid)):
        calendar.add_component(_event(entry, renderer))
    return bytes(calendar.to_ical())


def invitation(
    entry: CalendarEntry,
    renderer: Renderer,
    *,
    method: Method,
    organizer: Mailbox,
    attendees: Sequence[Mailbox],
) -> bytes:
    """Return what a mail carries along, so that the mail program puts the entry in or takes it out."""
    calendar, event = _calendar(method), _event(entry, renderer)
    event.add("organizer", _address(organizer))
    for each in attendees:
        attendee = _address(each)
        attendee.params["ROLE"], attendee.params["RSVP"] = vText("REQ-PARTICIPANT"), vText("FALSE")
        event.add("attendee", attendee, encode=False)
    if method == "CANCEL":
        event["status"] = vText("CANCELLED")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(entry: CalendarEntry, renderer: Renderer) -> Event:
    event, changed = Event(), entry.changed_at.astimezone(dt.UTC).replace(microsecond=0)
    event.add("uid", renderer.uid(entry))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", entry.starts_at.astimezone(dt.UTC))
    event.add("dtend", entry.ends_at.astimezone(dt.UTC))
    event.add("summary", renderer.text(entry.title))
    event.add("status", _status(entry))
    address = renderer.address(entry)
    about = "\n".join(filter(None, (renderer.text(entry.about), entry.join_url, address)))
    for name, text in (
        ("location", renderer.text(entry.place) or entry.join_url), ("description", about), ("url", address),
    ):  # fmt: skip
        if text:
            event.add(name, text)
    if entry.cancelled:
        event.add("transp", "TRANSPARENT")
    return event


def _status(entry: CalendarEntry) -> str:
    if entry.cancelled:
        return "CANCELLED"
    return "TENTATIVE" if entry.tentative else "CONFIRMED"


def _address(mailbox: Mailbox) -> vCalAddress:
    found = vCalAddress(f"mailto:{mailbox.address}")
    if mailbox.name:
        found.params["CN"] = vText(mailbox.name)
    return found
