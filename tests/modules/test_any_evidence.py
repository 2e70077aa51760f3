"""What holds for any modules and any evidence of them, in whatever order it came."""

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sca_lms.modules.plan import Evidence, EvidenceKind, ModulePlan
from sca_lms.modules.prerequisites import all_modules, stuck_modules
from sca_lms.modules.rules import units_left
from sca_lms.modules.standing import ModuleState, ReasonKind
from tests.modules.samples import (
    EARLIER,
    FIRST,
    LIVE,
    READING,
    TASK,
    VIDEO,
)
from tests.modules.standings import stand, stuck

UNITS = [LIVE, READING, VIDEO, replace(VIDEO, id=6, code="PB1.6", has_transcript=True), TASK]
moments = st.integers(min_value=0, max_value=20_000).map(
    lambda minute: EARLIER + dt.timedelta(minutes=minute)
)
seconds = st.tuples(st.integers(0, 100), st.integers(0, 100))
any_evidence = st.builds(
    Evidence,
    st.sampled_from([unit.id for unit in UNITS]),
    st.sampled_from([kind for kind in EvidenceKind if kind is not EvidenceKind.WITHDRAWN]),
    moments,
    st.lists(seconds, max_size=3).map(tuple),
    st.integers(1, 100),
)
codes = st.sampled_from(["A", "B", "C", "D"])


@st.composite
def outlines(draw: st.DrawFn) -> tuple[ModulePlan, ...]:
    """Modules that only wait for earlier ones, in any order of the page."""
    names = ["A", "B", "C"]
    modules = []
    for index, name in enumerate(names):
        wants = draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        units = tuple(
            replace(unit, id=unit.id, code=f"{name}{unit.id}", required=draw(st.booleans()))
            for unit in draw(st.lists(st.sampled_from(UNITS), unique=True, max_size=3))
        )
        modules.append(replace(FIRST, id=index, code=name, prerequisites=all_modules(wants), units=units))
    return tuple(draw(st.permutations(modules)))


@given(outlines(), st.lists(any_evidence, max_size=8), any_evidence, moments)
def test_one_more_piece_of_evidence_never_takes_a_completion_away(
    outline: tuple[ModulePlan, ...], known: list[Evidence], more: Evidence, at: dt.datetime
) -> None:
    before, after = stand(*known, outline=outline, at=at), stand(*known, more, outline=outline, at=at)
    for earlier, later in zip(before.modules, after.modules, strict=True):
        assert later.completed or not earlier.completed
        assert later.progress_percent >= earlier.progress_percent
        assert later.state is not ModuleState.LOCKED or earlier.state is ModuleState.LOCKED
        for unit, unit_later in zip(earlier.units, later.units, strict=True):
            if unit.satisfied_at is not None:
                assert unit_later.satisfied_at is not None
                assert unit_later.satisfied_at <= unit.satisfied_at


@given(outlines(), st.lists(any_evidence, max_size=8), moments)
def test_neither_the_order_of_evidence_nor_its_repetition_changes_anything(
    outline: tuple[ModulePlan, ...], known: list[Evidence], at: dt.datetime
) -> None:
    standing = stand(*known, outline=outline, at=at)
    assert stand(*reversed(known), outline=outline, at=at) == standing
    assert stand(*known, *known, outline=outline, at=at) == standing


@given(outlines(), st.lists(any_evidence, max_size=8), moments)
def test_completed_means_that_nothing_is_missing_and_the_reverse(
    outline: tuple[ModulePlan, ...], known: list[Evidence], at: dt.datetime
) -> None:
    for module in stand(*known, outline=outline, at=at).modules:
        own = [reason for reason in module.missing if reason.kind is not ReasonKind.PREREQUISITE]
        assert module.completed is (not own)
        assert (module.progress_percent == 100) is module.completed


@given(outlines(), st.lists(any_evidence, max_size=8), moments)
def test_what_is_left_of_modules_alone_is_what_the_whole_standing_says(
    outline: tuple[ModulePlan, ...], known: list[Evidence], at: dt.datetime
) -> None:
    for module in stand(*known, outline=outline, at=at).modules:
        (left,) = units_left([module.plan], evidence=known, quizzes={}, handed_in={}).values()
        assert left == module.units_total - module.units_done
        assert (left == 0) is module.completed


@given(outlines(), st.lists(any_evidence, max_size=8), moments)
def test_while_prerequisites_go_in_no_circle_somebody_can_always_go_on(
    outline: tuple[ModulePlan, ...], known: list[Evidence], at: dt.datetime
) -> None:
    standing = stand(*known, outline=outline, at=at)
    assert stuck_modules({module.code: module.prerequisites for module in outline}) == frozenset()
    waiting = [module for module in standing.modules if not module.completed]
    assert not waiting or any(module.state is not ModuleState.LOCKED for module in waiting)


@given(st.dictionaries(codes, st.lists(codes, unique=True), max_size=4))
def test_a_module_is_stuck_exactly_when_no_order_of_learning_reaches_it(wants: dict[str, list[str]]) -> None:
    reached: set[str] = set()
    for _round in wants:
        reached |= {code for code, needed in wants.items() if reached.issuperset(set(needed) & set(wants))}
    assert stuck(wants) == set(wants) - reached
