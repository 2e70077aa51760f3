"""Notes: nothing typed is lost, both versions are shown, and nobody's own note reaches anybody else."""

import io
import logging
import zipfile

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.mentoring import notes
from sca_lms.mentoring.models import Appointment, NoteDraft, PrivateNote
from sca_lms.privacy import exporting
from sca_lms.privacy.models import PersonExport
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store
from tests import builders
from tests.mentoring.meetings import BEGAN, Case

SECRET = "สิ่งที่ไม่มีใครอื่นควรรู้ secret-word-4711"


class Room:
    """A meeting with browsers of both sides and of staff."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context(), transaction():
            case = Case()
            (meeting,) = case.a_meeting()
            ids = {"captain": case.captain.id, "ambassador": case.ambassador.id, "staff": case.staff.id}
            self.course_id, self.appointment_id = case.course.id, meeting.appointment.id
            self.pair_id, self.captain_id = case.pair.id, case.captain.id
            self.ambassador_id, self.staff_id = case.ambassador.id, case.staff.id
            other = builders.an_enrolment(case.course, builders.a_person("อื่น"), roles={Role.MENTOR})
            ids["stranger"] = other.id
        self.browsers = {name: builders.signed_in(app, each) for name, each in ids.items()}
        self.here = f"/courses/{self.course_id}/mentoring/meetings/{self.appointment_id}"

    def post(self, who: str, path: str, **form: object) -> tuple[int, str]:
        browser: FlaskClient = self.browsers[who]
        form_page = {"staff": "mentoring/templates/new"}.get(who, "calendar")
        token = builders.csrf_of(browser.get(f"/courses/{self.course_id}/{form_page}").text)
        answer = browser.post(path, data={"csrf_token": token, **form})
        return answer.status_code, answer.text

    def page(self, who: str, path: str = "") -> tuple[int, str]:
        answer = self.browsers[who].get(self.here + path)
        return answer.status_code, answer.text


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


def test_both_sides_write_one_note_in_turn(room: Room) -> None:
    assert room.post("captain", f"{room.here}/note", text="**หนึ่ง**", based_on=1)[0] == 303
    assert "<strong>หนึ่ง</strong>" in room.page("ambassador")[1]
    assert room.post("ambassador", f"{room.here}/note", text="สอง", based_on=2)[0] == 303
    assert "สอง" in room.page("captain")[1]


def test_who_saves_over_another_version_sees_both_and_keeps_their_text(room: Room) -> None:
    room.post("captain", f"{room.here}/note", text="ของพี่เลี้ยง", based_on=1)
    status, page = room.post("ambassador", f"{room.here}/note", text="ของนักดิจิทัล", based_on=1)
    assert status == 409
    assert "ของพี่เลี้ยง" in page
    assert "ของนักดิจิทัล" in page
    assert 'data-error-code="note-changed"' in page
    again = room.page("ambassador", "/note")[1]
    assert "ของนักดิจิทัล" in again
    # Whoever has seen both may save what they made of them.
    assert room.post("ambassador", f"{room.here}/note", text="รวมกัน", based_on=2)[0] == 303
    with room.app.app_context():
        assert db.session.get_one(Appointment, room.appointment_id).shared_note == "รวมกัน"
        assert not db.session.scalars(sa.select(NoteDraft)).all()


def test_what_is_typed_is_kept_for_its_writer_alone(room: Room) -> None:
    status, told = room.post("ambassador", f"{room.here}/note/draft", text="ยังไม่เสร็จ", based_on=1)
    assert status == 200
    assert '"moved":false' in told
    assert "ยังไม่เสร็จ" in room.page("ambassador", "/note")[1]
    for who, path in (("captain", ""), ("captain", "/note"), ("staff", "")):
        assert "ยังไม่เสร็จ" not in room.page(who, path)[1]
    room.post("ambassador", f"{room.here}/note/forget")
    assert "ยังไม่เสร็จ" not in room.page("ambassador", "/note")[1]


def test_a_template_is_put_behind_what_is_typed(room: Room) -> None:
    with room.app.app_context(), transaction():
        appointment = db.session.get_one(
            Appointment, room.appointment_id, options=[sa.orm.joinedload(Appointment.course)]
        )
        template = notes.put_template(
            appointment.course, None, title=Bilingual("แบบ", "Plan"), body=Bilingual("คำถาม", "Questions"),
            planned_meeting=None, topic=None, person_id=None, at=BEGAN,
        )  # fmt: skip
        number = template.id
    status, page = room.post(
        "captain", f"{room.here}/note", text="เดิม", based_on=1, action="insert", template=number
    )
    assert status == 200
    assert "เดิม\n\nคำถาม" in page


def test_a_private_note_is_stated_to_others_and_its_text_never_leaves(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert room.post("captain", f"{room.here}/private-note", text=SECRET, based_on=0)[0] == 303
    assert "secret-word-4711" in room.page("captain")[1]
    course = f"/courses/{room.course_id}"
    looks = {
        "ambassador": ["", "/note", "/private-note"],
        "staff": [""],
    }
    for who, paths in looks.items():
        for path in paths:
            status, page = room.page(who, path)
            assert status == 200
            assert "secret-word-4711" not in page
    for who in ("ambassador", "staff"):
        assert "สมหมาย" in room.page(who)[1]
        assert "มีบันทึกส่วนตัว" in room.page(who)[1]
    staff = room.browsers["staff"]
    for path in (
        "coverage",
        "coverage/export.csv",
        "coverage/missing",
        f"pairs/{room.pair_id}/story",
        "disputes",
    ):
        assert b"secret-word-4711" not in staff.get(f"{course}/mentoring/{path}").data
    # Who looks for its words finds no pair by them.
    assert f"pairs/{room.pair_id}/story" not in staff.get(f"{course}/mentoring/coverage?q=secret-word").text
    assert b"secret-word-4711" not in staff.get(f"{course}/mentoring/coverage/export.xlsx").data
    assert "secret-word-4711" not in caplog.text


def test_a_private_note_is_saved_over_only_by_who_has_seen_it(room: Room) -> None:
    room.post("captain", f"{room.here}/private-note", text="แรก", based_on=0)
    status, page = room.post("captain", f"{room.here}/private-note", text="จากหน้าต่างเก่า", based_on=0)
    assert status == 409
    assert "แรก" in page
    assert "จากหน้าต่างเก่า" in page
    assert room.post("captain", f"{room.here}/private-note", text="ล่าสุด", based_on=1)[0] == 303
    status, _told = room.post("captain", f"{room.here}/private-note/draft", text="", based_on=2)
    assert status == 200
    with room.app.app_context():
        assert not db.session.scalars(sa.select(PrivateNote)).all()


def test_strangers_and_staff_write_no_notes(room: Room) -> None:
    assert room.post("stranger", f"{room.here}/note", text="x", based_on=1)[0] == 404
    assert room.page("stranger", "/private-note")[0] == 404
    assert room.page("staff", "/private-note")[0] == 403


def archive_of(app: Flask, course_id: int, enrolment_id: int) -> str:
    """Return everything that the archive made for one person holds, as one text."""
    with app.app_context():
        person_id = db.session.get_one(Enrolment, enrolment_id).person_id
        with transaction():
            exporting.ask(db.session.get_one(Course, course_id), person_id, by=None, at=clock.now())
        assert exporting.make_next(store(), now=clock.now)
        made = db.session.scalars(sa.select(PersonExport).order_by(PersonExport.id.desc())).first()
        assert made is not None
        opened = store().open(db.session.get_one(StoredFile, made.file_id).key)
        assert opened is not None
        with opened, zipfile.ZipFile(io.BytesIO(opened.read())) as packed:
            return "\n".join(packed.read(name).decode(errors="replace") for name in packed.namelist())


def test_a_private_note_is_in_its_writers_archive_and_in_nobody_elses(room: Room) -> None:
    room.post("captain", f"{room.here}/private-note", text=SECRET, based_on=0)
    assert "secret-word-4711" in archive_of(room.app, room.course_id, room.captain_id)
    for who in (room.ambassador_id, room.staff_id):
        assert "secret-word-4711" not in archive_of(room.app, room.course_id, who)
