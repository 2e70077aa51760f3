"""The console of a room: its code, who is in, late or missing, what to look at, and what staff put right."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.attendance.door_models import SharedDeviceReview
from sca_lms.attendance.models import PresenceRecord, Scan, SessionState, Source
from sca_lms.courses.models import Course, Person
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.web.collation import fold
from tests import builders
from tests.attendance.doors import BEGINS, ENDS, MINUTE, Doors, act, open_doors
from tests.statements import counted

ROOM = "/sessions/D01A/room"
PHONE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def doors(app: Flask) -> Doors:
    return open_doors(app, learners=4)


def figures(page: str) -> dict[str, int]:
    """Return the figures of a console: in, out, late, missing, look."""
    shown = re.findall(r'show=(in|out|late|missing|look)[^"]*"[^>]*><b class="[^"]*">([0-9,]+)</b>', page)
    return {name: int(number) for name, number in shown}


def come(doors: Doors, place: int, at: dt.datetime, *, device: str = "") -> None:
    with time_machine.travel(at, tick=False):
        answers = doors.learner(place).report(act("in", doors.digits(at), at), sent_at=at, device=device)
        assert answers[0]["ok"], answers


def go(doors: Doors, place: int, at: dt.datetime) -> None:
    with time_machine.travel(at, tick=False):
        answers = doors.learner(place).report(act("out", doors.digits(at), at), sent_at=at)
        assert answers[0]["ok"], answers


def tap(way: str, key: str = "key-of-a-tap") -> dict[str, object]:
    return {"act": way, "key": key}


def test_the_console_shows_the_code_that_lets_people_in(doors: Doors) -> None:
    with time_machine.travel(BEGINS, tick=False):
        code = doors.digits(BEGINS)
        for path in (ROOM, f"{ROOM}/code", f"{ROOM}/stage"):
            assert f"{code[:3]} {code[3:]}" in doors.staff().page(path)


@pytest.mark.parametrize(
    ("at", "says"), [(BEGINS - 16 * MINUTE, "The code appears here at 08:15"), (ENDS + 61 * MINUTE, "Over")]
)
def test_no_code_is_shown_while_the_doors_are_shut(doors: Doors, at: dt.datetime, says: str) -> None:
    with time_machine.travel(at, tick=False):
        code = doors.digits(at)
        page = doors.staff().page(f"{ROOM}/code")
    assert f"{code[:3]} {code[3:]}" not in page
    assert says in page


def test_figures_tell_in_out_late_and_missing(doors: Doors) -> None:
    come(doors, 0, BEGINS - 5 * MINUTE)
    come(doors, 1, BEGINS + 20 * MINUTE)
    come(doors, 2, BEGINS)
    go(doors, 2, BEGINS + 30 * MINUTE)
    with time_machine.travel(BEGINS + 40 * MINUTE, tick=False):
        staff = doors.staff()
        assert figures(staff.page(ROOM)) == {"in": 2, "out": 1, "late": 1, "missing": 1, "look": 0}
        late = staff.page(f"{ROOM}?show=late")
        assert "ชยพล" in late
        assert "ปวีณา" not in late
    with time_machine.travel(ENDS + MINUTE, tick=False):
        assert figures(doors.staff().page(ROOM))["look"] == 2, (
            "after the end, a missing check-out is looked at"
        )


@pytest.mark.parametrize("wanted", ["แพร", "ปวี", "สกุล0", "แพร่"])
def test_people_are_found_by_name_and_nickname(doors: Doors, wanted: str) -> None:
    with doors.app.app_context(), transaction():
        for person in db.session.scalars(sa.select(Person)):
            person.search_key = fold(f"{person.name} {person.nickname}")
    with time_machine.travel(BEGINS, tick=False):
        page = doors.staff().page(f"{ROOM}?q={wanted}")
    assert "ปวีณา" in page
    assert "อนุชา" not in page


def test_one_tap_lets_somebody_in_and_out_and_the_list_answers(doors: Doors) -> None:
    staff, person = doors.staff(), f"{ROOM}/people/{doors.learner_ids[3]}"
    with time_machine.travel(BEGINS, tick=False):
        answer = staff.post(person, tap("in"), htmx=True)
        assert answer.status_code == 200
        assert "<!doctype" not in answer.text
        assert "In at 08:30" in answer.text
        staff.post(person, tap("in"), htmx=True)
    with time_machine.travel(BEGINS + 10 * MINUTE, tick=False):
        assert "Out at 08:40" in staff.said(person, tap("out", "another-key"))
        assert "not checked in" in staff.said(person, tap("out", "a-third-key"))
    assert doors.stays(3) == [("D01A", "08:30", "08:40")]
    with doors.app.app_context():
        sources = db.session.scalars(sa.select(Scan.source)).all()
        by = set(db.session.scalars(sa.select(Scan.by_id)))
    assert list(sources) == [Source.LIST, Source.LIST]
    assert None not in by


def test_two_people_with_one_phone_are_a_question_until_somebody_has_looked(doors: Doors) -> None:
    for place in (0, 1):
        come(doors, place, BEGINS, device=PHONE)
    with time_machine.travel(BEGINS, tick=False):
        staff = doors.staff()
        page = staff.page(f"{ROOM}?show=look")
        assert figures(staff.page(ROOM))["look"] == 2
        assert page.count("Two people, one phone") == 2
        device = page.partition('name="device" value="')[2].partition('"')[0]
        for _twice in range(2):
            assert "looked at, and fine" in staff.said(f"{ROOM}/devices", {"device": device})
        assert figures(staff.page(ROOM))["look"] == 0
    with doors.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SharedDeviceReview)) == 1
    assert doors.stays(0) == [("D01A", "08:30", None)], "a question is never an absence"
    come(doors, 2, BEGINS + MINUTE, device=PHONE)
    with time_machine.travel(BEGINS + MINUTE, tick=False):
        assert figures(doors.staff().page(ROOM))["look"] == 3, "a third person asks again"


def test_a_phone_that_nobody_shared_cannot_be_reviewed(doors: Doors) -> None:
    assert doors.staff().post(f"{ROOM}/devices", {"device": "x"}).status_code == 404


def test_the_live_part_is_sent_only_when_something_has_changed(doors: Doors) -> None:
    with time_machine.travel(BEGINS, tick=False):
        staff = doors.staff()
        known = re.search(r"known=([0-9a-z-]+)", staff.page(ROOM))
        assert known
        assert staff.get(f"{ROOM}/live?known={known[1]}").status_code == 204
    come(doors, 0, BEGINS)
    with time_machine.travel(BEGINS, tick=False):
        assert figures(staff.page(f"{ROOM}/live?known={known[1]}"))["in"] == 1
    with time_machine.travel(ENDS, tick=False):
        assert staff.get(f"{ROOM}/live?known={known[1]}").status_code == 200


def test_a_page_takes_the_same_statements_for_one_learner_and_for_many(app: Flask, doors: Doors) -> None:
    def statements(path: str) -> int:
        with time_machine.travel(ENDS + MINUTE, tick=False):
            staff = doors.staff()
            staff.get(path)
            with counted(app) as seen:
                assert staff.get(path).status_code == 200
        return len(seen)

    paths = [
        ROOM, f"{ROOM}/live", f"{ROOM}/close", "/rooms?day=2022-09-05", "/sessions/D01A/scan/people",
        "/sessions/D01A/sheet", "/sessions/D01A/sheet.csv",
    ]  # fmt: skip
    for place in (0, 1):
        come(doors, place, BEGINS, device=PHONE)
    before = {path: statements(path) for path in paths}
    with app.app_context(), transaction():
        course = db.session.get_one(Course, doors.course_id)
        session = doors.session()
        for number in range(70):
            learner = builders.an_enrolment(course, builders.a_person(f"คนที่{number}"))
            stay = PresenceRecord(
                session_id=session.id, enrolment_id=learner.id, in_at=BEGINS, in_source=Source.LIST
            )
            db.session.add(stay)
    assert {path: statements(path) for path in paths} == before
    with time_machine.travel(ENDS + MINUTE, tick=False):
        page = doors.staff().page(f"{ROOM}?page=2")
    assert figures(page) == {"in": 72, "out": 0, "late": 0, "missing": 2, "look": 72}
    assert "Showing 51–74 of 74" in page


def test_a_session_is_closed_with_its_missing_check_outs_before_everybodys_eyes(doors: Doors) -> None:
    come(doors, 0, BEGINS)
    go_home = ENDS - MINUTE
    come(doors, 1, BEGINS)
    go(doors, 1, go_home)
    staff = doors.staff()
    with time_machine.travel(BEGINS + MINUTE, tick=False):
        assert "A session can be closed after its end, at 12:15" in staff.page(f"{ROOM}/close")
        assert "closed after its end" in staff.said(f"{ROOM}/close", {})
    with time_machine.travel(ENDS + MINUTE, tick=False):
        page = staff.page(f"{ROOM}/close")
        assert "1 person gets nothing for this session" in page
        assert 'value="2022-09-05T12:15"' in page, "the end of the session is proposed"
        assert "Closed. 1 person has received minutes." in staff.said(f"{ROOM}/close", {})
        with doors.app.app_context():
            assert doors.session().state is SessionState.CLOSED
        assert "is not open" in staff.said(f"{ROOM}/close", {})
        reopened = staff.said(f"{ROOM}/reopen", {"reason": "The bell rang too early."})
        assert "Open again" in reopened
        assert "This field" not in reopened
    with doors.app.app_context():
        assert doors.session().state is SessionState.OPEN


def stay_ids(doors: Doors) -> list[int]:
    with doors.app.app_context():
        return list(db.session.scalars(sa.select(PresenceRecord.id).order_by(PresenceRecord.id)))


def test_only_ticked_check_outs_are_recorded_and_a_fault_keeps_all_of_them_back(doors: Doors) -> None:
    for place in (0, 1, 2):
        come(doors, place, BEGINS)
    first, second, third = stay_ids(doors)
    staff = doors.staff()
    ticked: dict[str, object] = {
        f"stay{first}-chosen": "y", f"stay{first}-out_at": "2022-09-05T12:15",
        f"stay{second}-chosen": "y", f"stay{second}-out_at": "2565-09-05T12:00",
        f"stay{third}-out_at": "2022-09-05T12:15",
    }  # fmt: skip
    with time_machine.travel(ENDS + MINUTE, tick=False):
        answer = staff.post(f"{ROOM}/check-outs", ticked)
        assert answer.status_code == 200
        assert "Did you mean 2022 C.E.?" in answer.text
        assert doors.stays(0) == [("D01A", "08:30", None)]
        ticked[f"stay{second}-out_at"] = "2022-09-05T08:00"
        assert "lies before the check-in" in staff.post(f"{ROOM}/check-outs", ticked).text
        assert doors.stays(0) == [("D01A", "08:30", None)], "all of them or none"
        ticked[f"stay{second}-out_at"] = "2022-09-05T12:00"
        assert "2 check-outs recorded." in staff.said(f"{ROOM}/check-outs", ticked)
        assert "Tick the people" in staff.post(f"{ROOM}/check-outs", {}).text
    assert [doors.stays(place)[0][2] for place in (0, 1, 2)] == ["12:15", "12:00", None]


def test_one_persons_page_ends_voids_and_adds_stays_with_reasons(doors: Doors) -> None:
    come(doors, 0, BEGINS + 30 * MINUTE)
    staff, person = doors.staff(), f"{ROOM}/people/{doors.learner_ids[0]}"
    (stay,) = stay_ids(doors)
    with time_machine.travel(ENDS + MINUTE, tick=False):
        staff.said(f"{ROOM}/close", {})
        page = staff.page(person)
        assert "room code" in page
        assert "09:00" in page
        wrong = {f"stay{stay}-out_at": "yesterday"}
        assert "Write the time of leaving" in staff.said(f"{person}/stays/{stay}/end", wrong)
        right = {f"stay{stay}-out_at": "2022-09-05T12:15"}
        assert "Recorded: 09:00 to 12:15." in staff.said(f"{person}/stays/{stay}/end", right)
        assert "known already" in staff.said(f"{person}/stays/{stay}/end", right)
        void = f"{person}/stays/{stay}/void"
        assert "Declare this stay void?" in staff.page(void)
        assert staff.post(void, {"reason": ""}).status_code == 200
        assert "no longer counts" in staff.said(void, {"reason": "The clock of the room was wrong."})
        assert "The clock of the room was wrong." in staff.page(person)
        backwards = {"in_at": "2022-09-05T10:00", "out_at": "2022-09-05T09:00"}
        assert "lies before the check-in" in staff.post(f"{person}/stays", backwards).text
        whole = {"in_at": "2022-09-05T08:30", "out_at": "2022-09-05T12:15"}
        assert "Recorded: 08:30 to 12:15." in staff.said(f"{person}/stays", whole)
    assert doors.stays(0) == [("D01A", "08:30", "12:15")]


def test_a_stay_is_found_only_with_its_own_person_and_session(doors: Doors) -> None:
    come(doors, 0, BEGINS)
    (stay,) = stay_ids(doors)
    staff, own, other = doors.staff(), doors.learner_ids[0], doors.learner_ids[1]
    assert staff.get(f"{ROOM}/people/{own}/stays/{stay}/void").status_code == 200
    assert staff.get(f"{ROOM}/people/{other}/stays/{stay}/void").status_code == 404
    assert staff.get(f"/sessions/D01B/room/people/{own}/stays/{stay}/void").status_code == 404
    assert staff.get(f"{ROOM}/people/{doors.staff_id}").status_code == 404, "staff have no stays"
    assert staff.get("/sessions/NONE/room").status_code == 404


def test_a_mentor_sees_no_room(doors: Doors) -> None:
    with doors.app.app_context(), transaction():
        course = db.session.get_one(Course, doors.course_id)
        mentor = builders.an_enrolment(course, builders.a_person("ที่ปรึกษา"), roles={Role.MENTOR}).id
    assert doors.visitor(mentor).get(ROOM).status_code == 403
    assert doors.visitor(mentor).get("/rooms").status_code == 403


def test_the_list_of_rooms_shows_today_and_leads_to_the_other_days(doors: Doors) -> None:
    come(doors, 0, BEGINS)
    with time_machine.travel(BEGINS + MINUTE, tick=False):
        page = doors.staff().page("/rooms")
        assert "1 of 4 came" in page
        assert "1 in the room" in page
        assert "day=2022-09-06" in page
        assert "Showing 1–14 of 21" in page
    with time_machine.travel(BEGINS - dt.timedelta(days=3), tick=False):
        page = doors.staff().page("/rooms?page=2")
        assert "No session on this day" in page
        assert "Showing 15–21 of 21" in page
    with time_machine.travel(BEGINS, tick=False):
        for nonsense in ("2565-99-99", "x", "0001-01-01", "9999-12-31"):
            assert doors.staff().get(f"/rooms?day={nonsense}").status_code == 200
