"""Completion is worked out from the plan and the evidence, and always says what is missing."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from sca_lms.modules import live_classes, rules
from sca_lms.modules.live_classes import LivePhase
from sca_lms.modules.plan import Evidence, EvidenceKind, Playback, UnitPlan
from sca_lms.modules.prerequisites import all_modules
from sca_lms.modules.standing import CourseStanding, ModuleState, ReasonKind, UnitState
from tests.modules.samples import (
    CLASS_STARTS,
    DUE,
    EARLIER,
    EVERYTHING_OF_FIRST,
    FIRST,
    IN_TIME,
    LIVE,
    PASSED,
    QUIZ,
    READING,
    SECOND,
    TASK,
    TOO_LATE,
    VIDEO,
    declared,
    graded,
    joined,
    read,
    watched,
)
from tests.modules.standings import stand, stuck


def states(standing: CourseStanding) -> dict[str, str]:
    return {unit.plan.code: unit.state.value for module in standing.modules for unit in module.units}


def missing(standing: CourseStanding, code: str) -> list[tuple[str, str | None]]:
    module = standing.module(code)
    assert module is not None
    return [(reason.kind.value, reason.unit_code) for reason in module.missing]


# ---------------------------------------------------------------- what completes a unit


@pytest.mark.parametrize(
    ("unit", "evidence", "done"),
    [
        (READING, [], False),
        (READING, [read()], True),
        (READING, [declared(READING)], False),
        (TASK, [declared()], True),
        (TASK, [read(TASK)], False),
        (LIVE, [joined()], True),
        (LIVE, [Evidence(LIVE.id, EvidenceKind.PRESENT, CLASS_STARTS)], True),
        (LIVE, [declared(LIVE)], False),
        (VIDEO, [watched((0, 89))], False),
        (VIDEO, [watched((0, 90))], True),
        (VIDEO, [watched((0, 50)), watched((45, 91))], True),
        (VIDEO, [watched((0, 50)), watched((0, 50))], False),
        (VIDEO, [read(VIDEO)], False),
        (replace(VIDEO, has_transcript=True), [read(VIDEO)], True),
        (VIDEO, [declared(VIDEO)], False),
        (replace(VIDEO, playback=Playback.EMBED), [declared(VIDEO)], True),
        (replace(VIDEO, playback=Playback.NONE), [declared(VIDEO)], True),
    ],
)
def test_each_kind_of_unit_is_completed_in_its_own_way(
    unit: UnitPlan, evidence: list[Evidence], done: bool
) -> None:
    assert (rules.satisfied_at(unit, evidence, None) is not None) is done


def test_a_quiz_unit_is_done_when_the_quiz_is_passed_and_not_before() -> None:
    assert rules.satisfied_at(QUIZ, [], None) is None
    assert rules.satisfied_at(QUIZ, [], graded("60")[40]) is None
    assert rules.satisfied_at(QUIZ, [], PASSED[40]) == IN_TIME


def test_the_first_evidence_that_was_enough_says_when_a_unit_was_done() -> None:
    assert rules.satisfied_at(READING, [read(at=TOO_LATE), read(at=EARLIER)], None) == EARLIER
    assert (
        rules.satisfied_at(VIDEO, [watched((0, 95), at=TOO_LATE), watched((0, 92), at=IN_TIME)], None)
        == IN_TIME
    )


# ---------------------------------------------------------------- modules


def test_a_new_learner_sees_the_first_module_open_and_the_second_locked_with_the_reason() -> None:
    standing = stand(at=EARLIER)
    assert [module.state for module in standing.modules] == [ModuleState.OPEN, ModuleState.LOCKED]
    assert states(standing) == {
        "PB1.1": "upcoming", "PB1.2": "open", "PB1.3": "open", "PB1.4": "open", "PB2.1": "locked",
    }  # fmt: skip
    assert missing(standing, "PB2") == [("prerequisite", None), ("declare", "PB2.1")]
    assert standing.modules[1].locked_by[0].module_code == "PB1"
    assert standing.progress_percent == 0


def test_everything_done_completes_the_module_and_opens_the_next() -> None:
    standing = stand(*EVERYTHING_OF_FIRST, quizzes=PASSED)
    first, second = standing.modules
    assert (first.state, first.completed, first.passed, first.grade) == (
        ModuleState.DONE,
        True,
        True,
        Decimal(80),
    )
    assert (first.progress_percent, first.missing, first.satisfied_at) == (100, (), IN_TIME)
    assert second.state is ModuleState.OPEN
    assert (standing.modules_done, standing.modules_total, standing.progress_percent) == (1, 2, 80)


def test_progress_grade_and_passed_are_three_different_things() -> None:
    good_quiz_only = stand(quizzes=graded("100", passed_at=IN_TIME)).modules[0]
    assert (good_quiz_only.progress_percent, good_quiz_only.grade) == (25, Decimal(100))
    assert (good_quiz_only.passed, good_quiz_only.completed) == (True, False)
    poor_quiz = stand(*EVERYTHING_OF_FIRST, quizzes=graded("60")).modules[0]
    assert (poor_quiz.progress_percent, poor_quiz.grade) == (75, Decimal(60))
    assert (poor_quiz.passed, poor_quiz.completed) == (False, False)
    assert stand().modules[1].passed is None


def test_a_quiz_below_the_mark_says_how_much_there_is_and_how_much_is_needed() -> None:
    (reason,) = stand(*EVERYTHING_OF_FIRST, quizzes=graded("60")).modules[0].missing
    assert (reason.kind, reason.unit_code, reason.have, reason.needed) == (
        ReasonKind.QUIZ_TOO_LOW, "PB1.4", Decimal(60), 70,
    )  # fmt: skip


def test_a_video_that_was_half_watched_says_so() -> None:
    unit = stand(watched((0, 42))).unit("PB1.3")
    assert unit is not None
    assert unit.missing is not None
    assert (unit.percent, unit.missing.kind, unit.missing.needed) == (Decimal(42), ReasonKind.WATCH, 90)
    assert stand(watched((0, 42))).modules[0].state is ModuleState.STARTED


def test_an_optional_unit_is_neither_missing_nor_counted() -> None:
    optional = replace(FIRST, units=(LIVE, replace(READING, required=False), VIDEO, QUIZ))
    standing = stand(joined(), watched((0, 95)), outline=[optional], quizzes=PASSED)
    assert standing.modules[0].completed
    assert standing.units_total == 3
    assert states(standing)["PB1.2"] == "open"


def test_a_module_without_anything_required_holds_nobody_up() -> None:
    for_interest = replace(FIRST, units=(replace(READING, required=False),))
    standing = stand(outline=[for_interest, SECOND], at=TOO_LATE)
    assert standing.modules[0].completed
    assert not standing.modules[0].late
    assert standing.modules[0].satisfied_at is None
    assert standing.modules[1].state is ModuleState.LATE


def test_a_prerequisite_that_is_no_longer_published_locks_nothing() -> None:
    assert stand(outline=[SECOND]).modules[0].state is ModuleState.OPEN


def test_what_was_done_before_a_module_was_locked_stays_done() -> None:
    standing = stand(declared())
    assert states(standing)["PB2.1"] == "done"
    assert standing.modules[1].completed


def test_a_course_without_modules_is_empty_and_not_complete() -> None:
    standing = stand(outline=[])
    assert (standing.completed, standing.progress_percent, standing.next) == (False, 0, None)


# ---------------------------------------------------------------- time


def test_after_the_due_date_open_work_is_late_but_never_closed() -> None:
    standing = stand(joined(), at=TOO_LATE)
    assert standing.modules[0].state is ModuleState.LATE
    assert states(standing)["PB1.2"] == "late"
    assert standing.late


def test_done_after_the_due_date_is_done_and_marked_late() -> None:
    late_reading = stand(joined(), read(at=TOO_LATE), watched((0, 95)), quizzes=PASSED, at=TOO_LATE).modules[
        0
    ]
    assert (late_reading.state, late_reading.late, late_reading.satisfied_at) == (
        ModuleState.DONE,
        True,
        TOO_LATE,
    )
    in_time = stand(*EVERYTHING_OF_FIRST, quizzes=PASSED, at=TOO_LATE).modules[0]
    assert not in_time.late


def test_the_due_moment_itself_is_still_in_time() -> None:
    assert not stand(at=DUE).modules[0].late
    assert stand(at=DUE + dt.timedelta(seconds=1)).modules[0].late


@pytest.mark.parametrize(
    ("minutes_from_start", "phase", "may_join"),
    [
        (-16, LivePhase.BEFORE, False),
        (-15, LivePhase.DOORS_OPEN, True),
        (-1, LivePhase.DOORS_OPEN, True),
        (0, LivePhase.NOW, True),
        (44, LivePhase.NOW, True),
        (45, LivePhase.OVER, False),
    ],
)
def test_a_class_can_be_entered_from_fifteen_minutes_before_until_its_end(
    minutes_from_start: int, phase: LivePhase, may_join: bool
) -> None:
    at = CLASS_STARTS + dt.timedelta(minutes=minutes_from_start)
    assert live_classes.live_phase(CLASS_STARTS, minutes=45, at=at) is phase
    assert live_classes.may_join(CLASS_STARTS, minutes=45, at=at) is may_join


def test_a_class_is_upcoming_then_on_then_missed() -> None:
    assert states(stand(at=EARLIER))["PB1.1"] == UnitState.UPCOMING
    assert states(stand(at=CLASS_STARTS))["PB1.1"] == UnitState.NOW
    assert states(stand(at=IN_TIME))["PB1.1"] == UnitState.MISSED
    assert missing(stand(at=IN_TIME), "PB1")[0] == ("missed-class", "PB1.1")


def test_a_class_without_a_time_can_always_be_entered() -> None:
    assert live_classes.may_join(None, minutes=45, at=IN_TIME)


# ---------------------------------------------------------------- what to go on with


def test_a_class_that_is_on_now_comes_before_everything_else() -> None:
    standing = stand(at=CLASS_STARTS)
    assert standing.next is not None
    assert standing.next.plan.code == "PB1.1"


def test_otherwise_the_first_open_unit_is_next() -> None:
    standing = stand(joined(), read())
    assert standing.next is not None
    assert standing.next.plan.code == "PB1.3"
    assert standing.modules[0].next_unit == standing.next


def test_when_only_classes_are_left_the_soonest_is_next() -> None:
    later = replace(LIVE, id=9, code="PB1.9", starts_at=CLASS_STARTS + dt.timedelta(days=3))
    standing = stand(outline=[replace(FIRST, units=(later, LIVE))], at=EARLIER)
    assert standing.next is not None
    assert standing.next.plan.code == "PB1.1"


def test_nothing_is_next_when_all_is_done() -> None:
    standing = stand(*EVERYTHING_OF_FIRST, declared(at=TOO_LATE), quizzes=PASSED)
    assert standing.completed
    assert standing.next is None
    assert standing.satisfied_at == TOO_LATE


# ---------------------------------------------------------------- percentages, prerequisites, versions


@pytest.mark.parametrize(
    ("done", "total", "percent"),
    [(0, 0, 100), (0, 4, 0), (1, 4, 25), (1, 3, 33), (2, 3, 67), (1, 8, 13), (199, 200, 99), (200, 200, 100)],
)
def test_progress_is_rounded_once_and_100_means_nothing_is_left(done: int, total: int, percent: int) -> None:
    assert rules.progress_percent(done, total) == percent


def test_modules_that_wait_for_each_other_are_found() -> None:
    assert stuck({"A": [], "B": ["A"], "C": ["B", "gone"]}) == frozenset()
    assert stuck({"A": [], "B": ["C"], "C": ["B"], "D": ["C"]}) == {"B", "C", "D"}
    assert stuck({"A": ["A"]}) == {"A"}


def test_only_what_decides_completion_is_part_of_the_rule() -> None:
    same = [
        replace(FIRST, due_at=None),
        replace(FIRST, title=SECOND.title, minutes=1),
        replace(FIRST, units=tuple(reversed(FIRST.units))),
        replace(FIRST, units=(replace(LIVE, starts_at=IN_TIME), READING, VIDEO, QUIZ)),
    ]
    different = [
        replace(FIRST, prerequisites=all_modules(["PB2"])),
        replace(FIRST, quiz_pass_percent=80),
        replace(FIRST, units=FIRST.units[1:]),
        replace(FIRST, units=(replace(LIVE, required=False), READING, VIDEO, QUIZ)),
        replace(FIRST, units=(LIVE, READING, replace(VIDEO, has_transcript=True), QUIZ)),
        replace(FIRST, units=(LIVE, READING, VIDEO, replace(QUIZ, quiz_id=None))),
    ]
    assert all(rules.rule_of(module) == rules.rule_of(FIRST) for module in same)
    assert all(rules.rule_of(module) != rules.rule_of(FIRST) for module in different)
