"""Staff scan learners' own codes and signed rows: at once, later, and each act is answered by itself."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.attendance.learner_codes import code_of
from sca_lms.attendance.models import PresenceRecord, Scan, Source
from sca_lms.database import db
from tests.attendance.doors import BEGINS, ENDS, MINUTE, Doors, milliseconds, open_doors

SCAN = "/sessions/D01A/scan"
Answers = list[dict[str, object]]


@pytest.fixture
def doors(app: Flask) -> Doors:
    return open_doors(app, learners=3)


def code(doors: Doors, place: int) -> str:
    return code_of(doors.app.config["SECRET_KEY"], doors.course_id, doors.learner_ids[place])


def scan(way: str, learner_code: str, at: dt.datetime, **more: object) -> dict[str, object]:
    key = f"{way}-{learner_code}-{milliseconds(at)}"
    return {"key": key, "act": way, "code": learner_code, "at": milliseconds(at), "how": "scan", **more}


def send(doors: Doors, *acts: dict[str, object], at: dt.datetime) -> Answers:
    with time_machine.travel(at, tick=False):
        answer = doors.staff().send(f"{SCAN}/acts", {"sent_at": milliseconds(at), "acts": list(acts)})
    assert answer.status_code == 200, answer.text
    answers: Answers = answer.get_json()["answers"]
    return answers


def test_a_scanned_code_lets_its_learner_in_and_shows_the_name(doors: Doors) -> None:
    (answer,) = send(doors, scan("in", code(doors, 0), BEGINS), at=BEGINS)
    assert (answer["state"], answer["name"], answer["nickname"]) == ("recorded", "ปวีณา สกุล0", "แพร")
    assert "In at 08:30" in str(answer["message"])
    (again,) = send(doors, scan("in", code(doors, 0), BEGINS + MINUTE), at=BEGINS + MINUTE)
    assert again["state"] == "repeated"
    assert doors.stays(0) == [("D01A", "08:30", None)]
    with doors.app.app_context():
        assert set(db.session.scalars(sa.select(Scan.source))) == {Source.STAFF_SCAN}


def test_scans_that_waited_count_from_when_they_happened_whatever_the_phone_thinks_the_time_is(
    doors: Doors,
) -> None:
    wrong = dt.timedelta(days=-400)
    acts = [
        scan("out", code(doors, 0), ENDS + wrong, how="list"),
        scan("in", code(doors, 0), BEGINS + wrong),
        scan("in", "9-ZZZZZZ", BEGINS + wrong),
    ]
    sent = ENDS + 30 * MINUTE
    with time_machine.travel(sent, tick=False):
        body = {"sent_at": milliseconds(sent + wrong), "acts": acts}
        answers = doors.staff().send(f"{SCAN}/acts", body).get_json()["answers"]
    assert [each["state"] for each in answers] == ["recorded", "unknown-code", "recorded"]
    assert doors.stays(0) == [("D01A", "08:30", "12:15")]


def test_a_row_of_the_signed_sheet_is_a_whole_stay_also_when_the_session_is_closed(doors: Doors) -> None:
    later = ENDS + dt.timedelta(days=2)
    with time_machine.travel(later, tick=False):
        doors.staff().said("/sessions/D01A/room/close", {})
    times = {"in_at": milliseconds(BEGINS + 15 * MINUTE), "out_at": milliseconds(ENDS)}
    answers = send(
        doors, scan("sheet", code(doors, 0), later), scan("sheet", code(doors, 1), later, **times), at=later
    )
    assert [each["message"] for each in answers] == ["Sheet: 08:30 to 12:15", "Sheet: 08:45 to 12:15"]
    assert doors.stays(1) == [("D01A", "08:45", "12:15")]
    with doors.app.app_context():
        assert set(db.session.scalars(sa.select(PresenceRecord.in_source))) == {Source.PAPER}


def test_the_phone_is_given_everybodys_name_and_code_to_work_without_network(doors: Doors) -> None:
    people = doors.staff().get(f"{SCAN}/people").get_json()["people"]
    assert {each["code"] for each in people} == {code(doors, place) for place in range(3)}
    assert [each["nickname"] for each in people] == ["ปอ", "แพร", "นุ"], "in Thai name order"
    assert all(each["expected"] for each in people)


def test_without_scripts_a_typed_code_works_too(doors: Doors) -> None:
    staff = doors.staff()
    with time_machine.travel(BEGINS, tick=False):
        sent = {"code": code(doors, 0).lower(), "act": "in", "key": "key-of-the-page"}
        assert "In at 08:30" in staff.said(SCAN, sent)
        assert "belongs to nobody" in staff.said(SCAN, {**sent, "code": "นี่ไม่ใช่รหัส", "key": "another-key"})
        assert staff.post(SCAN, {**sent, "key": "x"}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [None, {}, {"sent_at": 1, "acts": [1]}, {"sent_at": 1, "acts": [{"key": "long-enough", "act": "in"}]}],
)
def test_what_no_page_of_ours_sends_is_a_bad_request(doors: Doors, body: object) -> None:
    assert doors.staff().send(f"{SCAN}/acts", body).status_code == 400
