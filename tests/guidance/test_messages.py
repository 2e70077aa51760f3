"""Staff write to those they have chosen: looked at first, sent once, and logged."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.courses.models import AuditEvent, Enrolment
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db, transaction
from sca_lms.guidance.models import Intervention
from sca_lms.inbox.models import InboxNotice
from tests.guidance.house import AT, House, a_house, hidden_value, rows

NOTICES = sa.select(sa.func.count()).select_from(InboxNotice).where(InboxNotice.kind == "guidance.message")


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    with time_machine.travel(AT, tick=True):
        yield a_house(app)


def chosen(house: House, *ids: int) -> str:
    return "messages/new?" + "&".join(f"p={each}" for each in ids)


def test_a_message_is_looked_at_before_it_is_sent(house: House) -> None:
    seen = chosen(house, *house.learners[:2])
    shown = house.post("messages/new", seen, text_en="See you on Friday.", action="preview")
    assert shown.status_code == 200
    assert "Send to 2 learners" in shown.text
    assert "See you on Friday." in shown.text
    assert rows(house.app, NOTICES) == 0


def test_a_message_comes_as_a_notice_and_stands_in_the_log(house: House) -> None:
    first, second, third = house.learners
    answer = house.post("messages/new", chosen(house, first, second), text_en="See you.", action="send")
    assert answer.status_code == 303
    assert "See you." in house.page("notices", first)
    assert "Message from วิทยากร ใจดี" in house.page("notices", first)
    assert "See you." not in house.page("notices", third)
    log = house.page("messages")
    assert "2 learners" in log
    assert "วิทยากร ใจดี" in log
    with house.app.app_context():
        line = db.session.scalars(sa.select(Intervention).order_by(Intervention.id)).first()
        assert line is not None
        assert line.closed_at is not None
    receipts = house.page(f"messages/{line.id}")
    assert "ผู้เรียน00" in receipts
    assert "ผู้เรียน02" not in receipts
    assert "not read yet" in receipts


def test_a_double_click_sends_once(house: House) -> None:
    seen = chosen(house, *house.learners)
    staff = house.page(seen)
    same = {"people": hidden_value(staff, "people"), "token": hidden_value(staff, "token")}
    for _click in range(2):
        assert house.post("messages/new", seen, text_th="สวัสดี", action="send", **same).status_code == 303
    assert rows(house.app, NOTICES) == 3
    audited = sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.verb == "send-message")
    assert rows(house.app, audited) == 1


def test_test_people_and_those_who_left_are_named_and_left_out(house: House) -> None:
    gone = house.learners[2]
    with house.app.app_context(), transaction():
        db.session.get_one(Enrolment, gone).state = EnrolmentState.WITHDRAWN
    page = house.page(chosen(house, house.learners[0], house.tester_id, gone))
    assert "For 1 learner" in page
    assert "is a test user" in page
    assert "has left the course" in page
    house.post(
        "messages/new", chosen(house, house.learners[0], house.tester_id, gone), text_en="x", action="send",
        people=f"{house.learners[0]},{house.tester_id},{gone}",
    )  # fmt: skip
    assert rows(house.app, NOTICES) == 1


def test_all_that_fit_the_filter_can_be_chosen(house: House) -> None:
    assert "For 3 learners" in house.page("messages/new?all=1")
    assert "For 1 learner" in house.page("messages/new?all=1&dimension=ENV")
    assert "Nobody is chosen" in house.page("messages/new")


def test_a_message_without_text_or_to_nobody_is_refused(house: House) -> None:
    seen = chosen(house, house.learners[0])
    assert house.post("messages/new", seen, action="send").status_code == 422
    nobody = house.post("messages/new", seen, people="", text_en="x", action="send")
    assert nobody.status_code == 409
    assert "Nobody is chosen" in nobody.text
    assert rows(house.app, NOTICES) == 0


@pytest.mark.parametrize("people", ["x", "1,,2", "99999999999", "-1", "1;2"])
def test_a_list_that_is_none_names_nobody(house: House, people: str) -> None:
    assert house.post(
        "messages/new", "messages/new?all=1", people=people, text_en="x", action="send"
    ).status_code in {409, 422}
    assert rows(house.app, NOTICES) == 0


def test_learners_and_captains_find_none_of_it(house: House) -> None:
    for who in (house.learners[0], house.captain_id):
        for path in ("messages", "messages/new", "follow-ups", "follow-ups/new"):
            assert house.get(path, who).status_code == 403, path
