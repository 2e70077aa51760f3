"""Learners check themselves in and out: with the room's code, once, and also when the network is away."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.attendance.models import PresenceRecord, Scan, Source
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db, transaction
from tests.attendance.doors import BEGINS, ENDS, MINUTE, Doors, act, open_doors

SECOND = dt.timedelta(seconds=1)
PHONE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def doors(app: Flask) -> Doors:
    return open_doors(app)


def form(code: str, way: str = "in", key: str = "a-key-of-the-page") -> dict[str, object]:
    return {"code": code, "act": way, "key": key}


def test_the_page_says_when_the_doors_open_and_then_that_they_are_open(doors: Doors) -> None:
    with time_machine.travel(BEGINS - 30 * MINUTE, tick=False):
        page = doors.learner().page("/check-in")
        assert "Doors open at 08:15" in page
        assert "No session is planned" not in page
    with time_machine.travel(BEGINS - 15 * MINUTE, tick=False):
        assert "Doors are open" in doors.learner().page("/check-in")


def test_typed_digits_let_in_and_out_and_the_page_answers_in_words(doors: Doors) -> None:
    learner = doors.learner()
    with time_machine.travel(BEGINS + MINUTE, tick=False):
        said = learner.said("/check-in", form(doors.digits(BEGINS + MINUTE)))
        assert "since 08:31" in said
        assert "You are in" in said
    with time_machine.travel(ENDS - 5 * MINUTE, tick=False):
        code = doors.digits(ENDS - 5 * MINUTE)
        said = learner.said("/check-in", form(f"{code[:3]} {code[3:]}", "out", "another-key"))
        assert "from 08:31 to 12:10" in said
    assert doors.stays() == [("D01A", "08:31", "12:10")]


def test_thai_digits_are_digits(doors: Doors) -> None:
    with time_machine.travel(BEGINS, tick=False):
        thai = "".join(chr(ord("๐") + int(each)) for each in doors.digits(BEGINS))
        assert "since 08:30" in doors.learner().said("/check-in", form(thai))


def test_opening_the_address_of_a_qr_code_changes_nothing_until_one_button_is_pressed(doors: Doors) -> None:
    learner = doors.learner()
    with time_machine.travel(BEGINS, tick=False):
        token = doors.token(BEGINS)
        page = learner.page(f"/check-in?session=D01A&code={token}")
        assert "Check in to this session?" in page
        assert doors.stays() == []
        seen_at = page.partition('name="seen_at" value="')[2].partition('"')[0]
    with time_machine.travel(BEGINS + 2 * MINUTE, tick=False):
        sent = {**form(token), "session": "D01A", "seen_at": seen_at}
        assert "since 08:30" in learner.said("/check-in", sent)


def test_a_code_lets_nobody_into_another_session(doors: Doors) -> None:
    afternoon = BEGINS + 285 * MINUTE
    with time_machine.travel(afternoon, tick=False):
        sent = {**form(doors.token(afternoon, "D01A")), "session": "D01B"}
        assert "wrong or no longer valid" in doors.learner().said("/check-in", sent)
    assert doors.stays() == []


def test_an_early_scan_is_told_when_the_doors_open_and_stores_nothing(doors: Doors) -> None:
    early = BEGINS - 40 * MINUTE
    with time_machine.travel(early, tick=False):
        assert "The doors open at 08:15" in doors.learner().said("/check-in", form(doors.digits(early)))
    assert doors.stays() == []


def test_who_is_of_another_group_is_told_so(doors: Doors) -> None:
    with doors.app.app_context(), transaction():
        doors.session().groups = ["A"]
    with time_machine.travel(BEGINS, tick=False):
        assert "other groups" in doors.learner().said("/check-in", form(doors.digits(BEGINS)))
    assert doors.stays() == []


def test_coming_into_another_room_leaves_the_first_one_at_that_instant(doors: Doors) -> None:
    learner = doors.learner()
    with doors.app.app_context(), transaction():
        other = doors.session("D01B")
        length = other.ends_at - other.starts_at
        other.starts_at, other.ends_at = BEGINS + 60 * MINUTE, BEGINS + 60 * MINUTE + length
    with time_machine.travel(BEGINS, tick=False):
        learner.said("/check-in", form(doors.digits(BEGINS)))
    later = BEGINS + 70 * MINUTE
    with time_machine.travel(later, tick=False):
        said = learner.said("/check-in", form(doors.digits(later, "D01B"), key="second-key"))
        assert "You left “" in said
        assert "at 09:40" in said
    assert doors.stays() == [("D01A", "08:30", "09:40"), ("D01B", "09:40", None)]


def test_wrong_codes_are_limited_in_clear_words_and_time_heals(doors: Doors) -> None:
    learner = doors.learner()
    with time_machine.travel(BEGINS, tick=False):
        right = doors.digits(BEGINS)
        wrong = f"{(int(right) + 1) % 10**6:06d}"
        for number in range(8):
            assert "wrong or no longer valid" in learner.said(
                "/check-in", form(wrong, key=f"wrong-key-{number}")
            )
        assert "Too many wrong codes. Try again from 08:32 on." in learner.said(
            "/check-in", form(right, key="right-key")
        )
        assert "since 08:30" in doors.learner(1).said("/check-in", form(right)), "others are not held up"
    later = BEGINS + 2 * MINUTE + SECOND
    with time_machine.travel(later, tick=False):
        assert "since 08:32" in learner.said("/check-in", form(doors.digits(later), key="right-key"))


def test_one_scan_posted_twice_is_one_stay_and_the_second_answer_is_the_first(doors: Doors) -> None:
    learner = doors.learner()
    with time_machine.travel(BEGINS, tick=False):
        sent = act("in", doors.digits(BEGINS), BEGINS, key="the-same-key")
        first, second = learner.report(sent, sent_at=BEGINS), learner.report(sent, sent_at=BEGINS)
    assert [each[0]["state"] for each in (first, second)] == ["recorded", "repeated"]
    assert first[0]["in_at"] == second[0]["in_at"]
    with doors.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 1
    with time_machine.travel(BEGINS + 10 * MINUTE, tick=False):
        again = learner.report(sent, sent_at=BEGINS + 10 * MINUTE)
    assert again[0]["state"] == "repeated", "also when its code is no longer on show"


def test_acts_that_waited_without_network_count_from_when_they_happened(doors: Doors) -> None:
    came, left = BEGINS - 3 * MINUTE, ENDS - MINUTE
    later = ENDS + 4 * 60 * MINUTE
    with time_machine.travel(later, tick=False):
        answers = doors.learner().report(
            act("out", doors.digits(left), left),
            act("in", doors.digits(came), came),
            act("in", "000000", came + MINUTE, key="wrong-one"),
            sent_at=later,
            device=PHONE,
        )
    assert {each["key"]: each["state"] for each in answers} == {
        act("in", "", came)["key"]: "recorded",
        act("out", "", left)["key"]: "recorded",
        "wrong-one": "wrong-code",
    }
    assert doors.stays() == [("D01A", "08:27", "12:14")]
    with doors.app.app_context():
        scan = db.session.scalars(sa.select(Scan).order_by(Scan.id)).first()
        assert scan is not None
        assert (scan.client_at, scan.server_at, scan.source) == (came, later, Source.ROOM_CODE)
        assert len(scan.device) == 64
        assert PHONE not in scan.device


@pytest.mark.parametrize(
    "wrong_by", [dt.timedelta(hours=-9), dt.timedelta(minutes=7), dt.timedelta(days=365)]
)
def test_a_phone_whose_clock_is_wrong_is_let_in_all_the_same(doors: Doors, wrong_by: dt.timedelta) -> None:
    came, sent = BEGINS + MINUTE, BEGINS + 30 * MINUTE
    with time_machine.travel(sent, tick=False):
        reported = act("in", doors.digits(came), came + wrong_by)
        answer = doors.learner().report(reported, sent_at=sent + wrong_by)[0]
    assert answer["state"] == "recorded", answer
    assert doors.stays() == [("D01A", "08:31", None)]


def test_a_code_of_yesterday_comes_too_late(doors: Doors) -> None:
    late = BEGINS + dt.timedelta(hours=19)
    with time_machine.travel(late, tick=False):
        answer = doors.learner().report(act("in", doors.digits(BEGINS), BEGINS), sent_at=late)[0]
    assert answer["ok"] is False
    assert answer["final"] is True
    assert "too long ago" in str(answer["message"])


def test_too_many_wrong_codes_in_a_queue_stay_there_to_be_tried_again(doors: Doors) -> None:
    with time_machine.travel(BEGINS, tick=False):
        acts = [act("in", f"{number:07d}", BEGINS, key=f"guess-{number:04d}") for number in range(9)]
        answers = doors.learner().report(*acts, sent_at=BEGINS)
    assert [each["final"] for each in answers] == [True] * 8 + [False]
    assert answers[-1]["state"] == "too-many-misses"


@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, {"sent_at": 1}, {"sent_at": 1, "acts": {}}, {"sent_at": True, "acts": []},
        {"sent_at": 10**18, "acts": []}, {"sent_at": 1, "acts": [{}]},
        {"sent_at": 1, "device": "x", "acts": []},
        {"sent_at": 1, "acts": [{"key": "short", "act": "in", "code": "123456"}]},
        {"sent_at": 1, "acts": [{"key": "long-enough", "act": "stay", "code": "123456"}]},
        {"sent_at": 1, "acts": [{"key": "long-enough", "act": "in", "code": 123456}]},
        {"sent_at": 1, "acts": [{"key": "long-enough", "act": "in", "code": "1", "session": "a\0b"}]},
        {"sent_at": 1, "acts": [{"key": f"key-{n:05d}", "act": "in", "code": "1"} for n in range(101)]},
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_a_bad_request(doors: Doors, body: object) -> None:
    with time_machine.travel(BEGINS, tick=False):
        assert doors.learner().send("/check-in/acts", body).status_code == 400


def test_nothing_is_taken_without_the_token_of_the_page(doors: Doors) -> None:
    learner = doors.learner()
    with time_machine.travel(BEGINS, tick=False):
        body = {"sent_at": 1, "acts": []}
        assert learner.client.post(learner.url("/check-in/acts"), json=body).status_code == 400
        assert learner.client.post(learner.url("/check-in"), data=form("123456")).status_code == 400


def test_who_left_the_course_cannot_check_in(doors: Doors) -> None:
    learner = doors.learner()
    with doors.app.app_context(), transaction():
        db.session.get_one(Enrolment, doors.learner_ids[0]).state = EnrolmentState.WITHDRAWN
    assert learner.get("/check-in").status_code == 403


def test_a_closed_session_says_whom_to_ask(doors: Doors) -> None:
    with doors.app.app_context(), transaction():
        session = doors.session()
        session.starts_at -= 300 * MINUTE
        session.ends_at -= 300 * MINUTE
    with time_machine.travel(BEGINS, tick=False):
        sent = {**form(doors.token(BEGINS)), "session": "D01A"}
        assert "over. Ask your instructor" in doors.learner().said("/check-in", sent)


def test_leaving_without_having_come_is_refused_in_words(doors: Doors) -> None:
    with time_machine.travel(BEGINS, tick=False):
        said = doors.learner().said("/check-in", form(doors.digits(BEGINS), "out"))
    assert "You are not checked in to this session." in said


def test_the_page_lists_what_was_recorded_today_and_how(doors: Doors) -> None:
    learner = doors.learner()
    with time_machine.travel(BEGINS, tick=False):
        learner.said("/check-in", form(doors.digits(BEGINS)))
    with doors.app.app_context(), transaction():
        stay = db.session.scalars(sa.select(PresenceRecord)).one()
        stay.out_at, stay.out_source = ENDS, Source.RESOLVED
    with time_machine.travel(ENDS + MINUTE, tick=False):
        page = learner.page("/check-in")
        assert "room code, decided by staff" in page
    with time_machine.travel(ENDS + dt.timedelta(days=1), tick=False):
        assert "Nothing yet." in learner.page("/check-in")


def test_the_page_speaks_thai(doors: Doors) -> None:
    with time_machine.travel(BEGINS, tick=False):
        page = doors.visitor(doors.learner_ids[0], language="th").page("/check-in")
    assert "เช็กอิน" in page
    assert "รหัสห้อง" in page
