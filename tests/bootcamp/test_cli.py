"""Operators award hours on record, and find out at the shell whether any ledger was tampered with."""

import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import joinedload

from sca_lms.attendance import queries
from sca_lms.bootcamp.cli import hours_group
from sca_lms.courses.models import AuditEvent, Enrolment
from sca_lms.database import db, transaction
from tests.bootcamp.lived_camp import EVENING, Lived, live


@pytest.fixture
def lived(app: Flask) -> Iterator[Lived]:
    found = live(app)
    with time_machine.travel(EVENING, tick=False):
        yield found


def run(app: Flask, *arguments: object) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(hours_group, [str(each) for each in arguments])
    return result.exit_code, result.output


def award(app: Flask, lived: Lived, who: object, **options: object) -> tuple[int, str]:
    given = {"minutes": 30, "category": "SOF", "reason": "Led the evening circle"} | options
    pairs = [part for name, value in given.items() for part in (f"--{name}", value)]
    return run(app, "award", lived.course_id, who, *pairs)


def person_of(app: Flask, enrolment_id: int) -> tuple[int, str]:
    with app.app_context():
        learner = db.session.get_one(Enrolment, enrolment_id, options=[joinedload(Enrolment.person)])
        return learner.person_id, learner.person.email


def test_an_award_is_an_entry_of_the_ledger_and_an_audit_line(app: Flask, lived: Lived) -> None:
    person_id, email = person_of(app, lived.learner_id)
    for who, total in ((person_id, 30), (email, 60)):
        code, output = award(app, lived, who)
        assert code == 0, output
        told = json.loads(output)
        assert (told["person"], told["minutes"], told["category_minutes"]) == (person_id, 30, total)
    with app.app_context():
        entry = queries.ledger(lived.learner_id)[-1]
        assert (entry.kind.value, entry.minutes, entry.by, entry.source) == (
            "award",
            30,
            "operator",
            "operator",
        )
        assert entry.reason == "Led the evening circle"
        assert entry.hash == told["hash"]
        audited = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "award-hours")).all()
        assert [(each.person_id, each.after and each.after["minutes"]) for each in audited[-2:]] == [
            (None, 30), (None, 30),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "options", "code", "words"),
    [
        ("nobody@example.org", {}, 1, "Nobody in course"),
        (None, {"category": "XYZ"}, 1, "it has KNO, POT"),
        (None, {"minutes": 0}, 2, "minutes"),
        (None, {"minutes": -5}, 2, "minutes"),
        (None, {"reason": "  "}, 2, "reason"),
        ("instructor", {}, 1, "learners only"),
    ],
)
def test_what_cannot_be_awarded_is_said_in_one_line(
    app: Flask, lived: Lived, who: str | None, options: dict[str, object], code: int, words: str
) -> None:
    people = {None: lived.learner_id, "instructor": lived.instructor_id}
    named = person_of(app, people[who])[0] if who in people else who
    result = app.test_cli_runner().invoke(
        hours_group,
        [
            "award", str(lived.course_id), str(named), "--minutes", str(options.get("minutes", 30)),
            "--category", str(options.get("category", "SOF")), "--reason", str(options.get("reason", "x")),
        ],
    )  # fmt: skip
    assert words in result.output + str(getattr(result.exception, "message", ""))
    assert result.exit_code == code
    with app.app_context():
        assert len(queries.ledger(lived.learner_id)) == 7


def test_an_award_in_an_unknown_course_is_refused(app: Flask, lived: Lived) -> None:
    code, output = run(app, "award", 999, 1, "--minutes", 5, "--category", "KNO", "--reason", "x")
    assert (code, "There is no course 999" in output) == (1, True)


def test_unbroken_chains_are_counted(app: Flask, lived: Lived) -> None:
    code, output = run(app, "verify")
    assert (code, output) == (0, "1 ledgers with 7 entries are unbroken.\n")
    assert run(app, "verify", lived.course_id) == (0, output)
    assert run(app, "verify", 999)[0] == 1


def tampered(app: Flask, statement: str) -> None:
    """Change the ledger as somebody could who has the whole database."""
    with app.app_context(), transaction():
        connection = db.session.connection()
        if connection.dialect.name == "sqlite":
            triggers = ("ledger_entry_is_not_updated", "ledger_entry_is_not_deleted")
            for trigger in triggers:
                connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        else:
            connection.exec_driver_sql("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        connection.exec_driver_sql(statement)


def restored(app: Flask) -> None:
    """Put the guard of PostgreSQL back; the tables outlive the test there."""
    with app.app_context(), transaction():
        connection = db.session.connection()
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql("ALTER TABLE ledger_entry ENABLE TRIGGER USER")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ledger_entry SET minutes = 200 WHERE number = 2", "the chain is broken at entry 2"),
        ("UPDATE ledger_entry SET reason = 'other' WHERE number = 7", "the chain is broken at entry 7"),
        ("DELETE FROM ledger_entry WHERE number = 7", "the kept sum of KNO is not that of its entries"),
        ("UPDATE hours_balance SET minutes = minutes + 60", "the kept sum of KNO, ORG"),
    ],
)
def test_whoever_tampers_is_found_and_the_person_named(
    app: Flask, lived: Lived, statement: str, words: str
) -> None:
    tampered(app, statement)
    code, output = run(app, "verify")
    restored(app)
    person_id, _email = person_of(app, lived.learner_id)
    assert code == 1
    assert f"course {lived.course_id}, person {person_id}: {words}" in output
    assert "1 of 1 ledgers are not sound." in output
    assert "ปวีณา" not in output
