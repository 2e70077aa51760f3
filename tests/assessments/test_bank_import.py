"""Files of questions come in whole or not at all, can be taken back, and leave again as they came."""

import io
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assessments import bank_import, quiz_editor_operations
from sca_lms.assessments.bank_csv import lost_in_csv, write_csv
from sca_lms.assessments.bank_gap_text import read_gap, written_gap
from sca_lms.assessments.bank_import import ImportUsed, Step
from sca_lms.assessments.formats.bank import BankQuestion
from sca_lms.assessments.formats.reading import read_bank
from sca_lms.assessments.models import Question, QuestionImport, QuestionVersion, Quiz
from sca_lms.assessments.question_parts import read_gaps
from sca_lms.courses.models import Course
from sca_lms.database import db, transaction
from sca_lms.texts import Bilingual
from sca_lms.uploads.storage import store
from tests.assessments.builders import NINE
from tests.assessments.desks import Desk
from tests.assessments.places import text_of
from tests.assessments.samples import EVERY_TYPE

GIFT = "::one:: First? {=right ~wrong}\n\n::two:: Second? {=yes ~no}\n"
FAULTY = GIFT + "\n::three:: Third? {=a\n"


def _checked(desk: Desk, content: str) -> str:
    answer = desk.post(f"{desk.bank}/import", file=(io.BytesIO(content.encode()), "bank.gift"), shelf="In")
    assert answer.status_code == 302
    return answer.location.partition("?")[0]


def test_a_file_is_checked_shown_and_stored_whole(desk: Desk) -> None:
    address = _checked(desk, GIFT)
    page = desk.get(f"{address}?shelf=In")
    assert "First?" in page
    assert "Second?" in page
    assert "one" not in desk.codes(), "nothing is stored by looking"

    for _time in range(2):
        desk.post(address, shelf="In", do="store")

    assert desk.codes()[2:] == ["one", "two"]


def test_a_file_with_mistakes_stores_nothing_unless_told_to_leave_them_out(desk: Desk) -> None:
    address = _checked(desk, FAULTY)
    page = desk.get(f"{address}?shelf=In")
    assert "<caption" in page
    assert "partly" in page
    desk.post(address, shelf="In", do="store")
    assert desk.codes() == ["Q1", "Q2"]
    desk.post(address, shelf="In", do="store", partly="1")
    assert desk.codes()[2:] == ["one", "two"]


def test_a_second_file_changes_what_reads_otherwise_and_undoing_it_brings_the_first_back(desk: Desk) -> None:
    desk.post(_checked(desk, GIFT), shelf="In", do="store")
    second = _checked(desk, GIFT.replace("Second?", "Another?"))
    page = desk.get(f"{second}?shelf=In&step=changed")
    assert "Another?" in page
    assert "First?" not in page
    desk.post(second, shelf="In", do="store")
    desk.post(f"{second}/undo")

    with desk.place.app.app_context():
        numbers = list(
            db.session.scalars(
                sa.select(QuestionVersion.number)
                .join(QuestionVersion.question)
                .where(Question.code.in_(["one", "two"]))
            )
        )
    assert numbers == [1, 1]
    assert desk.codes()[2:] == ["one", "two"]


def test_an_import_of_which_something_stands_in_a_quiz_stays_whole(desk: Desk) -> None:
    address = _checked(desk, GIFT)
    desk.post(address, shelf="In", do="store")
    with desk.place.app.app_context(), transaction():
        course = db.session.get_one(Course, desk.place.course_id)
        quiz = quiz_editor_operations.make_quiz(
            course, quiz_editor_operations.Terms(Bilingual("ก", "a")), by=None, at=NINE
        )
        question = db.session.scalars(sa.select(Question).where(Question.code == "one")).one()
        quiz_editor_operations.add_questions(quiz, [question], by=None, at=NINE)
    desk.post(f"{address}/undo")
    assert desk.codes()[2:] == ["one", "two"]
    with desk.place.app.app_context(), transaction():
        received = db.session.scalars(
            sa.select(QuestionImport).options(joinedload(QuestionImport.file))
        ).one()
        course = db.session.get_one(Course, desk.place.course_id)
        with pytest.raises(ImportUsed):
            bank_import.undo(course, received, by=None, at=NINE)
        assert db.session.scalar(sa.select(sa.func.count(Quiz.id))) == 2


