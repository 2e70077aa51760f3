"""Staff note what they did, look again on the day, and close it; learners never see any of it."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.courses.models import AuditEvent, Course
from sca_lms.database import db, transaction
from sca_lms.guidance import interventions
from sca_lms.guidance.models import Intervention, InterventionKind
from tests.guidance.house import AT, House, a_house, hidden_value, rows

LATER = AT + dt.timedelta(hours=1)
SECRET = "เครื่องเสียสองวัน"
NOTED = sa.select(sa.func.count()).select_from(Intervention)


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    with time_machine.travel(AT, tick=True):
        yield a_house(app)


def note(house: House, *ids: int, day: str = "", **fields: object) -> int:
    seen = "follow-ups/new?people=" + ",".join(str(each) for each in ids)
    values = {"kind": "call", "text": SECRET, "follow_up_on": day, **fields}
    return house.post("follow-ups/new", seen, **values).status_code


def test_a_deed_is_noted_for_one_or_many_with_why_they_were_noticed(house: House) -> None:
    assert note(house, *house.learners, day="2022-09-09") == 303
    with house.app.app_context():
        found = db.session.scalars(sa.select(Intervention).order_by(Intervention.id)).all()
    assert [each.enrolment_id for each in found] == list(house.learners)
    assert found[0].follow_up_on == dt.date(2022, 9, 9)
    assert found[0].reasons
    story = house.page(f"learners/{house.learners[0]}")
    assert SECRET in story
    assert "look again on" in story


def test_a_follow_up_is_due_on_its_day_and_closed_with_an_outcome(house: House) -> None:
    note(house, house.learners[0], day="2022-09-06")
    note(house, house.learners[1], day="2022-09-20")
    due = house.page("follow-ups")
    assert "due today" in due
    assert "ผู้เรียน01" not in due
    assert "ผู้เรียน01" in house.page("follow-ups?show=open")
    with house.app.app_context():
        intervention_id = db.session.scalars(sa.select(Intervention.id).order_by(Intervention.id)).first()
    path = f"follow-ups/{intervention_id}/close"
    assert house.post(path, outcome="").status_code == 422
    assert house.post(path, outcome="กลับมาเรียนแล้ว").status_code == 303
    assert "กลับมาเรียนแล้ว" in house.page("follow-ups?show=closed")
    assert "Nothing is due" in house.page("follow-ups")


def test_who_closes_second_changes_nothing(house: House) -> None:
    note(house, house.learners[0], day="2022-09-06")
    with house.app.app_context(), transaction():
        course = db.session.get_one(Course, house.course_id)
        found = db.session.scalars(sa.select(Intervention)).one()
        interventions.close(course, found, "first", person_id=None, at=LATER)
        with pytest.raises(interventions.AlreadyClosed):
            interventions.close(course, found, "second", person_id=None, at=LATER)
        assert found.outcome == "first"


def test_the_same_form_sent_twice_notes_once(house: House) -> None:
    page = house.page(f"follow-ups/new?people={house.learners[0]}")
    token = hidden_value(page, "token")
    for _click in range(2):
        assert note(house, house.learners[0], token=token) == 303
    assert rows(house.app, NOTED) == 1


def test_without_a_day_there_is_nothing_left_to_follow_up(house: House) -> None:
    assert note(house, house.learners[0]) == 303
    assert "Nothing is open" in house.page("follow-ups?show=open")
    assert SECRET in house.page("follow-ups?show=closed")


@pytest.mark.parametrize("day", ["2022-09-01", "2565-09-09", "soon"])
def test_a_day_that_is_over_or_of_another_era_is_refused_with_a_way_out(house: House, day: str) -> None:
    seen = f"follow-ups/new?people={house.learners[0]}"
    answer = house.post("follow-ups/new", seen, kind="call", text=SECRET, follow_up_on=day)
    assert answer.status_code == 422
    assert SECRET in answer.text
    assert rows(house.app, NOTED) == 0


def test_every_change_leaves_an_audit_line(house: House) -> None:
    note(house, house.learners[0], day="2022-09-06")
    with house.app.app_context():
        intervention_id = db.session.scalars(sa.select(Intervention.id)).one()
    house.post(f"follow-ups/{intervention_id}/close", outcome="x")
    with house.app.app_context():
        verbs = set(db.session.scalars(sa.select(AuditEvent.verb)))
        assert {"mark-intervention", "close-intervention"} <= verbs


def test_learners_never_see_what_is_noted_about_them(house: House) -> None:
    learner = house.learners[0]
    note(house, learner, day="2022-09-06")
    for path in ("", "pathway", "grades/mine", "notices", "hours", "mentoring"):
        assert SECRET not in house.page(path, learner), path
    assert SECRET not in house.page(f"learners/{learner}", house.captain_id)
    assert house.get("follow-ups/1/close", learner).status_code == 403


def test_the_kind_of_a_message_is_noted_by_sending_it_alone(house: House) -> None:
    assert note(house, house.learners[0], kind=InterventionKind.MESSAGE.value) == 422
