"""What only one kind of host does, its profile says: lengths, columns shared by links, errors that stay."""

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.site import LineItem
from sca_lms.grades.models import GradeColumn
from sca_lms.grades.rules import Reason, State
from sca_lms.grades.sending import ERRORS_BEFORE_FINAL
from sca_lms.lti.models import ResourceLink
from sca_lms.lti.profiles import PROFILES, profile_named
from sca_lms.texts import Bilingual
from tests.grades.world import World, later


def test_a_long_name_of_a_column_is_shortened_for_open_edx_and_its_tag_stays_the_same(
    openedx: World,
) -> None:
    with openedx.changing():
        column = openedx.our_column()
        column.title = Bilingual(th="ผลการเรียนก่อนเข้าค่าย " * 8, en="")
        column.tag = "PRE-" + "x" * 60
    openedx.mark("31", "40")
    assert openedx.work() == 0
    made = openedx.column()
    assert len(made.label) <= 100
    assert made.label.endswith("ค่าย…")
    assert len(made.tag) <= 50
    with openedx.changing():
        place = openedx.place()
        db.session.delete(db.session.merge(place))
    openedx.mark("32", "50")
    assert openedx.work() == 0
    assert openedx.column().id == made.id
    assert openedx.shown("32") == 50


@given(st.text(alphabet="กขคงจฉชซ่้๊๋ัิีุู็ เแโabc", max_size=400), st.sampled_from(sorted(PROFILES)))
def test_a_shortened_name_fits_and_begins_no_word_with_a_mark(text: str, name: str) -> None:
    profile = profile_named(name)
    label = profile.label(text)
    assert len(label) <= profile.longest_label
    assert label == text or label.endswith("…")
    assert text.startswith(label.removesuffix("…"))


@given(
    st.lists(st.text(min_size=1, max_size=120), unique=True, max_size=20), st.sampled_from(sorted(PROFILES))
)
def test_tags_fit_and_stay_different(texts: list[str], name: str) -> None:
    profile = profile_named(name)
    tags = [profile.tag(text) for text in texts]
    assert all(len(tag) <= profile.longest_tag for tag in tags)
    assert len(set(tags)) == len(texts)
    assert tags == [profile.tag(text) for text in texts]


def test_open_edx_that_stores_a_score_and_fails_is_asked_again_and_then_believed(openedx: World) -> None:
    """For somebody it does not know, the result is shown and is no grade: reading it back proves nothing."""
    openedx.mark("31", "40")
    openedx.mark("32", "50")
    openedx.wire.before = lambda _method, path: (
        openedx.lms.faults.plan("scores", Fault(500, after=True)) if path.endswith("/scores") else None
    )
    for turn in range(1, ERRORS_BEFORE_FINAL):
        with later(4000 * turn):
            assert openedx.work() == 3
            assert openedx.state("31") == (State.WAITING, Reason.HOST_ERROR)
    with later(4000 * ERRORS_BEFORE_FINAL):
        assert openedx.work() == 0
    assert openedx.state("31") == (State.REFUSED, Reason.FAILS_THERE)
    assert len(openedx.arrived("31")) == ERRORS_BEFORE_FINAL
    before = openedx.wire.count("scores")
    with later(4000 * (ERRORS_BEFORE_FINAL + 1)):
        assert openedx.work() == 0
        assert openedx.wire.count("scores") == before
        openedx.wire.before = lambda _method, _path: None
        openedx.mark("31", "60")
        assert openedx.work() == 0
    assert openedx.state("31") == (State.DELIVERED, None)
    assert openedx.shown("31") == 60


def test_a_short_outage_of_open_edx_ends_well(openedx: World) -> None:
    openedx.mark("31", "40")
    openedx.lms.faults.plan("scores", Fault(500, after=True))
    assert openedx.work() == 3
    with later(60):
        assert openedx.work() == 0
    assert [score for score, _ in openedx.arrived("31")] == [40, 40]
    assert openedx.state("31") == (State.DELIVERED, None)


