"""Pages of the question bank: find, write, try out, compare, put away."""

import io

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.assessments import bank_queries
from sca_lms.assessments.models import Question, QuestionVersion, Response
from sca_lms.assessments.question_types import document_of
from sca_lms.courses.rules import Role
from sca_lms.database import db
from tests.assessments.builders import LAW
from tests.assessments.desks import Desk, fields_of
from tests.assessments.places import open_place, text_of
from tests.assessments.samples import EVERY_TYPE, SINGLE

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


SHORT_FIELDS = {
    "code": "NEW", "shelf": "Data / Law", "tags": "pdpa, law, PDPA",
    "prompt_th": "กฎหมายใด", "prompt_en": "Which law?",
    "prompt_format": "plain", "points": "2", "row-0-text": "PDPA", "row-1-text": "", "based_on": "0",
}  # fmt: skip


def test_the_bank_lists_questions_by_shelf_and_finds_thai_and_english_words(desk: Desk) -> None:
    desk.add("N1", "Data/Law", LAW)
    desk.add("N2", "Data", SINGLE)

    assert "Which" not in desk.get(f"{desk.bank}/?q=nothing")
    assert "No question found" in desk.get(f"{desk.bank}/?q=nothing") or "ไม่พบ" in desk.get(
        f"{desk.bank}/?q=nothing"
    )
    for query in ("q=THE+law", "q=%E0%B9%84%E0%B8%97%E0%B8%A2+law", "shelf=Data&kind=short", "q=n1"):
        page = desk.get(f"{desk.bank}/?{query}")
        assert ">N1<" in page, query
        assert ">N2<" not in page, query
    below = desk.get(f"{desk.bank}/?shelf=Data")
    assert ">N1<" in below
    assert ">N2<" in below


@pytest.mark.parametrize("question", EVERY_TYPE, ids=lambda question: question.type)
def test_every_kind_opens_in_its_form_and_saving_it_unchanged_adds_no_version(
    desk: Desk, question: object
) -> None:
    question_id = desk.add("K1", "Kinds", question)
    page = desk.get(f"{desk.bank}/{question_id}")

    answer = desk.author.post(f"{desk.bank}/{question_id}", data=fields_of(page))

    assert answer.status_code == 302, text_of(answer)
    assert desk.newest(question_id).number == 1
    assert desk.author.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    "kind", ["single", "multi", "truefalse", "numeric", "short", "match", "order", "cloze", "essay", "file"]
)
def test_an_empty_form_of_every_kind_is_sent_back_with_sentences(desk: Desk, kind: str) -> None:
    page = desk.get(f"{desk.bank}/new/{kind}")

    answer = desk.author.post(f"{desk.bank}/new/{kind}", data=fields_of(page))

    assert answer.status_code == 400
    assert 'class="field-error"' in text_of(answer)
    assert "must " not in text_of(answer)


def test_a_new_question_is_stored_with_its_shelf_and_tags_and_can_be_tried_out(desk: Desk) -> None:
    answer = desk.post(f"{desk.bank}/new/short", **SHORT_FIELDS)

    assert answer.status_code == 302
    with desk.place.app.app_context():
        question = db.session.scalars(sa.select(Question).where(Question.code == "NEW")).one()
        assert question.tags == ["pdpa", "law"]
    address = f"{desk.bank}/{question.id}/try"
    assert "กฎหมายใด" in desk.get(address) or "Which law?" in desk.get(address)
    assert "2" in text_of(desk.post(address, a0="pdpa"))
    assert "is-ok" in text_of(desk.post(address, a0="pdpa"))
    with desk.place.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Response.id))) == 0


def test_rows_are_added_moved_and_removed_without_losing_what_is_typed(desk: Desk) -> None:
    typed = {**SHORT_FIELDS, "row-0-text": "first", "row-1-text": "second"}

    moved = text_of(desk.post(f"{desk.bank}/new/short", **typed, row="down-0"))
    assert moved.index('value="second"') < moved.index('value="first"')
    assert "กฎหมายใด" in moved
    removed = text_of(desk.post(f"{desk.bank}/new/short", **typed, row="remove-0"))
    assert 'value="first"' not in removed
    assert "row-2-text" in text_of(desk.post(f"{desk.bank}/new/short", **typed, row="add"))
    assert "NEW" not in desk.codes()


