"""The pages of the timetable: what each reader sees, what a manager can do, and what is refused in words."""

import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import icalendar
import openpyxl
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import AttendanceSession, SessionRevision, SessionState
from sca_lms.attendance.rules import SessionTimes
from sca_lms.attendance.timetable import cancel
from sca_lms.bootcamp import timetable_changes, timetable_operations, timetable_queries
from sca_lms.bootcamp.timetable_changes import Edits
from sca_lms.courses.models import AuditEvent, Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.attendance.camp import MINUTE, a_camp, attend, attend_whole, close_all, session_of
from tests.builders import a_person, an_enrolment, csrf_of, signed_in
from tests.journeys.pages import Page
from tests.statements import counted

NOW = dt.datetime(2022, 9, 6, 2, tzinfo=dt.UTC)
BANGKOK = ZoneInfo("Asia/Bangkok")
ENGLISH = {"Accept-Language": "en"}
NEW = {
    "code": "S1", "title_th": "ปฐมนิเทศ", "title_en": "Orientation", "category": "KNO",
    "starts_at": "2022-10-03T08:30", "ends_at": "2022-10-03T12:15", "breaks-0-start": "10:30",
    "breaks-0-end": "10:45", "mode": "onsite", "room": "301",
}  # fmt: skip


@dataclass
class Camp:
    """A camp with a learner, an instructor and a manager at their browsers."""

    app: Flask
    course_id: int
    learner_id: int
    learner: FlaskClient
    teacher: FlaskClient
    manager: FlaskClient

    @property
    def home(self) -> str:
        return f"/courses/{self.course_id}/timetable"

    @property
    def builder(self) -> str:
        return f"{self.home}/edit"

    def post(
        self, path: str, sent: Mapping[str, object] | None = None, by: FlaskClient | None = None
    ) -> TestResponse:
        client = by or self.manager
        token = csrf_of(client.get(f"{self.builder}/new", headers=ENGLISH).text)
        return client.post(path, data={"csrf_token": token, **(sent or {})}, headers=ENGLISH)

    def page(self, path: str, by: FlaskClient | None = None) -> str:
        answer = (by or self.manager).get(path, headers=ENGLISH)
        assert answer.status_code == 200, answer.text[:500]
        return answer.text

    @contextmanager
    def inside(self) -> Iterator[Course]:
        with self.app.app_context(), transaction():
            yield db.session.get_one(Course, self.course_id)

    def session(self, code: str) -> AttendanceSession:
        with self.app.app_context():
            return session_of(db.session.get_one(Course, self.course_id), code)


@pytest.fixture
def camp(app: Flask) -> Iterator[Camp]:
    with time_machine.travel(NOW, tick=False):
        with app.app_context(), transaction():
            course = a_camp()
            people = {
                role: an_enrolment(course, a_person(name), roles={role})
                for role, name in ((Role.LEARNER, "ปวีณา"), (Role.INSTRUCTOR, "สมชาย"), (Role.MANAGER, "อารี"))
            }
            people[Role.LEARNER].group = "N"
            first = session_of(course, "D01A")
            attend(first, people[Role.LEARNER], (first.starts_at + 30 * MINUTE, first.ends_at))
            close_all([first])
            ids, course_id = {role: each.id for role, each in people.items()}, course.id
        yield Camp(
            app, course_id, ids[Role.LEARNER],
            *(signed_in(app, ids[role]) for role in (Role.LEARNER, Role.INSTRUCTOR, Role.MANAGER)),
        )  # fmt: skip


def without(camp: Camp, *codes: str) -> None:
    with camp.inside() as course:
        for code in codes:
            cancel(session_of(course, code), reason="rain", person_id=None, at=clock.now())


# ---------------------------------------------------------------- everybody


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


# ---------------------------------------------------------------- the builder


