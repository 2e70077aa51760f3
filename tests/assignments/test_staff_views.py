"""Pages of those who teach: assignments, more time, teams, rubrics and the archive."""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.assignments import hooks, rubrics
from sca_lms.assignments.models import Assignment, AssignmentTeam
from sca_lms.assignments.rubric_models import Rubric, RubricVersion
from sca_lms.assignments.rules import Changed
from sca_lms.courses import programmes
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.assignments.builders import NINE, PNG
from tests.assignments.house import House, open_house, text_of
from tests.programmes.samples import sample_document

ENGLISH = {"Accept-Language": "en"}
TYPED: dict[str, Any] = {
    "code": "P1", "title_th": "งานใหม่", "title_en": "New work", "instructions_th": "ทำ",
    "instructions_en": "Do", "takes": ["text", "files"], "endings": ["pdf"], "most_files": "3",
    "largest_mebibytes": "10", "who": "alone",
    "opens_at": "", "due_at": "2022-09-10T12:00", "closes_at": "", "most_versions": "",
    "late_percent_per_day": "5", "late_percent_at_most": "50", "max_score": "20", "pass_percent": "",
    "rubric": "", "row_version": "1",
}  # fmt: skip


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NINE, tick=False) as travelled:
        yield travelled


@pytest.fixture
def house(app: Flask, clock: time_machine.Traveller) -> House:
    return open_house(app)


def shown(house: House, address: str) -> str:
    return text_of(house.teacher.get(address, headers=ENGLISH))


