"""What opens a module: all or any of modules, dates, scores and groups."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.modules.prerequisites import (
    Activity,
    Circumstances,
    Condition,
    ConditionKind,
    Prerequisites,
    PrerequisitesFaulty,
    all_modules,
    document_of,
    missing,
    read_prerequisites,
    stuck_modules,
)
from sca_lms.modules.rules import course_standing
from sca_lms.modules.standing import ModuleState, ReasonKind, UnitState
from sca_lms.texts import Bilingual
from tests.modules.samples import (
    DUE,
    EARLIER,
    FIRST,
    IN_TIME,
    READING,
    SECOND,
    TASK,
    TOO_LATE,
    declared,
    read,
)

QUIZ, TASK_SCORE = (ConditionKind.QUIZ, "Q1"), (ConditionKind.ASSIGNMENT, "A1")
TITLE = Bilingual("ชื่อ", "Title")
MODULE = Condition(ConditionKind.MODULE, "PB1")
DATE = Condition(ConditionKind.DATE, at=IN_TIME)
SCORE = Condition(ConditionKind.QUIZ, "Q1", 70)
MARK = Condition(ConditionKind.ASSIGNMENT, "A1", 50)
GROUP = Condition(ConditionKind.GROUP, "A")


def around(*, group: str = "", quiz: str | None = None, mark: str | None = None) -> Circumstances:
    percent = [None if text is None else Decimal(text) for text in (quiz, mark)]
    return Circumstances(
        group, {QUIZ: Activity(1, TITLE, percent[0]), TASK_SCORE: Activity(2, TITLE, percent[1])}
    )


@pytest.mark.parametrize(
    ("condition", "completed", "circumstances", "at", "is_open"),
    [
        (MODULE, {"PB1": True}, around(), EARLIER, True),
        (MODULE, {"PB1": False}, around(), EARLIER, False),
        (MODULE, {}, around(), EARLIER, True),
        (DATE, {}, around(), IN_TIME, True),
        (DATE, {}, around(), IN_TIME - dt.timedelta(seconds=1), False),
        (SCORE, {}, around(quiz="70"), EARLIER, True),
        (SCORE, {}, around(quiz="69.99"), EARLIER, False),
        (SCORE, {}, around(), EARLIER, False),
        (SCORE, {}, Circumstances(), EARLIER, True),
        (MARK, {}, around(mark="50"), EARLIER, True),
        (MARK, {}, around(mark="0"), EARLIER, False),
        (GROUP, {}, around(group="A"), EARLIER, True),
        (GROUP, {}, around(group="B"), EARLIER, False),
    ],
)
def test_each_kind_of_condition_opens_exactly_when_it_is_met_or_can_never_be_met(
    condition: Condition,
    completed: dict[str, bool],
    circumstances: Circumstances,
    at: dt.datetime,
    is_open: bool,
) -> None:
    for any_of in (False, True):
        rule = Prerequisites((condition,), any_of=any_of)
        assert (missing(rule, completed, circumstances, at=at) == ()) is is_open


def test_one_met_condition_is_enough_for_any_and_too_little_for_all() -> None:
    met = around(group="A")
    assert missing(Prerequisites((GROUP, SCORE), any_of=True), {}, met, at=EARLIER) == ()
    assert missing(Prerequisites((GROUP, SCORE)), {}, met, at=EARLIER) == (SCORE,)


def test_a_condition_that_nothing_can_meet_any_more_does_not_open_what_another_one_keeps_shut() -> None:
    rule = Prerequisites((Condition(ConditionKind.MODULE, "gone"), GROUP), any_of=True)
    assert missing(rule, {}, around(group="B"), at=EARLIER) == (GROUP,)


moments = st.integers(0, 10**6).map(lambda minutes: EARLIER + dt.timedelta(minutes=minutes))
conditions = st.one_of(
    st.sampled_from(["A", "B", "C", "D"]).map(lambda code: Condition(ConditionKind.MODULE, code)),
    moments.map(lambda at: Condition(ConditionKind.DATE, at=at.astimezone(dt.UTC))),
    st.integers(1, 100).map(lambda percent: Condition(ConditionKind.QUIZ, "Q1", percent)),
    st.integers(1, 100).map(lambda percent: Condition(ConditionKind.ASSIGNMENT, "A1", percent)),
    st.sampled_from(["A", "B"]).map(lambda group: Condition(ConditionKind.GROUP, group)),
)
rules = st.builds(Prerequisites, st.lists(conditions, max_size=6).map(tuple), st.booleans())
completions = st.dictionaries(st.sampled_from(["A", "B", "C"]), st.booleans())
percents = st.integers(0, 100).map(str) | st.none()
circumstances = st.builds(
    lambda group, quiz, mark: around(group=group, quiz=quiz, mark=mark),
    st.sampled_from(["", "A", "B"]), percents, percents,
)  # fmt: skip


@given(rules)
def test_what_is_written_down_is_read_back(rule: Prerequisites) -> None:
    assert read_prerequisites(document_of(rule)) == rule


@given(rules, completions, circumstances, moments)
def test_the_order_of_conditions_and_their_repetition_change_nothing(
    rule: Prerequisites,
    completed: dict[str, bool],
    known: Circumstances,
    at: dt.datetime,
) -> None:
    turned = replace(rule, conditions=(*rule.conditions[::-1], *rule.conditions))
    assert set(missing(rule, completed, known, at=at)) == set(missing(turned, completed, known, at=at))


@given(rules, completions, circumstances, moments)
def test_what_all_opens_any_opens_too(
    rule: Prerequisites, completed: dict[str, bool], known: Circumstances, at: dt.datetime
) -> None:
    of_all = missing(replace(rule, any_of=False), completed, known, at=at)
    of_any = missing(replace(rule, any_of=True), completed, known, at=at)
    assert of_all or not of_any
    assert of_any in ((), of_all)


@given(rules, completions, circumstances, moments, st.sampled_from(["A", "B", "C"]))
def test_completing_one_more_module_and_waiting_never_shut_anything(
    rule: Prerequisites, completed: dict[str, bool], known: Circumstances, at: dt.datetime, code: str
) -> None:
    before = missing(rule, completed, known, at=at)
    more = {**completed, code: True} if code in completed else completed
    after = missing(rule, more, known, at=at + dt.timedelta(days=1))
    assert set(after) <= set(before)


@pytest.mark.parametrize(
    "document",
    [
        {"some": []},
        {"all": [], "any": []},
        {"all": "PB1"},
        {"all": ["PB1"]},
        {"all": [{"module": ""}]},
        {"all": [{"module": "A", "quiz": "Q"}]},
        {"all": [{"quiz": "Q"}]},
        {"all": [{"quiz": "Q", "percent": 0}]},
        {"all": [{"quiz": "Q", "percent": True}]},
        {"all": [{"date": "yesterday"}]},
        {"all": [{"date": "2022-08-25T12:00"}]},
        {"all": [{"module": "A"}] * 21},
        "PB1",
    ],
)
def test_a_document_that_says_nothing_clear_is_refused(document: object) -> None:
    with pytest.raises(PrerequisitesFaulty):
        read_prerequisites(document)


def test_a_plain_list_means_all_of_these_modules() -> None:
    assert read_prerequisites(["PB1", "PB2"]) == all_modules(["PB1", "PB2"])
    assert read_prerequisites({}) == Prerequisites()


def test_a_circle_is_found_through_quizzes_and_left_where_another_way_opens() -> None:
    homes = {(ConditionKind.QUIZ, "Q1"): "B"}
    waits = {"A": Prerequisites((SCORE,)), "B": all_modules(["A"])}
    assert stuck_modules(waits, homes) == {"A", "B"}
    assert stuck_modules(waits) == frozenset()
    assert stuck_modules({**waits, "A": Prerequisites((SCORE, DATE), any_of=True)}, homes) == frozenset()
    assert stuck_modules({**waits, "A": Prerequisites((SCORE, DATE))}, homes) == {"A", "B"}


# ---------------------------------------------------------------- in the standing


def test_a_locked_module_says_each_thing_it_waits_for_with_what_there_is_of_it() -> None:
    behind = replace(SECOND, prerequisites=Prerequisites((MODULE, DATE, SCORE, MARK, GROUP)))
    standing = course_standing(
        (FIRST, behind), evidence=(), quizzes={}, at=EARLIER, circumstances=around(quiz="40")
    )
    locked = standing.modules[1]
    assert [reason.kind for reason in locked.locked_by] == [
        ReasonKind.PREREQUISITE,
        ReasonKind.WAIT_UNTIL,
        ReasonKind.QUIZ_FIRST,
        ReasonKind.ASSIGNMENT_FIRST,
        ReasonKind.GROUP_ONLY,
    ]
    score = locked.locked_by[2]
    assert (score.have, score.needed, score.target_id) == (Decimal(40), 70, 1)
    assert locked.state is ModuleState.LOCKED
    assert not locked.any_opens


def test_a_module_and_a_unit_open_at_their_own_release() -> None:
    later = replace(READING, opens_at=IN_TIME)
    module = replace(FIRST, opens_at=EARLIER, units=(later,))
    standings = [
        course_standing((module,), evidence=(), quizzes={}, at=at).modules[0]
        for at in (EARLIER - dt.timedelta(minutes=1), EARLIER, IN_TIME)
    ]
    assert [each.state for each in standings] == [ModuleState.LOCKED, ModuleState.OPEN, ModuleState.OPEN]
    assert [each.units[0].state for each in standings] == [
        UnitState.LOCKED,
        UnitState.LOCKED,
        UnitState.OPEN,
    ]
    assert standings[0].locked_by[0].kind is ReasonKind.OPENS_LATER
    assert standings[1].missing[0].starts_at == IN_TIME


def test_more_time_moves_a_due_date_later_and_never_earlier() -> None:
    module = replace(FIRST, units=(READING,))
    for until, late, extended in (
        (TOO_LATE + dt.timedelta(days=1), False, True),
        (EARLIER, True, False),
    ):
        found = course_standing(
            (module,), evidence=[read(at=TOO_LATE)], quizzes={}, at=TOO_LATE, extended_to={module.id: until}
        ).modules[0]
        assert found.late is late
        assert found.plan.is_extended is extended
        assert found.due_at == (until if extended else DUE)


def test_a_task_with_an_assignment_is_done_by_handing_in_and_by_nothing_else() -> None:
    task = replace(TASK, assignment_id=7)
    module = replace(SECOND, prerequisites=Prerequisites(), units=(task,))
    said = course_standing((module,), evidence=[declared()], quizzes={}, at=TOO_LATE)
    assert [reason.kind for reason in said.modules[0].missing] == [ReasonKind.HAND_IN]
    assert said.modules[0].missing[0].target_id == 7
    handed = course_standing((module,), evidence=(), quizzes={}, at=TOO_LATE, handed_in={7: IN_TIME})
    assert handed.modules[0].satisfied_at == IN_TIME