def test_a_draft_is_added_changed_duplicated_moved_undone_and_deleted_by_plain_forms(camp: Camp) -> None:
    added = camp.post(f"{camp.builder}/new", {**NEW, "groups": ["N", "S"]})
    assert added.location == f"{camp.builder}?week=2022-10-03"
    session = camp.session("S1")
    assert (session.state, session.groups, session.room) == (SessionState.DRAFT, ["N", "S"], "301")
    assert (session.credit_minutes, len(session.breaks)) == (210, 1)
    assert session.starts_at == dt.datetime(2022, 10, 3, 1, 30, tzinfo=dt.UTC)
    assert "Orientation" in camp.page(f"{camp.builder}?week=2022-10-03")
    form = Page.of("http://x", 200, {}, camp.page(f"{camp.builder}/sessions/S1")).forms[-3]
    sent = {name: value for name, value in form.filled_in if name != "csrf_token"}
    assert (sent["starts_at"], sent["breaks-0-start"]) == ("2022-10-03T08:30", "10:30")
    assert camp.post(f"{camp.builder}/sessions/S1", {**sent, "room": "302"}).status_code == 303
    assert camp.session("S1").room == "302"
    camp.post(f"{camp.builder}/sessions/S1/duplicate")
    assert camp.session("S1-2").starts_at - camp.session("S1").starts_at == dt.timedelta(days=1)
    camp.post(f"{camp.builder}/sessions/S1/shift", {"days": "2", "minutes": "-15"})
    moved = camp.session("S1")
    assert moved.starts_at == dt.datetime(2022, 10, 5, 1, 15, tzinfo=dt.UTC)
    assert moved.breaks[0].starts_at == dt.datetime(2022, 10, 5, 3, 15, tzinfo=dt.UTC)
    camp.post(f"{camp.builder}/undo")
    assert camp.session("S1").starts_at == session.starts_at
    camp.post(f"{camp.builder}/sessions/S1/delete")
    with camp.inside() as course:
        assert timetable_queries.workbench(course).plan_by_code.keys() & {"S1", "S1-2"} == {"S1-2"}
    with camp.app.app_context():
        verbs = db.session.scalars(
            sa.select(AuditEvent.verb).where(AuditEvent.verb.like("timetable-%")).order_by(AuditEvent.id)
        ).all()
    assert verbs == [
        "timetable-add", "timetable-edit", "timetable-duplicate", "timetable-move", "timetable-undo",
        "timetable-delete",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"starts_at": "2565-10-03T08:30"}, "Did you mean 2022 C.E.?"),
        ({"ends_at": "2022-10-03T08:30"}, "The end must come after the start."),
        ({"ends_at": "2022-11-03T08:30"}, "A session lasts at most 14 days."),
        ({"breaks-0-end": ""}, "Fill in both times of a break, or neither."),
        ({"breaks-0-start": "25:00"}, "Write the time as 13:15."),
        ({"breaks-0-start": "12:00", "breaks-0-end": "12:30"}, "A break is not inside the session."),
        ({"breaks-1-start": "10:40", "breaks-1-end": "11:00"}, "Two breaks overlap."),
        ({"title_th": "", "title_en": ""}, "Write a title in one language at least."),
        ({"join_url": "javascript:alert(1)"}, "Write a web address that begins with https://."),
        ({"code": "D01A"}, "Another session has or had this code."),
        ({"code": "no spaces"}, "Use at most 40 letters"),
        ({"category": "XXX"}, "Choose one of the answers offered."),
        ({"groups": "XXX"}, "Choose one of the answers offered."),
        ({"capacity": "0"}, "Write a number from 1 to 100000."),
    ],
)
def test_what_is_wrong_with_a_draft_is_said_beside_its_field(
    camp: Camp, wrong: dict[str, object], said: str
) -> None:
    answer = camp.post(f"{camp.builder}/new", {**NEW, **wrong})
    assert answer.status_code == 200
    assert said in answer.text
    assert 'value="Orientation"' in answer.text or "title_en" in wrong
    with camp.inside() as course:
        assert len(timetable_queries.workbench(course).drafts) == 0


def test_a_draft_that_somebody_else_changed_meanwhile_is_not_overwritten_unseen(camp: Camp) -> None:
    camp.post(f"{camp.builder}/new", NEW)
    stale = Page.of("http://x", 200, {}, camp.page(f"{camp.builder}/sessions/S1")).forms[-3]
    camp.post(f"{camp.builder}/sessions/S1/shift", {"days": "1"})
    sent = {name: value for name, value in stale.filled_in if name != "csrf_token"} | {"room": "999"}
    answer = camp.post(f"{camp.builder}/sessions/S1", sent)
    assert "Somebody changed this draft meanwhile: it is now 4 Oct 2022, 08:30–12:15" in answer.text
    assert camp.session("S1").room == "301"
    again = Page.of("http://x", 200, {}, answer.text).forms[-3]
    kept = {name: value for name, value in again.filled_in if name != "csrf_token"}
    assert kept["room"] == "999"
    assert camp.post(f"{camp.builder}/sessions/S1", kept).status_code == 303
    assert camp.session("S1").room == "999"


