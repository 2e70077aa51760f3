"""What is exported can be imported unchanged, and a broken file says everything that is wrong with it."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sca_lms.attendance.rules import SessionTimes
from sca_lms.bootcamp import timetable_csv, timetable_ics
from sca_lms.bootcamp.timetable_comparison import compare, wrongly_changed
from sca_lms.bootcamp.timetable_rows import FIELDS, Course, Reading
from sca_lms.bootcamp.timetable_rules import PlannedSession
from sca_lms.texts import Bilingual
from sca_lms.web.exports import csv_file
from sca_lms.web.forms import clean_text

BANGKOK, BERLIN = ZoneInfo("Asia/Bangkok"), ZoneInfo("Europe/Berlin")
CATEGORIES = {"KNO": Bilingual("องค์ความรู้", "Knowledge"), "TEC": Bilingual("นวัตกรรม", "Technology")}
GROUPS = {"N": Bilingual("เหนือ", "North"), "S": Bilingual("ใต้", "South")}
AT = dt.datetime(2022, 9, 1, tzinfo=dt.UTC)
HEAD = "code,category,title_th,start,end"


def course(zone: ZoneInfo = BANGKOK) -> Course:
    return Course(zone, CATEGORIES, GROUPS)


def one_line(text: str) -> str:
    return clean_text(" ".join(text.split()))


texts = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn")), max_size=20
).map(one_line)  # fmt: skip


@st.composite
def sessions(draw: st.DrawFn) -> list[PlannedSession]:
    """Draw sessions as the builder lets them be, around the nights on which Berlin's clocks change."""
    nights = (dt.datetime(2022, 10, 29, 20, tzinfo=dt.UTC), dt.datetime(2022, 3, 26, 20, tzinfo=dt.UTC))
    found = []
    for number in range(draw(st.integers(0, 4))):
        start = draw(st.sampled_from(nights)) + dt.timedelta(minutes=draw(st.integers(0, 600)))
        if draw(st.booleans()):
            start += dt.timedelta(seconds=draw(st.integers(0, 59)))
        edges = sorted(draw(st.sets(st.integers(1, 3000), min_size=1, max_size=5)))
        end = start + dt.timedelta(minutes=edges[-1])
        inner = [start + dt.timedelta(minutes=edge) for edge in edges[:-1]]
        breaks = tuple(zip(inner[0::2], inner[1::2], strict=False))
        found.append(
            PlannedSession(
                code=f"S{number}",
                category=draw(st.sampled_from(tuple(CATEGORIES))),
                title=Bilingual(draw(texts) or "ก", draw(texts)),
                times=SessionTimes(start, end, breaks),
                groups=tuple(group for group in GROUPS if draw(st.booleans())),
                mode=draw(st.sampled_from(("onsite", "field", "online"))),
                venue=Bilingual(draw(texts), draw(texts)),
                room=draw(texts),
                join_url=draw(st.sampled_from(("", "https://example.org/a?b=c;d,e"))),
                capacity=draw(st.none() | st.integers(1, 100_000)),
            )
        )
    return found


@pytest.mark.parametrize("zone", [BANGKOK, BERLIN], ids=str)
@given(plan=sessions())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_exported_as_a_table_is_imported_unchanged(
    app: Flask, zone: ZoneInfo, plan: list[PlannedSession]
) -> None:
    with app.test_request_context():
        spreadsheet = csv_file(FIELDS, timetable_csv.table(plan, zone))
        text = timetable_csv.decoded(spreadsheet)
        assert text is not None
        for each in (text, text.replace("\r\n", "\n"), timetable_csv.text(plan, zone)):
            reading = timetable_csv.read(each, course(zone))
            assert [str(fault.reason) for fault in reading.faults] == []
            assert list(reading.sessions) == plan


@pytest.mark.parametrize("zone", [BANGKOK, BERLIN], ids=str)
@given(plan=sessions().filter(bool))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_exported_as_a_calendar_is_imported_unchanged(
    app: Flask, zone: ZoneInfo, plan: list[PlannedSession]
) -> None:
    with app.test_request_context():
        reading = timetable_ics.read(calendar(plan, zone), course(zone))
        assert [(fault.line, fault.field, str(fault.reason)) for fault in reading.faults] == []
        assert list(reading.sessions) == plan


