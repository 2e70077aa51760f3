"""What a post counts for, and when somebody has written enough."""

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sca_lms.modules.discussing import characters_of, lack_of, may_edit, written_enough_at
from sca_lms.modules.plan import Contribution, DiscussionRule, Evidence, EvidenceKind, UnitPlan, UnitType
from sca_lms.modules.prerequisites import Prerequisites
from sca_lms.modules.rules import accepted_kinds, course_standing, satisfied_at
from sca_lms.modules.standing import ReasonKind
from sca_lms.texts import Bilingual
from tests.modules.samples import IN_TIME, SECOND, declared

RULE = DiscussionRule(posts=3, characters=10, replies=1)
TALK = UnitPlan(9, "PB9.1", UnitType.DISCUSSION, Bilingual("คุย", "Talk"), 10, discussion=RULE)
FREE = UnitPlan(9, "PB9.1", UnitType.DISCUSSION, Bilingual("คุย", "Talk"), 10)
MODULE = replace(SECOND, prerequisites=Prerequisites(), units=(TALK,))
HOUR = dt.timedelta(hours=1)


def posted(
    number: int, characters: int = 10, *, is_reply: bool = False, hours: int | None = None
) -> Evidence:
    at = IN_TIME + HOUR * (number if hours is None else hours)
    part = Contribution(number, characters, is_reply)
    return Evidence(TALK.id, EvidenceKind.POSTED, at, contribution=part)


def test_as_many_posts_as_asked_for_complete_a_discussion_when_the_last_was_written() -> None:
    entries = [posted(1), posted(2, is_reply=True), posted(3)]
    assert satisfied_at(TALK, entries, None) == IN_TIME + 3 * HOUR
    assert satisfied_at(TALK, entries[:2], None) is None


def test_posts_that_answer_nobody_are_not_enough_until_one_answers() -> None:
    entries = [posted(1), posted(2), posted(3)]
    assert written_enough_at(entries, RULE) is None
    assert written_enough_at([*entries, posted(4, is_reply=True)], RULE) == IN_TIME + 4 * HOUR


def test_a_post_that_is_too_short_does_not_count_until_it_is_longer() -> None:
    entries = [posted(1), posted(2, is_reply=True), posted(3, 9)]
    assert written_enough_at(entries, RULE) is None
    grown = posted(3, 12, hours=7)
    assert written_enough_at([*entries, grown], RULE) == IN_TIME + 7 * HOUR


def test_what_is_missing_counts_the_answers_among_the_posts() -> None:
    assert lack_of([], RULE).posts == 3
    lack = lack_of([posted(1), posted(2), posted(3)], RULE)
    assert (lack.posts, lack.replies, lack.characters) == (1, 1, 10)


def test_without_a_rule_one_post_or_the_learners_word_is_enough() -> None:
    assert satisfied_at(FREE, [posted(1, 1)], None) == IN_TIME + HOUR
    assert satisfied_at(FREE, [declared(FREE)], None) == IN_TIME
    assert satisfied_at(TALK, [declared(TALK)], None) is None
    assert accepted_kinds(TALK) == {EvidenceKind.POSTED}


def test_a_discussion_that_is_not_done_says_how_much_is_missing() -> None:
    from_scratch = course_standing([MODULE], evidence=[posted(1)], quizzes={}, at=IN_TIME + HOUR)
    reason = from_scratch.modules[0].missing[0]
    assert (reason.kind, reason.posts, reason.replies) == (ReasonKind.DISCUSS, 2, 1)


def test_characters_are_counted_without_what_cannot_be_seen() -> None:
    assert characters_of(" a b\n\tc\u200b\u00ad ") == 3
    assert characters_of("น้ำ") == characters_of("น้ํา".replace("\u0e4d\u0e32", "\u0e33"))
    assert characters_of(" \n ") == 0


def test_a_post_can_be_changed_for_half_an_hour_while_it_is_not_hidden() -> None:
    assert may_edit(IN_TIME, hidden=False, at=IN_TIME + dt.timedelta(minutes=30))
    assert not may_edit(IN_TIME, hidden=False, at=IN_TIME + dt.timedelta(minutes=31))
    assert not may_edit(IN_TIME, hidden=True, at=IN_TIME)


ENTRIES = st.lists(
    st.builds(
        lambda number, characters, hours: posted(number, characters, is_reply=number % 2 == 0, hours=hours),
        st.integers(1, 6),
        st.integers(1, 20),
        st.integers(0, 50),
    ),
    max_size=12,
)
RULES = st.builds(
    lambda posts, characters, replies: DiscussionRule(max(posts, replies), characters, replies),
    st.integers(1, 4),
    st.integers(1, 20),
    st.integers(0, 3),
)


@given(ENTRIES, RULES)
def test_the_order_of_the_entries_does_not_matter(entries: list[Evidence], rule: DiscussionRule) -> None:
    once = written_enough_at(entries, rule)
    assert written_enough_at(list(reversed(entries)), rule) == once
    assert (once is None) == (lack_of(entries, rule).posts > 0)


@given(ENTRIES, RULES)
def test_another_post_never_takes_completion_away(entries: list[Evidence], rule: DiscussionRule) -> None:
    before, after = (written_enough_at(some, rule) for some in (entries, [*entries, posted(99, 20)]))
    assert before is None or (after is not None and after <= before)
