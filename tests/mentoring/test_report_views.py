"""Both sides report with one tap, captains see who needs them, staff see everybody and decide."""

import datetime as dt

import pytest
import time_machine
from flask import Flask

from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.mentoring import action_queries, actions
from sca_lms.mentoring.models import ActionItem, AppointmentPlace, AppointmentState, Side
from tests import builders
from tests.mentoring.meetings import BEGAN, DAY, MINUTE, Case
from tests.statements import counted

NOW = BEGAN + 2 * DAY


class Desk:
    """A meeting that is over, with browsers of everybody."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context(), transaction():
            self.case = case = Case()
            (meeting,) = case.a_meeting()
            self.meeting = meeting
            self.place_id, self.appointment_id = meeting.place.id, meeting.appointment.id
            self.course_id, self.pair_id = case.course.id, case.pair.id
            ids = {"captain": case.captain.id, "ambassador": case.ambassador.id, "staff": case.staff.id}
        self.ids = ids
        self.browsers = {name: builders.signed_in(app, each) for name, each in ids.items()}
        self.root = f"/courses/{self.course_id}/mentoring"
        self.here = f"{self.root}/meetings/{self.appointment_id}/places/{self.place_id}"

    def post(self, who: str, path: str, **form: object) -> tuple[int, str]:
        browser = self.browsers[who]
        token_page = "templates/new" if who == "staff" else "actions"
        token = builders.csrf_of(browser.get(f"{self.root}/{token_page}").text)
        answer = browser.post(path, data={"csrf_token": token, **form})
        return answer.status_code, answer.text

    @property
    def outcome(self) -> tuple[AppointmentState | None, int | None]:
        with self.app.app_context():
            place = db.session.get_one(AppointmentPlace, self.place_id)
            return place.outcome, place.credited_minutes


@pytest.fixture
def desk(app: Flask) -> "Desk":
    return Desk(app)


@time_machine.travel(NOW, tick=False)
def test_the_report_begins_with_the_planned_times(desk: Desk) -> None:
    page = desk.browsers["ambassador"].get(f"{desk.here}/report").text
    assert 'value="2022-10-03T13:00"' in page
    assert 'value="2022-10-03T14:30"' in page


@time_machine.travel(NOW, tick=False)
def test_two_taps_credit_a_meeting_as_planned(desk: Desk) -> None:
    assert f"{desk.here}/as-planned" in desk.browsers["captain"].get(f"{desk.root}/mentees").text
    assert desk.post("captain", f"{desk.here}/as-planned")[0] == 303
    page = desk.browsers["ambassador"].get(f"{desk.root}/meetings/{desk.appointment_id}").text
    assert f"{desk.here}/as-planned" in page
    assert f"{desk.here}/nobody-came" not in page
    assert desk.post("ambassador", f"{desk.here}/as-planned")[0] == 303
    assert desk.outcome == (AppointmentState.CREDITED, 90)


@time_machine.travel(NOW, tick=False)
def test_other_times_are_typed_on_the_wall_clock_and_a_buddhist_year_is_asked_about(desk: Desk) -> None:
    form = {"began_at": "2565-10-03T13:05", "ended_at": "2022-10-03T14:20", "remark": ""}
    status, page = desk.post("captain", f"{desk.here}/report", **form)
    assert status == 400
    assert "2022-10-03" in page
    form["began_at"] = "2022-10-03T13:05"
    assert desk.post("captain", f"{desk.here}/report", **form)[0] == 303
    desk.post("ambassador", f"{desk.here}/as-planned")
    # 75 and 90 minutes differ by more than ten.
    assert desk.outcome == (AppointmentState.DISPUTED, None)


@time_machine.travel(NOW, tick=False)
def test_a_future_end_is_refused_beside_its_field(desk: Desk) -> None:
    form = {"began_at": "2022-10-03T13:05", "ended_at": "2022-10-09T14:20", "remark": ""}
    status, page = desk.post("captain", f"{desk.here}/report", **form)
    assert status == 400
    assert 'id="ended_at-error"' in page


@time_machine.travel(NOW, tick=False)
def test_staff_decide_a_dispute_in_their_queue(desk: Desk) -> None:
    desk.post("captain", f"{desk.here}/nobody-came")
    page = desk.browsers["ambassador"].get(f"{desk.root}/meetings/{desk.appointment_id}").text
    assert f"{desk.here}/agree" in page
    desk.post("ambassador", f"{desk.here}/as-planned")
    queue = desk.browsers["staff"].get(f"{desk.root}/disputes").text
    assert f"{desk.root}/disputes/{desk.place_id}" in queue
    one = f"{desk.root}/disputes/{desk.place_id}"
    assert desk.post("staff", one, minutes="60", reason="")[0] == 400
    assert desk.post("staff", one, minutes="91", reason="มาก")[0] == 409
    assert desk.post("staff", one, minutes="60", reason="ตามหลักฐาน")[0] == 303
    assert desk.outcome == (AppointmentState.CREDITED, 60)
    assert "ตามหลักฐาน" in desk.browsers["staff"].get(one).text
    assert (
        f"{desk.root}/disputes/{desk.place_id}"
        not in desk.browsers["staff"].get(f"{desk.root}/disputes").text
    )


@time_machine.travel(NOW, tick=False)
def test_staff_who_were_at_the_meeting_do_not_decide(app: Flask, desk: Desk) -> None:
    with app.app_context(), transaction():
        case = desk.case
        own = builders.an_enrolment(
            case.course, builders.a_person("สองหมวก"), roles={Role.MENTOR, Role.INSTRUCTOR}
        )
        case.captain = own
        (meeting,) = case.a_meeting(starts_at=BEGAN + DAY)
        case.says(meeting, Side.CAPTAIN)
        case.says(meeting, Side.AMBASSADOR, 0, 20)
        number, own_id = meeting.place.id, own.id
    browser = builders.signed_in(app, own_id)
    page = browser.get(f"{desk.root}/disputes/{number}").text
    assert 'name="reason"' not in page
    token = builders.csrf_of(browser.get(f"{desk.root}/actions").text)
    answer = browser.post(
        f"{desk.root}/disputes/{number}", data={"csrf_token": token, "minutes": "90", "reason": "x"}
    )
    assert answer.status_code == 409
    with app.app_context():
        assert db.session.get_one(AppointmentPlace, number).outcome is AppointmentState.DISPUTED


@time_machine.travel(NOW, tick=False)
def test_a_settled_meeting_is_disputed_with_a_reason(desk: Desk) -> None:
    for who in ("captain", "ambassador"):
        desk.post(who, f"{desk.here}/as-planned")
    assert desk.post("ambassador", f"{desk.here}/dispute", reason="")[0] == 400
    assert desk.post("ambassador", f"{desk.here}/dispute", reason="นานกว่านี้")[0] == 303
    assert desk.outcome == (AppointmentState.DISPUTED, None)


@time_machine.travel(NOW, tick=False)
def test_work_is_agreed_ticked_off_carried_on_and_left_together(app: Flask, desk: Desk) -> None:
    owner = f"{desk.pair_id}-{desk.ids['ambassador']}"
    form = {"text": "สัมภาษณ์ห้าคน", "owner": owner, "due_on": "2022-10-04", "appointment": desk.appointment_id}
    assert desk.post("captain", f"{desk.root}/actions", **form)[0] == 303
    assert desk.post("captain", f"{desk.root}/actions", **{**form, "owner": "1-999"})[0] == 400
    page = desk.browsers["ambassador"].get(f"{desk.root}/meetings/{desk.appointment_id}").text
    assert "สัมภาษณ์ห้าคน" in page
    assert "เลยกำหนด" in page
    with app.app_context():
        (item,) = db.session.query(ActionItem).all()
        here = f"{desk.root}/actions/{item.id}"
    assert desk.post("ambassador", f"{here}/put-off", due_on="2022-10-20")[0] == 303
    desk.post("ambassador", f"{here}/drop")
    desk.post("ambassador", f"{here}/drop")
    with app.app_context():
        assert db.session.get_one(ActionItem, item.id).done_at is None
    desk.post("captain", f"{here}/drop")
    with app.app_context():
        found = db.session.get_one(ActionItem, item.id)
        assert found.dropped
        assert found.due_on == dt.date(2022, 10, 20)
    desk.post("captain", f"{here}/again")
    desk.post("captain", f"{here}/done")
    with app.app_context():
        found = db.session.get_one(ActionItem, item.id)
        assert found.done_at == NOW
        assert not found.dropped


def test_somebody_of_another_pair_finds_neither_meeting_nor_work(app: Flask, desk: Desk) -> None:
    with app.app_context(), transaction():
        other = builders.an_enrolment(desk.case.course, builders.a_person("อื่น"))
        item = actions.add(
            desk.case.pair, "x", desk.case.ambassador, due_on=None, appointment=None, open_now=0, at=BEGAN
        )
        number, other_id = item.id, other.id
    desk.browsers["other"] = builders.signed_in(app, other_id)
    for path in (f"{desk.here}/as-planned", f"{desk.here}/dispute", f"{desk.root}/actions/{number}/done"):
        page = desk.browsers["other"].get(f"/courses/{desk.course_id}/calendar").text
        answer = desk.browsers["other"].post(path, data={"csrf_token": builders.csrf_of(page)})
        assert answer.status_code == 404
    assert desk.browsers["other"].get(f"{desk.here}/report").status_code == 404
    assert desk.browsers["other"].get(f"{desk.root}/pairs/{desk.pair_id}/story").status_code == 404


@time_machine.travel(NOW, tick=False)
def test_pages_of_captains_and_staff_cost_the_same_for_many_pairs(app: Flask, desk: Desk) -> None:
    def statements(who: str, path: str) -> int:
        desk.browsers[who].get(path)
        with counted(app) as seen:
            assert desk.browsers[who].get(path).status_code == 200
        return len(seen)

    looks = [
        ("captain", f"{desk.root}/mentees"), ("staff", f"{desk.root}/coverage"),
        ("staff", f"{desk.root}/coverage/missing"), ("staff", f"{desk.root}/disputes"),
    ]  # fmt: skip

    def more_pairs(first: int, last: int) -> None:
        with app.app_context(), transaction():
            case = desk.case
            for number in range(first, last):
                person = builders.an_enrolment(case.course, builders.a_person(f"คน{number}"))
                pair = case.a_pair(person, case.captain, f"SP1{number}")
                (meeting,) = case.a_meeting(person)
                case.says(meeting, Side.CAPTAIN)
                if number % 3 == 0:
                    case.says(meeting, Side.AMBASSADOR, 0, 20)
                actions.add(pair, "งาน", person, due_on=None, appointment=None, open_now=0, at=BEGAN)

    more_pairs(0, 3)
    few = [statements(*look) for look in looks]
    more_pairs(3, 15)
    assert [statements(*look) for look in looks] == few


@time_machine.travel(NOW, tick=False)
def test_the_list_of_pairs_is_filtered_counted_and_exported(app: Flask, desk: Desk) -> None:
    with app.app_context(), transaction():
        case = desk.case
        case.met("WG", 90, starts_at=BEGAN + DAY)
        person = builders.an_enrolment(case.course, builders.a_person("ใหม่"))
        case.a_pair(person, None, "SP99")
    staff = desk.browsers["staff"]
    page = staff.get(f"{desk.root}/coverage").text
    assert "ดาริน" in page
    assert "ใหม่" in page
    assert 'role="img"' in page
    only = staff.get(f"{desk.root}/coverage?concern=report").text
    assert "ดาริน" in only
    assert "ใหม่ แก้วมณี" not in only
    assert staff.get(f"{desk.root}/coverage?concern=nothing").status_code == 404
    assert "ดาริน" not in staff.get(f"{desk.root}/coverage?captain=999999").text
    table = staff.get(f"{desk.root}/coverage/export.csv").data.decode("utf-8-sig").splitlines()
    assert len(table) == 3
    assert table[1].startswith("SP01,ดาริน ใจดี,")
    assert ",90," in table[1]
    assert staff.get(f"{desk.root}/coverage/export.xlsx").status_code == 200
    with app.app_context():
        assert not action_queries.open_items([])


@time_machine.travel(BEGAN + 40 * DAY, tick=False)
def test_a_captain_is_warned_of_a_pair_that_has_not_met_for_thirty_days(desk: Desk) -> None:
    page = desk.browsers["captain"].get(f"{desk.root}/mentees").text
    assert "ไม่พบกัน 30 วัน" in page
    assert dt.timedelta(days=30) < (BEGAN + 40 * DAY - (BEGAN + 90 * MINUTE))
