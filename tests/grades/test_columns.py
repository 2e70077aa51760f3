"""Columns are found or made once, with our identity, and come back on request only."""

from decimal import Decimal

from sca_lms.demo.faults import Fault
from sca_lms.grades.rules import Reason, State
from tests.grades.world import HOST_COURSE, World, later


def test_the_column_is_made_once_with_our_identity_and_title(moodle: World) -> None:
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "40")
    moodle.work()
    column = moodle.column()
    assert (column.resource_id, column.tag) == ("sca-lms:PRE", "PRE")
    assert column.maximum == 100
    assert column.label == "ก่อนเข้าค่าย"
    assert moodle.wire.count("lineitems", "POST") == 1


def test_no_column_is_made_before_there_is_a_score(moodle: World) -> None:
    moodle.mark("31", None)
    assert moodle.work() == 0
    assert moodle.lms.gradebook(HOST_COURSE).columns == ()
    assert moodle.wire.requests == []


def test_a_column_of_deep_linking_is_found_by_its_link(moodle: World) -> None:
    item = moodle.add_activity("pre")
    moodle.mark("31", "40")
    moodle.work()
    assert moodle.column().id == item.id
    assert moodle.shown("31") == 40
    assert moodle.wire.count("lineitems") == 0


def test_a_column_that_is_there_already_is_found_by_resource_id_and_tag(anywhere: World) -> None:
    with anywhere.changing():
        anywhere.context().lineitems_url = str(anywhere.context().lineitems_url)
    item = anywhere.add_activity("an activity of another name", tag="PRE")
    anywhere.mark("31", "40")
    anywhere.work()
    assert anywhere.column().id == item.id
    assert anywhere.shown("31") == 40


def test_a_score_is_put_on_the_scale_of_the_hosts_column(moodle: World) -> None:
    moodle.add_activity("pre", maximum=10)
    moodle.mark("31", "66.67")
    moodle.work()
    assert moodle.shown("31") == Decimal("6.667")
    moodle.mark("31", "70")
    assert moodle.work() == 0
    assert moodle.shown("31") == 7


def test_where_the_course_makes_its_columns_by_hand_none_is_made(moodle: World) -> None:
    moodle.allow_columns(False)
    moodle.mark("31", "40")
    assert moodle.work() == 0
    assert moodle.state("31") == (State.REFUSED, Reason.NO_COLUMN)
    moodle.add_activity("PRE")
    assert moodle.work() == 0
    assert moodle.shown("31") == 40


def test_a_deleted_column_ends_it_for_everybody_and_comes_back_on_request_only(anywhere: World) -> None:
    anywhere.mark("31", "40")
    anywhere.work()
    with anywhere.lms.changing() as site:
        site.line_items.clear()
    anywhere.mark("31", "41")
    anywhere.mark("32", "50")
    assert anywhere.work() == 0
    assert anywhere.state("31") == (State.REFUSED, Reason.COLUMN_GONE)
    anywhere.mark("33", "60")
    assert anywhere.work() == 0
    assert anywhere.state("33") == (State.REFUSED, Reason.COLUMN_GONE)
    assert anywhere.lms.gradebook(HOST_COURSE).columns == ()
    anywhere.recreate_column()
    assert anywhere.work() == 0
    assert [anywhere.shown(subject) for subject in ("31", "32", "33")] == [41, 50, 60]


def test_a_deleted_column_of_an_activity_is_replaced_by_the_one_of_a_new_link(moodle: World) -> None:
    moodle.add_activity("pre")
    moodle.mark("31", "40")
    moodle.work()
    with moodle.lms.changing() as site:
        site.line_items.clear()
    moodle.mark("31", "41")
    moodle.work()
    assert moodle.state("31") == (State.REFUSED, Reason.COLUMN_GONE)
    moodle.add_activity("pre")
    assert moodle.work() == 0
    assert moodle.shown("31") == 41


def test_trap_06_a_column_whose_making_got_no_answer_is_looked_for_before_it_is_made_again(
    anywhere: World,
) -> None:
    anywhere.mark("31", "40")
    # The first request asks whether there is one; the second makes it.
    requests: list[str] = []

    def lose_the_answer(method: str, path: str) -> None:
        requests.append(method)
        if method == "POST" and path.endswith("/lineitems") and requests.count("POST") <= 3:
            anywhere.lms.faults.plan("line_items", Fault(504, after=True))

    anywhere.wire.before = lose_the_answer
    assert anywhere.work() == 3
    anywhere.wire.before = lambda _method, _path: None
    with later(60):
        assert anywhere.work() == 0
    assert anywhere.shown("31") == 40
    assert len(anywhere.lms.gradebook(HOST_COURSE).columns) == 1