def test_the_second_of_two_editors_is_shown_what_the_first_one_changed(desk: Desk) -> None:
    question_id = desk.add()
    mine = fields_of(desk.get(f"{desk.bank}/{question_id}"))
    theirs = {**mine, "prompt_en": "Which act?"}
    assert desk.post(f"{desk.bank}/{question_id}", **theirs).status_code == 302

    answer = desk.post(f"{desk.bank}/{question_id}", **{**mine, "prompt_en": "My own words"})

    page = text_of(answer)
    assert answer.status_code == 409
    assert "My own words" in page
    assert "<ins>" in page
    assert desk.newest(question_id).number == 2
    again = desk.author.post(f"{desk.bank}/{question_id}", data=fields_of(page))
    assert again.status_code == 302
    assert desk.newest(question_id).document["prompt"] == {"th": "ไทย The law?", "en": "My own words"}


def test_an_old_version_can_be_restored_as_a_new_one(desk: Desk) -> None:
    question_id = desk.add()
    fields = fields_of(desk.get(f"{desk.bank}/{question_id}"))
    desk.post(f"{desk.bank}/{question_id}", **{**fields, "prompt_en": "Other"})

    assert "<ins>" in desk.get(f"{desk.bank}/{question_id}/versions")
    desk.post(f"{desk.bank}/{question_id}/versions/1/restore")

    newest = desk.newest(question_id)
    assert (newest.number, newest.document) == (3, document_of(LAW))
    assert desk.post(f"{desk.bank}/{question_id}/versions/9/restore").status_code == 404


def test_a_question_in_a_quiz_is_neither_archived_nor_deleted_one_that_is_not_is(desk: Desk) -> None:
    with desk.place.app.app_context():
        placed = db.session.scalars(sa.select(Question.id)).first()
    free = desk.add()
    for question_id in (placed, free):
        desk.post(f"{desk.bank}/{question_id}/archive", archived="1")
        desk.post(f"{desk.bank}/{question_id}/delete")

    assert desk.codes() == ["Q1", "Q2"]
    with desk.place.app.app_context():
        assert db.session.get_one(Question, placed).archived_at is None


def test_an_archived_question_is_only_in_the_archive_until_it_is_taken_out(desk: Desk) -> None:
    question_id = desk.add()
    desk.post(f"{desk.bank}/{question_id}/archive", archived="1")
    assert ">N1<" not in desk.get(f"{desk.bank}/")
    assert ">N1<" in desk.get(f"{desk.bank}/?archived=1")
    desk.post(f"{desk.bank}/{question_id}/archive", archived="0")
    assert ">N1<" in desk.get(f"{desk.bank}/")


def test_moving_keeps_codes_apart_and_an_empty_shelf_can_go(desk: Desk) -> None:
    first, second = desk.add("N1", "A"), desk.add("N1", "B")
    desk.post(f"{desk.bank}/move", question=[first, second], shelf="C/D")

    assert desk.codes()[-2:] == ["N1", "N1-1"]
    with desk.place.app.app_context():
        shelves = {shelf.path: shelf for shelf in bank_queries.shelves_of(desk.place.course_id)}
    assert shelves["C"].total == 2
    desk.post(f"{desk.bank}/shelves/{shelves['A'].id}/remove")
    desk.post(f"{desk.bank}/shelves/{shelves['C/D'].id}/remove")
    with desk.place.app.app_context():
        left = {shelf.path for shelf in bank_queries.shelves_of(desk.place.course_id)}
    assert "A" not in left
    assert "C/D" in left


def test_a_text_in_one_language_is_on_the_list_of_missing_translations(desk: Desk) -> None:
    desk.post(f"{desk.bank}/new/short", **{**SHORT_FIELDS, "prompt_en": ""})

    assert ">NEW<" in desk.get(f"{desk.bank}/?lacks=en")
    assert ">NEW<" not in desk.get(f"{desk.bank}/?lacks=th")


