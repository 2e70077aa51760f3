"""Extensions and teams from lists, versions of rubrics, terms of assignments, and the archive."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from sca_lms.assignments import archives, extensions, queries, rubrics, teams, terms, work_lists, writing
from sca_lms.assignments.name_lists import ListFaultKind
from sca_lms.assignments.rubric_rules import document_of
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db, transaction
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store
from tests.assignments.builders import (
    DAY,
    DUE,
    NINE,
    RUBRIC,
    a_rubric,
    an_assignment,
    changed_terms,
    criterion,
)
from tests.builders import a_course, a_person, an_enrolment

BANGKOK = ZoneInfo("Asia/Bangkok")


@pytest.fixture
def course(app: Flask) -> Iterator[Course]:
    """Operations are called directly here, so the context may stay open; no client is used beside it."""
    with app.app_context():
        with transaction():
            made = a_course()
        yield made


@pytest.fixture
def people(course: Course) -> list[Enrolment]:
    names = [("ปวีณา", "แก้วมณี"), ("ธนา", "ใจดี"), ("ธนา", "ใจดี")]
    with transaction():
        made = [
            an_enrolment(course, a_person(*name, email=f"p{number}@example.org"))
            for number, name in enumerate(names)
        ]
        made[0].group, made[1].group = "N", "S"
    return made


def test_a_list_of_extensions_is_read_by_address_or_name_and_compared(
    course: Course, people: list[Enrolment]
) -> None:
    with transaction():
        assignment = an_assignment(course)
    text = "ชื่อ,กำหนดส่ง,เหตุผล\nนางสาวปวีณา แก้วมณี,2022-09-10,ป่วย\nP1@example.org,2022-09-10 12:00,\n"
    plan = extensions.plan_list(assignment, text, zone=BANGKOK)
    assert plan.faults == []
    assert [(change.learner.id, change.after, change.reason) for change in plan.changes] == [
        (people[0].id, dt.datetime(2022, 9, 10, 16, 59, tzinfo=dt.UTC), "ป่วย"),
        (people[1].id, dt.datetime(2022, 9, 10, 5, 0, tzinfo=dt.UTC), ""),
    ]
    for expected in (2, 0):
        with transaction():
            done = extensions.apply(assignment, course, plan.changes, person_id=None, at=NINE)
        assert done == expected
    assert extensions.plan_list(assignment, text, zone=BANGKOK).unchanged == 2
    assert extensions.extensions_page(assignment, search="ปวี").total == 1


def test_every_fault_of_a_list_is_named_with_its_line(course: Course, people: list[Enrolment]) -> None:
    with transaction():
        assignment = an_assignment(course)
    text = (
        "name\tdue\nใครก็ไม่รู้\t2022-09-10\nธนา ใจดี\t2022-09-10\np0@example.org\t2565-09-10\n"
        "p1@example.org\tsoon\np2@example.org\t2022-09-01\n\t2022-09-10\np0@example.org\t\n"
    )
    plan = extensions.plan_list(assignment, text, zone=BANGKOK)
    kind = ListFaultKind
    assert sorted((fault.line, fault.kind, fault.given) for fault in plan.faults) == [
        (2, kind.UNKNOWN_PERSON, "ใครก็ไม่รู้"), (3, kind.SEVERAL_PEOPLE, "ธนา ใจดี"),
        (4, kind.BUDDHIST_YEAR, "2022-09-10"), (5, kind.BAD_DATE, "soon"),
        (6, kind.NOT_LATER, "ธนา ใจดี"), (7, kind.NO_PERSON, ""), (8, kind.NO_VALUE, "p0@example.org"),
    ]  # fmt: skip
    for text, expected in (("", kind.NO_TEXT), ("a,b\n1,2\n", kind.NO_COLUMNS)):
        assert [fault.kind for fault in extensions.plan_list(assignment, text, zone=BANGKOK).faults] == [
            expected
        ]


def test_teams_come_from_groups_and_from_a_list(course: Course, people: list[Enrolment]) -> None:
    with transaction():
        assignment = an_assignment(course, by_team=True)
    plan = teams.plan_groups(assignment)
    assert (plan.new_teams, len(plan.moves)) == (["N", "S"], 2)
    with transaction():
        assert teams.apply(assignment, course, plan, person_id=None, at=NINE) == 2
    assert [each.id for each in work_lists.without_team(assignment)] == [people[2].id]
    plan = teams.plan_list(assignment, "e-mail;team\np2@example.org;N\np1@example.org;N\np0@example.org;N\n")
    assert [(move.before, move.after) for move in plan.moves] == [("", "N"), ("S", "N")]
    assert plan.unchanged == 1
    with transaction():
        assert teams.apply(assignment, course, plan, person_id=None, at=NINE) == 2
    empty = next(team for team in teams.teams_of(assignment) if team.name == "S")
    with pytest.raises(teams.TeamNameTaken), transaction():
        teams.rename(empty, "N")
    with transaction():
        teams.remove_team(empty)
    full = teams.teams_of(assignment)[0]
    with transaction():
        writing.open_work(assignment, people[0], full)
    with pytest.raises(teams.TeamHasWork), transaction():
        teams.remove_team(full)
    with pytest.raises(terms.AlreadyBegun), transaction():
        terms.change(assignment, course, changed_terms(), based_on=1, person_id=None, at=NINE)


def test_a_rubric_changes_in_place_until_somebody_has_marked_with_it(course: Course) -> None:
    with transaction():
        rubric = a_rubric(course)
        assignment = an_assignment(course)
        first = rubrics.newest_version(rubric)
        rubrics.use_version(assignment, course, first, person_id=None, at=NINE)
    other = document_of(replace(RUBRIC, criteria=(criterion("C1", "10"),)))
    seen = rubrics.mark_of(first)
    with transaction():
        saved = rubrics.save(rubric, course, rubric.title, other, based_on=seen, person_id=None, at=NINE)
    assert (saved.id, saved.number) == (first.id, 1)
    title = Bilingual("อื่น", "Other")
    with pytest.raises(rubrics.RubricMoved), transaction():
        rubrics.save(rubric, course, title, other, based_on=seen, person_id=None, at=NINE)
    with transaction():
        rubrics.freeze(saved, at=NINE)
        rubrics.freeze(saved, at=NINE + DAY)
    assert saved.frozen_at == NINE
    third = document_of(replace(RUBRIC, criteria=(criterion("C1", "30"),)))
    seen = rubrics.mark_of(saved)
    with transaction():
        newer = rubrics.save(rubric, course, rubric.title, third, based_on=seen, person_id=None, at=NINE)
    assert (newer.number, first.document == other, assignment.rubric_version_id) == (2, True, first.id)
    with pytest.raises(rubrics.RubricCodeTaken), transaction():
        a_rubric(course)
    assert rubrics.free_code(course, "RUB") == "RUB-2"


def test_a_change_of_the_terms_that_was_not_seen_is_shown_first(course: Course) -> None:
    with transaction():
        assignment = an_assignment(course)
    with transaction():
        terms.change(
            assignment, course, changed_terms(max_score=Decimal(50)), based_on=1, person_id=None, at=NINE
        )
    assert assignment.row_version == 2
    with pytest.raises(terms.ChangedMeanwhile), transaction():
        terms.change(
            assignment, course, changed_terms(max_score=Decimal(20)), based_on=1, person_id=None, at=NINE
        )
    with transaction():
        copy = terms.duplicate(assignment, course, person_id=None, at=NINE)
    assert (copy.code, copy.published, copy.due_at, copy.max_score) == ("A1-2", False, None, Decimal(50))
    with pytest.raises(terms.CodeTaken), transaction():
        an_assignment(course, "A1")


def test_the_archive_holds_every_work_once_under_names_any_system_takes(
    app: Flask, course: Course, people: list[Enrolment]
) -> None:
    body = b"x" * 700_000
    with app.test_request_context(), transaction():
        assignment = an_assignment(course)
        for number, name in enumerate(("a:b.txt", "A_b.txt", "lost.txt")):
            stored = StoredFile(
                course_id=course.id, key=f"key{number}", name=name, media_type="text/plain", size=len(body),
                sha256="0" * 64, created_at=NINE,
            )  # fmt: skip
            db.session.add(stored)
            db.session.flush()
            work = writing.open_work(assignment, people[0], None)
            writing.add_file(work, stored, at=NINE)
            if name != "lost.txt":
                store().put(stored.key, io.BytesIO(body))
        writing.save_draft(assignment, work, text="ข้อความ", link="https://example.org/", based_on=1, at=NINE)
        writing.hand_in(assignment, work, people[0], seen_versions=0, at=DUE + DAY)
        works = work_lists.handed_in(assignment)
        blocks = list(archives.archive(works, store(), anonymous=False))
    packed = zipfile.ZipFile(io.BytesIO(b"".join(blocks)))
    assert packed.testzip() is None
    folder = f"ปวีณา_แก้วมณี-{work.id}-v1"
    assert sorted(packed.namelist()) == sorted(
        [f"{folder}/text.txt", f"{folder}/a_b.txt", f"{folder}/A_b-2.txt", "works.csv"]
    )
    assert packed.read(f"{folder}/a_b.txt") == body
    overview = packed.read("works.csv").decode("utf-8-sig")
    assert "lost.txt" in overview
    assert "yes" in overview
    assert max(map(len, blocks)) < len(body)
    assert queries.tallies(course.id)[assignment.id].handed_in == 1


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc_passwd"), ("con.txt", "_con.txt"), ("  .. ", ""), ("ที่ปรึกษา", "ที่ปรึกษา"),
        ("ก" * 59 + "ที่", "ก" * 59), ("a\u202eb", "a_b"),
    ],
)  # fmt: skip
def test_names_lose_only_what_a_system_trips_over(name: str, safe: str) -> None:
    assert archives.safe_name(name) == safe
