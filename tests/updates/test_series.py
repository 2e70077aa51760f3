"""The year's updates come with the programme file, and what staff change here stays."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from sca_lms.app import apply_timetable
from sca_lms.attendance import queries as attendance
from sca_lms.attendance import timetable
from sca_lms.attendance.models import AttendanceSession, LedgerEntry, SessionState
from sca_lms.bootcamp import account_queries
from sca_lms.bootcamp import queries as bootcamp
from sca_lms.bootcamp.rules import hours
from sca_lms.calendar.models import OccasionKind, OccupancyCell
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from sca_lms.grades import sources
from sca_lms.texts import Bilingual
from sca_lms.updates import entries, operations, queries, reflecting, staff_queries
from sca_lms.updates.models import Reflection
from sca_lms.updates.operations import About, Speaker
from sca_lms.updates.rules import ReflectionState, Standing
from tests.programmes.samples import sample_document
from tests.statements import counted
from tests.updates.house import AFTER, BEFORE, FIRST, MINUTE, House

ABOUT = About(
    Bilingual("หัวข้อใหม่", "New topic"), Bilingual("", ""), Bilingual("ภาคี", "Partner"), ("GOV", "ENV"),
    (Speaker(Bilingual("ดร. ตัวอย่าง (สมมติ)", ""), Bilingual("", "")),), "https://meet.example.org/1",
    "", None,
)  # fmt: skip


def listed(document: dict[str, object]) -> list[dict[str, object]]:
    found = document["knowledge_updates"]
    assert isinstance(found, list)
    return found


def again(house: House, document: dict[str, object] | None = None) -> list[int]:
    with house.app.app_context(), transaction():
        return operations.apply_programme(house.course(), document or sample_document(), at=BEFORE)


def test_the_file_brings_twelve_updates_with_their_times_and_dimensions(house: House) -> None:
    with house.app.app_context():
        updates = queries.updates_of(house.course_id)
        assert [each.number for each in updates] == list(range(1, 13))
        assert updates[0].session.starts_at == FIRST
        assert updates[0].session.credit_minutes == 120
        assert updates[0].dimensions == ["GOV"]
        assert {code for each in updates for code in each.dimensions} == {
            "ENV", "MOB", "LIV", "PEO", "ENE", "ECO", "GOV",
        }  # fmt: skip


def test_importing_again_changes_nothing_and_leaves_what_was_changed_here(house: House) -> None:
    assert again(house) == []
    with house.app.app_context(), transaction():
        update = house.update(2)
        operations.change(house.course(), update, ABOUT, row_version=1, person_id=None, at=BEFORE)
    document = sample_document()
    for each in listed(document):
        each["title"] = {"th": "จากไฟล์", "en": "From the file"}
    assert again(house, document) == [2]
    with house.app.app_context():
        assert house.update(1).session.title.en == "From the file"
        assert house.update(2).session.title.en == "New topic"
        assert house.update(2).dimensions == ["GOV", "ENV"]


def test_an_update_that_the_file_leaves_out_is_cancelled_unless_somebody_was_there(house: House) -> None:
    house.attend(house.learner_id, 120, number=1)
    document = sample_document()
    document["knowledge_updates"] = listed(document)[2:]
    again(house, document)
    with house.app.app_context():
        assert house.update(1).session.state is SessionState.OPEN
        assert house.update(2).session.state is SessionState.CANCELLED
    again(house)
    with house.app.app_context():
        assert house.update(2).session.state is SessionState.OPEN


def test_importing_the_bootcamp_again_touches_no_update(house: House) -> None:
    with house.app.app_context(), transaction():
        apply_timetable(house.course(), sample_document(), BEFORE)
    with house.app.app_context():
        states = db.session.scalars(
            sa.select(AttendanceSession.state).where(AttendanceSession.code.startswith("_updates"))
        )
        assert set(states) == {SessionState.OPEN}


def test_an_update_changes_no_figure_of_the_bootcamp(house: House) -> None:
    def figures() -> dict[str, object]:
        with house.app.app_context():
            learner = db.session.get_one(Enrolment, house.learner_id)
            camp = bootcamp.camp_of(house.course_id)
            assert camp is not None
            account = account_queries.account_of(house.course(), learner, at=AFTER)
            assert account is not None
            return {
                "categories": [each.code for each in camp.categories],
                "sessions": [each.code for each in camp.sessions],
                "standing": bootcamp.standings(house.course_id, [learner.id])[learner.id],
                "hours": bootcamp.hours_in(camp, [learner], at=AFTER)[learner.id],
                "told": bootcamp.with_entries([learner.id]),
                "HRS": sources.bootcamp_hours(house.course_id, [learner.id]),
                "lines": [line.state for line in account.lines],
                "timetable": [each.code for each in attendance.timetable(house.course_id)],
                "balances": attendance.balances([learner.id]),
            }

    before = figures()
    assert len(before["sessions"]) == 61  # type: ignore[arg-type]  # A list, as written above.
    house.attend(house.learner_id, 120)
    house.close()
    with house.app.app_context():
        assert db.session.scalar(sa.select(sa.func.sum(LedgerEntry.minutes))) == 120
    assert figures() == before
    with house.app.app_context():
        learner = db.session.get_one(Enrolment, house.learner_id)
        account = account_queries.account_of(house.course(), learner, at=AFTER)
        assert account is not None
        assert [each.minutes for each in account.entries] == [120], "the chain is whole"
        assert hours(bootcamp.standings(house.course_id, [learner.id])[learner.id].total) == 0


@pytest.mark.parametrize(("minutes", "standing"), [(90, Standing.COUNTED), (75, Standing.MISSED)])
def test_it_counts_when_attended_for_long_enough_and_accepted(
    house: House, minutes: int, standing: Standing
) -> None:
    house.attend(house.learner_id, minutes)
    house.close()
    house.decide(house.hand_in(house.learner_id))
    progress = house.progress(house.learner_id)
    with house.app.app_context():
        assert progress.parts[house.update().id].standing is standing
    assert progress.counted == (1 if standing is Standing.COUNTED else 0)
    assert progress.total == 12


def test_the_column_tells_nothing_before_there_is_something(house: House) -> None:
    def score() -> Decimal | None:
        with house.app.app_context():
            return sources.monthly_updates(house.course_id, [house.learner_id])[house.learner_id]

    assert score() is None
    house.attend(house.learner_id, 120)
    assert score() is None
    house.close()
    assert score() == 0, "attended, and nothing written"
    reflection_id = house.hand_in(house.learner_id)
    house.decide(reflection_id)
    assert score() == 1
    house.decide(reflection_id, accepts=False, answer="เขียนเพิ่ม")
    assert score() == 0
    with house.app.app_context():
        assert sources.monthly_updates(house.course_id, [house.other_id])[house.other_id] is None


def test_every_change_of_evidence_is_told_to_the_grade_worker(house: House) -> None:
    def revision() -> int:
        with house.app.app_context():
            return db.session.get_one(Enrolment, house.learner_id).evidence_revision

    seen = [revision()]
    house.attend(house.learner_id, 120)
    house.close()
    seen.append(revision())
    reflection_id = house.hand_in(house.learner_id)
    seen.append(revision())
    house.decide(reflection_id)
    seen.append(revision())
    with house.app.app_context(), transaction():
        operations.cancel(
            house.course(), house.update(5), reason="x", row_version=1, person_id=None, at=AFTER
        )
    seen.append(revision())
    assert seen == sorted(set(seen))


def test_a_cancelled_update_is_taken_from_the_year(house: House) -> None:
    house.attend(house.learner_id, 120)
    house.close()
    house.decide(house.hand_in(house.learner_id))
    with house.app.app_context(), transaction():
        operations.cancel(house.course(), house.update(), reason="x", row_version=1, person_id=None, at=AFTER)
    progress = house.progress(house.learner_id)
    assert (progress.counted, progress.total) == (0, 11)
    with house.app.app_context():
        assert db.session.scalar(sa.select(sa.func.sum(LedgerEntry.minutes))) == 0


def test_a_moved_update_keeps_what_it_was_and_takes_everybodys_time(house: House) -> None:
    later = FIRST + dt.timedelta(days=1)

    def cells() -> set[dt.datetime]:
        person_id = db.session.get_one(Enrolment, house.learner_id).person_id
        wanted = sa.select(OccupancyCell.starts_at).where(OccupancyCell.person_id == person_id)
        return {each for each in db.session.scalars(wanted) if FIRST <= each < later + 120 * MINUTE}

    with house.app.app_context(), transaction():
        again_learner = house.person(house.learner_id)
        assert again_learner.person_id
        operations.move(
            house.course(), house.update(), later, later + 120 * MINUTE, reason="วันหยุด", row_version=1,
            person_id=None, at=BEFORE,
        )  # fmt: skip
    with house.app.app_context():
        assert house.update().session.starts_at == later
        assert house.update().session.revision == 2
        assert cells() == {later + place * 15 * MINUTE for place in range(8)}
        person_id = db.session.get_one(Enrolment, house.learner_id).person_id
        found = entries.entries(person_id, later, later + MINUTE)
        assert [(each.kind, each.sequence, each.uid) for each in found] == [
            (OccasionKind.UPDATE, 1, f"update-{house.update().id}")
        ]


def test_of_two_who_change_an_update_the_second_one_hears_of_it(house: House) -> None:
    with house.app.app_context(), transaction():
        operations.change(house.course(), house.update(), ABOUT, row_version=1, person_id=None, at=BEFORE)
    with house.app.app_context(), transaction(), pytest.raises(operations.UpdateMoved):
        operations.change(house.course(), house.update(), ABOUT, row_version=1, person_id=None, at=BEFORE)


def test_a_new_update_is_a_draft_until_it_is_published(house: House) -> None:
    start = FIRST + dt.timedelta(days=400)
    with house.app.app_context(), transaction():
        made = operations.add(house.course(), ABOUT, start, start + 60 * MINUTE, person_id=None, at=BEFORE)
        assert made.number == 13
    assert house.progress(house.learner_id).total == 12
    with house.app.app_context(), transaction():
        operations.publish(
            house.course(), house.update(13), published=True, row_version=1, person_id=None, at=BEFORE
        )
    assert house.progress(house.learner_id).total == 13
    with house.app.app_context(), transaction():
        operations.publish(
            house.course(), house.update(13), published=False, row_version=2, person_id=None, at=BEFORE
        )
        assert house.update(13).session.state is SessionState.DRAFT
    house.attend(house.learner_id, 120)
    house.close()
    with house.app.app_context(), transaction(), pytest.raises(operations.UpdateRefused):
        operations.publish(
            house.course(), house.update(1), published=False, row_version=1, person_id=None, at=AFTER
        )


def test_the_figures_of_staff_are_those_of_the_rules(house: House) -> None:
    for enrolment_id, minutes in ((house.learner_id, 120), (house.other_id, 30)):
        house.attend(enrolment_id, minutes)
    house.close()
    accepted, waiting = house.hand_in(house.learner_id), house.hand_in(house.other_id)
    house.decide(accepted)
    with house.app.app_context():
        numbers = staff_queries.numbers_of(house.course_id)[house.update().id]
    assert (numbers.attended, numbers.waiting, numbers.accepted, numbers.counted) == (1, 1, 1, 1)
    assert waiting != accepted


def test_the_statements_do_not_grow_with_people(house: House) -> None:
    def statements(ids: list[int]) -> int:
        with counted(house.app) as seen, house.app.app_context():
            queries.standings(house.course_id, ids, AFTER)
        return len(seen)

    assert statements([house.learner_id]) == statements([house.learner_id, house.other_id])


# ---------------------------------------------------------------- reflections


def test_nothing_typed_is_lost_when_two_tabs_write(house: House) -> None:
    with house.app.app_context(), transaction():
        update, learner = house.update(), house.person(house.learner_id)
        first = reflecting.save_draft(update, learner, "หนึ่ง", row_version=0, at=AFTER)
        assert first.row_version == 1
        with pytest.raises(reflecting.TextMoved):
            reflecting.save_draft(update, learner, "สอง", row_version=0, at=AFTER)
        again_saved = reflecting.save_draft(update, learner, "หนึ่ง สาม", row_version=1, at=AFTER)
        assert (again_saved.text, again_saved.row_version) == ("หนึ่ง สาม", 2)


def test_a_reflection_is_not_handed_in_too_early_empty_or_twice(house: House) -> None:
    with house.app.app_context(), transaction():
        update, learner = house.update(), house.person(house.learner_id)
        with pytest.raises(reflecting.NotNow):
            reflecting.save_draft(update, learner, "x", row_version=0, at=FIRST - MINUTE)
        with pytest.raises(reflecting.NotNow):
            reflecting.hand_in(update, learner, "x", row_version=0, at=FIRST + MINUTE)
    with house.app.app_context(), transaction():
        update, learner = house.update(), house.person(house.learner_id)
        mine = queries.own_reflection(update, learner.id)
        version = mine.row_version if mine else 0
        with pytest.raises(reflecting.NoText):
            reflecting.hand_in(update, learner, " ", row_version=version, at=AFTER)
    house.hand_in(house.learner_id)
    with house.app.app_context(), transaction(), pytest.raises(reflecting.NotNow):
        reflecting.save_draft(house.update(), house.person(house.learner_id), "x", row_version=9, at=AFTER)


def test_a_returned_reflection_is_written_on_and_comes_back(house: House) -> None:
    reflection_id = house.hand_in(house.learner_id)
    house.decide(reflection_id, accepts=False, answer="ยกตัวอย่างเพิ่ม")
    assert house.hand_in(house.learner_id, "ได้แนวคิดพร้อมตัวอย่าง") == reflection_id
    house.decide(reflection_id)
    with house.app.app_context():
        found = queries.own_reflection(house.update(), house.learner_id)
        assert found is not None
        assert found.state is ReflectionState.ACCEPTED


def test_of_two_instructors_the_second_one_hears_of_the_first(house: House) -> None:
    reflection_id = house.hand_in(house.learner_id)
    with house.app.app_context():
        version = db.session.get_one(Reflection, reflection_id).row_version
    house.decide(reflection_id)
    with house.app.app_context(), transaction(), pytest.raises(reflecting.AlreadyDecided):
        reflecting.decide(
            house.course(), db.session.get_one(Reflection, reflection_id), accepts=False,
            answer="x", row_version=version, person_id=None, at=AFTER,
        )  # fmt: skip


def test_accepting_many_leaves_those_that_changed_meanwhile(house: House) -> None:
    ids = [house.hand_in(house.learner_id), house.hand_in(house.other_id)]
    with house.app.app_context():
        seen = [(each, db.session.get_one(Reflection, each).row_version) for each in ids]
    with house.app.app_context(), transaction():
        reflecting.take_back(house.update(), house.person(house.other_id), row_version=seen[1][1], at=AFTER)
    with house.app.app_context(), transaction():
        assert reflecting.accept_all(house.course(), seen, person_id=None, at=AFTER) == 1
    with house.app.app_context():
        states = [db.session.get_one(Reflection, each).state for each in ids]
    assert states == [ReflectionState.ACCEPTED, ReflectionState.DRAFT]


def test_the_sessions_of_updates_close_like_any_other(house: House) -> None:
    with house.app.app_context():
        session = house.update().session
        overdue = attendance.overdue_sessions(after=dt.timedelta(0), at=session.ends_at)
        assert session.id in overdue
        assert timetable.has_people(session) is False
