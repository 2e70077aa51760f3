"""Drafts as documents: kept, compared, and judged before they are published."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.modules.draft_faults import Around, FaultKind, faults_of, is_stuck, lacking
from sca_lms.modules.drafts import ModuleDraft, UnitDraft, differences, moved, read_document, to_document
from sca_lms.modules.plan import UnitType
from sca_lms.modules.prerequisites import Condition, ConditionKind, Prerequisites, all_modules
from sca_lms.texts import Bilingual

TITLE = Bilingual("ชื่อ", "Title")
AT = dt.datetime(2022, 8, 25, 12, 0, tzinfo=dt.UTC)
READING = UnitDraft("M1.1", UnitType.READING, TITLE, body=Bilingual("ข้อความ", "A text"))
GOOD = ModuleDraft(title=TITLE, minutes=30, units=(READING,))
ALONE = Around("M1", {}, {}, {1: "Q1"}, {2: "A1"}, frozenset({1}), frozenset({2}))

texts = st.builds(Bilingual, st.text(max_size=5), st.text(max_size=5))
moments = st.none() | st.integers(0, 10**6).map(lambda minutes: AT + dt.timedelta(minutes=minutes))
units = st.builds(
    UnitDraft,
    code=st.integers(1, 30).map(lambda number: f"M1.{number}"),
    type=st.sampled_from(UnitType),
    title=texts,
    minutes=st.integers(0, 100),
    required=st.booleans(),
    opens_at=moments,
    starts_at=moments,
    body=texts,
    video_seconds=st.none() | st.integers(1, 100),
    transcript=texts,
    quiz_id=st.none() | st.integers(1, 5),
    files=st.lists(st.sampled_from(["a.png", "b.pdf"]), unique=True).map(tuple),
)
unit_lists = st.lists(units, max_size=5, unique_by=lambda unit: unit.code).map(tuple)
drafts = st.builds(
    ModuleDraft,
    title=texts,
    minutes=st.integers(0, 100),
    opens_at=moments,
    due_at=moments,
    quiz_pass_percent=st.none() | st.integers(1, 100),
    units=unit_lists,
)


@given(drafts)
def test_what_is_kept_is_read_back(draft: ModuleDraft) -> None:
    assert read_document(to_document(draft)) == draft


@given(drafts, drafts)
def test_there_is_a_difference_exactly_between_what_is_not_the_same(
    one: ModuleDraft, other: ModuleDraft
) -> None:
    assert differences(one, one) == []
    assert bool(differences(one, other)) is (one != other) or _differ_only_in_places(one, other)
    assert len(differences(one, other)) == len(differences(other, one)) or {
        unit.code for unit in one.units
    } != {unit.code for unit in other.units}


def _differ_only_in_places(one: ModuleDraft, other: ModuleDraft) -> bool:
    return replace(one, units=()) == replace(other, units=()) and set(one.units) == set(other.units)


@given(st.lists(st.text("abc", min_size=1), unique=True, min_size=1), st.data())
def test_moving_keeps_everything_and_goes_back_again(codes: list[str], data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(codes))
    for step in (-1, 1):
        order = moved(codes, code, step)
        assert sorted(order) == sorted(codes)
        if order != codes:
            assert moved(order, code, -step) == codes


def test_a_document_without_newer_fields_takes_their_defaults() -> None:
    known = {"title": {"th": "ก", "en": "A"}, "units": [{"code": "M1.1", "type": "reading"}]}
    assert read_document(known) == ModuleDraft(
        title=Bilingual("ก", "A"), units=(UnitDraft("M1.1", UnitType.READING),)
    )


@pytest.mark.parametrize(
    ("unit", "kind", "blocks"),
    [
        (replace(READING, body=Bilingual("", "")), FaultKind.NO_TEXT, False),
        (replace(READING, body=Bilingual("ข้อความ", "")), FaultKind.NOT_TRANSLATED, False),
        (replace(READING, title=Bilingual("", "")), FaultKind.NO_TITLE, True),
        (UnitDraft("M1.1", UnitType.QUIZ, TITLE), FaultKind.NO_QUIZ, True),
        (UnitDraft("M1.1", UnitType.QUIZ, TITLE, required=False), FaultKind.NO_QUIZ, False),
        (UnitDraft("M1.1", UnitType.QUIZ, TITLE, quiz_id=9), FaultKind.QUIZ_HIDDEN, True),
        (UnitDraft("M1.1", UnitType.VIDEO, TITLE), FaultKind.NO_VIDEO, False),
        (
            UnitDraft("M1.1", UnitType.VIDEO, TITLE, video_url="https://example.org/page"),
            FaultKind.VIDEO_UNPLAYABLE,
            False,
        ),
        (UnitDraft("M1.1", UnitType.LIVE, TITLE), FaultKind.NO_TIME, False),
        (UnitDraft("M1.1", UnitType.LIVE, TITLE, starts_at=AT), FaultKind.NO_ROOM, False),
        (UnitDraft("M1.1", UnitType.TASK, TITLE, assignment_id=9), FaultKind.ASSIGNMENT_HIDDEN, True),
    ],
)
def test_each_type_of_unit_names_what_it_lacks(unit: UnitDraft, kind: FaultKind, blocks: bool) -> None:
    found = faults_of(replace(GOOD, units=(unit,)), ALONE)
    assert [(fault.kind, fault.blocks) for fault in found] == [(kind, blocks)]


def test_a_whole_module_has_no_fault_and_an_empty_one_is_stopped() -> None:
    whole = replace(
        GOOD,
        units=(
            READING,
            UnitDraft("M1.2", UnitType.QUIZ, TITLE, quiz_id=1),
            UnitDraft("M1.3", UnitType.TASK, TITLE, assignment_id=2),
            UnitDraft("M1.4", UnitType.DISCUSSION, TITLE, body=TITLE),
        ),
    )
    assert faults_of(whole, ALONE) == []
    empty = ModuleDraft(due_at=AT, opens_at=AT)
    assert {fault.kind for fault in faults_of(empty, ALONE) if fault.blocks} == {
        FaultKind.NO_TITLE,
        FaultKind.NO_UNITS,
        FaultKind.DUE_BEFORE_OPENING,
    }


def test_a_circle_is_named_before_it_is_published_also_one_through_an_own_quiz() -> None:
    others = {"M2": all_modules(["M1"])}
    around = replace(ALONE, others=others)
    assert is_stuck(replace(GOOD, prerequisites=all_modules(["M2"])), around)
    assert not is_stuck(GOOD, around)
    own = Prerequisites((Condition(ConditionKind.QUIZ, "Q1", 50),))
    quiz = UnitDraft("M1.2", UnitType.QUIZ, TITLE, quiz_id=1)
    assert is_stuck(replace(GOOD, prerequisites=own, units=(quiz,)), ALONE)
    assert not is_stuck(replace(GOOD, prerequisites=own), ALONE)


def test_only_a_text_that_is_there_can_lack_a_language() -> None:
    assert lacking(Bilingual("", " ")) == ()
    assert lacking(Bilingual("ก", "")) == ("en",)
    assert lacking(Bilingual("", "A")) == ("th",)
