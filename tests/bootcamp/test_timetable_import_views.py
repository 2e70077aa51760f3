"""Timetables from files: refused whole with every line, or compared and taken over."""

import datetime as dt
import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from sca_lms import clock
from sca_lms.attendance.models import SessionRevision, SessionState
from sca_lms.bootcamp import timetable_operations, timetable_queries
from sca_lms.database import db
from tests.bootcamp.timetable_desk import NEW, Camp, upload, without
from tests.builders import csrf_of
from tests.journeys.pages import Page


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