def test_publishing_refuses_with_every_fault_and_links_then_publishes(camp: Camp) -> None:
    without(camp, "D02A", "D02B")
    camp.post(f"{camp.builder}/new", {**NEW, "starts_at": "2022-09-06T15:30", "ends_at": "2022-09-06T18:00",
                                      "breaks-0-start": "", "breaks-0-end": ""})  # fmt: skip
    refused = camp.post(f"{camp.builder}/publish")
    assert refused.status_code == 409
    assert 'data-error-code="not-publishable"' in refused.text
    text = re.sub(r"\s+", " ", refused.text)
    assert "27 h of 28 h for everybody, 1 h too little" in text
    assert "10 h of 12 h for everybody, 2 h too little" in text
    assert "both expect everybody, 6 Sep 2022, 15:30–18:00" in text
    assert f'href="{camp.builder}/sessions/S1"' in refused.text
    assert f'href="{camp.builder}/sessions/D02C/change"' in refused.text
    assert f"{camp.builder}?view=list&amp;category=KNO" in refused.text
    assert camp.session("S1").state is SessionState.DRAFT
    camp.post(f"{camp.builder}/undo")
    put_back = {**NEW, "starts_at": "2022-10-03T08:30", "ends_at": "2022-10-03T12:15"}
    camp.post(f"{camp.builder}/new", put_back)
    afternoon = {"starts_at": "2022-10-03T13:00", "ends_at": "2022-10-03T15:00"}
    no_break = {"breaks-0-start": "", "breaks-0-end": ""}
    camp.post(f"{camp.builder}/new", {**NEW, **afternoon, **no_break, "code": "S2", "category": "ORG"})
    done = camp.post(f"{camp.builder}/publish")
    assert done.status_code == 303
    assert camp.session("S1").state is SessionState.OPEN
    assert "Orientation" in camp.page(f"{camp.home}?week=2022-10-03", by=camp.learner)
    assert camp.post(f"{camp.builder}/publish").status_code == 303
    assert "There is no draft to publish." in camp.page(camp.builder)


def test_an_instructor_looks_and_changes_nothing(camp: Camp) -> None:
    page = camp.page(camp.builder, by=camp.teacher)
    assert "Managers of the programme change the timetable." in page
    assert "<form" not in page.partition("<main")[2]
    assert "timetable.js" not in page
    assert camp.teacher.get(f"{camp.builder}/export.csv").status_code == 200
    for path in ("/new", "/import", "/sessions/D02A", "/sessions/D02A/change", "/sessions/D02A/cancel"):
        assert camp.teacher.get(f"{camp.builder}{path}").status_code == 403
    assert camp.page(f"{camp.builder}/sessions/D02A/history", by=camp.teacher)


def test_a_published_session_is_never_changed_as_a_draft(camp: Camp) -> None:
    before = camp.session("D02A").starts_at
    for path in ("shift", "delete"):
        camp.post(f"{camp.builder}/sessions/D02A/{path}", {"days": "1"})
    assert (camp.session("D02A").starts_at, camp.session("D02A").state) == (before, SessionState.OPEN)
    assert camp.post(f"{camp.builder}/sessions/D02A", NEW).location.endswith("/sessions/D02A/change")
    for path in ("sessions/NONE", "sessions/NONE/change", "sessions/NONE/cancel", "sessions/NONE/history"):
        assert camp.manager.get(f"{camp.builder}/{path}").status_code == 404


# ---------------------------------------------------------------- changes


def change_form(camp: Camp, code: str = "D01A", **values: str) -> dict[str, str]:
    form = Page.of("http://x", 200, {}, camp.page(f"{camp.builder}/sessions/{code}/change")).forms[-1]
    return {name: value for name, value in form.filled_in if name != "csrf_token"} | values


def digest_in(page: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{32})"', page)
    assert found is not None
    return found[1]


def test_a_change_is_previewed_with_names_then_done_with_its_reason(camp: Camp) -> None:
    path = f"{camp.builder}/sessions/D01A/change"
    sent = change_form(camp, starts_at="2022-09-05T09:30", reason="The hall opened late.")
    preview = camp.post(path, sent)
    assert preview.status_code == 200
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", preview.text))
    assert "ปวีณา แก้วมณี N −30 min 3 h 2 h 30 min" in text
    assert "1 person loses minutes" in text
    assert "27 h of 28 h for everybody, 1 h too little" in text
    assert camp.session("D01A").revision == 1
    done = camp.post(path, {**sent, "digest": digest_in(preview.text)})
    assert done.location == f"{camp.builder}/sessions/D01A/history"
    history = camp.page(done.location)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", history))
    assert "Reason: The hall opened late." in text
    assert "อารี" in text
    assert "Begins 5 Sep 2022, 08:30 5 Sep 2022, 09:30" in text
    assert "Minutes 3 h 30 min 2 h 30 min" in text
    with camp.app.app_context():
        assert attendance.balances([camp.learner_id])[camp.learner_id].popitem()[1] == 150