def test_an_unused_import_is_taken_back_whole(desk: Desk) -> None:
    address = _checked(desk, GIFT)
    desk.post(address, shelf="In", do="store")
    desk.post(f"{address}/undo")
    desk.post(f"{address}/undo")
    assert desk.codes() == ["Q1", "Q2"]


def test_five_thousand_questions_come_in_within_a_minute(desk: Desk) -> None:
    many = "\n\n".join(f"::q{number}:: Number {number}? {{={number} ~0}}" for number in range(1, 5001))
    began = time.monotonic()
    with desk.place.app.app_context(), transaction():
        course = db.session.get_one(Course, desk.place.course_id)
        received = bank_import.receive(
            course, "many.txt", many.encode(), place=store(), scanners=(), by=None, at=NINE
        )
        plan = bank_import.plan(
            course, read_bank("many.txt", many.encode()), shelf="Many", keep_shelves=False
        )
        bank_import.take_in(course, received, plan, shelf="Many", place=store(), by=None, at=NINE)
        assert plan.counts[Step.NEW] == 5000
    assert time.monotonic() - began < 60


def test_every_format_is_offered_and_what_it_loses_is_named(desk: Desk) -> None:
    for number, question in enumerate(EVERY_TYPE):
        desk.add(f"K{number}", "Kinds", question)
    page = desk.get(f"{desk.bank}/export?shelf=Kinds")
    assert page.count("/export/") == 3
    for name in ("gift", "csv", "moodle-xml"):
        answer = desk.author.get(f"{desk.bank}/export/{name}?shelf=Kinds")
        assert answer.status_code == 200
        back = read_bank("bank", answer.data)
        assert len(back.questions) >= 5, (name, back.faults)
    assert desk.author.get(f"{desk.bank}/export/word").status_code == 404


def test_a_table_carries_every_kind_there_and_back() -> None:
    questions = [
        BankQuestion(f"K{number}", "Kinds", ("a",), question) for number, question in enumerate(EVERY_TYPE)
    ]
    back = read_bank("bank.csv", write_csv(questions))
    assert not back.faults
    carried = [question for question in EVERY_TYPE if question.type != "cloze"]
    assert [each.question for each in back.questions] == carried
    assert {loss.code for loss in lost_in_csv(questions)} == {
        each.code for each in questions if each.question.type == "cloze"
    }


def test_an_empty_upload_is_refused_beside_its_field(desk: Desk) -> None:
    answer = desk.post(f"{desk.bank}/import", shelf="In")
    assert answer.status_code == 400
    assert "field-error" in text_of(answer)


def test_the_answers_of_a_gap_survive_being_written_as_lines() -> None:
    document = {
        "gaps": [
            {"kind": "short", "accepted": ["a|b", "=c", "50% d", "e#f", "g\\h"], "weight": "2"},
            {"kind": "numeric", "value": "4", "tolerance": "0.5", "graded": [
                {"value": "5", "tolerance": "1", "percent": "50", "feedback": {"th": "ใกล้", "en": "near"}}]},
            {"kind": "choice", "options": [
                {"th": "= ก | ข", "en": "b", "correct": True, "feedback": {"th": "ใช่ # แล้ว", "en": "yes"}},
                {"th": "c", "en": "c", "correct": False}]},
        ]
    }  # fmt: skip
    prompt = Bilingual("[[1]] [[2]] [[3]]", "")
    gaps = read_gaps(document, prompt)
    again = [read_gap(gap.kind, f"{gap.weight:f}", written_gap(gap), case_sensitive=False) for gap in gaps]
    assert read_gaps({"gaps": again}, prompt) == gaps
