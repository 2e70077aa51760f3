"""Learners see where they stand and write; staff keep the year, read and decide."""

import datetime as dt
import io
import re

import time_machine

from sca_lms.database import transaction
from sca_lms.updates import operations
from tests.statements import counted
from tests.updates.house import AFTER, BEFORE, FIRST, MINUTE, House
from tests.updates.test_series import ABOUT


def give_link(house: House) -> None:
    with house.app.app_context(), transaction():
        operations.change(house.course(), house.update(), ABOUT, row_version=1, person_id=None, at=BEFORE)


def test_the_link_to_join_shows_from_a_quarter_of_an_hour_before(house: House) -> None:
    give_link(house)
    for minutes, shows in ((-16, False), (-15, True), (119, True), (120, False)):
        at = FIRST + minutes * MINUTE
        with time_machine.travel(at, tick=False):
            page = house.browser(house.learner_id).get(house.address("/1"))
            assert page.status_code == 200
            assert ("https://meet.example.org/1" in page.text) is shows


def test_a_learner_writes_hands_in_and_sees_the_answer(house: House) -> None:
    house.attend(house.learner_id, 120)
    house.close()
    with time_machine.travel(AFTER, tick=False):
        client = house.browser(house.learner_id)
        assert "/updates/1" in client.get(house.address()).text
        saved = house.post(client, "/1", "/1/draft", text="ร่าง", draft_version="0")
        assert saved.json is not None
        assert saved.json["version"] == "1"
        other_tab = house.post(client, "/1", "/1/draft", text="อีกแท็บ", draft_version="0")
        assert other_tab.status_code == 409
        assert other_tab.json is not None
        assert other_tab.json["text"] == "ร่าง"
        moved = house.post(client, "/1", "/1", text="อีกแท็บ", draft_version="0", action="hand-in")
        assert moved.status_code == 409
        assert "อีกแท็บ" in moved.text
        assert "ร่าง" in moved.text
        done = house.post(client, "/1", "/1", text="เสร็จแล้ว", draft_version="1", action="hand-in")
        assert done.status_code == 303
        staff = house.browser(house.staff_id)
        queue = staff.get(house.address("/reflections")).text
        found = re.search(r"/updates/reflections/(\d+)", queue)
        assert found
        one = f"/reflections/{found[1]}"
        version = re.search(r'name="row_version"[^>]*value="(\d+)"', staff.get(house.address(one)).text)
        assert version
        refused = house.post(staff, one, one, action="return", answer="", row_version=version[1])
        assert refused.status_code == 409
        assert (
            house.post(
                staff, one, one, action="return", answer="เพิ่มตัวอย่าง", row_version=version[1]
            ).status_code
            == 303
        )
        page = client.get(house.address("/1")).text
        assert "เพิ่มตัวอย่าง" in page
        assert "เสร็จแล้ว" in page


def test_a_reflection_of_another_course_or_a_draft_is_not_found(house: House) -> None:
    with time_machine.travel(AFTER, tick=False):
        client = house.browser(house.learner_id)
        house.post(client, "/1", "/1/draft", text="ร่าง", draft_version="0")
        staff = house.browser(house.staff_id)
        assert staff.get(house.address("/reflections/1")).status_code == 404
        assert "ร่าง" not in staff.get(house.address("/reflections")).text
        assert client.get(house.address("/99")).status_code == 404


def test_staff_accept_many_after_seeing_them(house: House) -> None:
    for each in (house.learner_id, house.other_id):
        house.hand_in(each)
    with time_machine.travel(AFTER, tick=False):
        staff = house.browser(house.staff_id)
        ticked = re.findall(
            r'name="reflection" value="(\d+\.\d+)"', staff.get(house.address("/reflections")).text
        )
        assert len(ticked) == 2
        asked = house.post(staff, "/reflections", "/reflections/accept", reflection=ticked)
        assert asked.status_code == 200
        assert "ปวีณา" in asked.text
        done = house.post(staff, "/reflections", "/reflections/accept", reflection=ticked, confirmed="yes")
        assert done.status_code == 303
        none = house.post(staff, "/reflections", "/reflections/accept", reflection=["x", "1.2.3"])
        assert none.status_code == 303
        assert len(re.findall(r'name="reflection"', staff.get(house.address("/reflections")).text)) == 0
        assert staff.get(house.address("/reflections/reflections.csv")).status_code == 200


