"""The calendar page, time off, the zone, and the feed at their addresses."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
import vobject
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.attendance import timetable
from sca_lms.calendar.models import CalendarOwner
from sca_lms.calendar.owners import digest_of
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db, transaction
from sca_lms.web.qr_pictures import draw
from tests.attendance.camp import a_camp, session_of
from tests.builders import a_person, an_enrolment, csrf_of, signed_in
from tests.calendar.desk import booked
from tests.statements import counted

NOW = dt.datetime(2022, 9, 6, 2, tzinfo=dt.UTC)
ENGLISH = {"Accept-Language": "en"}
THAI = {"Accept-Language": "th"}


@dataclass
class Desk:
    app: Flask
    course_id: int
    learner_id: int
    person_id: int
    browser: FlaskClient

    @property
    def home(self) -> str:
        return f"/courses/{self.course_id}/calendar"

    def page(self, path: str = "", headers: dict[str, str] | None = None) -> str:
        answer = self.browser.get(f"{self.home}{path}", headers=headers or ENGLISH)
        assert answer.status_code == 200
        return answer.text

    def post(self, path: str, **sent: str) -> TestResponse:
        token = csrf_of(self.page())
        return self.browser.post(f"{self.home}{path}", data={"csrf_token": token, **sent}, headers=ENGLISH)

    def feed(self) -> str:
        page = self.post("/feed").text
        found = re.search(r"https://tool\.example\.org(/calendar/[A-Za-z0-9_-]+\.ics)", page)
        assert found is not None
        return found[1]


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        with app.app_context(), transaction():
            learner = an_enrolment(a_camp())
            timetable.cancel(session_of(learner.course, "D01B"), reason="rain", person_id=None, at=NOW)
            ids = learner.course_id, learner.id, learner.person_id
        yield Desk(app, *ids, signed_in(app, ids[1]))


def test_a_month_shows_sessions_with_b_e_dates_and_names_the_zone(desk: Desk) -> None:
    page = desk.page("?on=2022-09-20", THAI)
    assert "กันยายน 2565" in page
    assert "เวลาไทย" in page
    assert f'href="/courses/{desk.course_id}/timetable?week=2022-09-' in page


def test_what_is_cancelled_is_struck_through_and_says_so(desk: Desk) -> None:
    with desk.app.app_context():
        session = session_of(db.session.get_one(Course, desk.course_id), "D01B")
    page = desk.page(f"?view=week&on={session.starts_at:%Y-%m-%d}")
    struck = re.search(r"<s>.*?</s>.*?cancelled", page, re.DOTALL)
    assert struck is not None


def test_an_empty_week_says_so_and_links_to_the_weeks_around_it(desk: Desk) -> None:
    page = desk.page("?view=week&on=2031-01-08")
    assert "Nothing in this week" in page
    assert "on=2030-12-30" in page
    assert "on=2031-01-13" in page


@pytest.mark.parametrize("asked", ["", "x", "0001-01-01", "9999-12-31", "2565-09-01", "2022-13-01"])
def test_an_odd_day_shows_today(desk: Desk, asked: str) -> None:
    assert "September 2022" in desk.page(f"?on={asked}")


def test_the_page_takes_the_same_number_of_statements_for_any_number_of_entries(desk: Desk) -> None:
    desk.page()
    with counted(desk.app) as few:
        desk.page("?on=2031-01-08")
    with counted(desk.app) as many:
        desk.page("?on=2022-10-08")
    assert len(many) <= len(few) + 1, "the last changes are read where there are sessions"


def test_a_guest_sees_an_empty_calendar_and_nothing_to_press(desk: Desk) -> None:
    guest = signed_in(desk.app, None, course_id=desk.course_id)
    page = guest.get(desk.home, headers=ENGLISH).text
    assert "Make my address" not in page
    assert guest.post(f"{desk.home}/feed").status_code == 403


# ---------------------------------------------------------------- time off


def test_a_time_off_is_saved_in_the_readers_zone_shown_and_removed(desk: Desk) -> None:
    desk.post("/zone", zone="Europe/Berlin")
    answer = desk.post("/time-off", starts_at="2022-09-12T09:00", ends_at="2022-09-12T12:00", note="หมอนัด")
    assert answer.status_code == 303
    page = desk.page()
    assert "12 Sep 2022, 09:00–12:00 (Berlin time)" in page
    assert "หมอนัด" in page
    found = re.search(r"/time-off/(\d+)/remove", page)
    assert found is not None
    assert desk.post(f"/time-off/{found[1]}/remove").status_code == 303
    assert "You have no time off." in desk.page()
    assert desk.post(f"/time-off/{found[1]}/remove").status_code == 404


def test_a_time_off_over_another_one_or_an_appointment_is_refused_in_words(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        night = dt.datetime(2022, 9, 12, 20, tzinfo=dt.UTC)
        booked(desk.course_id, [desk.person_id], night, night + dt.timedelta(hours=1))
    sent = {"starts_at": "2022-09-13T09:00", "ends_at": "2022-09-13T12:00", "note": ""}
    assert desk.post("/time-off", **sent).status_code == 303
    again = desk.post("/time-off", **sent)
    assert again.status_code == 422
    assert "There is a time off already in this period." in again.text
    over = desk.post("/time-off", starts_at="2022-09-13T02:00", ends_at="2022-09-13T08:00")
    assert "You have appointments in this period." in over.text


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2022-09-13T09:00", "2022-09-13T09:00", "The end must be after the beginning."),
        ("2022-09-13T09:00", "2024-09-13T09:00", "A time off lasts a year at most."),
        ("2565-09-13T09:00", "2565-09-13T12:00", "Did you mean"),
        ("", "2022-09-13T12:00", "Begins"),
    ],
)
def test_a_time_off_that_cannot_be_is_refused_in_words(desk: Desk, start: str, end: str, words: str) -> None:
    answer = desk.post("/time-off", starts_at=start, ends_at=end)
    assert answer.status_code == 422
    assert words in answer.text


def test_nobody_removes_the_time_off_of_another_one(desk: Desk) -> None:
    desk.post("/time-off", starts_at="2022-09-13T09:00", ends_at="2022-09-13T12:00")
    found = re.search(r"/time-off/(\d+)/remove", desk.page())
    assert found is not None
    with desk.app.app_context(), transaction():
        other = an_enrolment(db.session.get_one(Course, desk.course_id), a_person("ข")).id
    stranger = signed_in(desk.app, other)
    token = csrf_of(stranger.get(desk.home).text)
    answer = stranger.post(f"{desk.home}/time-off/{found[1]}/remove", data={"csrf_token": token})
    assert answer.status_code == 404


# ---------------------------------------------------------------- zone


def test_a_zone_is_chosen_named_and_given_up(desk: Desk) -> None:
    assert "Bangkok time" in desk.page()
    assert desk.post("/zone", zone="America/New_York").status_code == 303
    assert "New York time" in desk.page()
    assert 'value="America/New_York"' in desk.page("/zone")
    desk.post("/zone", zone="")
    assert "Bangkok time" in desk.page()


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "asia/bangkok"])
def test_a_zone_that_there_is_not_is_refused(desk: Desk, name: str) -> None:
    answer = desk.post("/zone", zone=name)
    assert "There is no time zone of this name." in answer.text


# ---------------------------------------------------------------- feed


def test_a_phone_reads_the_calendar_by_its_address_alone(desk: Desk) -> None:
    address = desk.feed()
    phone = desk.app.test_client()
    answer = phone.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"].startswith("private")
    assert "Set-Cookie" not in answer.headers
    calendar = vobject.readOne(answer.text)
    events = {event.uid.value: event for event in calendar.contents["vevent"]}
    with desk.app.app_context():
        course = db.session.get_one(Course, desk.course_id)
        kept, gone = session_of(course, "D01A"), session_of(course, "D01B")
    assert events[f"session-{kept.id}@tool.example.org"].dtstart.value == kept.starts_at
    assert events[f"session-{gone.id}@tool.example.org"].status.value == "CANCELLED"
    assert events[f"session-{gone.id}@tool.example.org"].sequence.value == "1"


def test_what_did_not_change_is_not_sent_again(desk: Desk) -> None:
    address, phone = desk.feed(), desk.app.test_client()
    tag = phone.get(address).headers["ETag"]
    assert phone.get(address, headers={"If-None-Match": tag}).status_code == 304
    with desk.app.app_context(), transaction():
        timetable.cancel(
            session_of(db.session.get_one(Course, desk.course_id), "D01A"), reason="", person_id=None, at=NOW
        )
    assert phone.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_only_a_digest_of_the_address_is_kept_and_a_new_one_ends_the_old_one(desk: Desk) -> None:
    old, new, phone = desk.feed(), desk.feed(), desk.app.test_client()
    assert phone.get(old).status_code == 404
    assert phone.get(new).status_code == 200
    token = new.removeprefix("/calendar/").removesuffix(".ics")
    with desk.app.app_context():
        owner = db.session.get_one(CalendarOwner, desk.person_id)
        assert owner.feed_digest == digest_of(token)
    assert token not in desk.page()
    desk.post("/feed/revoke")
    assert phone.get(new).status_code == 404


def test_the_page_with_the_address_is_kept_nowhere(desk: Desk) -> None:
    assert desk.post("/feed").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("token", ["x", "0" * 64, "ก", "%20", "a" * 3000])
def test_an_address_that_nobody_has_is_not_there(app: Flask, token: str) -> None:
    assert app.test_client().get(f"/calendar/{token}.ics").status_code == 404


def test_an_address_is_read_thirty_times_at_once_and_once_a_minute_from_then_on(desk: Desk) -> None:
    address, phone = desk.feed(), desk.app.test_client()
    with time_machine.travel(NOW, tick=False) as clock:
        assert [phone.get(address).status_code for _read in range(30)] == [200] * 30
        refused = phone.get(address, headers=ENGLISH)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
        assert "read too often" in refused.text
        clock.shift(30)
        assert phone.get(address).headers["Retry-After"] == "30"
        clock.shift(30)
        assert phone.get(address).status_code == 200
        assert phone.get(address).status_code == 429
        assert phone.get(desk.feed()).status_code == 200, "a new address has its own allowance"
        assert phone.get(address).status_code == 404
        clock.shift(3600)
        assert phone.get("/calendar/nobody.ics").status_code == 404


def test_a_refused_read_writes_nothing(desk: Desk) -> None:
    address, phone = desk.feed(), desk.app.test_client()
    with time_machine.travel(NOW, tick=False):
        for _read in range(30):
            phone.get(address)
        with desk.app.app_context():
            before = db.session.get_one(CalendarOwner, desk.person_id).feed_spent_until
        assert phone.get(address).status_code == 429
        with desk.app.app_context():
            assert db.session.get_one(CalendarOwner, desk.person_id).feed_spent_until == before


def test_the_address_is_shown_as_a_link_for_calendars_and_as_a_code_that_says_the_same(desk: Desk) -> None:
    page = desk.post("/feed").text
    found = re.search(r'href="(webcal://tool\.example\.org/calendar/[A-Za-z0-9_-]+\.ics)"', page)
    assert found is not None
    assert draw(found[1]).path in page


def test_no_log_has_the_address(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    address, phone = desk.feed(), desk.app.test_client()
    capfd.readouterr()
    for path in (address, address.replace(".ics", "x.ics")):
        phone.get(path)
    for _read in range(30):
        phone.get(address)
    written = capfd.readouterr()
    assert address.removeprefix("/calendar/").removesuffix(".ics") not in written.out + written.err


def test_who_left_reads_an_empty_calendar(desk: Desk) -> None:
    address = desk.feed()
    with desk.app.app_context(), transaction():
        db.session.get_one(Enrolment, desk.learner_id).state = EnrolmentState.WITHDRAWN
    answer = desk.app.test_client().get(address)
    assert answer.status_code == 200
    assert "VEVENT" not in answer.text


def test_the_feed_takes_the_same_number_of_statements_for_any_number_of_courses(desk: Desk) -> None:
    address, phone = desk.feed(), desk.app.test_client()
    with counted(desk.app) as one:
        phone.get(address)
    with desk.app.app_context(), transaction():
        person = db.session.get_one(Enrolment, desk.learner_id).person_id
        for _number in range(3):
            an_enrolment(a_camp(), db.session.get_one(Enrolment.person.property.mapper.class_, person))
    with counted(desk.app) as four:
        answer = phone.get(address)
    assert answer.text.count("BEGIN:VEVENT") > 200
    assert len(one) == len(four) <= 12, "four of them count the read against what an address may be read"


def test_staff_see_which_appointments_stand_in_the_way_of_sessions(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        course = db.session.get_one(Course, desk.course_id)
        session = session_of(course, "D02A")
        late = an_enrolment(a_other := a_camp(), a_person("มานี", "มาสาย"))
        booked(a_other.id, [late.person_id], session.starts_at - dt.timedelta(hours=6), session.starts_at)
        an_enrolment(course, late.person)
        times = type(session.times)(session.starts_at - dt.timedelta(hours=1), session.ends_at)
        wanted = timetable.Rearranged(session, times, timetable.Particulars.of(session))
        timetable.rearrange(course.id, [wanted], reason="", person_id=None, at=NOW, gives_way=True)
        manager = an_enrolment(course, a_person("ผู้จัด"), roles={Role.MANAGER}).id
    page = signed_in(desk.app, manager).get(desk.home, headers=ENGLISH).text
    assert "Appointments at the time of a session" in page
    assert "มานี มาสาย" in page
    assert "มานี มาสาย" not in desk.page()
