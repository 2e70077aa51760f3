"""No table that holds personal data may be forgotten."""

import sqlalchemy as sa
from flask import Flask

from sca_lms.database import Base
from sca_lms.privacy import registry
from sca_lms.privacy.holdings import Holding
from sca_lms.privacy.kinds import KINDS, NOBODY


def test_every_table_says_how_it_relates_to_people(app: Flask) -> None:
    assert registry.faults() == []


def test_a_table_without_an_entry_is_told_how_to_get_one(app: Flask) -> None:
    extra = sa.Table("diary_page", Base.metadata, sa.Column("person_id", sa.ForeignKey("person.id")))
    try:
        (fault,) = registry.faults()
    finally:
        Base.metadata.remove(extra)
    assert fault.startswith(
        'diary_page has no entry: add a line `Holding("diary_page", …)` to sca_lms/privacy/'
    )


def test_what_names_a_person_or_holds_text_has_to_be_decided(app: Flask) -> None:
    assert registry._faults_of(Holding("time_off")) == [
        "person_id names somebody, so it belongs into `about` or `by`"
    ]
    assert registry._faults_of(Holding("time_off", "calendar", ("person_id",))) == [
        "note holds text: say in `blank`, `wash` or `stays` what erasure does with it"
    ]
    (fault,) = registry._faults_of(Holding("quiz_response"))
    assert fault == "attempt_id leads to rows about people, so `about` needs a path through it"
    assert (
        "does not lead to a person"
        in registry._faults_of(
            Holding("quiz_response", "quizzes", ("attempt_id.quiz_id",), wash=("answer",))
        )[0]
    )


def test_every_kind_is_held_by_some_table() -> None:
    held = {holding.kind for holding in registry.HOLDINGS.values()}
    assert held == set(KINDS)
    assert NOBODY in held
