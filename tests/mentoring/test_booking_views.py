"""What people see and do about bookings in the browser: requests, answers, moves, groups, hours and terms."""

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import icalendar
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.courses.models import AuditEvent, Enrolment
from sca_lms.database import db, transaction
from sca_lms.mentoring import slot_queries
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentFile,
    AppointmentState,
    MentoringTerms,
    PlannedMeeting,
    Side,
)
from sca_lms.mentoring.slots import Hours
from sca_lms.texts import Bilingual
from tests.builders import csrf_of, signed_in
from tests.mentoring.bookings import MONDAY_NINE, NOW, Booking
from tests.mentoring.meetings import DAY
from tests.statements import counted


@dataclass
class Desk:
    """A course with one pair, and a browser for each side."""

    app: Flask
    case: Booking

    def __post_init__(self) -> None:
        self.root = f"/courses/{self.case.course.id}/mentoring"
        self.book = f"{self.root}/pairs/{self.case.pair.id}/book"
        self.ambassador = signed_in(self.app, self.case.ambassador.id)
        self.captain = signed_in(self.app, self.case.captain.id)
        self.staff = signed_in(self.app, self.case.staff.id)

    def post(self, browser: FlaskClient, path: str, **fields: object) -> TestResponse:
        page = browser.get(self.root).text
        return browser.post(path, data={"csrf_token": csrf_of(page), **fields})

    def ask(self, start: dt.datetime = MONDAY_NINE, **fields: object) -> TestResponse:
        return self.post(
            self.ambassador, self.book, start=start.isoformat(), subject=f"t{self.case.topics['WG'].id}",
            agenda="แผนเก้าสิบวัน", **fields,
        )  # fmt: skip

    def one(self) -> Appointment:
        with self.app.app_context():
            return db.session.scalars(sa.select(Appointment).order_by(Appointment.id.desc())).first()  # type: ignore[return-value]  # A test that has none fails.

    def page(self, path: str = "") -> str:
        return f"{self.root}/meetings/{self.one().id}{path}"

    def answer(self, browser: FlaskClient, act: str, **fields: object) -> TestResponse:
        return self.post(browser, self.page(f"/{act}"), seen=self.one().row_version, **fields)


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        with app.app_context(), transaction():
            case = Booking()
            db.session.add(
                PlannedMeeting(
                    course_id=case.course.id, number=1, topic_id=case.topics["WG"].id,
                    month=dt.date(2022, 10, 1), minutes=90, title=Bilingual("แผนงาน 90 วัน", "90-day plan"),
                    output=Bilingual("ข้อตกลง", "agreement"),
                )
            )  # fmt: skip
        yield Desk(app, case)


def test_a_learner_sees_the_captain_s_free_times_and_their_zone(desk: Desk) -> None:
    page = desk.ambassador.get(desk.root, headers={"Accept-Language": "en"}).text
    assert "สมหมาย" in page
    assert "09:00–10:30" in page
    assert "10:45–12:15" in page
    assert page.count("All times:") == 1


def test_from_a_request_to_a_confirmed_meeting(desk: Desk) -> None:
    form = desk.ambassador.get(f"{desk.book}?start={MONDAY_NINE.isoformat().replace('+', '%2B')}")
    assert form.status_code == 200
    assert "แผนงาน 90 วัน" in form.text
    assert "ห้อง 1" in form.text
    answered = desk.ask()
    assert answered.status_code == 302
    assert answered.location == desk.page()
    assert "แผนเก้าสิบวัน" in desk.captain.get(desk.page()).text
    assert desk.answer(desk.captain, "confirm").status_code == 302
    assert desk.one().state is AppointmentState.CONFIRMED
    assert "ดาริน" in desk.captain.get(desk.root).text


