"""What an instructor sets wins until it is removed, and nobody overwrites somebody else unseen."""

import io
from decimal import Decimal

import pytest
import sqlalchemy as sa

from sca_lms import clock
from sca_lms.courses import operations as courses
from sca_lms.courses.models import AuditEvent, Course, Enrolment
from sca_lms.database import db, transaction
from sca_lms.gradebook import operations, queries
from sca_lms.gradebook.operations import NoChange, ScoresMoved
from sca_lms.grades import overrides
from sca_lms.grades.override_models import GradeImport, GradeOverride, GradeOverrideEntry
from sca_lms.grades.overrides import Note, OutOfRange, OwnScore, SetMeanwhile, Wish
from sca_lms.grades.rules import State
from tests.gradebook.house import AT, House
from tests.grades.conftest import moodle  # noqa: F401 - A fixture.
from tests.grades.world import World, later

SOURCES = {"PRE"}


def set_score(
    house: House, value: str, *, place: int = 0, code: str = "PRE", seen: int = 0, by: int | None = None
) -> None:
    with house.app.app_context(), transaction():
        note = Note("ตรวจใหม่", visible=True, by=by)
        operations.set_score(
            house.course(), house.learner(place), house.columns()[code], Decimal(value), note,
            seen=seen, sources=SOURCES, at=AT,
        )  # fmt: skip
    house.work_out()


def remove(house: House, *, place: int = 0, code: str = "PRE", seen: int = 1) -> None:
    with house.app.app_context(), transaction():
        note = Note("ผิดคน", visible=False, by=None)
        overrides.remove_score(house.course(), house.learner(place), code, note, seen=seen, at=AT)
    house.work_out()


def propose(house: House, text: str) -> int:
    with house.app.app_context(), transaction():
        found = operations.propose(
            house.course(), list(house.columns().values()), text.encode(), file_name="marks.csv",
            note=Note("สอบซ่อม", visible=False, by=None), at=AT,
        )  # fmt: skip
        assert isinstance(found, GradeImport), found
        return found.id


def take(house: House, import_id: int) -> int:
    with house.app.app_context(), transaction():
        proposal = db.session.get_one(GradeImport, import_id)
        taken = operations.take_in(
            house.course(), list(house.columns().values()), proposal, by=None, sources=SOURCES, at=AT
        )
    house.work_out()
    return taken


def undo(house: House, import_id: int) -> tuple[int, int]:
    with house.app.app_context(), transaction():
        taken = db.session.get_one(GradeImport, import_id)
        found = overrides.undo_import(house.course(), taken, by=None, at=AT)
    house.work_out()
    return found


def test_what_is_set_wins_over_what_is_worked_out_and_both_stay_visible(house: House) -> None:
    house.mark(0, "40")
    set_score(house, "75")
    assert house.score(0) == (Decimal(75), 2)
    house.mark(0, "50")
    assert house.score(0) == (Decimal(75), 2), "new evidence does not move what an instructor has set"
    with house.app.app_context():
        line = queries.line_of(house.course(), list(house.columns().values()), house.ids[0])
        assert line is not None
        cell = line.cells[0]
        assert (cell.value, cell.computed) == (Decimal(75), Decimal(50))


def test_what_was_worked_out_counts_again_once_the_instructors_score_is_removed(house: House) -> None:
    house.mark(0, "40")
    set_score(house, "75")
    remove(house)
    assert house.score(0) == (Decimal(40), 3)
    with house.app.app_context():
        entries = db.session.scalars(sa.select(GradeOverrideEntry).order_by(GradeOverrideEntry.number)).all()
        assert [(entry.value, entry.reason) for entry in entries] == [
            (Decimal(75), "ตรวจใหม่"),
            (None, "ผิดคน"),
        ]
        verbs = db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)).all()
        assert list(verbs) == ["set-score", "remove-set-score"]


def test_of_two_instructors_the_second_is_shown_what_the_first_has_set(house: House) -> None:
    house.mark(0, "40")
    set_score(house, "75")
    with pytest.raises(SetMeanwhile):
        set_score(house, "80", seen=0)
    assert house.score(0)[0] == Decimal(75)
    set_score(house, "80", seen=1)
    assert house.score(0)[0] == Decimal(80)
    with pytest.raises(SetMeanwhile):
        remove(house, seen=1)


def test_setting_the_same_twice_changes_nothing(house: House) -> None:
    set_score(house, "75")
    set_score(house, "75", seen=0)
    with house.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(GradeOverrideEntry)) == 1


@pytest.mark.parametrize("value", ["-0.01", "100.01"])
def test_no_score_is_set_below_nothing_or_above_the_maximum(house: House, value: str) -> None:
    with pytest.raises(OutOfRange):
        set_score(house, value)


def test_nobody_sets_a_score_of_their_own(house: House) -> None:
    with house.app.app_context():
        own = house.person_id(house.ids[0])
    with pytest.raises(OwnScore):
        set_score(house, "75", by=own)


def test_a_column_for_which_nothing_is_worked_out_reaches_the_host_once_something_is_set(
    house: House,
) -> None:
    with house.app.app_context():
        assert house.columns()["PIT"].grade_column is None
    set_score(house, "45", code="PIT")
    assert house.score(0, "PIT") == (Decimal(45), 1)
    with house.app.app_context(), transaction():
        # Taking the programme over again keeps the column, although nothing is worked out for it.
        from_programme = house.columns()["PIT"].grade_column
        assert from_programme is not None
        assert from_programme.score_maximum == Decimal(50)
    remove(house, code="PIT")
    assert house.score(0, "PIT") == (None, 2)