def calendar(plan: list[PlannedSession], zone: ZoneInfo = BANGKOK, *, with_own: bool = True) -> str:
    entries = [
        timetable_ics.Entry(each, 3, each.title.th, each.room, each.category, "") for each in plan
    ]  # fmt: skip
    source = timetable_ics.Source(7, "tool.example.org", "ค่าย", zone)
    return timetable_ics.write(entries, source, at=AT, with_own=with_own).decode()


@pytest.mark.parametrize("title", ["=1+1", "'=1+1", "''-", "-", "' @x", "＝", "'quoted'", '"', "a;b", "a,b"])
def test_a_title_that_looks_like_a_formula_comes_back_as_it_was(app: Flask, title: str) -> None:
    plan = [replace(a_session(), title=Bilingual(title, ""))]
    with app.test_request_context():
        spreadsheet = csv_file(FIELDS, timetable_csv.table(plan, BANGKOK)).decode()
        for text in (spreadsheet, timetable_csv.text(plan, BANGKOK)):
            assert list(timetable_csv.read(text, course()).sessions) == plan
    assert ",=" not in spreadsheet


def a_session() -> PlannedSession:
    start = dt.datetime(2022, 9, 5, 1, 30, tzinfo=dt.UTC)
    pause = (start + dt.timedelta(hours=2), start + dt.timedelta(hours=2, minutes=15))
    return PlannedSession(
        code="D01A", category="KNO", title=Bilingual("ปฐมนิเทศ", "Orientation"),
        times=SessionTimes(start, start + dt.timedelta(hours=3, minutes=45), (pause,)), groups=(),
        mode="onsite", venue=Bilingual("", ""), room="301", join_url="", capacity=None,
    )  # fmt: skip


def faults(reading: Reading) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.field, str(fault.reason)) for fault in reading.faults]


# ---------------------------------------------------------------- tables


def test_every_fault_of_a_table_is_named_with_its_line(app: Flask) -> None:
    rows = [
        f"{HEAD},breaks,groups,mode,join_url,capacity",
        "S 1,KNOW,ก,2565-09-05 08:30,2022-09-05 12:15,,,,,",
        "S2,KNO,,2022-09-05 08:30,2022-09-05 08:00,,,,,",
        'S3,KNO,"ก',
        'ข",2022-09-05 8:30,2022-09-05 12:15,12:00-12:30,X,at home,javascript:x,many',
        "S3,TEC,ค,05/09/2022 08:30,2022-09-31 10:00,noon,,,,",
    ]
    with app.test_request_context(headers={"Accept-Language": "en"}):
        found = timetable_csv.read("\n".join(rows), course())
        assert found.sessions == ()
        assert faults(found) == [
            (2, "code", "must be at most 40 letters A-Z, digits, dots, hyphens and underscores"),
            (2, "category", "“KNOW” is not known; did you mean KNO?"),
            (2, "start", "has a year of the Buddhist Era; was 2022-09-05 meant?"),
            (3, "title_th", "is missing; write a title in one language at least"),
            (3, "end", "the end must come after the start"),
            (4, "groups", "“X” is not known"),
            (4, "mode", "must be one of: onsite, field, online"),
            (4, "join_url", "must be a web address that begins with https://"),
            (4, "capacity", "must be a number of people, or empty"),
            (4, "breaks", "a break is not inside the session"),
            (6, "start", "is not clear; was 2022-09-05 meant? Write year-month-day"),
            (6, "end", "must be a day and a time, such as 2022-09-05 08:30"),
            (6, "code", "“S3” is already used on line 4"),
        ]


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("", 1, "file"),
        ("\n\n", 1, "file"),
        ("code,category,title_th,start", 1, "end"),
        ("code,category,start,end", 1, "title_th"),
        (f"{HEAD},rooom", 1, "rooom"),
        (f"{HEAD},code", 1, "code"),
        (f'{HEAD}\nS1,KNO,"ก', 2, "file"),
        (f"{HEAD}\nS1,KNO,ก,2022-09-05 08:30,2022-09-05 12:15,more", 2, "file"),
    ],
)
def test_a_table_that_is_none_says_so(app: Flask, text: str, line: int, field: str) -> None:
    with app.test_request_context():
        found = faults(timetable_csv.read(text, course()))
        assert [each[:2] for each in found] == [(line, field)]


