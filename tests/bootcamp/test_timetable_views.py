"""The pages of the timetable: what each reader sees, and how often they ask the database."""

import datetime as dt
import io
import re
from dataclasses import replace

import icalendar
import openpyxl
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.attendance.rules import SessionTimes
from sca_lms.bootcamp import timetable_changes, timetable_queries
from sca_lms.bootcamp.timetable_changes import Edits
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from tests.attendance.camp import MINUTE, attend_whole, session_of
from tests.bootcamp.timetable_desk import ENGLISH, NEW, Camp, without
from tests.builders import a_person, an_enrolment, signed_in
from tests.statements import counted


def test_learners_see_their_own_sessions_with_room_link_and_minutes(camp: Camp) -> None:
    with camp.inside() as course:
        own, foreign = session_of(course, "D02A"), session_of(course, "D02B")
        own.groups, own.room, own.join_url = ["N"], "ห้อง 301", "https://meet.example.org/abc"
        foreign.groups = ["S"]
    page = camp.page(camp.home, by=camp.learner)
    assert "5–11 Sep 2022" in page
    assert "smart-city framework" in page
    assert "Structure and culture" not in page
    assert "ห้อง 301" in page
    assert 'href="https://meet.example.org/abc"' in page
    assert re.search(r"3 h</span> <span class=\"soft num\">/ 3 h 30 min", page)
    everything = camp.page(camp.home, by=camp.teacher)
    assert "Structure and culture" in everything
    assert "Structure and culture" not in camp.page(f"{camp.home}?group=N", by=camp.teacher)


def test_weeks_lead_to_the_next_week_with_sessions(camp: Camp) -> None:
    page = camp.page(camp.home, by=camp.learner)
    assert 'rel="prev"' not in page
    later = camp.page(f"{camp.home}?week=2022-09-12", by=camp.learner)
    assert "week=2022-09-05" in later
    assert "week=2022-09-19" in later
    for nonsense in ("x", "0001-01-01", "9999-12-31", "2565-09-05"):
        assert camp.learner.get(f"{camp.home}?week={nonsense}").status_code == 200


def test_the_list_begins_with_the_page_of_the_next_session(camp: Camp) -> None:
    assert "Showing 1–25 of 61" in camp.page(f"{camp.home}?view=list", by=camp.learner)
    with time_machine.travel(dt.datetime(2022, 9, 29, tzinfo=dt.UTC), tick=False):
        later = signed_in(camp.app, camp.learner_id)
        assert "Showing 51–61 of 61" in camp.page(f"{camp.home}?view=list", by=later)
    assert "Showing 26–50 of 61" in camp.page(f"{camp.home}?view=list&page=2", by=camp.learner)


def test_a_guest_gets_no_link_to_join(camp: Camp) -> None:
    with camp.inside() as course:
        session_of(course, "D02A").join_url = "https://meet.example.org/abc"
    guest = signed_in(camp.app, None, course_id=camp.course_id)
    assert "smart-city framework" in camp.page(camp.home, by=guest)
    for path in ("", "/export.csv"):
        assert "meet.example.org" not in camp.page(f"{camp.home}{path}", by=guest)


def test_the_tables_hold_every_session_of_the_reader(camp: Camp) -> None:
    csv = camp.learner.get(f"{camp.home}/export.csv", headers=ENGLISH)
    lines = csv.get_data().decode("utf-8-sig").splitlines()
    assert lines[0].endswith("State,Minutes,My minutes")
    assert lines[1].startswith("2022-09-05,08:30,12:15,")
    assert lines[1].endswith(",held,210,180")
    assert len(lines) == 62
    workbook = openpyxl.load_workbook(io.BytesIO(camp.learner.get(f"{camp.home}/export.xlsx").get_data()))
    sheet = workbook.worksheets[0]
    assert (sheet.max_row, sheet.cell(2, 12).value) == (62, 180)


