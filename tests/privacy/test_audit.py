"""The audit log: every verb has words, filters find, pages go by key."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses import operations as courses
from sca_lms.courses.models import AuditEvent, Course
from sca_lms.database import db, transaction
from sca_lms.privacy import queries
from sca_lms.privacy.audit_words import BEGINNINGS, WORDS, Difference, differences, said
from sca_lms.privacy.queries import AuditFilter
from tests.builders import signed_in
from tests.privacy.conftest import Lived
from tests.privacy.verbs import used_verbs
from tests.statements import counted


def test_every_verb_that_the_code_writes_has_words() -> None:
    used = used_verbs()
    assert [verb.where for verb in used if not verb.word] == [], "a verb that the test cannot follow"
    missing = {
        verb.word: verb.where
        for verb in used
        if verb.word not in (BEGINNINGS if verb.is_beginning else WORDS)
    }
    assert missing == {}, "add words for it to sca_lms/privacy/audit_words.py"
    assert WORDS.keys() - {verb.word for verb in used} == set(), "nobody writes these any more"


def test_verbs_of_two_parts_are_said_by_their_beginning() -> None:
    assert said("timetable-move") is BEGINNINGS["timetable-"]
    assert said("timetable-publish") is WORDS["timetable-publish"]
    assert str(said("of-another-time")) == "of-another-time"


def test_differences_are_flat_and_leave_out_what_is_the_same() -> None:
    before: dict[str, object] = {
        "title": {"th": "ก", "en": "A"},
        "same": 1,
        "codes": ["x", "y"],
        "gone": True,
    }
    after: dict[str, object] = {
        "title": {"th": "ข", "en": "A"},
        "same": 1,
        "codes": ["x"],
        "steps": [{"n": 1}],
    }
    assert differences(before, after) == [
        Difference("title.th", "ก", "ข"),
        Difference("codes", "x, y", "x"),
        Difference("gone", "True", None),
        Difference("steps.1.n", None, "1"),
    ]
    assert differences(None, None) == []
    assert differences({}, {"code": "A001"}) == [Difference("code", None, "A001")]


def _many(app: Flask, lived: Lived, number: int) -> None:
    with app.app_context(), transaction():
        course = db.session.get_one(Course, lived.course_id)
        for each in range(number):
            # Several lines of one instant: the key of a page is more than its time.
            at = dt.datetime(2026, 3, 1, 9, each // 7, tzinfo=dt.UTC)
            courses.record_audit(
                course, None, "quiz-changed", f"Q{each}", at=at, before={"n": each}, after={"n": 0}
            )


def test_pages_go_by_key_and_leave_no_line_out(app: Flask, lived: Lived) -> None:
    _many(app, lived, 60)
    with app.app_context():
        wanted = AuditFilter(lived.course_id)
        seen: list[int] = []
        key = None
        while True:
            lines, more = queries.audit_page(wanted, older_than=key, size=11)
            seen += [line.id for line in lines]
            if not more:
                break
            key = lines[-1].at, lines[-1].id
        everything = db.session.scalars(sa.select(AuditEvent.id)).all()
    assert len(seen) == len(set(seen))
    assert sorted(seen) == sorted(everything)


def test_a_page_costs_the_same_in_a_long_log_and_uses_the_index(app: Flask, lived: Lived) -> None:
    browser = signed_in(app, lived.manager_id)
    path = f"/courses/{lived.course_id}/audit"
    with counted(app) as short:
        assert browser.get(path).status_code == 200
    _many(app, lived, 200)
    with counted(app) as long:
        page = browser.get(path).text
    assert len(long) == len(short)
    assert "before=" in page
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            statement = next(text for text in long if "audit_event" in text and "ORDER BY" in text)
            plan = db.session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", (lived.course_id, 26, 0)
            )
            told = " ".join(str(row) for row in plan)
            assert "ix_audit_event_course_id_at" in told
            assert "TEMP B-TREE" not in told


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("who=มาลี", ["award-hours", "quiz-made"]),
        ("who=กนก", []),
        ("verb=award-hours", ["award-hours"]),
        ("subject=q1", ["quiz-made"]),
        ("start=2026-11-22&end=2026-11-22", ["award-hours", "quiz-made"]),
        ("start=2026-11-23", []),
        ("end=2026-11-21", []),
        ("start=2569-11-22", ["award-hours", "quiz-made"]),
        ("before=rubbish", ["award-hours", "quiz-made"]),
        ("before=2026-11-22T00:00:00%2B00:00~1", []),
        ("before=9999-12-31T23:59:59-14:00~1", ["award-hours", "quiz-made"]),
    ],
)
def test_filters_find(app: Flask, lived: Lived, query: str, found: list[str]) -> None:
    with app.app_context(), transaction():
        noon = dt.datetime(2026, 11, 22, 5, tzinfo=dt.UTC)
        db.session.execute(sa.update(AuditEvent).values(at=noon))
    browser = signed_in(app, lived.manager_id)
    table = browser.get(f"/courses/{lived.course_id}/audit?{query}", headers={"Accept-Language": "en"}).text
    lines = table.partition("<tbody>")[2]
    for verb, words in (("award-hours", "Hours awarded"), ("quiz-made", "Quiz made")):
        assert (words in lines) is (verb in found)


def test_a_buddhist_year_is_asked_about(app: Flask, lived: Lived) -> None:
    browser = signed_in(app, lived.manager_id)
    page = browser.get(
        f"/courses/{lived.course_id}/audit?start=2569-11-22", headers={"Accept-Language": "en"}
    ).text
    assert "Did you mean 2026 C.E.?" in page


def test_the_log_is_handed_out_as_a_file(app: Flask, lived: Lived) -> None:
    browser = signed_in(app, lived.manager_id)
    answer = browser.get(
        f"/courses/{lived.course_id}/audit/log.csv?verb=award-hours", headers={"Accept-Language": "en"}
    )
    text = answer.data.decode("utf-8-sig")
    assert "Hours awarded" in text
    assert "minutes: – → 60" in text
    assert "quiz-made" not in text
    assert browser.get(f"/courses/{lived.course_id}/audit/log.xlsx").data[:2] == b"PK"


def test_the_operator_reads_the_lines_of_the_installation(app: Flask, lived: Lived) -> None:
    with app.app_context(), transaction():
        courses.record_audit(None, None, "rotate-key", "k1", at=clock.now())
    operator = signed_in(app, None, operator=True)
    page = operator.get("/operator/audit", headers={"Accept-Language": "en"}).text
    lines = page.partition("<tbody>")[2]
    assert "Key of the tool renewed" in lines
    assert "Hours awarded" not in lines
    assert "k1" in operator.get("/operator/audit/log.csv").data.decode()
