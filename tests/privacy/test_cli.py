"""Commands of the operator about one person."""

import json
import zipfile
from pathlib import Path

import pytest
from flask import Flask

from sca_lms.courses.models import Person
from sca_lms.database import db, transaction
from sca_lms.privacy.cli import privacy_group
from tests.builders import a_course, a_person, an_enrolment
from tests.privacy.conftest import EMAIL, Lived


def _run(app: Flask, *words: str) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(privacy_group, list(words))
    return answer.exit_code, answer.output


@pytest.mark.parametrize("who", [EMAIL, "subject-of-paweena", "1", "id:1"])
def test_a_person_is_taken_along_by_any_of_their_names(
    app: Flask, lived: Lived, who: str, tmp_path: Path
) -> None:
    output = tmp_path / "mine.zip"
    code, text = _run(app, "export", who, "--output", str(output))
    assert code == 0
    assert json.loads(text)["person"] == lived.person_id
    assert "person.json" in zipfile.ZipFile(output).namelist()
    assert _run(app, "export", who, "--output", str(output))[0] == 1
    assert _run(app, "export", who, "--output", str(output), "--force")[0] == 0


def test_a_number_that_means_two_people_is_asked_about(app: Flask, lived: Lived) -> None:
    with app.app_context(), transaction():
        namesake = an_enrolment(a_course(), a_person("นิด", "ใจดี", email="1"))
        number = namesake.person_id
    code, text = _run(app, "show", "1")
    assert code == 1
    assert f"id:1, id:{number}" in text


def test_what_cannot_be_written_is_one_clear_line(app: Flask, lived: Lived, tmp_path: Path) -> None:
    code, text = _run(app, "export", "id:1", "--output", str(tmp_path / "nowhere" / "x.zip"))
    assert (code, text.count("\n")) == (1, 1)
    code, text = _run(app, "show", "nobody@example.org")
    assert (code, text.count("\n")) == (1, 1)


def test_erasure_asks_before_it_is_done_and_says_what_was_done(app: Flask, lived: Lived) -> None:
    assert _run(app, "erase", "id:1", "--reason", "ตามคำขอ")[0] == 1, "without a terminal it wants --yes"
    assert _run(app, "erase", "id:1", "--reason", " ", "--yes")[0] == 2
    code, text = _run(app, "erase", "id:1", "--reason", "ตามคำขอ", "--yes")
    assert code == 0
    assert json.loads(text)["files"] == 1
    with app.app_context():
        assert db.session.get_one(Person, lived.person_id).email == ""
    assert _run(app, "erase", "id:1", "--reason", "อีกครั้ง", "--yes")[0] == 0
    kept = json.loads(_run(app, "show", "id:1")[1])["kept"]
    assert {"hours", "work"} <= {each["kind"] for each in kept}