def test_staff_add_change_move_publish_and_cancel(house: House) -> None:
    fields = {
        "title_th": "หัวข้อ", "title_en": "", "dimensions": ["ENV", "GOV"], "first": "GOV", "partner_th": "",
        "partner_en": "", "speakers": "ดร. ก | Dr K | มหาวิทยาลัย", "about_th": "**เนื้อหา**", "about_en": "",
        "join_url": "https://meet.example.org/x", "recording_url": "", "reflection_due_at": "",
    }  # fmt: skip
    with time_machine.travel(BEFORE, tick=False):
        staff = house.browser(house.staff_id)
        made = house.post(
            staff,
            "/series/new",
            "/series/new",
            starts_at="2023-10-26T13:30",
            ends_at="2023-10-26T15:30",
            **fields,
        )
        assert made.status_code == 303
        one = "/series/13"
        page = staff.get(house.address(one)).text
        assert "<strong>เนื้อหา</strong>" in page
        assert "ดร. ก" in page
        assert house.browser(house.learner_id).get(house.address("/13")).status_code == 404
        assert house.post(staff, one, f"{one}/publish", published="yes", row_version="1").status_code == 303
        assert house.browser(house.learner_id).get(house.address("/13")).status_code == 200
        late = house.post(staff, one, f"{one}/publish", published="no", row_version="1")
        assert late.status_code == 409
        bad = house.post(
            staff, one, f"{one}/move", starts_at="2023-10-27T13:30", ends_at="2023-10-27T13:30", reason="x",
            row_version="2",
        )  # fmt: skip
        assert bad.status_code == 400
        moved = house.post(
            staff, one, f"{one}/move", starts_at="2023-10-27T13:30", ends_at="2023-10-27T15:30", reason="x",
            row_version="2",
        )  # fmt: skip
        assert moved.status_code == 303
        edited = house.post(
            staff, f"{one}/edit", f"{one}/edit", row_version="3", **{**fields, "join_url": "ftp://x"}
        )
        assert edited.status_code == 400
        assert house.post(staff, one, f"{one}/cancel", reason="x", row_version="3").status_code == 303


def test_slides_are_for_learners_once_it_has_begun(house: House) -> None:
    with time_machine.travel(BEFORE, tick=False):
        staff = house.browser(house.staff_id)
        sent = house.post(
            staff, "/series/1", "/series/1/files", file=(io.BytesIO(b"%PDF-1.7\n%x\n"), "slides.pdf"),
            title_th="สไลด์", title_en="",
        )  # fmt: skip
        assert sent.status_code == 303
        assert house.post(staff, "/series/1", "/series/1/files", title_th="", title_en="").status_code == 400
        assert house.browser(house.learner_id).get(house.address("/1/files/1")).status_code == 404
    with time_machine.travel(FIRST, tick=False):
        got = house.browser(house.learner_id).get(house.address("/1/files/1"))
        assert got.status_code == 200
        assert house.browser(house.learner_id).get(house.address("/2/files/1")).status_code == 404
    with time_machine.travel(BEFORE, tick=False):
        assert house.post(staff, "/series/1", "/series/1/files/1/remove").status_code == 303


def test_the_year_is_a_picture_with_its_table(house: House) -> None:
    with time_machine.travel(BEFORE, tick=False):
        page = house.browser(house.staff_id).get(house.address("/series")).text
    assert page.count('class="cov-first"') == 12
    assert '<title id="coverage-title">' in page
    for kind in ("csv", "xlsx"):
        with time_machine.travel(AFTER, tick=False):
            assert (
                house.browser(house.staff_id).get(house.address(f"/series/updates.{kind}")).status_code == 200
            )


def test_learners_check_in_with_the_code_and_the_rooms_show_the_update_with_a_mark(house: House) -> None:
    with time_machine.travel(FIRST, tick=False):
        door = house.browser(house.learner_id).get(f"/courses/{house.course_id}/check-in")
        assert door.status_code == 200
        rooms = house.browser(house.staff_id).get(f"/courses/{house.course_id}/rooms")
        assert "/sessions/_updates-1/room" in rooms.text
        assert "กิจกรรมเติมความรู้รายเดือน" in rooms.text
        room = house.browser(house.staff_id).get(f"/courses/{house.course_id}/sessions/_updates-1/room")
        assert room.status_code == 200
        assert (
            house.browser(house.learner_id)
            .get(f"/courses/{house.course_id}/timetable")
            .text.count("_updates")
            == 0
        )


def test_pages_take_the_same_statements_for_any_number_of_learners(house: House) -> None:
    def statements(rest: str) -> int:
        client = house.browser(house.staff_id)
        with time_machine.travel(AFTER, tick=False), counted(house.app) as seen:
            assert client.get(house.address(rest)).status_code == 200
        return len(seen)

    house.hand_in(house.learner_id)
    before = [statements(rest) for rest in ("/series", "/series/1", "/reflections")]
    house.hand_in(house.other_id)
    assert [statements(rest) for rest in ("/series", "/series/1", "/reflections")] == before


def test_no_make_up_is_asked_for_an_update(house: House) -> None:
    house.attend(house.learner_id, 30)
    house.close()
    with time_machine.travel(AFTER + dt.timedelta(days=1), tick=False):
        client = house.browser(house.learner_id)
        answer = client.get(f"/courses/{house.course_id}/requests/make-up/_updates-1")
        assert answer.status_code == 404
