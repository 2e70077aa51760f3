"""A programme brings modules into a course; what people do there is only ever added."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db, transaction
from sca_lms.modules import operations, programme_import, queries
from sca_lms.modules.models import Module, Unit, UnitEvidence
from sca_lms.modules.operations import ClassNotOpen, NotDoneThisWay, UnitLocked, Watched
from sca_lms.modules.plan import EvidenceKind
from sca_lms.modules.programme_import import ModulesNotUsable
from sca_lms.modules.watching import WatchReport
from tests.builders import a_course, a_person, an_enrolment
from tests.modules.builders import (
    AFTER_CLASS,
    BEFORE_CLASS,
    IN_CLASS,
    a_course_with_modules,
    a_document,
    a_unit,
    first_module,
    moment,
    second_module,
    the_unit,
    with_modules,
)
from tests.programmes.samples import sample_document

EARLY, LIVE_NOW, LATER = moment(BEFORE_CLASS), moment(IN_CLASS), moment(AFTER_CLASS)
WEEK = dt.timedelta(days=7)
FILM = "https://media.example.org/day.webm"


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Collect the statements that are sent to the database meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def revision(learner: Enrolment) -> int:
    return db.session.scalars(sa.select(Enrolment.evidence_revision).where(Enrolment.id == learner.id)).one()


def entries() -> list[tuple[str, str]]:
    found = db.session.scalars(sa.select(UnitEvidence).order_by(UnitEvidence.id))
    return [(entry.kind.value, entry.key) for entry in found]


def is_done(course: Course, learner: Enrolment, code: str, *, at: dt.datetime = LATER) -> bool:
    unit = queries.standings(course.id, [learner.id], at=at)[learner.id].unit(code)
    assert unit is not None
    return unit.done


def complete_first(course: Course, learner: Enrolment) -> None:
    """Do all that PB1 requires but its quiz, which is made optional for this."""
    the_unit(course, "PB1.4").required = False
    db.session.flush()
    operations.record_evidence(
        the_unit(course, "PB1.1"), learner, EvidenceKind.JOINED, key="join-1234", at=LIVE_NOW
    )
    for code in ("PB1.2", "PB1.3"):
        operations.record_evidence(
            the_unit(course, code), learner, EvidenceKind.READ, key="read-1234", at=LIVE_NOW
        )


# ---------------------------------------------------------------- a programme


def test_importing_the_same_file_again_changes_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course()
        learner = an_enrolment(course)
        first = programme_import.apply_programme(course, sample_document(), at=EARLY)
        before = queries.outline(course.id)
        known = revision(learner)
        again = programme_import.apply_programme(course, sample_document(), at=LATER)
        assert first.added == 8 + 32
        assert not again
        assert queries.outline(course.id) == before
        assert revision(learner) == known


def test_the_outline_has_modules_and_units_in_the_order_of_the_file(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        outline = queries.outline(course.id)
        assert [module.code for module in outline] == ["PB1", "PB2"]
        assert [unit.code for unit in outline[0].units] == ["PB1.1", "PB1.2", "PB1.3", "PB1.4"]
        assert outline[0].units[3].quiz_id is not None
        programme_import.apply_programme(course, with_modules(second_module(), first_module()), at=LATER)
        assert [module.code for module in queries.outline(course.id)] == ["PB2", "PB1"]


def test_what_a_newer_file_leaves_out_is_unpublished_and_keeps_its_evidence(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        reading = the_unit(course, "PB1.2")
        operations.record_evidence(reading, learner, EvidenceKind.READ, key="read-1234", at=EARLY)
        shorter = first_module(units=[a_unit("PB1.3", "video")], quiz=None, questions=[])
        changes = programme_import.apply_programme(course, with_modules(shorter), at=LATER)
        assert changes.unpublished == 1 + 5
        assert [unit.code for unit in queries.outline(course.id)[0].units] == ["PB1.3"]
        programme_import.apply_programme(course, a_document(), at=LATER)
        assert is_done(course, learner, "PB1.2")
        assert db.session.scalars(sa.select(sa.func.count()).select_from(Unit)).one() == 6


def test_the_version_grows_only_when_the_rule_of_completion_changes(app: Flask) -> None:
    def version(course: Course) -> int:
        return db.session.scalars(
            sa.select(Module.rule_version).where(Module.course_id == course.id, Module.code == "PB1")
        ).one()

    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        known = revision(learner)
        programme_import.apply_programme(course, a_document(title={"th": "ใหม่", "en": "New"}), at=LATER)
        programme_import.apply_programme(course, a_document(due="2022-09-10T23:59"), at=LATER)
        assert (version(course), revision(learner)) == (1, known)
        stricter = a_document(completion={"all_required_units": True, "quiz_pass_percent": 90})
        assert programme_import.apply_programme(course, stricter, at=LATER).rules_changed == 1
        assert (version(course), revision(learner)) == (2, known + 1)


def test_modules_that_wait_for_each_other_are_refused_whole(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ModulesNotUsable, match="PB1, PB2"), transaction():
            a_course_with_modules(with_modules(first_module(prerequisites=["PB2"]), second_module()))
        assert db.session.scalars(sa.select(sa.func.count()).select_from(Module)).one() == 0


def test_a_quiz_that_cannot_be_asked_is_refused_with_its_fault(app: Flask) -> None:
    with app.app_context(), pytest.raises(ModulesNotUsable, match="questions"), transaction():
        a_course_with_modules(with_modules(first_module(questions=[{"id": "PB1-Q1"}])))


# ---------------------------------------------------------------- a learner's own word


def test_the_same_evidence_sent_twice_is_kept_once(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        reading = the_unit(course, "PB1.2")
        known = revision(learner)
        stored = [
            operations.record_evidence(reading, learner, EvidenceKind.READ, key=key, at=EARLY)
            for key in ("read-1234", "read-1234", "read-9999")
        ]
        assert stored == [True, False, False]
        assert len(entries()) == 1
        assert revision(learner) == known + 1


def test_one_key_serves_two_people_and_two_units(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        for learner in (an_enrolment(course), an_enrolment(course)):
            for code in ("PB1.2", "PB1.3"):
                assert operations.record_evidence(
                    the_unit(course, code), learner, EvidenceKind.READ, key="same-key", at=EARLY
                )


def test_a_word_taken_back_opens_the_unit_again_and_leaves_both_entries(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        reading = the_unit(course, "PB1.2")
        operations.record_evidence(reading, learner, EvidenceKind.READ, key="read-1234", at=EARLY)
        assert operations.take_back(reading, learner, at=EARLY)
        assert not operations.take_back(reading, learner, at=EARLY)
        assert not is_done(course, learner, "PB1.2")
        assert [kind for kind, _key in entries()] == ["read", "withdrawn"]
        operations.record_evidence(reading, learner, EvidenceKind.READ, key="read-5678", at=LATER)
        assert is_done(course, learner, "PB1.2")


def test_a_locked_unit_takes_no_evidence_until_the_module_before_it_is_complete(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        task = the_unit(course, "PB2.1")
        with pytest.raises(UnitLocked):
            operations.record_evidence(task, learner, EvidenceKind.DECLARED, key="done-1234", at=EARLY)
        complete_first(course, learner)
        assert operations.record_evidence(task, learner, EvidenceKind.DECLARED, key="done-1234", at=LIVE_NOW)


def test_a_unit_takes_only_the_evidence_that_completes_it(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        for code, kind in (
            ("PB1.1", EvidenceKind.DECLARED),
            ("PB1.1", EvidenceKind.PRESENT),
            ("PB1.2", EvidenceKind.DECLARED),
            ("PB1.3", EvidenceKind.DECLARED),
            ("PB1.4", EvidenceKind.READ),
        ):
            with pytest.raises(NotDoneThisWay):
                operations.record_evidence(
                    the_unit(course, code), learner, kind, key="word-1234", at=LIVE_NOW
                )


def test_a_quiz_of_a_locked_module_cannot_be_begun(app: Flask) -> None:
    with app.app_context(), transaction():
        locked = first_module(code="PB3", prerequisites=["PB2"], questions=first_module()["questions"])
        locked["units"] = [a_unit("PB3.1", "quiz")]
        locked["quiz"] = {"unit": "PB3.1", "attempts": 1, "grading": "highest"}
        course = a_course_with_modules(with_modules(first_module(), second_module(), locked))
        learner = an_enrolment(course)
        for code, refused in (("PB1.4", False), ("PB3.1", True)):
            quiz = the_unit(course, code).quiz
            assert quiz is not None
            if refused:
                with pytest.raises(UnitLocked):
                    operations.refuse_locked_quiz(quiz, learner, at=LATER)
            else:
                operations.refuse_locked_quiz(quiz, learner, at=LATER)


# ---------------------------------------------------------------- video


def test_what_was_watched_adds_up_over_several_visits(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        video = the_unit(course, "PB1.3")
        parts = [((0, 40),), ((30, 70),), ((70, 89),), ((85, 100),)]
        seen = [
            operations.record_watching(
                video, learner, WatchReport(part, 100, part[0][1]), key=f"report-{number}", at=LIVE_NOW
            )
            for number, part in enumerate(parts)
        ]
        assert seen == [Watched(40), Watched(70), Watched(89), Watched(100)]
        assert is_done(course, learner, "PB1.3")
        assert queries.watch_reports(video, learner.id)[-1].position_seconds == 100


def test_reports_that_add_nothing_or_come_too_late_are_not_kept(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        video = the_unit(course, "PB1.3")
        for number, part in enumerate([(0, 50), (10, 40), (50, 54), (0, 91), (91, 100)]):
            operations.record_watching(
                video, learner, WatchReport((part,), 100), key=f"report-{number}", at=LIVE_NOW
            )
        assert [key for _kind, key in entries()] == ["PB1.3:watched:report-0", "PB1.3:watched:report-3"]


def test_a_short_video_can_be_completed_by_one_small_report(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        report = WatchReport(((0, 4),), 4)
        taken = operations.record_watching(
            the_unit(course, "PB1.3"), learner, report, key="report-1", at=LIVE_NOW
        )
        assert taken == Watched(100)


def test_nobody_watches_more_than_twice_the_time_that_has_passed(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        video, whole = the_unit(course, "PB1.3"), WatchReport(((0, 100),), 100)
        moments = [LIVE_NOW + dt.timedelta(seconds=second) for second in (10, 30, 46)]
        seen = [
            operations.record_watching(
                video, learner, whole, key=f"report-{number}", at=moment, since=LIVE_NOW
            )
            for number, moment in enumerate(moments)
        ]
        assert seen == [Watched(20, True), Watched(60, True), Watched(92, True)]
        assert is_done(course, learner, "PB1.3")


def test_two_videos_at_once_share_the_time_that_has_passed(app: Flask) -> None:
    units = [
        a_unit(f"PB1.{number}", "video", url=f"https://media.example.org/{number}.mp4") for number in (1, 2)
    ]
    with app.app_context(), transaction():
        course = a_course_with_modules(with_modules(first_module(units=units, quiz=None, questions=[])))
        learner = an_enrolment(course)
        at = LIVE_NOW + dt.timedelta(seconds=50)
        seen = [
            operations.record_watching(
                the_unit(course, f"PB1.{number}"),
                learner,
                WatchReport(((0, 100),), 100),
                key="report-1",
                at=at,
                since=LIVE_NOW,
            )
            for number in (1, 2)
        ]
        assert seen == [Watched(100), Watched(0, True)]


def test_a_learner_who_claims_a_short_video_completes_nothing(app: Flask) -> None:
    document = with_modules(
        first_module(units=[a_unit("PB1.3", "video", url=FILM, video_seconds=600)], quiz=None, questions=[])
    )
    with app.app_context(), transaction():
        course = a_course_with_modules(document)
        learner = an_enrolment(course)
        taken = operations.record_watching(
            the_unit(course, "PB1.3"), learner, WatchReport(((0, 10),), 10), key="report-1", at=LIVE_NOW
        )
        assert taken == Watched(1)
        assert not is_done(course, learner, "PB1.3")


def test_the_length_that_a_teacher_sees_decides_anew_and_is_taken_once(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        video = the_unit(course, "PB1.3")
        version = video.module.rule_version
        operations.record_watching(video, learner, WatchReport(((0, 10),), 10), key="report-1", at=LIVE_NOW)
        assert is_done(course, learner, "PB1.3")
        assert operations.measure_video(video, 100, person_id=None, at=LIVE_NOW)
        assert not operations.measure_video(video, 10, person_id=None, at=LATER)
        assert video.video_seconds == 100
        assert video.module.rule_version == version + 1
        assert not is_done(course, learner, "PB1.3")


def test_a_measured_length_stays_until_the_file_names_another_video_or_length(app: Flask) -> None:
    def film(**more: object) -> dict[str, object]:
        return with_modules(first_module(units=[a_unit("PB1.3", "video", **more)], quiz=None, questions=[]))

    with app.app_context(), transaction():
        course = a_course_with_modules(film(url=FILM))
        operations.measure_video(the_unit(course, "PB1.3"), 100, person_id=None, at=EARLY)
        kept = []
        for more in ({"url": FILM}, {"url": FILM, "video_seconds": 90}, {"url": f"{FILM}?2.mp4"}):
            programme_import.apply_programme(course, film(**more), at=LATER)
            kept.append(the_unit(course, "PB1.3").video_seconds)
        assert kept == [100, 90, None]


# ---------------------------------------------------------------- live classes


def test_a_class_is_entered_only_while_its_doors_are_open(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        live = the_unit(course, "PB1.1")
        for at in (EARLY, LATER):
            with pytest.raises(ClassNotOpen):
                operations.record_evidence(live, learner, EvidenceKind.JOINED, key="join-1234", at=at)
        assert operations.record_evidence(live, learner, EvidenceKind.JOINED, key="join-1234", at=LIVE_NOW)
        assert is_done(course, learner, "PB1.1")


def test_a_class_that_is_moved_later_takes_nobodys_attendance_away(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        operations.record_evidence(
            the_unit(course, "PB1.1"), learner, EvidenceKind.JOINED, key="join-1234", at=LIVE_NOW
        )
        the_unit(course, "PB1.1").starts_at = LIVE_NOW + WEEK
        db.session.flush()
        assert is_done(course, learner, "PB1.1")


def test_somebody_marked_present_days_later_was_there_in_time(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner, staff = an_enrolment(course), a_person("สมชาย", "สอนดี")
        after_the_due_date = LATER + 3 * WEEK
        operations.mark_present(
            the_unit(course, "PB1.1"), learner, by_id=staff.id, batch="batch-001", at=after_the_due_date
        )
        unit = queries.standings(course.id, [learner.id], at=after_the_due_date)[learner.id].unit("PB1.1")
        assert unit is not None
        assert not unit.late
        assert unit.satisfied_at == dt.datetime(2022, 8, 25, 12, 15, tzinfo=dt.UTC)


def test_attendance_cannot_be_marked_for_a_class_to_come_or_for_a_text(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner, staff = an_enrolment(course), a_person("สมชาย", "สอนดี")
        with pytest.raises(ClassNotOpen):
            operations.mark_present(
                the_unit(course, "PB1.1"), learner, by_id=staff.id, batch="batch-001", at=EARLY
            )
        with pytest.raises(NotDoneThisWay):
            operations.mark_present(
                the_unit(course, "PB1.2"), learner, by_id=staff.id, batch="batch-001", at=LATER
            )


def test_an_attendance_list_saves_differences_and_can_be_undone(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        came, stayed_away, came_by_page = (an_enrolment(course) for _each in range(3))
        everybody = [came, stayed_away, came_by_page]
        staff = a_person("สมชาย", "สอนดี")
        live = the_unit(course, "PB1.1")
        operations.record_evidence(live, came_by_page, EvidenceKind.JOINED, key="join-1234", at=LIVE_NOW)
        assert (
            operations.save_attendance(
                live, everybody, {came.id}, by_id=staff.id, batch="batch-001", at=LATER
            )
            == 2
        )
        assert [is_done(course, learner, "PB1.1") for learner in everybody] == [True, False, False]
        assert (
            operations.save_attendance(
                live, everybody, {came.id}, by_id=staff.id, batch="batch-002", at=LATER
            )
            == 0
        )
        assert operations.undo_attendance(live, "batch-001", by_id=staff.id, at=LATER) == 2
        assert [is_done(course, learner, "PB1.1") for learner in everybody] == [False, False, True]
        assert operations.undo_attendance(live, "batch-001", by_id=staff.id, at=LATER) == 0


def test_nobody_undoes_what_somebody_else_has_saved(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner, one, other = an_enrolment(course), a_person("สมชาย"), a_person("สมหญิง")
        live = the_unit(course, "PB1.1")
        operations.mark_present(live, learner, by_id=one.id, batch="batch-001", at=LATER)
        assert operations.undo_attendance(live, "batch-001", by_id=other.id, at=LATER) == 0
        assert is_done(course, learner, "PB1.1")


def test_the_database_keeps_one_reversal_of_an_entry_and_none_of_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        operations.record_evidence(
            the_unit(course, "PB1.2"), learner, EvidenceKind.READ, key="read-1234", at=EARLY
        )
        entry = db.session.scalars(sa.select(UnitEvidence)).one()

        def reversal(key: str, reverses_id: int | None) -> UnitEvidence:
            return UnitEvidence(
                enrolment_id=learner.id, unit_id=entry.unit_id, kind=EvidenceKind.WITHDRAWN, at=LATER,
                recorded_at=LATER, recorded_by_id=None, value=None, key=key, reverses_id=reverses_id,
            )  # fmt: skip

        db.session.add(reversal("once", entry.id))
        db.session.flush()
        for wrong in (reversal("twice", entry.id), reversal("of nothing", None)):
            with pytest.raises(sa.exc.IntegrityError), db.session.begin_nested():
                db.session.add(wrong)


# ---------------------------------------------------------------- standings


def test_standings_of_a_course_leave_out_test_users_staff_and_those_who_left(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        an_enrolment(course, a_person("ทดสอบ", is_test=True))
        gone = an_enrolment(course)
        gone.state = EnrolmentState.WITHDRAWN
        an_enrolment(a_course("another"))
        db.session.flush()
        assert list(queries.standings(course.id, at=LATER)) == [learner.id]


def test_a_cohort_costs_as_many_statements_as_one_learner(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_course_with_modules()
            learners = [an_enrolment(course) for _each in range(12)]
            for learner in learners:
                operations.record_evidence(
                    the_unit(course, "PB1.2"), learner, EvidenceKind.READ, key="read-1234", at=EARLY
                )
        course_id, everybody = course.id, [learner.id for learner in learners]
        counts = []
        for ids in (everybody[:1], everybody):
            db.session.expunge_all()
            with counted_statements() as statements:
                found = queries.standings(course_id, ids, at=LATER)
            counts.append(sum(statement.startswith("SELECT") for statement in statements))
            assert all(standing.units_done == 1 for standing in found.values())
        assert counts == [4, 4]