def test_a_change_that_was_overtaken_is_shown_again_instead_of_done(camp: Camp) -> None:
    path = f"{camp.builder}/sessions/D01A/change"
    sent = change_form(camp, starts_at="2022-09-05T09:30", reason="late")
    digest = digest_in(camp.post(path, sent).text)
    with camp.inside() as course:
        newcomer = an_enrolment(course, a_person("ธนวัฒน์"))
        attend_whole(session_of(course, "D01A"), newcomer)
    answer = camp.post(path, {**sent, "digest": digest})
    assert "Something changed meanwhile. Look at the preview again before you save." in answer.text
    assert "ธนวัฒน์" in answer.text
    assert camp.session("D01A").revision == 1
    assert camp.post(path, {**sent, "digest": digest_in(answer.text)}).status_code == 303
    assert camp.session("D01A").revision == 2


def test_a_change_can_be_taken_back_to_the_form_and_needs_a_reason_and_a_difference(camp: Camp) -> None:
    path = f"{camp.builder}/sessions/D01A/change"
    for nothing in ("", " \r\n "):
        answer = camp.post(path, change_form(camp, room="301", reason=nothing))
        assert "Fill in this field." in answer.text
    assert "Nothing is different yet." in camp.post(path, change_form(camp, reason="no")).text
    sent = change_form(camp, room="301", reason="smaller")
    digest = digest_in(camp.post(path, sent).text)
    form = camp.post(path, {**sent, "digest": digest, "again": "yes"})
    assert 'value="301"' in form.text
    assert camp.session("D01A").room == ""


def test_a_change_into_a_clash_says_with_what_and_cannot_be_done(camp: Camp) -> None:
    path = f"{camp.builder}/sessions/D02A/change"
    sent = change_form(camp, "D02A", ends_at="2022-09-06T14:00", reason="longer")
    preview = camp.post(path, sent)
    assert "both expect everybody, 6 Sep 2022, 13:15–14:00" in re.sub(r"\s+", " ", preview.text)
    assert "Change the session</button>" not in preview.text
    forced = camp.post(path, {**sent, "digest": digest_in(preview.text)})
    assert forced.status_code == 200
    assert camp.session("D02A").revision == 1


def test_cancelling_shows_what_it_does_and_asks_why(camp: Camp) -> None:
    path = f"{camp.builder}/sessions/D01A/cancel"
    page = camp.page(path)
    assert "−3 h" in page
    digest = digest_in(page)
    assert "Fill in this field." in camp.post(path, {"digest": digest}).text
    done = camp.post(path, {"digest": digest, "reason": "The speaker fell ill."})
    assert done.status_code == 303
    assert camp.session("D01A").state is SessionState.CANCELLED
    assert "The speaker fell ill." in camp.page(done.location)
    assert camp.manager.get(path).status_code == 404
    with camp.app.app_context():
        entries = attendance.ledger(camp.learner_id)
        assert [(entry.minutes, entry.reason) for entry in entries] == [
            (180, ""),
            (-180, "The speaker fell ill."),
        ]


# ---------------------------------------------------------------- files


def test_a_broken_file_is_refused_whole_with_every_line(camp: Camp) -> None:
    head, sound = "code,category,title_th,start,end", "S2,KNO,ข,2022-10-03 08:30,2022-10-03 09:30"
    text = f"{head}\nS1,KNO,ก,2565-10-03 08:30,x\n{sound}"
    answer = camp.post(f"{camp.builder}/import", {"text": text})
    assert "2 faults; nothing was stored" in answer.text
    assert "was 2022-10-03 meant?" in answer.text
    assert "2022-10-03 08:30" in answer.text
    with camp.inside() as course:
        assert timetable_queries.workbench(course).drafts == []