def test_an_assignment_is_written_published_and_copied(house: House) -> None:
    made = house.post(house.teacher, f"{house.course}/assignments/new", TYPED)
    assert made.status_code == 303
    place = made.location.removesuffix("/edit")
    assert "New work" not in text_of(house.learner.get(f"{house.course}/assignments/", headers=ENGLISH))
    house.post(house.teacher, f"{place}/publish", {"published": "yes"})
    assert "New work" in text_of(house.learner.get(f"{house.course}/assignments/", headers=ENGLISH))
    assert "This is how learners see it" in shown(house, f"{place}/preview")
    copy = house.post(house.teacher, f"{place}/duplicate", {})
    assert "P1-2" in shown(house, copy.location)
    again = house.post(house.teacher, f"{house.course}/assignments/new", TYPED)
    assert again.status_code == 400
    assert 'id="code-error"' in text_of(again)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("due_at", "2565-09-10T12:00"), ("code", "ก"), ("title_th", ""), ("takes", []), ("endings", []),
        ("max_score", "0"), ("late_percent_per_day", "101"), ("most_files", "21"),
        ("closes_at", "2022-09-01T12:00"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(house: House, field: str, typed: object) -> None:
    changed = {**TYPED, field: typed, **({"title_en": ""} if field == "title_th" else {})}
    answer = house.post(house.teacher, f"{house.course}/assignments/new", changed)
    assert answer.status_code == 400
    assert f'id="{field}-error"' in text_of(answer)
    assert "2022" in text_of(answer)


def test_of_two_who_change_an_assignment_the_second_sees_what_differs(house: House) -> None:
    edit = f"{house.work}/edit"
    version = re.search(r'name="row_version"[^>]*value="(\d+)"', shown(house, edit))
    rubric = re.search(r'<option selected value="(\d+)"', shown(house, edit))
    assert version is not None
    assert rubric is not None
    typed = {**TYPED, "row_version": version[1], "rubric": rubric[1]}
    assert house.post(house.teacher, edit, typed).status_code == 303
    second = house.post(house.teacher, edit, {**typed, "max_score": "77"})
    assert second.status_code == 400
    newer = re.search(r'name="row_version"[^>]*value="(\d+)"', text_of(second))
    assert newer is not None
    assert int(newer[1]) == int(version[1]) + 1
    assert (
        house.post(house.teacher, edit, {**typed, "max_score": "77", "row_version": newer[1]}).status_code
        == 303
    )


def test_more_time_is_shown_before_it_is_given(house: House) -> None:
    place = f"{house.work}/extensions"
    form = {
        "learner": [str(house.learner_id)],
        "until": "2022-09-20T12:00",
        "reason": "ill",
        "action": "give",
    }
    difference = house.post(house.teacher, f"{place}/preview", form)
    assert difference.status_code == 200
    fields = dict(re.findall(r'type="hidden" name="(e\d+-\w+|learner)" value="([^"]*)"', text_of(difference)))
    assert fields[f"e{house.learner_id}-until"] == "2022-09-20T12:00"
    assert "instead of" not in text_of(house.learner.get(house.work, headers=ENGLISH))
    for _time in range(2):
        assert house.post(house.teacher, f"{place}/save", fields).status_code == 303
    assert "instead of" in text_of(house.learner.get(house.work, headers=ENGLISH))
    early = house.post(house.teacher, f"{place}/preview", {**form, "until": "2022-09-01T12:00"})
    assert early.status_code == 400
    faulty = house.post(house.teacher, f"{place}/list", {"text": "name,due\nnobody,2022-09-20\n"})
    assert faulty.status_code == 400
    assert "nobody" in text_of(faulty)


def test_teams_are_made_and_one_hands_in_for_all(app: Flask, clock: time_machine.Traveller) -> None:
    house = open_house(app, by_team=True)
    mate = house.somebody(Role.LEARNER)
    assert "You are not in a team yet" in text_of(mate.get(house.work, headers=ENGLISH))
    form = {"text": "name,team\nปวีณา แก้วมณี,เหนือ\nธนา ใจดี,เหนือ\n"}
    assert "เหนือ" in text_of(house.post(house.teacher, f"{house.work}/teams/list", form))
    assert "You are not in a team yet" in text_of(mate.get(house.work, headers=ENGLISH))
    house.post(house.teacher, f"{house.work}/teams/list", {**form, "confirmed": "yes"})
    handed = {"text": "ours", "draft_version": "1", "seen_versions": "0", "action": "hand-in"}
    receipt = house.post(mate, house.work, handed).location
    assert "ours" in text_of(house.learner.get(receipt))
    assert "เหนือ" in shown(house, f"{house.work}/overview")
    assert "ธนา ใจดี" in text_of(house.learner.get(house.work))
    assert text_of(house.teacher.get(f"{house.work}/teams/export.csv")).count("เหนือ") == 2


def test_many_teams_come_a_page_at_a_time_and_a_search_finds_one(
    app: Flask, clock: time_machine.Traveller
) -> None:
    house = open_house(app, by_team=True)
    place = f"{house.work}/teams"
    for number in range(27):
        house.post(house.teacher, f"{place}/new", {"name": f"Team {number:02}"})
    with app.app_context():
        last = db.session.scalars(sa.select(AssignmentTeam.id).where(AssignmentTeam.name == "Team 26")).one()
    address = f"{place}/place?q=ปวีณา&show=none"
    moved = house.post(house.teacher, address, {"learner": str(house.learner_id), "team": str(last)})
    assert parse_qs(urlsplit(moved.location).query) == {"q": ["ปวีณา"], "show": ["none"]}

    def listed(query: str) -> list[str]:
        page = text_of(house.teacher.get(f"{place}?{query}", headers=ENGLISH))
        return re.findall(r"<legend>(?:<a[^>]*>)?([^<]+)", page)

    assert listed("") == [f"Team {number:02}" for number in range(25)]
    assert listed("page=2") == ["Team 25", "Team 26"]
    assert listed("q=ปวีณา") == ["Team 26"]
    assert listed("q=team 07") == ["Team 07"]
    assert listed("show=none&q=ปวีณา") == listed("q=nowhere") == []
    assert "Nobody is found." in text_of(house.teacher.get(f"{place}?q=nowhere", headers=ENGLISH))


def test_all_works_come_as_one_archive(house: House) -> None:
    assert house.teacher.get(f"{house.work}/download").status_code == 303
    house.upload("plan.png", PNG)
    house.post(
        house.learner,
        house.work,
        {"text": "x", "draft_version": "1", "seen_versions": "0", "action": "hand-in"},
    )
    answer = house.teacher.get(f"{house.work}/download")
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert [name.rsplit("/", 1)[-1] for name in names] == ["text.txt", "plan.png", "works.csv"]
    assert house.learner.get(f"{house.work}/download").status_code == 403


# ---------------------------------------------------------------- rubrics


def editor_fields(page: str) -> dict[str, str]:
    form = page[page.index("data-rubric") :]
    found = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]*? value="([^"]*)"', form))
    found.update(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', form))
    return found


def test_the_editor_adds_moves_and_removes_without_losing_what_is_typed(house: House) -> None:
    new = f"{house.course}/rubrics/new"
    fields = {**editor_fields(shown(house, new)), "c0-title-th": "เกณฑ์แรก", "c0-weight": "60"}
    for action in ("add-criterion", "up-criterion-1", "add-level-0", "remove-level-0-0", "down-level-1-0"):
        answer = house.post(house.teacher, new, {**fields, "action": action})
        assert answer.status_code == 200
        fields = editor_fields(text_of(answer))
    assert (fields["c1-title-th"], fields["c1-weight"], fields["c1-code"]) == ("เกณฑ์แรก", "60", "C1")
    assert [fields[f"c1-l{place}-value"] for place in range(5)] == ["3", "4", "2", "1", "0"]
    answer = house.post(house.teacher, new, {**fields, "action": "remove-criterion-0"})
    fields = editor_fields(text_of(answer))
    refused = house.post(house.teacher, new, {**fields, "action": "save"})
    assert refused.status_code == 400
    assert "field-error" in text_of(refused)
    texts = {name: "ดี" for name in fields if re.fullmatch(r"c0-l\d-text-th", name)}
    whole = {**fields, **texts, "code": "NEW", "title-th": "เกณฑ์ใหม่", "action": "save"}
    saved = house.post(house.teacher, new, whole)
    assert saved.status_code == 303
    assert "not translated" in shown(house, saved.location)


def test_a_rubric_that_was_marked_with_gets_a_new_version_and_scores_are_previewed(house: House) -> None:
    edit = f"{house.course}/rubrics/{house.rubric_id}"
    with house.app.app_context(), transaction():
        rubric = db.session.get_one(Rubric, house.rubric_id)
        rubrics.freeze(rubrics.newest_version(rubric), at=NINE)
    fields = editor_fields(shown(house, edit))
    assert house.post(house.teacher, edit, {**fields, "c0-weight": "10", "action": "save"}).status_code == 303
    stale = house.post(house.teacher, edit, {**fields, "c0-weight": "11", "action": "save"})
    assert stale.status_code == 409
    overview = shown(house, f"{house.work}/overview")
    switch = re.search(r'href="([^"]+/rubric\?version=\d+)"', overview)
    assert switch is not None
    applied: list[tuple[int, int]] = []

    class Marking:
        """What the package that marks does here."""

        def preview(self, assignment: Assignment, new_version: RubricVersion) -> Sequence[Changed]:
            return [Changed("ปวีณา", Decimal(65), Decimal("52.5")), Changed("ธนา", Decimal(10), None)]

        def apply(
            self, assignment: Assignment, new_version: RubricVersion, *, by: object, at: object
        ) -> None:
            applied.append((assignment.id, new_version.number))

    house.app.extensions[hooks.RECOMPUTE] = Marking()
    preview = shown(house, switch[1])
    for told in ("2 scores change", "52.5", "ปวีณา", "draft: a criterion has no level"):
        assert told in preview
    assert applied == []
    version = switch[1].rpartition("=")[2]
    house.post(house.teacher, f"{house.work}/rubric", {"version": version})
    assert applied == [(house.assignment_id, 2)]
    assert "A newer version" not in shown(house, f"{house.work}/overview")


def test_rubrics_are_exported_imported_copied_and_archived(house: House) -> None:
    place, index = f"{house.course}/rubrics/{house.rubric_id}", f"{house.course}/rubrics"
    exported = text_of(house.teacher.get(f"{place}/export.json"))
    assert json.loads(exported)["code"] == "RUB"
    table = house.teacher.get(f"{place}/export.csv").data.decode("utf-8-sig")
    for text in (exported, table):
        assert house.post(house.teacher, f"{index}/import", {"text": text}).status_code == 303
    assert house.post(house.teacher, f"{place}/duplicate", {}).status_code == 303
    for code in ("RUB-2", "RUBRIC", "RUB-3"):
        assert code in shown(house, index)
    faulty = house.post(
        house.teacher, f"{index}/import", {"text": table.replace(",60,", ",0,").replace("ดี", "")}
    )
    assert faulty.status_code == 400
    assert house.post(house.teacher, f"{index}/import", {"text": "[1"}).status_code == 400
    house.post(house.teacher, f"{place}/archive", {"archived": "yes"})
    assert f'{place}"' not in shown(house, index)
    assert f'{place}"' in shown(house, f"{index}?archived=yes")
    assert "Criterion C1" in shown(house, f"{place}/preview")


def test_an_author_writes_but_sees_nobody(house: House) -> None:
    author = house.somebody(Role.AUTHOR)
    for address in ("assignments/", f"assignments/{house.assignment_id}/edit", "rubrics"):
        assert author.get(f"{house.course}/{address}").status_code == 200
    for address in ("overview", "extensions", "download"):
        assert author.get(f"{house.work}/{address}").status_code == 403


def test_rubrics_are_listed_in_a_course_that_follows_a_programme(house: House) -> None:
    with house.app.app_context(), transaction():
        course = db.session.get_one(Course, house.course_id)
        programme = programmes.store_programme(sample_document(), at=NINE)
        appliers = house.app.extensions["sca_programme_appliers"]
        programmes.use_programme(course, programme, appliers, person_id=None, at=NINE)
    page = house.teacher.get(f"{house.course}/rubrics", headers=ENGLISH)
    assert page.status_code == 200
    assert "/rubrics/programme" in text_of(page)
