"""Programme files are stored in revisions, put to work in courses, and written out as they came in."""

import copy
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from flask import Flask

from sca_lms import clock
from sca_lms.assessments.models import Question, QuestionVersion
from sca_lms.assessments.question_types import QUESTION_TYPES
from sca_lms.courses import programmes, queries
from sca_lms.courses.cli import import_programme
from sca_lms.courses.models import AuditEvent, Course, Enrolment, Programme
from sca_lms.courses.rules import Role
from sca_lms.database import Base, db, transaction
from sca_lms.programmes import programme_file
from sca_lms.programmes.schema_modules import QUESTION_TYPES as KNOWN_TO_FILES
from tests.builders import a_course, an_enrolment, csrf_of, signed_in
from tests.programmes.question_kinds import QUESTIONS

SAMPLE = Path(__file__).parent.parent.parent / "programmes" / "sca-gen2.yaml"


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    return dict(programme_file.check(SAMPLE.read_bytes()).document)


def stored(app: Flask, document: dict[str, object]) -> int:
    with app.app_context(), transaction():
        return programmes.store_programme(document, at=clock.now()).id


def test_the_same_file_again_adds_no_revision(app: Flask, document: dict[str, object]) -> None:
    assert stored(app, document) == stored(app, document)


def test_a_changed_file_becomes_the_next_revision(app: Flask, document: dict[str, object]) -> None:
    stored(app, document)
    stored(app, programme_file.shift_dates(document, 7))
    with app.app_context():
        assert db.session.scalars(sa.select(Programme.revision).order_by(Programme.revision)).all() == [1, 2]
        newest = queries.stored_programmes()
        assert [programme.revision for programme in newest] == [2]


def test_what_was_imported_is_exported_to_the_same(app: Flask, document: dict[str, object]) -> None:
    programme_id = stored(app, document)
    with app.app_context():
        kept = queries.find_programme(programme_id)
        assert kept is not None
        written = programme_file.dump(kept.document)
    again = programme_file.check(written.encode())
    assert again.faults == []
    assert again.document == document
    assert yaml.safe_load(written)["programme"]["code"] == "SCA-GEN2"


def test_every_kind_of_question_that_the_bank_knows_is_imported_and_exported_to_the_same(
    app: Flask, document: dict[str, object]
) -> None:
    wanted = copy.deepcopy(document)
    module = wanted["pre_bootcamp"]["modules"][0]  # type: ignore[index]  # The sample is known.
    module["questions"] = QUESTIONS
    checked = programme_file.check(programme_file.dump(wanted).encode())
    assert checked.faults == []
    assert checked.document == wanted
    assert {question["type"] for question in QUESTIONS} == set(QUESTION_TYPES) == set(KNOWN_TO_FILES)
    with app.app_context(), transaction():
        course = a_course()
        programme = programmes.store_programme(checked.document, at=clock.now())
        appliers = app.extensions["sca_programme_appliers"]
        programmes.use_programme(course, programme, appliers, person_id=None, at=clock.now())
        kept = sa.select(QuestionVersion.document).join(QuestionVersion.question).order_by(Question.id)
        found = db.session.scalars(kept.where(Question.code.startswith("PB1-"))).all()
    assert [stored_as["type"] for stored_as in found] == [question["type"] for question in QUESTIONS]


def test_an_instructor_chooses_the_programme_at_the_first_launch(
    app: Flask, document: dict[str, object]
) -> None:
    programme_id = stored(app, document)
    with app.app_context(), transaction():
        enrolment = an_enrolment(roles={Role.INSTRUCTOR})
        staff_id, course_id = enrolment.id, enrolment.course_id
    browser = signed_in(app, staff_id)
    token = csrf_of(browser.get(f"/courses/{course_id}/programme").text)
    address = f"/courses/{course_id}/programme/{programme_id}"
    answer = browser.post(address, data={"csrf_token": token}, follow_redirects=True)
    assert "SCA-GEN2" in answer.text
    with app.app_context():
        course = db.session.get_one(Course, course_id)
        assert course.programme_id == programme_id
        assert course.timezone == "Asia/Bangkok"
        line = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "use-programme")).one()
        assert (line.verb, line.person_id) == (
            "use-programme",
            db.session.get_one(Enrolment, staff_id).person_id,
        )
    assert browser.post(f"/courses/{course_id}/programme/999", data={"csrf_token": token}).status_code == 404


def test_putting_the_same_programme_to_work_twice_changes_nothing(
    app: Flask, document: dict[str, object]
) -> None:
    programme_id = stored(app, document)
    appliers = app.extensions["sca_programme_appliers"]
    counts = []
    for _ in range(2):
        with app.app_context(), transaction():
            course = db.session.scalars(sa.select(Course)).first() or a_course()
            programme = db.session.get_one(Programme, programme_id)
            programmes.use_programme(course, programme, appliers, person_id=None, at=clock.now())
        with app.app_context():
            tables = [table for table in Base.metadata.sorted_tables if table.name != "audit_event"]
            counts.append(
                {
                    table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table))
                    for table in tables
                }
            )
    assert counts[0] == counts[1]


def test_the_page_and_the_command_say_which_modules_an_import_left_alone(
    app: Flask, document: dict[str, object]
) -> None:
    programme_id = stored(app, document)
    with app.app_context(), transaction():
        enrolment = an_enrolment(roles={Role.INSTRUCTOR})
        staff_id, course_id = enrolment.id, enrolment.course_id
    browser = signed_in(app, staff_id)
    token = csrf_of(browser.get(f"/courses/{course_id}/programme").text)
    address, headers = f"/courses/{course_id}/programme/{programme_id}", {"Accept-Language": "en"}
    sent = {"csrf_token": token}
    assert "edited here" not in browser.post(address, data=sent, headers=headers, follow_redirects=True).text
    with app.app_context(), transaction():
        db.session.execute(sa.text("UPDATE module SET from_programme = false WHERE code = 'PB3'"))
    page = browser.post(address, data=sent, headers=headers, follow_redirects=True).text
    assert "These modules were edited here, so they stay as they are: PB3." in page
    said = app.test_cli_runner().invoke(import_programme, [str(SAMPLE), "--course", str(course_id)])
    assert said.exit_code == 0, said.output
    assert "stay as they are: PB3." in said.output