def test_a_table_from_a_thai_spreadsheet_on_windows_is_read(app: Flask) -> None:
    rows = f"{HEAD.replace(',', ';')}\r\nS1;องค์ความรู้;ก;2022-09-05 08.30;2022-09-05T12:15:00\r\n\r\n"
    for content in (rows.encode("utf-8-sig"), rows.encode("utf-8"), b"\xff\xfe" + rows.encode("utf-16-le")):
        text = timetable_csv.decoded(content)
        assert text is not None
        with app.test_request_context():
            reading = timetable_csv.read(text, course())
        (session,) = reading.sessions
        assert (session.category, session.times.starts_at) == (
            "KNO",
            dt.datetime(2022, 9, 5, 1, 30, tzinfo=dt.UTC),
        )
    assert timetable_csv.decoded(rows.encode("cp874")) is None


def test_cells_pasted_from_a_spreadsheet_are_parted_by_tabs(app: Flask) -> None:
    rows = f"{HEAD}\tgroups\nS1,Technology,ก,2022-09-05 08:30,2022-09-05 12:15\tเหนือ;S".replace(",", "\t")
    with app.test_request_context():
        (session,) = timetable_csv.read(rows, course()).sessions
    assert (session.category, session.groups) == ("TEC", ("N", "S"))


def test_a_time_that_the_clock_shows_twice_needs_its_offset_and_one_it_skips_is_refused(app: Flask) -> None:
    def read(start: str) -> Reading:
        return timetable_csv.read(f"{HEAD}\nS1,KNO,ก,{start},2022-10-30 12:15", course(BERLIN))

    with app.test_request_context(headers={"Accept-Language": "en"}):
        first, second = read("2022-10-30 02:30+02:00"), read("2022-10-30 02:30+01:00")
        (early,), (late,) = first.sessions, second.sessions
        assert late.times.starts_at - early.times.starts_at == dt.timedelta(hours=1)
        assert read("2022-10-30 02:30").sessions == first.sessions
        assert faults(read("2022-10-30 02:30+03:00")) == [
            (2, "start", "the offset does not belong to Europe/Berlin at that time")
        ]
        assert faults(read("2022-03-27 02:30")) == [
            (2, "start", "the clocks skip this time when summer time begins")
        ]


# ---------------------------------------------------------------- calendars


def test_a_session_keeps_its_uid_and_counts_its_changes(app: Flask) -> None:
    text = calendar([a_session()], with_own=False)
    assert "UID:7-D01A@tool.example.org\r\n" in text
    assert "SEQUENCE:3\r\n" in text
    assert "DTSTART;TZID=Asia/Bangkok:20220905T083000\r\n" in text
    assert "BEGIN:VTIMEZONE" in text
    assert "X-SCA" not in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_an_event_that_a_calendar_moved_takes_its_breaks_along(app: Flask) -> None:
    text = calendar([a_session()]).replace("20220905T", "20220907T").replace("T083000", "T093000")
    text = text.replace("T121500", "T131500")
    with app.test_request_context():
        (moved,) = timetable_ics.read(text, course()).sessions
    by = dt.timedelta(days=2, hours=1)
    times = a_session().times
    assert moved.times.starts_at == times.starts_at + by
    assert moved.times.breaks == tuple((start + by, end + by) for start, end in times.breaks)
    assert (moved.code, moved.title) == ("D01A", a_session().title)