def link(world: World, activity: str, item: LineItem, number: str) -> None:
    """Let a launch of another link of ours name a column that is there already."""
    with world.lms.reading() as site:
        url = world.lms.addresses.line_item(item, site.tools["client-of-ours"])
    with world.changing():
        db.session.add(
            ResourceLink(
                context=world.context(), resource_link_id=number, activity=activity, line_item_url=url
            )
        )


def test_two_links_that_share_a_column_are_one_column(moodle: World) -> None:
    item = moodle.add_activity("home")
    with moodle.changing():
        moodle.our_column().code = "home"
    link(moodle, "home", item, "another-link")
    moodle.mark("31", "40")
    moodle.app.extensions["sca_score_sources"] = {"home": moodle.app.extensions["sca_score_sources"]["PRE"]}
    assert moodle.work() == 0
    assert moodle.column().grades["31"].score == 40


def test_a_column_that_serves_one_of_ours_is_left_alone_by_the_others(moodle: World) -> None:
    """Two columns of ours whose links name the same one of the host would write over each other."""
    item = moodle.add_activity("pre")
    link(moodle, "hrs", item, "another-link")
    with moodle.changing():
        ours = moodle.our_column()
        db.session.add(
            GradeColumn(
                course_id=ours.course_id, code="HRS", title=Bilingual.of("Hours"), position=1,
                score_maximum=ours.score_maximum, resource_id="sca-lms:HRS", tag="HRS", is_active=True,
                frozen_at=None, created_at=ours.created_at,
            )
        )  # fmt: skip
    source = moodle.app.extensions["sca_score_sources"]["PRE"]
    moodle.app.extensions["sca_score_sources"] = {
        "PRE": source,
        "HRS": lambda course_id, ids: {
            each: value and value / 2 for each, value in source(course_id, ids).items()
        },
    }
    moodle.mark("31", "40")
    assert moodle.work() == 0
    columns = moodle.lms.gradebook("2").columns
    shown = sorted((column.tag, column.grades["31"].score) for column in columns)
    assert [score for _tag, score in shown] in ([40, 20], [20, 40])
    assert len(columns) == 2


def test_where_a_link_has_two_columns_the_one_with_our_identity_is_found(moodle: World) -> None:
    """Moodle names no column in the launch then, so the claim is missing."""
    item = moodle.add_activity("pre", tag="PRE")
    add_column(moodle, item, tag="", resource_id="")
    forget_the_claim(moodle)
    moodle.mark("31", "40")
    assert moodle.work() == 0
    assert item.grades["31"].score == 40
    assert moodle.wire.count("lineitems", "POST") == 0


def test_where_a_link_has_two_columns_the_one_without_an_identity_is_ours(moodle: World) -> None:
    item = moodle.add_activity("pre")
    add_column(moodle, item, tag="OTHER", resource_id="another-tool")
    forget_the_claim(moodle)
    moodle.mark("31", "40")
    assert moodle.work() == 0
    assert item.grades["31"].score == 40
    assert moodle.wire.count("lineitems", "POST") == 0


def test_where_a_link_has_two_columns_that_say_nothing_a_new_one_is_made(moodle: World) -> None:
    item = moodle.add_activity("pre")
    other = add_column(moodle, item, tag="", resource_id="")
    forget_the_claim(moodle)
    moodle.mark("31", "40")
    assert moodle.work() == 0
    assert item.grades == other.grades == {}
    (made,) = [column for column in moodle.lms.gradebook("2").columns if column.tag == "PRE"]
    assert made.grades["31"].score == 40


def add_column(world: World, beside: LineItem, *, tag: str, resource_id: str) -> LineItem:
    with world.lms.changing() as site:
        item = LineItem(
            id=site.new_id(), course_id=beside.course_id, client_id=beside.client_id, label="Another",
            maximum=beside.maximum, activity_id=beside.activity_id, resource_id=resource_id, tag=tag,
            coupled=False,
        )  # fmt: skip
        site.line_items[item.id] = item
    return item


def forget_the_claim(world: World) -> None:
    with world.changing():
        db.session.execute(sa.update(ResourceLink).values(line_item_url=None))