def test_a_picture_is_shown_to_authors_and_to_those_who_were_asked_alone(desk: Desk) -> None:
    fields = {
        **SHORT_FIELDS, "prompt_format": "markdown", "prompt_th": "![แผนที่](attachment:map.png)",
        "pictures": (io.BytesIO(PNG), "map.png"),
    }  # fmt: skip
    assert desk.post(f"{desk.bank}/new/short", **fields).status_code == 302
    with desk.place.app.app_context():
        version = db.session.scalars(sa.select(QuestionVersion).order_by(QuestionVersion.id.desc())).first()
    assert version is not None
    address = f"{desk.bank}/pictures/{version.id}/map.png"

    shown = desk.author.get(address)
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "image/png", PNG)
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert desk.place.learner.get(address).status_code == 404
    assert desk.author.get(f"{desk.bank}/pictures/{version.id}/other.png").status_code == 404
    assert address in desk.get(f"{desk.bank}/{version.question_id}")

    bad = desk.post(
        f"{desk.bank}/new/short",
        **{**SHORT_FIELDS, "code": "B", "pictures": (io.BytesIO(b"<svg/>"), "x.png")},
    )
    assert bad.status_code == 400
    assert "B" not in desk.codes()


def test_another_course_finds_none_of_it(app: Flask, desk: Desk) -> None:
    question_id = desk.add()
    other = open_place(app)
    stranger = other.somebody(Role.INSTRUCTOR)
    elsewhere = f"/courses/{other.course_id}/questions/{question_id}"
    for page in ("", "/try", "/versions"):
        assert stranger.get(f"{elsewhere}{page}").status_code == 404
    assert desk.place.learner.get(f"{desk.bank}/").status_code == 403


def test_a_page_of_the_bank_asks_as_often_for_two_questions_as_for_thirty(app: Flask, desk: Desk) -> None:
    def statements(address: str) -> int:
        seen: list[str] = []
        with app.app_context():
            engine = db.engine
        listen = lambda *arguments: seen.append(str(arguments[2]))  # noqa: E731 - SQLAlchemy calls it.
        sa.event.listen(engine, "before_cursor_execute", listen)
        desk.get(address)
        sa.event.remove(engine, "before_cursor_execute", listen)
        return len(seen)

    few = statements(f"{desk.bank}/")
    for number in range(30):
        desk.add(f"M{number}", f"Shelf {number}")
    assert statements(f"{desk.bank}/") == few


def test_a_shelf_is_renamed_with_all_below_it_and_questions_go_with_it(desk: Desk) -> None:
    desk.add("A1", "A", LAW)
    desk.add("A2", "A/B", SINGLE)
    desk.add("C1", "AB", SINGLE)
    with desk.place.app.app_context():
        shelves = {shelf.path: shelf.id for shelf in bank_queries.shelves_of(desk.place.course_id)}
    address = f"{desk.bank}/shelves/{shelves['A']}/rename"
    desk.post(address, path=" New / Name ")
    assert _paths(desk) >= {"New/Name", "New/Name/B", "AB"}
    assert "A" not in _paths(desk)
    assert ">A2<" in desk.get(f"{desk.bank}/?shelf=New/Name")


@pytest.mark.parametrize("path", ["", "AB", "A/deeper", "x" * 400, "/".join("abcdefghijklmnop")])
def test_a_shelf_keeps_its_name_when_the_new_one_cannot_be(desk: Desk, path: str) -> None:
    desk.add("A1", "A", LAW)
    desk.add("C1", "AB", SINGLE)
    before = _paths(desk)
    with desk.place.app.app_context():
        shelves = {shelf.path: shelf.id for shelf in bank_queries.shelves_of(desk.place.course_id)}
    desk.post(f"{desk.bank}/shelves/{shelves['A']}/rename", path=path)
    assert _paths(desk) == before


def _paths(desk: Desk) -> set[str]:
    with desk.place.app.app_context():
        return {shelf.path for shelf in bank_queries.shelves_of(desk.place.course_id)}
