"""What the console's first page sums up, worked out from figures of columns and hosts."""

import datetime as dt
from collections.abc import Mapping

import pytest
from werkzeug.datastructures import MultiDict

from sca_lms.grades.console import LONG_WAIT, Console, Need, Waiting
from sca_lms.grades.forms import LARGEST_ID, MOST_CHOSEN, chosen_scores, read_act, read_filter
from sca_lms.grades.models import GradeColumn
from sca_lms.grades.overview import ColumnOverview, DeliveryFilter, PlaceOverview, PlaceState
from sca_lms.grades.rules import Act, Reason, State
from sca_lms.grades.words import STATES
from sca_lms.lti.profiles import GENERIC

AT = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def a_place(
    state: PlaceState = PlaceState.THERE,
    *,
    compared_at: dt.datetime | None = None,
    next_at: dt.datetime | None = None,
) -> PlaceOverview:
    return PlaceOverview(
        id=1, platform_name="LMS", profile=GENERIC, context_title="", state=state, made_by_tool=True,
        gone_at=AT if state is PlaceState.GONE else None, compared_at=compared_at, next_comparison_at=next_at,
        comparison_reason=None, comparison_failures=0,
    )  # fmt: skip


def a_column(code: str, counts: Mapping[State, int], *places: PlaceOverview) -> ColumnOverview:
    return ColumnOverview(
        column=GradeColumn(code=code), counts={**dict.fromkeys(State, 0), **counts}, last_success_at=None,
        next_try_at=None, oldest_due_at=None, reasons=(), places=places,
    )  # fmt: skip


def a_console(*columns: ColumnOverview) -> Console:
    return Console(columns, {state: sum(each.counts[state] for each in columns) for state in State}, ())


def test_scores_that_nobody_has_are_not_counted() -> None:
    shown = a_console(a_column("PRE", {State.NOTHING: 5, State.DELIVERED: 2, State.REFUSED: 1}))
    assert shown.total == 3
    assert shown.count(State.DELIVERED, State.REFUSED) == 3


def test_only_columns_with_refused_or_lost_scores_are_offered_to_be_sent_again() -> None:
    shown = a_console(
        a_column("PRE", {State.REFUSED: 2, State.WAITING: 1, State.CHANGED: 4}),
        a_column("HRS", {State.WAITING: 3, State.CHANGED: 1}),
        a_column("MEN", {State.REFUSED: 2}, a_place(PlaceState.GONE)),
    )
    assert [(each.code, each.count) for each in shown.resends] == [("PRE", 3)]
    assert [each.column.code for each in shown.gone] == ["MEN"]


def test_a_comparison_is_as_old_as_that_of_the_column_that_waits_longest() -> None:
    newer, older = a_place(compared_at=AT), a_place(compared_at=AT - HOUR)
    assert a_console(a_column("PRE", {}, newer), a_column("HRS", {}, older)).compared_at == AT - HOUR
    assert a_console(a_column("PRE", {}, newer), a_column("HRS", {}, a_place())).compared_at is None
    gone = a_place(PlaceState.GONE)
    assert a_console(a_column("PRE", {}, newer), a_column("HRS", {}, gone)).compared_at == AT
    assert a_console(a_column("PRE", {})).compared_at is None


def test_a_comparison_waits_from_when_it_is_due() -> None:
    asked = a_console(a_column("PRE", {}, a_place(next_at=AT)))
    assert asked.waiting(at=AT - HOUR) is None
    assert asked.waiting(at=AT) == Waiting(AT, is_long=False)
    assert asked.waiting(at=AT + LONG_WAIT + HOUR) == Waiting(AT, is_long=True)
    assert asked.can_compare
    assert not a_console(a_column("PRE", {}, a_place(PlaceState.WANTED, next_at=AT))).can_compare


def test_a_need_has_a_short_name_and_a_reason() -> None:
    need = Need(a_column("PRE", {}), State.REFUSED, Reason.LOCKED, 2, "locked")
    assert need.state_words is STATES[State.REFUSED]


# ---------------------------------------------------------------- what the pages are asked


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, DeliveryFilter()),
        ({"state": "refused"}, DeliveryFilter(state=State.REFUSED)),
        ({"column": "PRE", "q": "  ใจดี "}, DeliveryFilter(column="PRE", search="ใจดี")),
        ({"q": "a\0b" + "x" * 500}, DeliveryFilter(search="ab" + "x" * 98)),
        ({"state": "REFUSED"}, None),
        ({"column": "pre"}, None),
    ],
)
def test_a_filter_is_read_or_refused(asked: Mapping[str, str], expected: DeliveryFilter | None) -> None:
    assert read_filter(asked, codes={"PRE", "HRS"}) == expected


def test_chosen_scores_are_ids_each_once_and_not_too_many() -> None:
    sent = MultiDict([("score", each) for each in ("3", "1", "3", "-1", "x", "", "٣", str(LARGEST_ID + 1))])
    assert chosen_scores(sent) == [1, 3]
    many = MultiDict([("score", str(number)) for number in range(1, 500)])
    assert len(chosen_scores(many)) == MOST_CHOSEN


@pytest.mark.parametrize(
    ("sent", "expected"), [("send-again", Act.SEND_AGAIN), ("keep", Act.KEEP), ("", None), ("SEND", None)]
)
def test_an_act_is_read_or_refused(sent: str, expected: Act | None) -> None:
    assert read_act({"act": sent}) is expected
