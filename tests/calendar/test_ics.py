"""What we write, another library reads: words, times, changes, cancellations, invitations."""

import datetime as dt
from dataclasses import replace
from typing import cast
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.calendar import ics
from sca_lms.calendar.entries import CalendarEntry
from sca_lms.calendar.models import OccasionKind
from sca_lms.texts import Bilingual
from tests.calendar.desk import BEFORE, clock_time

RENDERER = ics.Renderer("https://tool.example.org", "tool.example.org", "th")
ENTRY = CalendarEntry(
    uid="appointment-7",
    sequence=3,
    title=Bilingual("ที่ปรึกษา: แผนพัฒนาเมืองน่าอยู่อัจฉริยะ; รอบที่ 2, ผู้ใหญ่", "Mentoring; round 2"),
    starts_at=clock_time(9),
    ends_at=clock_time(10),
    kind=OccasionKind.MENTORING,
    course_id=1,
    changed_at=BEFORE,
    place=Bilingual("ห้อง 301 อาคารวิชาการ", "Room 301"),
    url="/courses/1/mentoring/7",
    about="หัวข้อ: การเขียนข้อเสนอ\nนำร่างมาด้วย",
    join_url="https://meet.example.org/abc?x=1,2",
)


def written(*entries: CalendarEntry, renderer: ics.Renderer = RENDERER, at: dt.datetime = BEFORE) -> bytes:
    return ics.feed(entries, renderer, name="ปฏิทิน", zone="Asia/Bangkok", at=at)


def read(body: bytes) -> "vobject.base.Component":
    return cast("vobject.base.Component", vobject.readOne(body.decode()))


def test_an_event_is_read_back_word_for_word() -> None:
    event = read(written(ENTRY)).vevent
    assert event.uid.value == "appointment-7@tool.example.org"
    assert event.sequence.value == "3"
    assert event.summary.value == ENTRY.title.th
    assert (event.dtstart.value, event.dtend.value) == (ENTRY.starts_at, ENTRY.ends_at)
    assert event.dtstamp.value == event.last_modified.value == BEFORE
    assert event.location.value == "ห้อง 301 อาคารวิชาการ"
    assert event.description.value.splitlines() == [
        "หัวข้อ: การเขียนข้อเสนอ", "นำร่างมาด้วย", ENTRY.join_url, "https://tool.example.org/courses/1/mentoring/7"
    ]  # fmt: skip
    assert event.url.value == "https://tool.example.org/courses/1/mentoring/7"
    assert event.status.value == "CONFIRMED"


def test_a_feed_is_a_publication_with_a_name() -> None:
    calendar = read(written(ENTRY))
    assert calendar.method.value == "PUBLISH"
    assert calendar.version.value == "2.0"
    assert calendar.x_wr_calname.value == "ปฏิทิน"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in written(ENTRY)


def test_words_follow_the_reader() -> None:
    event = read(written(ENTRY, renderer=replace(RENDERER, locale="en"))).vevent
    assert event.summary.value == "Mentoring; round 2"
    assert event.location.value == "Room 301"


def test_the_same_entries_are_the_same_bytes_whenever_they_are_read() -> None:
    assert written(ENTRY) == written(ENTRY, at=BEFORE + dt.timedelta(days=3))


def test_what_is_not_confirmed_says_so() -> None:
    assert read(written(replace(ENTRY, tentative=True))).vevent.status.value == "TENTATIVE"


def test_a_cancelled_event_stays_for_sixty_days() -> None:
    gone = replace(ENTRY, cancelled=True, sequence=4)
    event = read(written(gone, at=BEFORE + dt.timedelta(days=59))).vevent
    assert (event.status.value, event.sequence.value) == ("CANCELLED", "4")
    assert "vevent" not in read(written(gone, at=BEFORE + dt.timedelta(days=61))).contents


def test_an_empty_calendar_is_a_calendar() -> None:
    assert read(written()).name == "VCALENDAR"


@pytest.mark.parametrize(("method", "status"), [("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED")])
def test_an_invitation_names_who_invites_whom(method: ics.Method, status: str) -> None:
    body = ics.invitation(
        ENTRY,
        RENDERER,
        method=method,
        organizer=ics.Mailbox("สมชาย ใจดี; ดร.", "captain@example.org"),
        attendees=[ics.Mailbox("ปวีณา", "learner@example.org"), ics.Mailbox("", "other@example.org")],
    )
    calendar = read(body)
    assert calendar.method.value == method
    event = calendar.vevent
    assert event.status.value == status
    assert event.organizer.value == "mailto:captain@example.org"
    assert event.organizer.params["CN"] == ["สมชาย ใจดี; ดร."]
    assert [each.value for each in event.contents["attendee"]] == [
        "mailto:learner@example.org", "mailto:other@example.org"
    ]  # fmt: skip


THAI = st.text(
    st.characters(min_codepoint=0x0E01, max_codepoint=0x0E5B, categories=["L", "M", "N"]), min_size=1
)


@given(title=st.lists(THAI, min_size=1, max_size=30).map(" ".join))
def test_lines_are_folded_by_octets_and_thai_is_whole_again(title: str) -> None:
    body = written(replace(ENTRY, title=Bilingual(title, "")))
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    for line in body.split(b"\r\n"):
        line.decode()
    assert read(body).vevent.summary.value == title


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        # The week in which clocks are changed, and the one behind it, at nine o'clock there.
        ("America/New_York", (2027, 3, 12, 9), (2027, 3, 19, 9)),
        ("America/New_York", (2027, 11, 5, 9), (2027, 11, 12, 9)),
        ("Europe/Berlin", (2027, 3, 26, 9), (2027, 4, 2, 9)),
        ("Europe/Berlin", (2027, 10, 29, 9), (2027, 11, 5, 9)),
    ],
)
def test_a_wall_time_is_the_same_before_and_after_clocks_are_changed(
    zone: str, before: tuple[int, int, int, int], after: tuple[int, int, int, int]
) -> None:
    place = ZoneInfo(zone)
    for wall in (dt.datetime(*before, tzinfo=place), dt.datetime(*after, tzinfo=place)):
        start = wall.astimezone(dt.UTC)
        event = read(written(replace(ENTRY, starts_at=start, ends_at=start + dt.timedelta(hours=1)))).vevent
        assert event.dtstart.value.astimezone(place).replace(tzinfo=None) == wall.replace(tzinfo=None)


@pytest.mark.parametrize(("zone", "day"), [("America/New_York", 7), ("Europe/Berlin", 31)])
def test_an_hour_that_comes_twice_is_told_apart(zone: str, day: int) -> None:
    place, month = ZoneInfo(zone), 11 if zone.startswith("America") else 10
    wall = dt.datetime(2027, month, day, 1 if month == 11 else 2, 30, tzinfo=place)
    for fold in (0, 1):
        start = wall.replace(fold=fold).astimezone(dt.UTC)
        event = read(written(replace(ENTRY, starts_at=start, ends_at=start + dt.timedelta(hours=1)))).vevent
        assert event.dtstart.value == start
        assert event.dtend.value - event.dtstart.value == dt.timedelta(hours=1)