def test_quizzes_and_assignments_can_be_set_although_hosts_have_no_column_for_them(house: House) -> None:
    set_score(house, "30", code="ASSIGNMENT:A1")
    with house.app.app_context():
        line = queries.line_of(house.course(), list(house.columns().values()), house.ids[0])
        assert line is not None
        cell = next(cell for cell in line.cells if cell.column.code == "ASSIGNMENT:A1")
        assert (cell.value, cell.delivery) == (Decimal(30), None)
        assert cell.late
        assert cell.awaits_marking


def test_the_host_follows_what_is_set_and_what_is_removed(moodle: World) -> None:  # noqa: F811 - As above.
    moodle.mark("31", "40")
    moodle.work()
    assert moodle.shown("31") == Decimal(40)

    def change(value: Decimal | None, seen: int) -> None:
        with moodle.changing():
            course = db.session.get_one(Course, moodle.course_id)
            learner = db.session.get_one(Enrolment, moodle.enrolments["31"])
            note = Note("ตรวจใหม่", visible=False, by=None)
            if value is None:
                overrides.remove_score(course, learner, "PRE", note, seen=seen, at=clock.now())
            else:
                wish = Wish(learner, "PRE", value, Decimal(100), seen)
                overrides.set_scores(course, [wish], note, computed={}, at=clock.now())

    change(Decimal(90), 0)
    with later(5):
        moodle.work()
    assert moodle.shown("31") == Decimal(90)
    change(None, 1)
    with later(10):
        moodle.work()
    assert moodle.shown("31") == Decimal(40)
    assert moodle.state("31")[0] is State.DELIVERED


def test_a_file_sets_all_its_scores_and_can_be_undone(house: House) -> None:
    house.mark(0, "40")
    set_score(house, "50", place=1)
    number = propose(house, f"ID,PRE,PIT\n{house.ids[0]},60,\n{house.ids[1]},70,20\n")
    assert take(house, number) == 3
    assert take(house, number) == 0, "a repeat does nothing"
    assert (house.score(0)[0], house.score(1)[0], house.score(1, "PIT")[0]) == (
        Decimal(60),
        Decimal(70),
        Decimal(20),
    )
    assert undo(house, number) == (3, 0)
    assert undo(house, number) == (0, 0)
    assert (house.score(0)[0], house.score(1)[0], house.score(1, "PIT")[0]) == (
        Decimal(40),
        Decimal(50),
        None,
    )


def test_undoing_a_file_leaves_what_somebody_has_changed_since(house: House) -> None:
    number = propose(house, f"ID,PRE\n{house.ids[0]},60\n{house.ids[1]},70\n")
    take(house, number)
    set_score(house, "65", seen=1)
    assert undo(house, number) == (1, 1)
    assert (house.score(0)[0], house.score(1)[0]) == (Decimal(65), None)


def test_a_difference_that_is_no_longer_true_is_not_stored(house: House) -> None:
    house.mark(0, "40")
    number = propose(house, f"ID,PRE\n{house.ids[0]},60\n{house.ids[1]},70\n")
    house.mark(0, "45")
    with pytest.raises(ScoresMoved):
        take(house, number)
    with house.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(GradeOverride)) == 0


def test_a_file_without_news_is_refused(house: House) -> None:
    house.mark(0, "40")
    with pytest.raises(NoChange):
        propose(house, f"ID,PRE\n{house.ids[0]},40.0\n")


def test_faults_of_people_are_named_and_nothing_is_kept(house: House) -> None:
    text = f"ID,Name,PRE\n{house.ids[0]},,1\n{house.ids[0]},,2\n999999,,3\n,ใครสักคน,4\n"
    with house.app.app_context(), transaction():
        found = operations.propose(
            house.course(), list(house.columns().values()), text.encode(), file_name="x.csv",
            note=Note("x", visible=False, by=None), at=AT,
        )  # fmt: skip
        assert isinstance(found, list)
        assert [(fault.line, fault.kind.value) for fault in found] == [
            (3, "person-twice"),
            (4, "unknown-person"),
            (5, "unknown-person"),
        ]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(GradeImport)) == 0


def test_weights_are_the_programmes_until_the_course_decides(house: House) -> None:
    with house.app.app_context(), transaction():
        found = house.columns()
        assert (found["PRE"].weight, found["PIT"].weight) == (Decimal(40), Decimal(60))
        course, everything = house.course(), list(found.values())
        wanted = {"PRE": Decimal(50), "PIT": Decimal(60)}
        assert operations.set_weights(course, everything, wanted, by=None, at=AT)
        changed = house.columns()
        assert (changed["PRE"].weight, changed["PIT"].weight) == (Decimal(50), Decimal(60))
        assert not operations.set_weights(course, list(changed.values()), wanted, by=None, at=AT)
        operations.set_weights(course, list(changed.values()), {"PRE": Decimal(40)}, by=None, at=AT)
        assert house.columns()["PRE"].weight == 40


def test_somebody_who_leaves_keeps_what_was_set(house: House) -> None:
    set_score(house, "75")
    with house.app.app_context(), transaction():
        courses.touch_all(house.ids)
    house.work_out()
    assert house.score(0)[0] == 75


def test_the_shape_of_a_file_is_bytes_of_any_kind(house: House) -> None:
    found = io.BytesIO(b"\x00\xff\xfe").getvalue()
    with house.app.app_context(), transaction():
        faults = operations.propose(
            house.course(), list(house.columns().values()), found, file_name="x",
            note=Note("x", visible=False, by=None), at=AT,
        )  # fmt: skip
        assert isinstance(faults, list)
        assert [fault.kind.value for fault in faults] == ["unreadable"]