def test_a_file_is_compared_and_taken_over_as_a_whole(camp: Camp) -> None:
    with camp.inside() as course:
        timetable_operations.change_drafts(
            course,
            [replace(timetable_queries.workbench(course).plan_by_code["D02A"], code="OLD", published=False)],
            verb="add", person_id=None, at=clock.now(),
        )  # fmt: skip
    exported = camp.manager.get(f"{camp.builder}/export.csv").get_data()
    assert "There is nothing to take over." in upload(camp, exported).text
    lines = exported.decode("utf-8-sig").splitlines()
    kept = [line for line in lines if not line.startswith(("OLD,", "D21C,"))]
    changed = [
        line.replace("2022-09-05 08:30", "2022-09-05 09:00") if line.startswith("D01A,") else line
        for line in kept
    ]
    new = "NEW,KNO,ใหม่,,2022-10-04 08:30,2022-10-04 09:30,,,,,,,,"
    content = "\r\n".join([*changed, new, ""]).encode("utf-8-sig")
    preview = upload(camp, content, remove="y")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", preview.text))
    assert "1 new" in text
    assert "1 changed" in text
    assert "2 go" in text
    assert "Published sessions change." in text
    form = Page.of("http://x", 200, {}, preview.text).forms[-1]
    sent = {name: value for name, value in form.filled_in if name != "csrf_token"}
    missing = camp.post(f"{camp.builder}/import", sent)
    assert "Fill in this field." in missing.text
    assert camp.session("D21C").state is SessionState.OPEN
    form = Page.of("http://x", 200, {}, missing.text).forms[-1]
    sent = {name: value for name, value in form.filled_in if name != "csrf_token"}
    done = camp.post(f"{camp.builder}/import", {**sent, "reason": "A new plan."})
    assert done.status_code == 303, done.text[-3000:]
    assert camp.session("NEW").state is SessionState.DRAFT
    assert camp.session("D21C").state is SessionState.CANCELLED
    assert camp.session("D01A").starts_at == dt.datetime(2022, 9, 5, 2, tzinfo=dt.UTC)
    with camp.inside() as course:
        assert "OLD" not in timetable_queries.workbench(course).plan_by_code
        reasons = db.session.scalars(sa.select(SessionRevision.reason)).all()
    assert set(reasons) == {"A new plan."}


def upload(camp: Camp, content: bytes, name: str = "timetable.csv", **sent: object) -> TestResponse:
    return camp.post(f"{camp.builder}/import", {"file": (io.BytesIO(content), name), **sent})


def test_a_calendar_file_is_the_same_timetable_again(camp: Camp) -> None:
    exported = camp.manager.get(f"{camp.builder}/export.ics").get_data()
    assert "There is nothing to take over." in upload(camp, exported, "timetable.ics").text


def test_an_import_that_was_overtaken_is_shown_again(camp: Camp) -> None:
    text = "code,category,title_th,start,end\nS1,KNO,ก,2022-10-03 08:30,2022-10-03 09:30"
    preview = camp.post(f"{camp.builder}/import", {"text": text})
    sent = dict(Page.of("http://x", 200, {}, preview.text).forms[-1].filled_in)
    camp.post(f"{camp.builder}/new", NEW)
    answer = camp.post(f"{camp.builder}/import", {**sent, "csrf_token": csrf_of(preview.text)})
    assert "Something changed meanwhile." in answer.text
    assert camp.session("S1").title.th == "ปฐมนิเทศ"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("ก,ข".encode("cp874"), "Save the file as “CSV UTF-8”"),
        (b"x" * (400 * 1024 + 1), "The file is larger than 400 KB."),
        (b"PK\x03\x04\x00\x00\xff\xfe", "Save the file as “CSV UTF-8”"),
    ],
)
def test_a_file_that_cannot_be_read_says_how_to_save_it(camp: Camp, content: bytes, said: str) -> None:
    assert said in upload(camp, content).text
    assert "Choose a file or paste its text." in camp.post(f"{camp.builder}/import").text


def test_a_file_cannot_change_what_ledgers_hang_on_or_bring_a_cancelled_session_back(camp: Camp) -> None:
    without(camp, "D21C")
    text = (
        "code,category,title_th,start,end,groups\n"
        "D02A,TEC,ก,2022-09-06 08:30,2022-09-06 12:15,N\n"
        "D21C,KNO,ข,2022-10-03 08:30,2022-10-03 09:30,"
    )
    answer = camp.post(f"{camp.builder}/import", {"text": text})
    found = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
    assert "2 category a published session keeps this" in found
    assert "2 groups a published session keeps this" in found
    assert "3 code “D21C” was a session that is cancelled now" in found


# ---------------------------------------------------------------- size


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
