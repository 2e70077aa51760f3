"""The pages of the builder: drafts by plain forms, what is refused in words, and publishing."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from sca_lms.attendance.models import SessionState
from sca_lms.bootcamp import timetable_queries
from sca_lms.courses.models import AuditEvent
from sca_lms.database import db
from tests.bootcamp.timetable_desk import NEW, Camp, without
from tests.journeys.pages import Page


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
