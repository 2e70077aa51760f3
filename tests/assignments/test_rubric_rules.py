"""Rubrics are read with every fault, carried in files, and scored exactly."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.assignments import rubric_files, rubric_rules
from sca_lms.assignments.rubric_rules import (
    Criterion,
    Level,
    Rubric,
    RubricFaultKind,
    RubricFaulty,
    document_of,
    read_levels,
    read_rubric,
    score_percent,
)
from sca_lms.texts import Bilingual
from sca_lms.web.exports import csv_file
from tests.assignments.builders import RUBRIC, criterion
from tests.programmes.samples import sample_document

words = st.text(alphabet="กขคงabc ์่า", min_size=1, max_size=12).map(str.strip).filter(bool)
texts = st.builds(Bilingual, th=words, en=words)
numbers = st.decimals(min_value=0, max_value=1000, places=2)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    criteria = []
    for place in range(draw(st.integers(1, 5))):
        values = draw(
            st.lists(numbers, min_size=2, max_size=5, unique=True).filter(lambda found: max(found) > 0)
        )
        levels = tuple(Level(value, draw(texts), draw(texts)) for value in values)
        weight = draw(st.decimals(min_value="0.01", max_value=1000, places=2))
        criteria.append(Criterion(f"C{place}", draw(texts), draw(texts), weight, levels))
    return Rubric(tuple(criteria))


def chosen(rubric: Rubric, draw: st.DataObject) -> dict[str, Decimal]:
    return {each.code: draw.draw(st.sampled_from(each.levels)).value for each in rubric.criteria}


@given(rubrics())
def test_a_rubric_comes_back_from_its_document_and_from_both_files(rubric: Rubric) -> None:
    assert read_rubric(document_of(rubric)) == rubric
    written = json.dumps({"code": "R", "title": "T", **document_of(rubric)})
    from_json = rubric_files.read_json(written)
    assert from_json is not None
    assert read_rubric(from_json.document) == rubric
    table = csv_file(rubric_files.HEADER, rubric_files.table_of(rubric)).decode("utf-8-sig")
    from_csv = rubric_files.read_csv(table)
    assert from_csv is not None
    assert read_rubric(from_csv.document) == rubric


@given(rubrics(), st.data())
def test_a_score_lies_between_nothing_and_everything(rubric: Rubric, draw: st.DataObject) -> None:
    score = score_percent(rubric, chosen(rubric, draw))
    assert score is not None
    assert 0 <= score <= 100


@given(rubrics())
def test_the_best_levels_are_everything_and_weights_count_only_among_each_other(rubric: Rubric) -> None:
    assert score_percent(rubric, {each.code: each.largest for each in rubric.criteria}) == 100
    doubled = Rubric(tuple(replace(each, weight=each.weight * 2) for each in rubric.criteria))
    lowest = {each.code: min(level.value for level in each.levels) for each in rubric.criteria}
    assert score_percent(doubled, lowest) == score_percent(rubric, lowest)


@given(rubrics(), st.data())
def test_a_better_level_never_scores_less(rubric: Rubric, draw: st.DataObject) -> None:
    levels = chosen(rubric, draw)
    one = draw.draw(st.sampled_from(rubric.criteria))
    before, after = score_percent(rubric, levels), score_percent(rubric, {**levels, one.code: one.largest})
    assert before is not None
    assert after is not None
    assert after >= before


@given(rubrics(), st.data())
def test_an_empty_criterion_leaves_a_draft_without_a_score(rubric: Rubric, draw: st.DataObject) -> None:
    levels = chosen(rubric, draw)
    gone = draw.draw(st.sampled_from(rubric.criteria)).code
    del levels[gone]
    assert score_percent(rubric, levels) is None
    assert rubric_rules.missing(rubric, levels) == (gone,)


def test_the_formula_by_hand() -> None:
    # 60 · 3/4 + 40 · 1/2 = 65
    assert score_percent(RUBRIC, {"C1": Decimal(3), "C2": Decimal(1)}) == Decimal(65)


def test_levels_are_kept_only_where_the_rubric_has_them() -> None:
    stored: dict[str, object] = {"C1": "3", "C2": "9", "C7": "1", "C8": None}
    assert read_levels(RUBRIC, stored) == {"C1": Decimal(3)}


def test_every_fault_is_named_at_once_with_its_place() -> None:
    document = {
        "criteria": [
            {"code": "C 1", "title": {"th": ""}, "weight": "0", "levels": [{"value": "1", "text": "a"}]},
            {
                "code": "C2", "title": "T", "weight": "1.234",
                "levels": [{"value": "-1", "text": "a"}, {"value": "2"}],
            },
            {
                "code": "C2", "title": "x" * 2001, "weight": "5",
                "levels": [{"value": "0", "text": "a"}, {"value": "0", "text": "b"}],
            },
        ]
    }  # fmt: skip
    with pytest.raises(RubricFaulty) as caught:
        read_rubric(document)
    found = {(fault.kind, fault.criterion, fault.level) for fault in caught.value.faults}
    kind = RubricFaultKind
    assert found == {
        (kind.BAD_CODE, 1, None), (kind.NO_TITLE, 1, None), (kind.BAD_WEIGHT, 1, None),
        (kind.TOO_FEW_LEVELS, 1, None), (kind.BAD_WEIGHT, 2, None), (kind.BAD_VALUE, 2, 1),
        (kind.NO_LEVEL_TEXT, 2, 2), (kind.CODE_TWICE, 3, None), (kind.TOO_LONG, 3, None),
        (kind.VALUE_TWICE, 3, 2), (kind.NO_POINTS, 3, None),
    }  # fmt: skip


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["criteria", "code", "title", "weight", "levels", "value"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_a_document_is_it_is_read_or_refused(document: object) -> None:
    # None of these is a whole rubric, because none of its levels has a text.
    with pytest.raises(RubricFaulty) as caught:
        read_rubric(document)
    assert caught.value.faults


@given(st.text(max_size=200))
def test_whatever_a_file_holds_it_is_read_or_refused(text: str) -> None:
    for read in (rubric_files.read_json, rubric_files.read_csv):
        file = read(text)
        if file is None:
            continue
        with pytest.raises(RubricFaulty):
            read_rubric(file.document)


def test_the_rubric_of_a_programme_is_ready_to_use() -> None:
    file = rubric_files.programme_rubric(sample_document(), Bilingual("การนำเสนอ", "Pitching"))
    assert file is not None
    rubric = read_rubric(file.document)
    assert file.code == "RUB-PITCH"
    assert (len(rubric.criteria), rubric.weight) == (6, Decimal(100))
    assert rubric_rules.untranslated(rubric) == 0
    assert rubric_files.programme_rubric({"pitching": None}, Bilingual("", "")) is None


def test_texts_in_one_language_are_counted() -> None:
    half = replace(criterion("C1", "1"), title=Bilingual(th="ก", en=""))
    assert rubric_rules.untranslated(Rubric((half,))) == 1
