"""Pages of learners: what is written is kept, handed in once, and nobody sees another's work."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import time_machine
from flask import Flask

from sca_lms.assignments import extensions, queries
from sca_lms.assignments.extensions import Planned
from sca_lms.assignments.models import Assignment
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.assignments.builders import CLOSE, DAY, DUE, HOUR, NINE, PNG
from tests.assignments.house import House, open_house, text_of
from tests.builders import signed_in
from tests.statements import counted

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NINE, tick=False) as travelled:
        yield travelled


@pytest.fixture
def house(app: Flask, clock: time_machine.Traveller) -> House:
    return open_house(app)


def page(house: House) -> str:
    return text_of(house.learner.get(house.work, headers=ENGLISH))


def test_the_learner_sees_what_to_do_by_when_and_how_it_is_marked(house: House) -> None:
    shown = page(house)
    assert "<strong>proposal</strong>" in shown
    assert "<strong>ข้อเสนอ</strong>" in shown
    assert "Saturday 3 September 2022" in shown
    assert "each begun day costs 10% of the maximum, at most 25%" in shown
    assert "Criterion C2" in shown
    assert "เกณฑ์ C2" in shown
    assert "Project proposal" in text_of(house.learner.get(f"{house.course}/assignments/", headers=ENGLISH))


def test_the_readers_language_comes_first(house: House) -> None:
    english = page(house)
    assert english.index("<strong>proposal</strong>") < english.index("<strong>ข้อเสนอ</strong>")
    thai = text_of(house.learner.get(house.work, headers={"Accept-Language": "th"}))
    assert thai.index("<strong>ข้อเสนอ</strong>") < thai.index("<strong>proposal</strong>")


def test_an_extension_is_said_with_what_it_replaces(house: House) -> None:
    assert "instead of" not in page(house)
    with house.app.app_context(), transaction():
        assignment = db.session.get_one(Assignment, house.assignment_id)
        learner = db.session.get_one(Enrolment, house.learner_id)
        course = db.session.get_one(Course, house.course_id)
        change = Planned(learner, None, CLOSE + DAY, "")
        extensions.apply(assignment, course, [change], person_id=None, at=NINE)
    shown = page(house)
    extension = shown[shown.index('id="extension"') :].partition("</div>")[0]
    assert "Wednesday 7 September 2022" in extension
    assert "instead of" in extension
    assert "Saturday 3 September 2022" in extension


def test_a_draft_is_kept_and_a_second_tab_is_shown_both_texts(house: House) -> None:
    draft = f"{house.work}/draft"
    saved = house.post(house.learner, draft, {"text": "first", "draft_version": "1"})
    assert saved.get_json()["version"] == 2
    moved = house.post(house.learner, draft, {"text": "second", "draft_version": "1"})
    assert (moved.status_code, moved.get_json()["text"]) == (409, "first")
    form = {"text": "second", "draft_version": "1", "action": "save"}
    answer = house.post(house.learner, house.work, form)
    assert answer.status_code == 409
    both = text_of(answer)
    assert ">first</pre>" in both
    assert "second</textarea>" in both
    assert 'name="draft_version" value="2"' in both
    assert house.post(house.learner, house.work, {**form, "draft_version": "2"}).status_code == 303
    assert "second</textarea>" in page(house)


def test_handing_in_twice_leaves_one_version_and_a_receipt(house: House) -> None:
    house.upload("plan.png", PNG)
    form = {
        "text": "ข้อเสนอ", "link": "https://example.org/plan", "draft_version": "1", "seen_versions": "0",
        "action": "hand-in",
    }  # fmt: skip
    answers = [house.post(house.learner, house.work, form) for _time in range(2)]
    assert {answer.location for answer in answers} == {f"{house.work}/versions/1"}
    receipt = text_of(house.learner.get(f"{house.work}/versions/1", headers=ENGLISH))
    for told in ("ข้อเสนอ", 'rel="noopener noreferrer nofollow"', "plan.png", "SHA-256"):
        assert told in receipt
    assert house.learner.get(f"{house.work}/versions/2").status_code == 404


def test_late_work_is_told_what_it_costs(house: House, clock: time_machine.Traveller) -> None:
    clock.move_to(DUE + DAY + HOUR)
    house = replace(house, learner=signed_in(house.app, house.learner_id))
    assert "Handed in now, this loses 20% of the maximum" in page(house)
    form = {"text": "late", "draft_version": "1", "seen_versions": "0", "action": "hand-in"}
    receipt = house.post(house.learner, house.work, form).location
    assert "Handed in 2 begun days after the due date. It loses 20%" in text_of(
        house.learner.get(receipt, headers=ENGLISH)
    )
    clock.move_to(CLOSE + HOUR)
    house = replace(house, learner=signed_in(house.app, house.learner_id))
    assert 'name="text"' not in page(house)
    refused = house.post(house.learner, f"{house.work}/draft", {"text": "more", "draft_version": "2"})
    assert refused.status_code == 422


@pytest.mark.parametrize("link", ["http://example.org", "javascript:alert(1)"])
def test_a_bad_link_keeps_what_was_typed_and_says_so_beside_the_field(house: House, link: str) -> None:
    form = {"text": "mine", "link": link, "draft_version": "1", "seen_versions": "0", "action": "hand-in"}
    answer = house.post(house.learner, house.work, form)
    assert answer.status_code == 409
    assert 'id="link-error"' in text_of(answer)
    assert "mine</textarea>" in text_of(answer)


def test_files_are_checked_by_content_and_answered_as_attachments(house: House) -> None:
    assert house.upload("plan.png", b"<html>").status_code == 303
    assert "No files yet." in page(house)
    house.upload("plan.exe", b"MZ")
    house.upload("large.txt", b"x" * (1024 * 1024 + 1))
    assert "No files yet." in page(house)
    house.upload("แผน.png", PNG)
    shown = page(house)
    address = re.search(rf'{house.work}/files/(\d+)"', shown)
    assert address is not None
    file = f"{house.work}/files/{address[1]}"
    answer = house.learner.get(file)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data == PNG
    stranger = house.somebody(Role.LEARNER)
    assert stranger.get(file).status_code == 404
    assert house.teacher.get(file).status_code == 404, "a draft is the learner's own"
    assert house.post(house.learner, f"{file}/remove", {}).status_code == 303
    assert house.learner.get(file).status_code == 404


def test_a_large_file_comes_in_without_a_script(app: Flask, clock: time_machine.Traveller) -> None:
    house = open_house(app, largest_mebibytes=20)
    assert house.upload("large.txt", b"x" * (6 * 1024 * 1024)).status_code == 303
    assert "large.txt" in page(house)


def test_a_script_is_told_what_became_of_its_file(house: House) -> None:
    good = house.upload("a.png", PNG, as_script=True)
    assert (good.status_code, good.get_json()["count"]) == (200, 1)
    refused = house.upload("a.png", b"no", as_script=True)
    assert refused.status_code == 422
    assert refused.get_json()["message"]
    assert "a.png" in refused.get_json()["html"]


def test_a_draft_assignment_is_not_there_for_learners(app: Flask, clock: time_machine.Traveller) -> None:
    house = open_house(app, published=False)
    assert house.learner.get(house.work).status_code == 404
    assert house.post(house.learner, f"{house.work}/draft", {"text": "x"}).status_code == 404
    assert "Project proposal" not in text_of(house.learner.get(f"{house.course}/assignments/"))


def test_the_list_takes_the_same_statements_for_however_many(
    app: Flask, clock: time_machine.Traveller
) -> None:
    house = open_house(app)
    with counted(app) as few:
        house.learner.get(f"{house.course}/assignments/")
    with app.app_context(), transaction():
        from_course = db.session.get_one(Course, house.course_id)
        for number in range(6):
            builders_assignment(from_course, number)
    with counted(app) as many:
        house.learner.get(f"{house.course}/assignments/")
    assert len(many) == len(few)


def builders_assignment(course: Course, number: int) -> None:
    values = queries.assignments_of(course.id)[0]
    db.session.add(
        Assignment(
            course_id=course.id, code=f"B{number}", title=values.title, instructions=values.instructions,
            takes_text=True, takes_files=False, takes_link=False, endings=[], max_score=values.max_score,
            published=True, created_at=NINE + dt.timedelta(minutes=number),
        )
    )  # fmt: skip