def test_a_taken_slot_answers_409_with_three_free_ones_and_keeps_what_was_typed(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        desk.case.ask(desk.case.staff)
    answer = desk.ask()
    assert answer.status_code == 409
    assert "แผนเก้าสิบวัน" in answer.text
    assert answer.text.count('name="start"') == 3
    again = desk.ask(MONDAY_NINE + dt.timedelta(minutes=105))
    assert again.status_code == 302


@pytest.mark.parametrize(
    "start", ["", "gestern", "2022-10-03T09:00", "9999-12-31T23:59+00:00", "0001-01-01T00:00+14:00"]
)
def test_a_time_that_no_page_offers_is_a_refusal_and_no_fault(desk: Desk, start: str) -> None:
    answer = desk.post(
        desk.ambassador, desk.book, start=start, subject=f"t{desk.case.topics['WG'].id}", agenda="x"
    )
    assert answer.status_code in {400, 409}
    assert desk.ambassador.get(desk.book, query_string={"start": start}).status_code in {302, 409}


def test_files_come_with_the_request_and_only_their_owner_takes_them_away(desk: Desk) -> None:
    sent = (io.BytesIO(b"a,b\n1,2\n"), "plan.csv")
    assert desk.ask(files=sent).status_code == 302
    with desk.app.app_context():
        row = db.session.scalars(sa.select(AppointmentFile)).one()
    page = desk.captain.get(desk.page()).text
    assert "plan.csv" in page
    got = desk.captain.get(desk.page(f"/files/{row.id}"))
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert desk.post(desk.captain, desk.page(f"/files/{row.id}/remove")).status_code == 404
    assert desk.post(desk.ambassador, desk.page(f"/files/{row.id}/remove")).status_code == 302
    assert "plan.csv" not in desk.captain.get(desk.page(f"/files/{row.id}")).text


def test_a_file_that_is_refused_books_nothing(desk: Desk) -> None:
    assert desk.ask(files=(io.BytesIO(b"MZ"), "tool.exe")).status_code == 409
    assert desk.one() is None


def test_declining_and_cancelling_ask_for_a_reason(desk: Desk) -> None:
    desk.ask()
    assert desk.answer(desk.captain, "decline").status_code == 400
    assert desk.answer(desk.captain, "decline", reason="ประชุมด่วน").status_code == 302
    assert desk.one().state is AppointmentState.DECLINED
    assert "ประชุมด่วน" in desk.ambassador.get(desk.page()).text


def test_an_ambassador_moves_to_a_free_slot_and_a_captain_to_any_time(desk: Desk) -> None:
    desk.ask()
    shown = desk.ambassador.get(desk.page("/move"))
    assert 'name="start"' in shown.text
    later = MONDAY_NINE + DAY
    assert desk.answer(desk.ambassador, "move", start=later.isoformat()).status_code == 302
    assert desk.one().starts_at == later
    assert desk.answer(desk.captain, "move", starts="2022-10-05T07:30").status_code == 302
    assert desk.one().awaits is Side.AMBASSADOR
    taken = desk.answer(desk.ambassador, "move", start=(MONDAY_NINE - DAY).isoformat())
    assert taken.status_code == 409


def test_the_history_tells_who_did_what_in_words(desk: Desk) -> None:
    desk.ask()
    desk.answer(desk.captain, "move", starts="2022-10-05T09:00")
    desk.answer(desk.ambassador, "confirm")
    page = desk.ambassador.get(desk.page(), headers={"Accept-Language": "en"}).text
    for words in ("asked for this meeting", "proposed another time", "confirmed", "→"):
        assert words in page


def test_the_agenda_is_shared_and_an_old_page_overwrites_nothing(desk: Desk) -> None:
    desk.ask()
    fields = {"subject": f"t{desk.case.topics['PD'].id}", "agenda": "ใหม่", "place": "เทศบาล", "join_url": ""}
    old = desk.one().row_version
    assert desk.answer(desk.captain, "details", **fields).status_code == 302
    late = desk.post(desk.ambassador, desk.page("/details"), seen=old, **{**fields, "agenda": "เก่า"})
    assert late.status_code == 409
    assert desk.one().agenda == "ใหม่"
    bad = desk.answer(desk.captain, "details", **{**fields, "join_url": "javascript:alert(1)"})
    assert bad.status_code == 400


def test_the_calendar_file_is_read_by_another_library(desk: Desk) -> None:
    desk.ask()
    sent = desk.ambassador.get(desk.page("/meeting.ics"))
    (event,) = icalendar.Calendar.from_ical(sent.data).events
    assert event.start == MONDAY_NINE
    assert str(event["uid"]).startswith(f"appointment-{desk.one().id}@")
    assert event["sequence"] == 0
    desk.answer(desk.ambassador, "cancel", reason="เปลี่ยนแผน")
    cancelled = icalendar.Calendar.from_ical(desk.ambassador.get(desk.page("/meeting.ics")).data)
    assert cancelled["method"] == "CANCEL"
    assert cancelled.events[0]["sequence"] == 1


def test_a_group_slot_from_opening_to_the_waiting_list(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        first, second = desk.case.others(2)
    opened = desk.post(
        desk.captain, f"{desk.root}/groups/new", title="คลินิก", subject=f"t{desk.case.topics['PR'].id}",
        starts="2022-10-04T10:00", minutes="60", capacity="1", audience="course",
    )  # fmt: skip
    assert opened.status_code == 302
    browsers = [signed_in(desk.app, each.id) for each in (first, second)]
    for browser in browsers:
        assert "คลินิก" in browser.get(desk.root).text
        assert desk.post(browser, desk.page("/join")).status_code == 302
    assert "1" in browsers[1].get(desk.page()).text
    assert desk.post(browsers[0], desk.page("/leave")).status_code == 302
    page = browsers[1].get(desk.page(), headers={"Accept-Language": "en"}).text
    assert "You have a place" in page
    assert (
        first.person.full_name not in browsers[1].get(desk.page()).text.split("History")[0].split("ประวัติ")[0]
    )


def test_a_captain_sets_the_week_and_copies_a_day(desk: Desk) -> None:
    fields = {
        "zone": "Europe/Berlin",
        "place": "",
        "join_url": "",
        "day0-0-begins": "10:00",
        "day0-0-ends": "12:00",
        **dict.fromkeys(("day0-1-begins", "day0-1-ends", "day1-0-begins", "day1-0-ends"), ""),
    }
    assert desk.post(desk.captain, f"{desk.root}/hours", **fields).status_code == 302
    hours = hours_of(desk, desk.case.captain)
    assert [(each.weekday, each.begins_minute, each.zone) for each in hours] == [(0, 600, "Europe/Berlin")]
    copied = desk.post(desk.captain, f"{desk.root}/hours", **fields, copy="0", to0=["2", "3"])
    assert copied.status_code == 302
    assert [each.weekday for each in hours_of(desk, desk.case.captain)] == [0, 1, 2]
    assert "10:00" in desk.captain.get(f"{desk.root}/hours").text
    assert desk.captain.get(f"{desk.root}/hours/preview").status_code == 200


HALL = "ศาลากลางจังหวัด"
TWO_PLACES = {
    "zone": "Asia/Bangkok", "place": "ห้อง 1", "join_url": "https://meet.example.org/x",
    "day0-0-begins": "09:00", "day0-0-ends": "12:00",
    "day1-0-begins": "09:00", "day1-0-ends": "12:00", "day1-0-place": HALL,
}  # fmt: skip


def test_hours_have_a_place_of_their_own_and_the_usual_one_elsewhere(desk: Desk) -> None:
    assert desk.post(desk.captain, f"{desk.root}/hours", **TWO_PLACES).status_code == 302
    usual, other = hours_of(desk, desk.case.captain)
    assert (usual.place, usual.join_url) == ("ห้อง 1", "https://meet.example.org/x")
    assert (other.place, other.join_url) == (HALL, "")
    page = desk.captain.get(f"{desk.root}/hours").text
    assert page.count(f'value="{HALL}"') == 1
    assert page.count('value="ห้อง 1"') == 1, "the usual place stands in its own field alone"
    moved = TWO_PLACES | {"place": "ห้อง 2"}
    desk.post(desk.captain, f"{desk.root}/hours", **moved)
    assert [each.place for each in hours_of(desk, desk.case.captain)] == ["ห้อง 2", HALL]


def test_the_place_of_the_hours_goes_with_the_meeting(desk: Desk) -> None:
    desk.post(desk.captain, f"{desk.root}/hours", **TWO_PLACES)
    assert HALL in desk.ambassador.get(desk.root).text
    tuesday = MONDAY_NINE + DAY
    shown = desk.ambassador.get(f"{desk.book}?{urlencode({'start': tuesday.isoformat()})}").text
    assert f'value="{HALL}"' in shown
    assert desk.ask(tuesday, place=HALL).status_code == 302
    assert HALL in desk.ambassador.get(desk.page()).text
    calendar = icalendar.Calendar.from_ical(desk.ambassador.get(desk.page("/meeting.ics")).data)
    (entry,) = calendar.walk("VEVENT")
    assert entry["LOCATION"] == HALL
    # At another time it is where the captain is then; what somebody wrote by hand stays.
    desk.answer(desk.ambassador, "move", start=MONDAY_NINE.isoformat())
    assert (desk.one().place, desk.one().join_url) == ("ห้อง 1", "https://meet.example.org/x")
    desk.post(
        desk.ambassador, desk.page("/details"), seen=desk.one().row_version,
        subject=f"t{desk.case.topics['WG'].id}", place="ร้านกาแฟ",
    )  # fmt: skip
    desk.answer(desk.ambassador, "move", start=tuesday.isoformat())
    assert (desk.one().starts_at, desk.one().place) == (tuesday, "ร้านกาแฟ")


def test_a_captain_s_own_bookings_begin_with_the_place_of_the_hours(desk: Desk) -> None:
    desk.post(desk.captain, f"{desk.root}/hours", **TWO_PLACES)
    start = {"start": (MONDAY_NINE + DAY).isoformat()}
    assert f'value="{HALL}"' in desk.captain.get(f"{desk.book}?{urlencode(start)}").text
    assert 'value="ห้อง 1"' in desk.captain.get(desk.book).text
    assert 'value="ห้อง 1"' in desk.captain.get(f"{desk.root}/groups/new").text


@pytest.mark.parametrize(
    "fields",
    [
        {
            "day0-0-begins": "09:00",
            "day0-0-ends": "12:00",
            "day0-1-begins": "11:00",
            "day0-1-ends": "13:00",
            "day0-1-place": "x",
        },
        {"day0-0-begins": "09:00", "day0-0-ends": "12:00", "day0-0-join_url": "javascript:alert(1)"},
        {"day0-0-begins": "09:00", "day0-0-ends": "12:00", "day0-0-place": "x" * 301},
        {"day0-0-begins": "12:00", "day0-0-ends": "10:00"},
        {"day0-0-begins": "12:00"},
        {"day0-0-begins": "12:10", "day0-0-ends": "13:00"},
        {"day0-0-begins": "noon", "day0-0-ends": "13:00"},
        {"zone": "Mars/Base"},
        {"join_url": "ftp://x"},
    ],
)
def test_a_week_that_cannot_be_is_said_and_not_kept(desk: Desk, fields: dict[str, str]) -> None:
    before = len(hours_of(desk, desk.case.captain))
    answer = desk.post(
        desk.captain, f"{desk.root}/hours", **{"zone": "Asia/Bangkok", "place": "", "join_url": "", **fields}
    )
    assert answer.status_code == 400
    assert len(hours_of(desk, desk.case.captain)) == before


def hours_of(desk: Desk, captain: Enrolment) -> list[Hours]:
    with desk.app.app_context():
        return slot_queries.hours_of(captain.id)


TERMS = {
    "slot_minutes": "60", "buffer_minutes": "0", "notice_hours": "48", "move_until_hours": "12",
    "most_open_bookings": "1", "report_within_days": "7", "tolerance_minutes": "10",
    "required_sessions": "12", "required_minutes": "1080",
}  # fmt: skip


def test_a_manager_sees_what_other_terms_do_before_they_hold(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        desk.case.ask()
        desk.case.ask(start=MONDAY_NINE + DAY)
    path = f"{desk.root}/terms"
    shown = desk.post(desk.staff, path, **TERMS, row_version="1")
    assert shown.status_code == 200
    digest = shown.text.split('name="digest"')[1].split('value="')[1].split('"')[0]
    assert digest
    assert desk.post(desk.staff, path, **TERMS, row_version="1", digest=digest).status_code == 302
    with desk.app.app_context():
        terms = db.session.scalars(sa.select(MentoringTerms)).one()
        event = db.session.scalars(
            sa.select(AuditEvent).where(AuditEvent.verb == "set-mentoring-terms")
        ).one()
    assert (terms.slot_minutes, terms.row_version) == (60, 2)
    assert (event.before or {})["slot_minutes"] == 90
    stale = desk.post(desk.staff, path, **{**TERMS, "notice_hours": "1"}, row_version="1")
    digest = stale.text.split('name="digest"')[1].split('value="')[1].split('"')[0]
    stale = desk.post(desk.staff, path, **{**TERMS, "notice_hours": "1"}, row_version="1", digest=digest)
    assert stale.status_code == 409


@pytest.mark.parametrize(
    "fields", [{"slot_minutes": "50"}, {"slot_minutes": "0"}, {"most_open_bookings": "x"}]
)
def test_terms_that_cannot_hold_are_refused(desk: Desk, fields: dict[str, str]) -> None:
    assert (
        desk.post(desk.staff, f"{desk.root}/terms", **{**TERMS, **fields}, row_version="1").status_code == 400
    )


def test_a_stranger_finds_nothing_and_a_former_captain_books_nothing(desk: Desk) -> None:
    desk.ask()
    with desk.app.app_context(), transaction():
        (stranger,) = desk.case.others(1)
    browser = signed_in(desk.app, stranger.id)
    assert browser.get(desk.page()).status_code == 404
    assert browser.get(desk.book).status_code == 404
    assert desk.post(browser, desk.page("/confirm"), seen="1").status_code == 404
    assert browser.get(desk.page("/meeting.ics")).status_code == 404


def test_more_appointments_cost_no_more_statements(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        desk.case.ask(desk.case.staff)
    for browser in (desk.captain, desk.ambassador, desk.staff):
        browser.get(desk.root)
    before = {}
    for name, browser in (("c", desk.captain), ("a", desk.ambassador), ("s", desk.staff)):
        with counted(desk.app) as few:
            assert browser.get(desk.root).status_code == 200
        before[name] = len(few)
    with desk.app.app_context(), transaction():
        for number in range(1, 4):
            desk.case.ask(desk.case.staff, MONDAY_NINE + number * DAY)
    for name, browser in (("c", desk.captain), ("a", desk.ambassador), ("s", desk.staff)):
        with counted(desk.app) as many:
            browser.get(desk.root)
        assert len(many) == before[name], name