def test_the_calendar_moves_and_cancels_events_it_has_handed_out(camp: Camp) -> None:
    def events() -> dict[str, icalendar.Component]:
        body = camp.learner.get(f"{camp.home}/timetable.ics", headers=ENGLISH).get_data()
        return {
            str(each["UID"]).split("@")[0]: each for each in icalendar.Calendar.from_ical(body).walk("VEVENT")
        }

    key = f"{camp.course_id}-D02A"
    before = events()[key]
    assert (int(str(before["SEQUENCE"])), str(before["STATUS"])) == (1, "CONFIRMED")
    without(camp, "D02A")
    after = events()[key]
    assert (int(str(after["SEQUENCE"])), str(after["STATUS"])) == (2, "CANCELLED")
    assert after["UID"] == before["UID"]
    assert "smart-city framework" not in camp.page(camp.home, by=camp.learner)


def test_a_course_without_a_timetable_says_so(app: Flask) -> None:
    with app.app_context(), transaction():
        learner, manager = an_enrolment(), an_enrolment(roles={Role.MANAGER})
        course_id, others_id = learner.course_id, manager.course_id
    page = signed_in(app, learner.id).get(f"/courses/{course_id}/timetable", headers=ENGLISH)
    assert "No sessions yet" in page.text
    builder = signed_in(app, manager.id).get(f"/courses/{others_id}/timetable/edit", headers=ENGLISH)
    assert builder.status_code == 200
    new = signed_in(app, manager.id).get(f"/courses/{others_id}/timetable/edit/new", headers=ENGLISH)
    assert new.status_code == 200


def test_pages_ask_the_database_as_often_for_many_people_as_for_few(camp: Camp) -> None:
    paths = [
        (camp.learner, camp.home),
        (camp.learner, f"{camp.home}?view=list"),
        (camp.learner, f"{camp.home}/timetable.ics"),
        (camp.manager, camp.builder),
        (camp.manager, f"{camp.builder}?view=list"),
        (camp.manager, f"{camp.builder}/sessions/D01A/cancel"),
        (camp.manager, f"{camp.builder}/sessions/D01A/history"),
    ]

    def statements() -> list[int]:
        numbers = []
        for client, path in paths:
            client.get(path)
            with counted(camp.app) as seen:
                assert client.get(path).status_code == 200
            numbers.append(len(seen))
        return numbers

    few = statements()
    with camp.inside() as course:
        crowd = [an_enrolment(course, a_person(f"คนที่ {number}")) for number in range(25)]
        attend_whole(session_of(course, "D01A"), *crowd)
        _change_often(course)
    assert statements() == few


def _change_often(course: Course) -> None:
    for number in range(3):
        plan = timetable_queries.workbench(course).plan_by_code["D01A"]
        times = SessionTimes(plan.times.starts_at, plan.times.ends_at - MINUTE, plan.times.breaks)
        edits = Edits(changed=(replace(plan, times=times, room=str(number)),))
        digest = timetable_changes.preview(course, edits, at=clock.now()).digest
        timetable_changes.commit(course, edits, digest=digest, reason="r", person_id=None, at=clock.now())


def test_a_course_in_berlin_reads_and_shows_its_own_wall_time(camp: Camp) -> None:
    with camp.inside() as course:
        course.timezone = "Europe/Berlin"
    night = {**NEW, "starts_at": "2022-10-29T23:00", "ends_at": "2022-10-30T04:00", "breaks-0-start": "01:30",
             "breaks-0-end": "03:30"}  # fmt: skip
    assert camp.post(f"{camp.builder}/new", night).status_code == 303
    session = camp.session("S1")
    assert session.ends_at - session.starts_at == dt.timedelta(hours=6)
    assert session.credit_minutes == 180
    skipped = camp.post(f"{camp.builder}/new", {**NEW, "code": "S2", "starts_at": "2022-03-27T02:30"})
    assert "Clocks skip this time" in skipped.text
    assert "23:00–04:00 (+1)" in camp.page(f"{camp.builder}?week=2022-10-24")