def test_an_event_of_another_calendar_becomes_a_session_with_the_same_code_each_time(app: Flask) -> None:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:abc@example.com", "SUMMARY:บรรยาย\\, ภาคเช้า",
        "DTSTART:20220905T013000Z", "DURATION:PT3H", "CATEGORIES:องค์ความรู้", "LOCATION:ห้อง 301",
        "BEGIN:VALARM", "TRIGGER:-PT15M", "ACTION:DISPLAY", "DESCRIPTION:x", "END:VALARM", "END:VEVENT",
        "BEGIN:VEVENT", "UID:gone", "STATUS:CANCELLED", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    text = "\r\n".join(lines)
    with app.test_request_context():
        (first,), (again,) = (timetable_ics.read(text, course()).sessions for _time in range(2))
    assert first == again
    assert (first.title, first.category, first.room) == (Bilingual("บรรยาย, ภาคเช้า", ""), "KNO", "ห้อง 301")
    assert first.times.ends_at - first.times.starts_at == dt.timedelta(hours=3)
    assert first.code.startswith("E-")


def test_every_fault_of_a_calendar_is_named_with_its_line(app: Flask) -> None:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0",
        "BEGIN:VEVENT", "UID:1", "SUMMARY:a", "CATEGORIES:KNO", "DTSTART;VALUE=DATE:20220905", "END:VEVENT",
        "BEGIN:VEVENT", "UID:2", "SUMMARY:b", "CATEGORIES:KNO", "DTSTART:25650905T083000",
        "DTEND:20220905T093000", "END:VEVENT",
        "BEGIN:VEVENT", "UID:3", "SUMMARY:c", "DTSTART:20220905T083000", "DTEND:20220905T093000",
        "RRULE:FREQ=DAILY", "END:VEVENT",
        "BEGIN:VEVENT", "UID:4", "SUMMARY:d", "CATEGORIES:None", "DTSTART:20220905T083000", "END:VEVENT",
        "END:VCALENDAR",
    ]  # fmt: skip
    with app.test_request_context(headers={"Accept-Language": "en"}):
        found = faults(timetable_ics.read("\r\n".join(lines), course()))
    assert (7, "DTSTART", "must be a day with a time of day") in found
    assert (13, "start", "has a year of the Buddhist Era; was 2022-09-05 meant?") in found
    assert (21, "RRULE", "repeats; write each session as an event of its own") in found
    assert (26, "category", "“None” is not known") in found
    assert (23, "end", "is missing") in found


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["END:VCALENDAR"],
        ["nonsense", "END:VCALENDAR"],
        ["BEGIN:VEVENT", "END:VCALENDAR"],
        ["END:VEVENT", "END:VCALENDAR"],
        ["BEGIN:VEVENT", "DTSTART:99991231T235959Z", "DURATION:P9999D", "END:VEVENT", "END:VCALENDAR"],
        ["BEGIN:VEVENT", "DTSTART:2022xx", "DTEND:", "END:VEVENT", "END:VCALENDAR"],
        ["BEGIN:VEVENT", "DTSTART:20220905T080000", "DTSTART:20220906T080000", "END:VEVENT", "END:VCALENDAR"],
        ["BEGIN:VEVENT", "X-SCA-BREAKS:9-1", "DTSTART:20220905T080000", "END:VEVENT", "END:VCALENDAR"],
    ],
)
def test_a_broken_calendar_has_faults_and_breaks_nothing(app: Flask, lines: list[str]) -> None:
    with app.test_request_context():
        reading = timetable_ics.read("\r\n".join(["BEGIN:VCALENDAR", *lines]), course())
        assert reading.faults
        assert reading.sessions == ()


# ---------------------------------------------------------------- comparing


@given(sessions(), sessions())
def test_a_timetable_compared_with_another_accounts_for_every_session_once(
    present: list[PlannedSession], wanted: list[PlannedSession]
) -> None:
    found = compare(present, wanted)
    assert len(found.new) + len(found.changed) + found.same == len(wanted)
    assert len(found.gone) + len(found.changed) + found.same == len(present)
    assert compare(present, present).is_empty


def test_a_published_session_keeps_its_category_and_groups() -> None:
    before = replace(a_session(), published=True)
    (difference,) = compare([before], [replace(before, category="TEC", groups=("N",), room="2")]).changed
    assert difference.fields == ("category", "groups", "room")
    assert wrongly_changed(difference) == ("category", "groups")
    assert wrongly_changed(replace(difference, before=a_session())) == ()
